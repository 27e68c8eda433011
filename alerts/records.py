"""Reading alerts from the store, today's or as they were at an earlier time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import orjson
from sqlite_utils import Database

from alerts.alert import Alert, fold
from listener.errors import NotFoundError
from listener.store import transaction
from trends.model import EventState, Signal, SignalKind

_SIGNAL_COLUMNS = ", ".join(field.name for field in fields(Signal))
# The mentions are rows of their own, so that an erasure reaches them.
_ALERT_FIELDS = tuple(field.name for field in fields(Alert) if field.name != "mention_seqs")
_ALERT_COLUMNS = ", ".join(_ALERT_FIELDS)
_MENTION_SEQS = (
    "(SELECT json_group_array(mention_seq) FROM "
    "(SELECT mention_seq FROM alert_mentions WHERE alert_id = alerts.id ORDER BY rank))"
)
_SELECT = f"SELECT {_ALERT_COLUMNS}, {_MENTION_SEQS} FROM alerts"
_JSON = {"terms", "mention_seqs", "history"}


def _typed(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: tuple(orjson.loads(value)) if name in _JSON else value
        for name, value in zip(names, row, strict=True)
    }
    values["kind"] = SignalKind(values["kind"])
    values["state"] = EventState(values["state"])
    return values


def signals_after(db: Database, position: int, limit: int) -> list[tuple[int, Signal]]:
    """The next signals, each with its id, in the order in which they were given."""
    rows = db.execute(
        f"SELECT id, {_SIGNAL_COLUMNS} FROM signals WHERE id > ? ORDER BY id LIMIT ?",
        [position, limit],
    )
    return [(int(row[0]), _signal(row[1:])) for row in rows]


def _signal(row: Sequence[Any]) -> Signal:
    return Signal(**_typed([field.name for field in fields(Signal)], row))


def _alerts(db: Database, where: str, values: dict[str, Any]) -> list[Alert]:
    names = (*_ALERT_FIELDS, "mention_seqs")
    return [Alert(**_typed(names, row)) for row in db.execute(f"{_SELECT} {where}", values)]


def of_events(db: Database, events: Iterable[int]) -> dict[int, Alert]:
    """The stored alerts of these events."""
    found = _alerts(
        db,
        "WHERE event IN (SELECT value FROM json_each(:events))",
        {"events": orjson.dumps(sorted(set(events))).decode()},
    )
    return {alert.event: alert for alert in found}


def one(db: Database, alert_id: int) -> Alert:
    """An alert by its id. Raises NotFoundError."""
    found = _alerts(db, "WHERE id = :id", {"id": alert_id})
    if not found:
        raise NotFoundError(
            f"There is no alert {alert_id}.", remedy="`krasae alerts --state all` lists them."
        )
    return found[0]


TRENDS = "trends"
"""Every kind but coverage: what is unusual in what people say."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which alerts to list; None is any. Times are of detection, `until` exclusive.

    `kind` may be TRENDS: all that the alarm budget is about, which is all but coverage.
    """

    open_only: bool = False
    kind: str | None = None
    brand: str | None = None
    severity: int = 1
    since: int | None = None
    until: int | None = None


_WHERE = """
WHERE (:closed OR state <> 'closed')
    AND (:kind IS NULL OR kind = :kind OR (:kind = 'trends' AND kind <> 'coverage'))
    AND (:brand IS NULL OR brand = :brand)
    AND peak_severity >= :severity
    AND (:since IS NULL OR detected_at >= :since)
    AND (:until IS NULL OR detected_at < :until)
