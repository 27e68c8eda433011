"""What the stages read and write: enriched mentions, counted mentions, counts, signals."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields
from typing import Any

import orjson
from sqlite_utils import Database

from trends.gaps import Gap
from trends.model import BrandCount, Counted, Observation, Signal, Standing

WHOLE_STREAM = ("",)
"""The brands of a mention where the whole stream is listened to."""

_BRANDS = "(SELECT json_group_array(brand) FROM brand_matches WHERE mention_seq = m.seq)"
_OBSERVED = (
    "m.seq, m.published_at, m.platform, m.native_id, m.author_id, m.followers, "
    "e.sentiment, e.intent, e.duplicate_key, e.risks, e.terms, m.source"
)
_WIDTH = 12


def stored_observations(
    db: Database,
    *,
    since: int,
    until: int,
    arrived: int | None = None,
    whole_stream: bool = False,
) -> Iterator[Observation]:
    """Enriched mentions about some brand, published in [since, until), in the order of time.

    Times in UTC ms. Only of those that arrived up to mention `arrived`, if given. With
    `whole_stream` every mention counts, for the brand "".
    """
    rows = db.execute(
        f"""
        SELECT {_OBSERVED}, {_BRANDS}
        FROM mentions AS m JOIN enrichments AS e ON e.mention_seq = m.seq
        WHERE m.published_at >= :since AND m.published_at < :until
            AND (:arrived IS NULL OR m.seq <= :arrived) AND m.deleted_at IS NULL
        ORDER BY m.published_at, m.platform, m.native_id
        """,
        {"since": since, "until": until, "arrived": arrived},
    )
    for row in rows:
        brands = WHOLE_STREAM if whole_stream else tuple(sorted(orjson.loads(row[_WIDTH])))
        if brands:
            yield _observation(row, brands)


def _observation(row: Sequence[Any], brands: tuple[str, ...]) -> Observation:
    return Observation(
        seq=row[0],
        published_at=row[1],
        platform=row[2],
        native_id=row[3],
        author_id=row[4],
        followers=row[5],
        sentiment=row[6],
        intent=row[7],
        duplicate_key=row[8],
        risks=tuple(orjson.loads(row[9])),
        terms=tuple(orjson.loads(row[10])),
        source=row[11],
        brands=brands,
    )


def stored_counted(db: Database, *, since: int, until: int) -> Iterator[tuple[int, Counted]]:
    """Counted mentions of buckets that start in [since, until), with their bucket's start.

    In the order in which they were counted.
    """
    rows = db.execute(
        f"""
        SELECT {_OBSERVED}, c.bucket, c.brand, c.standing
        FROM counted AS c
        JOIN mentions AS m ON m.seq = c.mention_seq
        JOIN enrichments AS e ON e.mention_seq = c.mention_seq
        WHERE c.bucket >= ? AND c.bucket < ?
        ORDER BY c.bucket, m.published_at, m.platform, m.native_id, c.brand
        """,
        [since, until],
    )
    for row in rows:
        bucket, brand, standing = row[_WIDTH:]
        yield bucket, Counted(brand, Standing(standing), _observation(row, (brand,)))


def stored_gaps(db: Database, *, since: int = 0, repaired: bool = True) -> list[Gap]:
    """The sources' gaps that reach beyond `since` (UTC ms), in the order of the ledger.

    Without `repaired` only those of which nothing was had later: for who counts what came
    late as if it had been there.
    """
    rows = db.execute(
        "SELECT source, since, until, known_at, repaired_at FROM source_gaps "
        "WHERE (until IS NULL OR until > ?) AND (? OR repaired_at IS NULL) ORDER BY id",
        [since, repaired],
    )
    return [Gap(*row) for row in rows]


INSERT_COUNTED = "INSERT INTO counted (bucket, brand, mention_seq, standing) VALUES (?, ?, ?, ?)"
INSERT_COUNTS = """
INSERT INTO brand_counts (
    brand, bucket, mentions, authors, fresh, copies, negatives, positives, questions, reach,
    fresh_negatives, low_followers, risks
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
ADD_LATE = """
INSERT INTO brand_counts (
    brand, bucket, mentions, authors, fresh, copies, negatives, positives, questions, reach, late
) VALUES (?, ?, 0, 0, 0, 0, 0, 0, 0, 0, ?)
ON CONFLICT (brand, bucket) DO UPDATE SET late = late + excluded.late
"""


def count_row(count: BrandCount) -> tuple[Any, ...]:
    """A row for INSERT_COUNTS."""
    *values, risks = astuple(count)
    return *values, orjson.dumps(dict(risks)).decode()


_SIGNAL = tuple(field.name for field in fields(Signal))
INSERT_SIGNAL = (
    f"INSERT INTO signals ({', '.join(_SIGNAL)}) VALUES ({', '.join('?' for _ in _SIGNAL)})"
)


def signal_row(signal: Signal) -> tuple[Any, ...]:
    """A row for INSERT_SIGNAL."""
    values = (getattr(signal, name) for name in _SIGNAL)
    return tuple(
        orjson.dumps(value).decode() if isinstance(value, tuple) else value for value in values
    )
