"""An issue in the community manager's queue: its states, and how urgent it is. Pure."""

from dataclasses import dataclass, replace
from enum import StrEnum

from alerts.errors import IssueError


class IssueState(StrEnum):
    """Where an issue stands. The first three are open."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


class Action(StrEnum):
    """What a person can do with an issue."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    RESOLVE = "resolve"
    DISMISS = "dismiss"
    REOPEN = "reopen"


OPEN = frozenset({IssueState.NEW, IssueState.ACKNOWLEDGED, IssueState.ASSIGNED})
CLOSED = frozenset(IssueState) - OPEN

# To resolve, somebody must have looked: the time to the first look is measured.
_TRANSITIONS: dict[Action, tuple[frozenset[IssueState], IssueState]] = {
    Action.ACKNOWLEDGE: (frozenset({IssueState.NEW}), IssueState.ACKNOWLEDGED),
    Action.ASSIGN: (OPEN, IssueState.ASSIGNED),
    Action.RESOLVE: (OPEN - {IssueState.NEW}, IssueState.RESOLVED),
    Action.DISMISS: (OPEN, IssueState.DISMISSED),
    Action.REOPEN: (CLOSED, IssueState.NEW),
}


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that needs an answer: an alert, or near-copies of one mention.

    `version` rises with every change by a person; times are UTC ms, `opened_at` and
    `latest_at` event time. `priority` runs from 1 (first) to 5.
    """

    id: int
    reason: str
    brand: str
    alert_id: int | None
    duplicate_key: int
    risks: tuple[str, ...]
    probability: float
    reach: int
    mentions: int
    priority: int
    opened_at: int
    latest_at: int
    state: IssueState
    assignee: str | None
    closed_at: int | None
    version: int


def allowed(state: IssueState) -> tuple[Action, ...]:
    """What can be done with an issue in this state."""
    return tuple(action for action, (froms, _) in _TRANSITIONS.items() if state in froms)


def change(issue: Issue, action: Action, *, at: int, assignee: str | None = None) -> Issue:
    """The issue after an action at a time. Raises IssueError where the state forbids it."""
    froms, to = _TRANSITIONS[action]
    if issue.state not in froms:
        choices = " or ".join(allowed(issue.state))
        raise IssueError(
            f"Issue {issue.id} is {issue.state}: it cannot be changed by `{action}`.",
            remedy=f"It allows {choices}.",
        )
    if action is Action.ASSIGN and not assignee:
        raise IssueError(f"Issue {issue.id}: assign it to whom?", remedy="Name a person.")
    kept = None if action is Action.REOPEN else issue.assignee
    return replace(
        issue,
        state=to,
        assignee=assignee if action is Action.ASSIGN else kept,
        closed_at=at if to in CLOSED else None,
        version=issue.version + 1,
    )


_REACH_STEPS = (1_000, 10_000, 100_000, 1_000_000)
_MENTION_STEPS = (3, 10, 30)
_SURE = 0.95


def mention_priority(reach: int, probability: float, risks: frozenset[str], mentions: int) -> int:
    """Priority of an issue of mentions, 1 to 5, from points.

    One point for each of: a reach of 1,000, 10,000, 100,000 and 1,000,000 followers; 3, 10
    and 30 near-copies; a negative probability of at least 0.95; any risk category. No
    point is priority 5, four or more are priority 1.
    """
    points = sum(reach >= step for step in _REACH_STEPS)
    points += sum(mentions >= step for step in _MENTION_STEPS)
    points += (probability >= _SURE) + bool(risks)
    return max(1, 5 - points)


def alert_priority(severity: int) -> int:
    """Priority of a risk alert's issue: 1 from severity 7, 2 from 5, else 3.

    It was rare enough to pass the alarm budget, so that it is never among the last.
    """
    return 1 if severity >= 7 else 2 if severity >= 5 else 3