"""


def _where(wanted: Filter) -> dict[str, Any]:
    return {
        "closed": not wanted.open_only,
        "kind": wanted.kind,
        "brand": wanted.brand,
        "severity": wanted.severity,
        "since": wanted.since,
        "until": wanted.until,
    }


def listed(db: Database, wanted: Filter, *, limit: int) -> list[Alert]:
    """The latest alerts that the filter lets through, latest first."""
    values = {**_where(wanted), "limit": limit}
    return _alerts(db, f"{_WHERE} ORDER BY detected_at DESC, id DESC LIMIT :limit", values)


def labelled(db: Database, *, since: int | None, until: int | None) -> list[Alert]:
    """The alerts with a verdict, raised in [since, until) (UTC ms), in the order of raising."""
    where = _where(Filter(kind=TRENDS, since=since, until=until))
    return _alerts(db, f"{_WHERE} AND label IS NOT NULL ORDER BY id", where)


def count(db: Database, wanted: Filter) -> int:
    """How many alerts the filter lets through."""
    row = db.execute(f"SELECT count(*) FROM alerts {_WHERE}", _where(wanted)).fetchone()
    return int(row[0])


def as_of(db: Database, at: int, *, since: int = 0) -> list[Alert]:
    """The alerts as they were known at a time (UTC ms), in the order in which they were raised.

    The fold over the signals that were known by then; only events that were not over
    before `since`. What people did later (labels) is not in it.
    """
    rows = db.execute(
        f"""
        SELECT {_SIGNAL_COLUMNS} FROM signals
        WHERE detected_at <= :at AND event IN (
            SELECT event FROM signals WHERE detected_at > :since AND detected_at <= :at
        )
        ORDER BY id
        """,
        {"at": at, "since": since},
    )
    return _with_ids(db, fold(map(_signal, rows)))


def listed_as_of(db: Database, at: int, wanted: Filter) -> list[Alert]:
    """The alerts that the filter lets through, as they were known before a time; latest first."""
    found = [
        alert
        for alert in as_of(db, at - 1)
        if alert.id is not None
        and not (wanted.open_only and alert.state is EventState.CLOSED)
        and _is_of_kind(alert, wanted.kind)
        and wanted.brand in (None, alert.brand)
        and alert.peak_severity >= wanted.severity
        and (wanted.since is None or alert.detected_at >= wanted.since)
        and (wanted.until is None or alert.detected_at < wanted.until)
    ]
    return sorted(found, key=lambda alert: (-alert.detected_at, -(alert.id or 0)))


def _is_of_kind(alert: Alert, kind: str | None) -> bool:
    if kind == TRENDS:
        return alert.kind is not SignalKind.COVERAGE
    return kind in (None, alert.kind)


def as_known(db: Database, alert: Alert, at: int) -> Alert:
    """An alert as it was known at a time (UTC ms). Raises NotFoundError before it was raised."""
    rows = db.execute(
        f"SELECT {_SIGNAL_COLUMNS} FROM signals WHERE event = ? AND detected_at <= ? ORDER BY id",
        [alert.event, at],
    )
    found = _with_ids(db, fold(map(_signal, rows)))
    if not found:
        raise NotFoundError(
            f"Alert {alert.id} was not known yet at that time.",
            remedy="Without --at it is shown as it is known now.",
        )
    return found[0]


def as_raised(db: Database, alert: Alert) -> Alert:
    """What an alert said when it was raised."""
    rows = db.execute(
        f"SELECT {_SIGNAL_COLUMNS} FROM signals WHERE event = ? ORDER BY id LIMIT 1", [alert.event]
    )
    return _with_ids(db, fold(map(_signal, rows)))[0]


def _with_ids(db: Database, alerts: Mapping[int, Alert]) -> list[Alert]:
    rows = db.execute(
        "SELECT event, id FROM alerts WHERE event IN (SELECT value FROM json_each(?))",
        [orjson.dumps(list(alerts)).decode()],
    ).fetchall()
    ids = {int(event): int(alert_id) for event, alert_id in rows}
    return [replace(alert, id=ids.get(event)) for event, alert in alerts.items()]


def label(db: Database, alert_id: int, verdict: str, *, at: int) -> None:
    """Keep a person's verdict on an alert, 'useful' or 'noise'. Raises NotFoundError."""
    one(db, alert_id)
    with transaction(db) as connection:
        connection.execute(
            "UPDATE alerts SET label = ?, labelled_at = ? WHERE id = ?", [verdict, at, alert_id]
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """One step in an alert's life: when it became known, and the figures then."""

    at: int
    state: EventState
    severity: int
    observed: float
    expected: float


def life(db: Database, alert: Alert) -> list[Turn]:
    """The steps at which an alert's state or severity changed."""
    rows = db.execute(
        "SELECT detected_at, state, severity, observed, expected FROM signals "
        "WHERE event = ? ORDER BY id",
        [alert.event],
    )
    turns: list[Turn] = []
    for at, state, *figures in rows:
        turn = Turn(at, EventState(state), *figures)
        if not turns or (turns[-1].state, turns[-1].severity) != (turn.state, turn.severity):
            turns.append(turn)
    return turns
