"""What a fit looks at: the mentions of a brand's latest days, all of them or a sample."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson
from sqlite_utils import Database

from listener.model import DAY_MS
from listener.store import position
from nlp.stage import CHANGES as ENRICH_CHANGES
from nlp.stage import ENRICH

MOST = 20_000  # posts that are fitted together; the others are assigned

_MIXED, _BITS = 2_654_435_761, 32  # Knuth's multiplicative hash


@dataclass(frozen=True, slots=True)
class Window:
    """What a fit looks at: a brand's mentions published in [since, until), UTC ms.

    Of mentions up to `reached` and of changes up to `changed`; what came later is the stage's.
    """

    brand: str
    since: int
    until: int
    reached: int
    changed: int


def window(db: Database, brand: str, *, days: int, now: int) -> Window | None:
    """The brand's latest so many days, counted back from its newest mention; None without any.

    A brand "" is the whole stream.
    """
    reached, changed = position(db, ENRICH), position(db, ENRICH_CHANGES)
    newest = db.execute(
        f"SELECT published_at FROM mentions WHERE published_at <= :now AND {_OF_BRAND} "
        "ORDER BY published_at DESC LIMIT 1",
        {"brand": brand, "now": now, "reached": reached},
    ).fetchone()
    if newest is None:
        return None
    until = newest[0] + 1
    return Window(brand, until - days * DAY_MS, until, reached, changed)


_OF_BRAND = (
    "seq <= :reached AND deleted_at IS NULL AND (:brand = '' OR EXISTS ("
    "SELECT 1 FROM brand_matches WHERE brand = :brand AND mention_seq = seq))"
)


def mentions_in(db: Database, looked: Window) -> list[int]:
    """The seqs of the mentions in a window."""
    rows = db.execute(
        "SELECT seq FROM mentions WHERE published_at >= :since AND published_at < :until "
        f"AND {_OF_BRAND} ORDER BY seq",
        {
            "since": looked.since,
            "until": looked.until,
            "brand": looked.brand,
            "reached": looked.reached,
        },
    )
    return [int(row[0]) for row in rows]


def sampled(seqs: Sequence[int], most: int = MOST) -> list[int]:
    """At most so many of them, in order; which ones depends on the seqs alone.

    Whoever is in today's sample is in tomorrow's too, unless others come who go before.
    """
    if len(seqs) <= most:
        return list(seqs)
    numbers = np.asarray(seqs, np.int64)
    order = np.argsort(numbers * _MIXED % (1 << _BITS), kind="stable")
    return [int(one) for one in np.sort(numbers[order[:most]])]


def texts_of(db: Database, seqs: Sequence[int]) -> dict[int, str]:
    """The texts of mentions, in the order of the log; those erased meanwhile are left out."""
    rows = db.execute(
        "SELECT seq, text FROM mentions WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq",
        [orjson.dumps(list(seqs)).decode()],
    )
    return dict(rows.fetchall())
