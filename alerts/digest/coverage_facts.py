"""What was heard at all: a dead collector must never look like a calm day."""

from collections.abc import Sequence

from sqlite_utils import Database

from alerts.alert import Alert
from alerts.digest.commands import Commands, listed
from alerts.digest.day import Day
from alerts.digest.model import CoverageFacts, SourceFacts
from listener.model import DAY_MS, HOUR_MS
from listener.store import position
from trends.model import EventState, SignalKind

_LEAST_DAYS = 7  # of history, before silence can be called unusual

_COUNTS = """
SELECT source, sum(published_at >= :start), sum(published_at < :start), max(published_at)
FROM mentions
WHERE published_at >= :usual_start AND published_at < :end AND deleted_at IS NULL
GROUP BY source ORDER BY source
"""
_LONGEST_GAP = """
WITH heard AS (
    SELECT :start AS at UNION ALL SELECT :end UNION ALL
    SELECT published_at FROM mentions
    WHERE source = :source AND published_at >= :start AND published_at < :end
),
gaps AS (SELECT lag(at) OVER (ORDER BY at) AS since, at FROM heard)
SELECT since, at FROM gaps WHERE since IS NOT NULL ORDER BY at - since DESC, at LIMIT 1
"""
# On how many of the usual days something came in the hours that are silent today.
_DAYS_HEARD = """
SELECT count(DISTINCT (published_at - :usual_start) / :day) FROM mentions
WHERE source = :source AND published_at >= :usual_start AND published_at < :start
    AND (published_at - :usual_start) % :day > :silent_from
"""


def outages_in(known: Sequence[Alert], day: Day) -> tuple[Alert, ...]:
    """The outages that were open in the day: those that go on first, the worst first."""
    outages = [
        alert
        for alert in known
        if alert.kind is SignalKind.COVERAGE
        and (alert.state is not EventState.CLOSED or alert.updated_at >= day.start)
    ]
    over = EventState.CLOSED
    return tuple(sorted(outages, key=lambda a: (a.state is over, -a.severity, a.event)))


def coverage_facts(
    db: Database,
    day: Day,
    configured: Sequence[str],
    commands: Commands,
    usual_days: float,
    outages: Sequence[Alert] = (),
) -> CoverageFacts:
    """Every source that was heard in the usual days, and every configured one.

    Silent are those that should have been heard, and those with an outage that goes on.
    """
    out = {outage.series for outage in outages if outage.state is not EventState.CLOSED}
    times = {"start": day.start, "end": day.end, "usual_start": day.usual_start}
    rows = {row[0]: row[1:] for row in db.execute(_COUNTS, times)}
    names = [*rows, *(name for name in configured if name not in rows)]
    sources = []
    for name in sorted(names):
        today, usual, last_at = rows.get(name, (0, 0, None))
        gap = db.execute(_LONGEST_GAP, {**times, "source": name}).fetchone()
        sources.append(
            SourceFacts(
                name=name,
                mentions=listed(today, commands.mentions(day.start, day.end, source=name)),
                usual_mentions=listed(
                    usual, commands.mentions(day.usual_start, day.start, source=name)
                ),
                last_at=last_at,
                gap=(gap[0], gap[1]) if today else None,
                silent=name in out
                or last_at is None
                or _fell_silent(db, day, name, last_at, usual_days),
            )
        )
    last = db.execute(
        "SELECT max(published_at) FROM mentions WHERE published_at < ?", [day.end]
    ).fetchone()[0]
    return CoverageFacts(
        mentions=listed(
            sum(source.mentions.value for source in sources),
            commands.mentions(day.start, day.end),
        ),
        usual_mentions=listed(
            sum(source.usual_mentions.value for source in sources),
            commands.mentions(day.usual_start, day.start),
        ),
        sources=tuple(sources),
        last_at=last,
        unread=_unread(db, day),
    )


def _fell_silent(db: Database, day: Day, source: str, last_at: int, usual_days: float) -> bool:
    """Whether on every usual day something came in the hours since `last_at`."""
    if day.end - last_at < HOUR_MS:
        return False
    days = int(usual_days)
    if days < _LEAST_DAYS:
        return last_at < day.start
    heard = db.execute(
        _DAYS_HEARD,
        {
            "source": source,
            "start": day.start,
            "usual_start": day.usual_start,
            "day": DAY_MS,
            "silent_from": last_at - day.start,
        },
    ).fetchone()[0]
    return bool(heard >= days)


def _unread(db: Database, day: Day) -> int:
    row = db.execute(
        "SELECT count(*) FROM mentions "
        "WHERE seq > ? AND published_at >= ? AND published_at < ? AND deleted_at IS NULL",
        [position(db, "enrich"), day.start, day.end],
    ).fetchone()
    return int(row[0])
