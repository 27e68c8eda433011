"""The community manager's queue as it stood at the day's end, from the log of its changes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, replace

import orjson
from sqlite_utils import Database

from alerts import queue
from alerts.digest.commands import listed
from alerts.digest.day import Day
from alerts.digest.model import Figure, IssueFacts, QueueFacts
from alerts.issue import CLOSED, OPEN, Issue, IssueState
from listener.settings import BrandSettings

_SHOWN = 5
_COLUMNS = ", ".join(f"issues.{field.name}" for field in fields(Issue))

# An issue's state at the day's end is what the last change before it made of it.
_OPENED_BEFORE = f"""
SELECT {_COLUMNS}, coalesce(last.to_state, 'new'), last.assignee
FROM issues
LEFT JOIN issue_log AS last ON last.id = (
    SELECT max(id) FROM issue_log WHERE issue_id = issues.id AND at < :end
)
WHERE opened_at < :end
    AND coalesce(last.to_state, 'new') IN (SELECT value FROM json_each(:open))
"""
_OPENED = "SELECT count(*) FROM issues WHERE opened_at >= :start AND opened_at < :end"
_CLOSED = """
SELECT count(DISTINCT issue_id) FROM issue_log
WHERE at >= :start AND at < :end AND to_state IN (SELECT value FROM json_each(:closed))
"""


def queue_facts(db: Database, day: Day, brands: Mapping[str, BrandSettings]) -> QueueFacts:
    """What waits, by priority; the oldest; the first five in the order of the queue."""
    waiting = _waiting(db, day)
    counts = Counter(issue.priority for issue in waiting)
    oldest = min(waiting, key=lambda issue: (issue.opened_at, issue.id), default=None)
    times = {"start": day.start, "end": day.end}
    closed = {**times, "closed": orjson.dumps(sorted(CLOSED)).decode()}
    return QueueFacts(
        waiting=listed(len(waiting), "krasae issues"),
        priorities=tuple(
            (priority, listed(counts[priority], f"krasae issues --priority {priority}"))
            for priority in range(1, 6)
        ),
        opened=db.execute(_OPENED, times).fetchone()[0],
        closed=db.execute(_CLOSED, closed).fetchone()[0],
        oldest=_facts(db, day, oldest, brands) if oldest else None,
        first=tuple(_facts(db, day, issue, brands) for issue in waiting[:_SHOWN]),
    )


def _waiting(db: Database, day: Day) -> list[Issue]:
    """In the queue's order: priority, then what nobody has looked at, then the latest first."""
    parameters = {"end": day.end, "open": orjson.dumps(sorted(OPEN)).decode()}
    waiting = [
        replace(queue.issue_of(row[:-2]), state=IssueState(row[-2]), assignee=row[-1])
        for row in db.execute(_OPENED_BEFORE, parameters)
    ]
    waiting.sort(
        key=lambda issue: (
            issue.priority,
            issue.state is not IssueState.NEW,
            -min(issue.latest_at, day.end),
            issue.id,
        )
    )
    return waiting


def _facts(db: Database, day: Day, issue: Issue, brands: Mapping[str, BrandSettings]) -> IssueFacts:
    known = [found for found in queue.mentions(db, issue) if found.published_at < day.end]
    return IssueFacts(
        issue=issue,
        brand=brands[issue.brand].name if issue.brand in brands else issue.brand,
        mentions=Figure(len(known), f"krasae issues show {issue.id}"),
        quote=known[0] if known and issue.alert_id is None else None,
    )
