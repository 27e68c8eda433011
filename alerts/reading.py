"""What lies behind an alert in the store: its mentions, and which sources were heard."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlite_utils import Database

from alerts import evidence
from alerts.alert import Alert
from alerts.evidence import READ_FIRST, Candidate, ranked
from listener.model import WEEK_MS
from trends.model import SignalKind


@dataclass(frozen=True, slots=True)
class Reading:
    """A mention as it stands in the store now, to be read as evidence."""

    seq: int
    platform: str
    native_id: str
    source: str
    published_at: int
    text: str
    url: str | None
    followers: int | None
    kind: str
    sentiment: str | None
    duplicate_key: int | None


@dataclass(frozen=True, slots=True)
class SourceHeard:
    """What one source delivered in a window; silent when it did not, but had in the week before."""

    source: str
    mentions: int
    last_at: int

    @property
    def silent(self) -> bool:
        """Whether nothing came from it in the window."""
        return self.mentions == 0


_READABLE = "mentions.deleted_at IS NULL AND trim(mentions.text) <> ''"
_READING = """
SELECT seq, platform, native_id, source, published_at, text, url, followers, kind,
    sentiment, duplicate_key
FROM mentions LEFT JOIN enrichments ON enrichments.mention_seq = seq
"""


def mentions_of(db: Database, alert_id: int, *, limit: int = -1) -> list[Reading]:
    """An alert's mentions, those to read first first, without those that were erased since."""
    rows = db.execute(
        f"""
        {_READING} JOIN alert_mentions ON alert_mentions.mention_seq = seq
        WHERE alert_id = ? AND {_READABLE}
        ORDER BY rank LIMIT ?
        """,
        [alert_id, limit],
    )
    return [Reading(*row) for row in rows]


def read_first(db: Database, alert_id: int) -> list[Reading]:
    """The three to five mentions that tell an alert's story soonest."""
    first = mentions_of(db, alert_id, limit=READ_FIRST)
    return evidence.read_first(first, lambda mention: mention.duplicate_key or 0)


def readings(db: Database, seqs: Sequence[int]) -> list[Reading]:
    """These mentions in this order, without those that were erased."""
    rows = db.execute(
        f"{_READING} JOIN json_each(?) AS wanted ON wanted.value = seq "
        f"WHERE {_READABLE} ORDER BY wanted.key",
        [orjson.dumps(list(seqs)).decode()],
    )
    return [Reading(*row) for row in rows]


def in_reading_order(db: Database, alert: Alert) -> list[int]:
    """The seqs of an alert's mentions, those to read first first, without erased ones."""
    rows = db.execute(
        f"""
        SELECT seq, published_at, author_id, coalesce(followers, 0),
            coalesce(likes, 0) + coalesce(reposts, 0) + coalesce(replies, 0),
            kind <> 'repost', sentiment = 'negative', duplicate_key, terms
        FROM mentions JOIN enrichments ON enrichments.mention_seq = seq
        WHERE seq IN (SELECT value FROM json_each(?)) AND {_READABLE}
        """,
        [orjson.dumps(alert.mention_seqs).decode()],
    )
    candidates = [
        Candidate(
            seq=row[0],
            published_at=row[1],
            author_id=row[2],
            followers=row[3],
            engagement=row[4],
            original=bool(row[5]),
            negative=bool(row[6]),
            duplicate_key=row[7],
            terms=frozenset(orjson.loads(row[8])),
        )
        for row in rows
    ]
    return ranked(candidates, alert.terms, negatives_first=alert.kind is SignalKind.RISK)


def sources_heard(db: Database, start: int, end: int) -> list[SourceHeard]:
    """Every source that was heard in [start, end) or in the week before it, by name."""
    rows = db.execute(
        """
        SELECT source, sum(published_at >= :start), max(published_at) FROM mentions
        WHERE published_at >= :before AND published_at < :end
        GROUP BY source ORDER BY source
        """,
        {"start": start, "end": end, "before": start - WEEK_MS},
    )
    return [SourceHeard(*row) for row in rows]
