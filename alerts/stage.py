"""The stages of this room: alerts from signals, issues from mentions, messages from the outbox."""

import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

import orjson
from sqlite_utils import Database

from alerts import outbox, records
from alerts.alert import Alert, raise_or_update
from alerts.deliver import DeliverStage
from alerts.flags import Desk, Heard, follow_alert
from alerts.reading import in_reading_order
from alerts.settings import AlertSettings, ChannelSettings
from listener.stage import IDLE, Step
from listener.store import advance, position
from trends.model import SignalKind

__all__ = ["AlertStage", "DeliverStage", "FlagStage"]


class AlertStage:
    """Folds signals into alerts; opens the issue of a risk; fills the outbox.

    With `own` given, only those brands' risks open an issue.
    """

    name = "alert"
    needs = ("detect", "coverage")

    def __init__(
        self, channels: Sequence[ChannelSettings] = (), own: Collection[str] | None = None
    ) -> None:
        self._channels = channels
        self._own = own

    def backlog(self, db: Database) -> int:
        """Signals that wait."""
        row = db.execute(
            "SELECT count(*) FROM signals WHERE id > ?", [position(db, self.name)]
        ).fetchone()
        return int(row[0])

    def step(self, db: Database, *, limit: int, now: int) -> Step:
        """Fold the next signals into their alerts."""
        since = position(db, self.name)
        signals = records.signals_after(db, since, limit)
        if not signals:
            return IDLE
        events = {signal.event for _, signal in signals}
        alerts: dict[int, Alert] = dict(records.of_events(db, events))
        teller = outbox.Teller(db, self._channels, events)
        due: list[outbox.Due] = []
        for _, signal in signals:
            alert = raise_or_update(alerts.get(signal.event), signal)
            alerts[signal.event] = alert
            due.extend(teller.tell(alert, now=now))
        order = {event: in_reading_order(db, alert) for event, alert in alerts.items()}
        with advance(db, self.name, since=since, to=signals[-1][0]) as connection:
            for event, alert in alerts.items():
                _store(connection, alert, order[event])
                if alert.kind is SignalKind.RISK and self._is_own(alert.brand):
                    follow_alert(connection, alert)
            outbox.write(connection, due, now=now)
        return Step(len(signals), len(alerts))

    def _is_own(self, brand: str) -> bool:
        return self._own is None or brand in self._own


_KEPT = {"id", "label", "mention_seqs"}
_COLUMNS = tuple(name for name in Alert.__dataclass_fields__ if name not in _KEPT)
_UPDATE = (
    f"UPDATE alerts SET {', '.join(f'{name} = :{name}' for name in _COLUMNS)} WHERE event = :event"
)
_INSERT = (
    f"INSERT INTO alerts ({', '.join(_COLUMNS)}) "
    f"VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"
)


def _store(connection: sqlite3.Connection, alert: Alert, seqs: Sequence[int]) -> None:
    values: dict[str, Any] = {name: getattr(alert, name) for name in _COLUMNS}
    values["terms"] = orjson.dumps(alert.terms).decode()
    values["history"] = orjson.dumps(alert.history).decode()
    # Not ON CONFLICT: an upsert uses up an id even where it updates, and then the ids of a
    # replay would depend on its batches.
    if connection.execute(_UPDATE, values).rowcount == 0:
        connection.execute(_INSERT, values)
    row = connection.execute("SELECT id FROM alerts WHERE event = ?", [alert.event]).fetchone()
    connection.execute("DELETE FROM alert_mentions WHERE alert_id = ?", [row[0]])
    # A mention may have been erased since it was read: its row then is not there.
    connection.execute(
        "INSERT INTO alert_mentions (alert_id, rank, mention_seq) "
        "SELECT ?, key, value FROM json_each(?) WHERE value IN (SELECT seq FROM mentions)",
        [row[0], orjson.dumps(list(seqs)).decode()],
    )


class FlagStage:
    """Puts mentions that need an answer on the queue. With `own` given, only of those brands."""

    name = "flag"
    needs = ("enrich",)

    def __init__(self, settings: AlertSettings, own: Collection[str] | None = None) -> None:
        self._settings = settings
        self._own = own

    def backlog(self, db: Database) -> int:
        """Enriched mentions that wait."""
        row = db.execute(
            "SELECT count(*) FROM enrichments WHERE mention_seq > ?", [position(db, self.name)]
        ).fetchone()
        return int(row[0])

    def step(self, db: Database, *, limit: int, now: int) -> Step:
        """Look at the next enriched mentions."""
        since = position(db, self.name)
        count, to = db.execute(
            "SELECT count(*), max(mention_seq) FROM (SELECT mention_seq FROM enrichments "
            "WHERE mention_seq > ? ORDER BY mention_seq LIMIT ?)",
            [since, limit],
        ).fetchone()
        if not count:
            return IDLE
        heard = [
            one for one in _heard(db, since, to) if self._own is None or one.brand in self._own
        ]
        with advance(db, self.name, since=since, to=to) as connection:
            taken = Desk(connection, self._settings).take(heard)
        return Step(count, taken)


def _heard(db: Database, since: int, to: int) -> list[Heard]:
    rows = db.execute(
        """
        SELECT seq, brand, published_at, coalesce(followers, 0), sentiment = 'negative',
            sentiment_probability, intent = 'promotion', duplicate_key, risks
        FROM enrichments
        JOIN mentions ON seq = enrichments.mention_seq
        JOIN brand_matches ON brand_matches.mention_seq = seq
        WHERE enrichments.mention_seq > ? AND enrichments.mention_seq <= ? AND deleted_at IS NULL
        ORDER BY seq, brand
        """,
        [since, to],
    )
    return [
        Heard(
            seq=row[0],
            brand=row[1],
            published_at=row[2],
            followers=row[3],
            negative=bool(row[4]),
            probability=row[5],
            promotion=bool(row[6]),
            duplicate_key=row[7],
            risks=frozenset(orjson.loads(row[8])),
        )
        for row in rows
    ]
