"""What lies behind an alert in the store: its mentions, and which sources were heard."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import orjson
from sqlite_utils import Database

from alerts import evidence
from alerts.alert import Alert
from alerts.evidence import READ_FIRST, Candidate, ranked
from alerts.explanation import Background
from listener.model import DAY_MS, HOUR_MS, WEEK_MS
from trends.model import Cause, Outage, SignalKind


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
    """What one source delivered in a window, and what of the window is missing from it.

    `last_at` is its latest mention before the window's end, since a week before the window.
    `gaps` are the parts of the window that were not heard and not had later; `answered` says
    whether it was asked, and answered, in the window: None where no ledger is kept, as of files.
    """

    source: str
    mentions: int
    last_at: int | None
    gaps: tuple[tuple[int, int], ...] = ()
    answered: bool | None = None

    @property
    def silent(self) -> bool:
        """Whether nothing came from it in the window, though it was not up and quiet."""
        return self.mentions == 0 and (bool(self.gaps) or not self.answered)


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


def read_first_of(db: Database, alert: Alert) -> list[Reading]:
    """The same for an alert as it was at an earlier time, by the mentions that it had then."""
    first = readings(db, in_reading_order(db, alert)[:READ_FIRST])
    return evidence.read_first(first, lambda mention: mention.duplicate_key or 0)


_USUAL_DAYS = 28
_LEAST_USUAL = 30  # mentions from which a usual share is worth telling


def background(db: Database, alert: Alert) -> Background:
    """What the store knows beside an alert's figures: the usual negativity, the aspects."""
    negatives, mentions = db.execute(
        "SELECT coalesce(sum(negatives), 0), coalesce(sum(mentions), 0) FROM brand_counts "
        "WHERE brand = ? AND bucket >= ? AND bucket < ?",
        [alert.brand, alert.window_start - _USUAL_DAYS * DAY_MS, alert.window_start],
    ).fetchone()
    seqs = orjson.dumps(alert.mention_seqs).decode()
    known = db.execute(
        "SELECT count(*) FROM enrichments WHERE mention_seq IN (SELECT value FROM json_each(?))",
        [seqs],
    ).fetchone()[0]
    aspects = db.execute(
        """
        SELECT aspect.key, count(*) FROM enrichments, json_each(enrichments.aspects) AS aspect
        WHERE mention_seq IN (SELECT value FROM json_each(?))
        GROUP BY aspect.key ORDER BY count(*) DESC, aspect.key
        """,
        [seqs],
    ).fetchall()
    return Background(
        usual_negative=negatives / mentions if mentions >= _LEAST_USUAL else None,
        aspects=tuple((name, count) for name, count in aspects),
        known=known,
    )


def leading_topic(db: Database, alert_id: int, brand: str) -> tuple[int, str] | None:
    """The brand's topic, by id and label, to which most of an alert's mentions belong."""
    row = db.execute(
        """
        SELECT topics.id, topics.label FROM alert_mentions
            JOIN mention_topics ON mention_topics.brand = :brand
                AND mention_topics.mention_seq = alert_mentions.mention_seq
            JOIN topics ON topics.brand = :brand AND topics.id = topic
        WHERE alert_id = :alert
        GROUP BY topics.id
        HAVING 2 * count(*) > (SELECT count(*) FROM alert_mentions WHERE alert_id = :alert)
        """,
        {"brand": brand, "alert": alert_id},
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else None


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


def outage_of(db: Database, event: int) -> Outage | None:
    """The outage behind a coverage alert; None behind any other."""
    row = db.execute(f"SELECT {_OUTAGE} FROM outages WHERE event = ?", [event]).fetchone()
    if row is None:
        return None
    values = dict(zip(_OUTAGE_FIELDS, row, strict=True))
    values["cause"] = Cause(values["cause"])
    for name in ("up", "down"):
        values[name] = tuple(orjson.loads(values[name]))
    return Outage(**values)


_OUTAGE_FIELDS = tuple(field.name for field in fields(Outage))
_OUTAGE = ", ".join(_OUTAGE_FIELDS)


def had_later(db: Database, outage: Outage) -> bool:
    """Whether all that was missed in an outage that is over had been had after all."""
    if outage.until is None:
        return False
    rows = db.execute(
        "SELECT repaired_at IS NOT NULL FROM source_gaps "
        "WHERE source = ? AND since < ? AND (until IS NULL OR until > ?)",
        [outage.source, outage.until, outage.since],
    ).fetchall()
    return bool(rows) and all(repaired for (repaired,) in rows)


def sources_heard(db: Database, start: int, end: int) -> list[SourceHeard]:
    """Every source that was heard, or listened to, in [start, end) or in the week before it.

    By name. What is missing is what the ledger of sources holds of it today.
    """
    delivered = {row[0]: (row[1], row[2]) for row in _delivered(db, start, end)}
    gaps: dict[str, list[tuple[int, int]]] = {}
    for source, since, until in db.execute(
        "SELECT source, since, until FROM source_gaps "
        "WHERE (until IS NULL OR until > ?) AND since < ? AND repaired_at IS NULL "
        "ORDER BY source, since, id",
        [start, end],
    ):
        part = (max(start, since), end if until is None else min(end, until))
        gaps.setdefault(source, []).append(part)
    answered = {
        row[0]: bool(row[1])
        for row in db.execute(
            "SELECT source, (SELECT max(heard) FROM source_hours AS hours "
            "WHERE hours.source = health.source AND hour >= :from AND hour < :end) "
            "FROM source_health AS health WHERE first_at < :end",
            {"from": start - start % HOUR_MS, "end": end},
        )
    }
    nothing: tuple[int, int | None] = (0, None)
    heard = []
    for source in sorted({*delivered, *gaps, *answered}):
        mentions, last_at = delivered.get(source, nothing)
        parts = _joined(gaps.get(source, ()))
        heard.append(SourceHeard(source, mentions, last_at, parts, answered.get(source)))
    return heard


def _joined(parts: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Parts in order of their beginning, those that touch made one."""
    joined: list[tuple[int, int]] = []
    for since, until in parts:
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until))
        else:
            joined.append((since, until))
    return tuple(joined)


def _delivered(db: Database, start: int, end: int) -> list[tuple[str, int, int]]:
    rows = db.execute(
        """
        SELECT source, sum(published_at >= :start), max(published_at) FROM mentions
        WHERE published_at >= :before AND published_at < :end
        GROUP BY source ORDER BY source
        """,
        {"start": start, "end": end, "before": start - WEEK_MS},
    )
    return [(source, count, last_at) for source, count, last_at in rows]
