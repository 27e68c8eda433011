"""The community manager's queue as it stood at the day's end, from the log of its changes."""

from collections import Counter
from collections.abc import Mapping

from sqlite_utils import Database

from alerts import queue
from alerts.digest.commands import Commands, listed
from alerts.digest.day import Day
from alerts.digest.model import Figure, IssueFacts, QueueFacts
from alerts.issue import Issue, IssueState
from listener.settings import BrandSettings

_SHOWN = 5


def queue_facts(
    db: Database, day: Day, brands: Mapping[str, BrandSettings], commands: Commands
) -> QueueFacts:
    """What waits, by priority; the oldest; the first five in the order of the queue."""
    waiting = queue.as_of(db, day.end, queue.Filter())
    counts = Counter(issue.priority for issue in waiting)
    oldest = min(waiting, key=lambda issue: (issue.opened_at, issue.id), default=None)
    came = queue.Filter(frozenset(IssueState), since=day.start, until=day.end)
    return QueueFacts(
        waiting=listed(len(waiting), commands.queue(day.end)),
        priorities=tuple(
            (priority, listed(counts[priority], commands.queue(day.end, priority)))
            for priority in range(1, 6)
        ),
        came=listed(queue.count(db, came), commands.issues(day.start, day.end)),
        oldest=_facts(db, day, oldest, brands) if oldest else None,
        first=tuple(_facts(db, day, issue, brands) for issue in waiting[:_SHOWN]),
    )


def _facts(db: Database, day: Day, issue: Issue, brands: Mapping[str, BrandSettings]) -> IssueFacts:
    known = [found for found in queue.mentions(db, issue) if found.published_at < day.end]
    return IssueFacts(
        issue=issue,
        brand=brands[issue.brand].name if issue.brand in brands else issue.brand,
        mentions=Figure(len(known), f"krasae issues show {issue.id}"),
        quote=known[0] if known and issue.alert_id is None else None,
    )
