"""What is to be told to whom: rows of the outbox, decided by a pure rule."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import orjson
from sqlite_utils import Database

from alerts.alert import Alert
from alerts.settings import ChannelSettings
from listener.model import DAY_MS
from trends.model import EventState

RISE = 2  # of severity since the last message, that is worth another
STALE_AFTER = 2 * DAY_MS  # news older than this when it was found is history: a replay, an import


class What(StrEnum):
    """What a message says of an alert."""

    OPEN = "open"
    UPDATE = "update"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Told:
    """What one channel was told of one event: the highest severity, and how many messages.

    `reached` is False while all of them were skipped.
    """

    severity: int
    messages: int
    reached: bool


@dataclass(frozen=True, slots=True)
class Due:
    """One row to write to the outbox."""

    channel: str
    event: int
    what: What
    number: int
    severity: int
    skipped: bool

    @property
    def key(self) -> str:
        """The idempotency key, unique within the channel."""
        return f"{self.event}:{self.what}:{self.number}"


def due(alert: Alert, channel: ChannelSettings, told: Told | None, *, now: int) -> Due | None:
    """What to tell a channel after an alert was raised or updated, if anything.

    A first message when the alert reaches the channel's `min_severity`; an update when the
    severity has risen by RISE since the last one; a close once it is over.
    """
    closed = alert.state is EventState.CLOSED
    if told is None:
        what = None if closed or alert.severity < channel.min_severity else What.OPEN
    elif closed:
        what = What.CLOSE
    else:
        what = What.UPDATE if alert.severity >= told.severity + RISE else None
    if what is None:
        return None
    return Due(
        channel=channel.name,
        event=alert.event,
        what=what,
        number=told.messages if told else 0,
        severity=max(alert.severity, told.severity if told else 0),
        skipped=now - alert.updated_at > STALE_AFTER
        or (what is What.CLOSE and told is not None and not told.reached),
    )


class Teller:
    """Decides what to tell each channel, step by step, starting from what was told before."""

    def __init__(
        self, db: Database, channels: Sequence[ChannelSettings], events: Iterable[int]
    ) -> None:
        self._channels = channels
        rows = db.execute(
            """
            SELECT channel, event, max(outbox.severity), count(*), max(outbox.state <> 'skipped')
            FROM outbox JOIN alerts ON alerts.id = alert_id
            WHERE event IN (SELECT value FROM json_each(?)) GROUP BY 1, 2
            """,
            [orjson.dumps(sorted(set(events))).decode()] if channels else ["[]"],
        )
        self._told = {(row[0], row[1]): Told(row[2], row[3], bool(row[4])) for row in rows}

    def tell(self, alert: Alert, *, now: int) -> list[Due]:
        """The rows that this state of an alert calls for."""
        rows = []
        for channel in self._channels:
            told = self._told.get((channel.name, alert.event))
            row = due(alert, channel, told, now=now)
            if row:
                reached = not row.skipped or (told is not None and told.reached)
                self._told[channel.name, alert.event] = Told(row.severity, row.number + 1, reached)
                rows.append(row)
        return rows


def write(connection: sqlite3.Connection, rows: Iterable[Due], *, now: int) -> None:
    """Write rows within the caller's transaction; their alerts are stored already."""
    connection.executemany(
        """
        INSERT INTO outbox (
            channel, key, alert_id, what, severity, created_at, state, next_try, settled_at
        )
        SELECT :channel, :key, id, :what, :severity, :now, :state, :now, :settled_at
        FROM alerts WHERE event = :event
        """,
        [
            {
                "channel": row.channel,
                "key": row.key,
                "event": row.event,
                "what": row.what,
                "severity": row.severity,
                "now": now,
                "state": "skipped" if row.skipped else "pending",
                "settled_at": now if row.skipped else None,
            }
            for row in rows
        ],
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """One row of the outbox as people look at it."""

    channel: str
    key: str
    what: str
    state: str
    attempts: int
    next_try: int
    last_error: str | None
    settled_at: int | None


def sent(db: Database, alert_id: int) -> list[Sent]:
    """What was told about an alert, or waits to be."""
    rows = db.execute(
        "SELECT channel, key, what, state, attempts, next_try, last_error, settled_at "
        "FROM outbox WHERE alert_id = ? ORDER BY id",
        [alert_id],
    )
    return [Sent(*row) for row in rows]
