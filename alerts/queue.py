"""The issue queue in the store: listing it, and changing it so that nobody's change is lost."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import orjson
from sqlite_utils import Database

from alerts.errors import IssueMovedError
from alerts.issue import OPEN, Action, Issue, IssueState, change
from alerts.reading import Reading, mentions_of, readings
from listener.errors import NotFoundError
from listener.store import transaction

_FIELDS = [field.name for field in fields(Issue)]
_SELECT = f"SELECT {', '.join(_FIELDS)} FROM issues"


def issue_of(row: Sequence[Any]) -> Issue:
    """An issue from a row whose columns are Issue's fields in their order."""
    values = dict(zip(_FIELDS, row, strict=True))
    values["risks"] = tuple(orjson.loads(values["risks"]))
    values["state"] = IssueState(values["state"])
    return Issue(**values)


def one(db: Database, issue_id: int) -> Issue:
    """An issue by its id. Raises NotFoundError."""
    row = db.execute(f"{_SELECT} WHERE id = ?", [issue_id]).fetchone()
    if row is None:
        raise NotFoundError(
            f"There is no issue {issue_id}.", remedy="`krasae issues --state all` lists them."
        )
    return issue_of(row)


def seen_at(db: Database, issue_id: int, version: int | None) -> Issue:
    """An issue as somebody saw it. Raises IssueMovedError when it has changed since."""
    issue = one(db, issue_id)
    if version is not None and version != issue.version:
        raise _moved(db, issue_id, version)
    return issue


@dataclass(frozen=True, slots=True)
class Filter:
    """Which issues to list; None is any. Times are of opening, `until` exclusive."""

    states: frozenset[IssueState] = OPEN
    brand: str | None = None
    priority: int | None = None
    since: int | None = None
    until: int | None = None


_WHERE = """
WHERE state IN (SELECT value FROM json_each(:states))
    AND (:brand IS NULL OR brand = :brand) AND (:priority IS NULL OR priority = :priority)
    AND (:since IS NULL OR opened_at >= :since) AND (:until IS NULL OR opened_at < :until)
"""
_ORDER = "ORDER BY priority, state <> 'new', latest_at DESC, id LIMIT :limit"


def _where(wanted: Filter) -> dict[str, Any]:
    return {
        "states": orjson.dumps(sorted(wanted.states)).decode(),
        "brand": wanted.brand,
        "priority": wanted.priority,
        "since": wanted.since,
        "until": wanted.until,
    }


def listed(db: Database, wanted: Filter, *, limit: int) -> list[Issue]:
    """The queue by urgency: priority, then what nobody has looked at, then the latest first."""
    rows = db.execute(f"{_SELECT} {_WHERE} {_ORDER}", {**_where(wanted), "limit": limit})
    return [issue_of(row) for row in rows]


def count(db: Database, wanted: Filter) -> int:
    """How many issues the filter lets through."""
    row = db.execute(f"SELECT count(*) FROM issues {_WHERE}", _where(wanted)).fetchone()
    return int(row[0])


# What the last change before that time made of each issue.
_THEN = {
    "latest_at": "min(issues.latest_at, :at)",
    "state": "coalesce(last.to_state, 'new')",
    "assignee": "last.assignee",
    "closed_at": "CASE WHEN last.to_state IN ('resolved', 'dismissed') THEN last.at END",
    "version": "coalesce(last.version, 1)",
}
_AS_OF = f"""
SELECT {", ".join(f"{_THEN.get(name, f'issues.{name}')} AS {name}" for name in _FIELDS)}
FROM issues LEFT JOIN issue_log AS last ON last.id = (
    SELECT max(id) FROM issue_log WHERE issue_id = issues.id AND at < :at
)
WHERE opened_at < :at
"""


def as_of(db: Database, at: int, wanted: Filter, *, limit: int = -1) -> list[Issue]:
    """The queue as people had left it before a time (UTC ms), in its order."""
    rows = db.execute(
        f"SELECT * FROM ({_AS_OF}) {_WHERE} {_ORDER}", {**_where(wanted), "at": at, "limit": limit}
    )
    return [issue_of(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an issue's log: who did what, when."""

    version: int
    at: int
    who: str
    action: str
    from_state: str
    to_state: str
    assignee: str | None
    note: str


_LOG = """
INSERT INTO issue_log (
    issue_id, version, at, who, action, from_state, to_state, assignee, note
) VALUES (
    :issue_id, :version, :at, :who, :action, :from_state, :to_state, :assignee, :note
)
"""


def log(db: Database, issue_id: int, *, after: int = 0) -> list[Entry]:
    """What people did to an issue after it had this version, first to last."""
    rows = db.execute(
        "SELECT version, at, who, action, from_state, to_state, assignee, note "
        "FROM issue_log WHERE issue_id = ? AND version > ? ORDER BY version",
        [issue_id, after],
    )
    return [Entry(*row) for row in rows]


def mentions(db: Database, issue: Issue, *, limit: int = -1) -> list[Reading]:
    """The mentions of an issue, furthest reach first; an alert's in its own order."""
    if issue.alert_id is not None:
        return mentions_of(db, issue.alert_id, limit=limit)
    rows = db.execute(
        "SELECT mention_seq FROM issue_mentions JOIN mentions ON seq = mention_seq "
        "WHERE issue_id = ? ORDER BY coalesce(followers, 0) DESC, published_at, seq LIMIT ?",
        [issue.id, limit],
    )
    return readings(db, [int(row[0]) for row in rows])


def act(
    db: Database,
    seen: Issue,
    action: Action,
    *,
    by: str,
    at: int,
    assignee: str | None = None,
    note: str = "",
) -> Issue:
    """Change an issue as somebody saw it, and write down who did it.

    Raises IssueError when its state forbids it, and IssueMovedError, with nothing written,
    when somebody else changed it since it was `seen`.
    """
    changed = change(seen, action, at=at, assignee=assignee)
    with transaction(db) as connection:
        done = connection.execute(
            "UPDATE issues SET state = ?, assignee = ?, closed_at = ?, version = ? "
            "WHERE id = ? AND version = ?",
            [
                changed.state,
                changed.assignee,
                changed.closed_at,
                changed.version,
                seen.id,
                seen.version,
            ],
        )
        if done.rowcount != 1:
            raise _moved(db, seen.id, seen.version)
        entry = Entry(
            version=changed.version,
            at=at,
            who=by,
            action=action,
            from_state=seen.state,
            to_state=changed.state,
            assignee=changed.assignee,
            note=note,
        )
        connection.execute(_LOG, {"issue_id": seen.id, **asdict(entry)})
    return one(db, seen.id)


def _moved(db: Database, issue_id: int, version: int) -> IssueMovedError:
    happened = "; ".join(
        f"{entry.who}: {entry.action}" + (f" ({entry.note})" if entry.note else "")
        for entry in log(db, issue_id, after=version)
    )
    return IssueMovedError(
        f"Issue {issue_id} is no longer as you saw it: {happened or 'it has no such version'}.",
        remedy=f"Look at it again with `krasae issues show {issue_id}`, then decide.",
    )
