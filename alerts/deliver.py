"""The stage that sends what the outbox holds: at least once, in order, condensed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlite_utils import Database

from alerts.channels import Channel, Context, KeepsFiles, connect
from alerts.digest.exports import register
from alerts.message import Edition, write_message
from alerts.outbox import What
from alerts.settings import ChannelSettings
from listener.errors import KrasaeError
from listener.model import DAY_MS, HOUR_MS
from listener.stage import IDLE, Step
from listener.store import transaction

FIRST_RETRY = 60_000  # ms; doubles with every attempt
LONGEST_RETRY = HOUR_MS
GIVE_UP_AFTER = 7 * DAY_MS
LEASE = 10 * 60_000  # a message that is being sent is nobody else's for this long
MOST_PER_STEP = 20
_PROBES = 2  # failures in a row after which a channel counts as down


@dataclass(frozen=True, slots=True)
class Parcel:
    """All pending rows about one alert for one channel: one message. `rows` in order."""

    channel: str
    alert_id: int
    rows: tuple[int, ...]
    whats: tuple[What, ...]
    key: str
    attempts: int
    created_at: int


def retry_at(now: int, attempts: int) -> int:
    """When to try again after so many attempts: 1, 2, 4 ... minutes, at most an hour."""
    return now + min(FIRST_RETRY << min(attempts - 1, 20), LONGEST_RETRY)


class DeliverStage:
    """Sends due rows of the outbox. A channel that fails delays its own messages only."""

    name = "deliver"
    needs = ("alert",)

    def __init__(
        self,
        channels: Sequence[ChannelSettings],
        folder: Path,
        edition: Edition | None = None,
        *,
        connect: Callable[[ChannelSettings, Context], Channel] = connect,
    ) -> None:
        self._settings = {channel.name: channel for channel in channels}
        self._context = Context(folder)
        self._edition = edition or Edition()
        self._connect = connect
        self._open: dict[str, Channel] = {}

    def backlog(self, db: Database) -> int:
        """Messages that wait, due or not."""
        row = db.execute(
            "SELECT count(*) FROM json_each(?) JOIN outbox ON channel = json_each.value "
            "WHERE state = 'pending'",
            [orjson.dumps(list(self._settings)).decode()],
        ).fetchone()
        return int(row[0])

    def step(self, db: Database, *, limit: int, now: int) -> Step:
        """Try the messages that are due, each channel apart."""
        tried = sent = 0
        for channel in self._settings:
            failures = 0
            for parcel in _due(db, channel, now=now, limit=min(limit, MOST_PER_STEP)):
                if not _claim(db, parcel, now=now):
                    continue  # another process is sending it
                tried += 1
                error = self._deliver(db, parcel, now=now)
                _settle(db, parcel, error, now=now)
                if error is None:
                    sent += 1
                    failures = 0
                    continue
                failures += 1
                if failures == _PROBES:
                    _postpone(db, channel, now=now)
                    break
        return Step(tried, sent) if tried else IDLE

    def _deliver(self, db: Database, parcel: Parcel, *, now: int) -> str | None:
        """Send one message; None, or why it did not go, without secrets."""
        message = write_message(db, parcel.alert_id, parcel.whats, parcel.key, self._edition)
        try:
            channel = self._channel(parcel.channel)
        except KrasaeError as error:
            return error.message
        if isinstance(channel, KeepsFiles):
            for path in channel.files(message):
                register(db, path, kind="message", quoted=message.quoted, now=now)
        try:
            channel.send(message)
        except KrasaeError as error:
            return error.message
        except Exception as error:  # noqa: BLE001 - the rim: a channel is other people's code
            # Its text may hold an address with a password: only its kind is kept.
            return f"{type(error).__name__} in channel {parcel.channel}"
        return None

    def _channel(self, name: str) -> Channel:
        if name not in self._open:
            self._open[name] = self._connect(self._settings[name], self._context)
        return self._open[name]


def _due(db: Database, channel: str, *, now: int, limit: int) -> list[Parcel]:
    """The next messages of a channel, oldest first. All that is pending of an alert goes along."""
    rows = db.execute(
        "SELECT alert_id, id, what, key, attempts, created_at, next_try FROM outbox "
        "WHERE channel = ? AND state = 'pending' ORDER BY id",
        [channel],
    )
    parcels: dict[int, list[tuple[Any, ...]]] = {}
    for alert_id, *row in rows:
        parcels.setdefault(alert_id, []).append(tuple(row))
    due = [
        Parcel(
            channel=channel,
            alert_id=alert_id,
            rows=tuple(row[0] for row in pending),
            whats=tuple(What(row[1]) for row in pending),
            key=pending[-1][2],
            attempts=max(row[3] for row in pending),
            created_at=min(row[4] for row in pending),
        )
        for alert_id, pending in parcels.items()
        if max(row[5] for row in pending) <= now
    ]
    return due[:limit]


def _claim(db: Database, parcel: Parcel, *, now: int) -> bool:
    """Take a message for LEASE; False when another process has it, or has sent it."""
    with transaction(db) as connection:
        first = connection.execute(
            "UPDATE outbox SET next_try = ? WHERE id = ? AND state = 'pending' AND next_try <= ?",
            [now + LEASE, parcel.rows[0], now],
        )
        if first.rowcount != 1:
            return False
        connection.executemany(
            "UPDATE outbox SET next_try = ? WHERE id = ?",
            [(now + LEASE, row) for row in parcel.rows[1:]],
        )
    return True


def _settle(db: Database, parcel: Parcel, error: str | None, *, now: int) -> None:
    attempts = parcel.attempts + 1
    *earlier, last = parcel.rows
    with transaction(db) as connection:
        if error is None:
            outcomes = dict.fromkeys(earlier, "condensed") | {last: "sent"}
        elif now - parcel.created_at > GIVE_UP_AFTER:
            outcomes = dict.fromkeys(parcel.rows, "given_up")
        else:
            outcomes = {}
        connection.executemany(
            "UPDATE outbox SET state = ?, settled_at = ? WHERE id = ?",
            [(state, now, row) for row, state in outcomes.items()],
        )
        connection.executemany(
            "UPDATE outbox SET attempts = ?, last_error = ?, next_try = ? WHERE id = ?",
            [(attempts, error, retry_at(now, attempts), row) for row in parcel.rows],
        )


def _postpone(db: Database, channel: str, *, now: int) -> None:
    """A channel that is down is left alone until its longest-waiting message is tried again."""
    with transaction(db) as connection:
        connection.execute(
            """
            UPDATE outbox SET next_try = (
                SELECT min(next_try) FROM outbox
                WHERE channel = :channel AND state = 'pending' AND next_try > :now
            )
            WHERE channel = :channel AND state = 'pending' AND next_try <= :now
            """,
            {"channel": channel, "now": now},
        )
