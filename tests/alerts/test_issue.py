"""The queue's state machine against a dictionary, and two managers on one issue."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from alerts import queue
from alerts.errors import IssueError, IssueMovedError
from alerts.issue import (
    CLOSED,
    OPEN,
    Action,
    Issue,
    IssueState,
    alert_priority,
    allowed,
    change,
    mention_priority,
)
from alerts.settings import AlertSettings
from alerts.stage import FlagStage
from listener.errors import NotFoundError
from listener.stage import run_to_end
from tests.alerts.making import database, say

# The whole machine once more, in the plainest form: (state, action) -> state.
MODEL = {
    ("new", "acknowledge"): "acknowledged",
    ("new", "assign"): "assigned",
    ("new", "dismiss"): "dismissed",
    ("acknowledged", "assign"): "assigned",
    ("acknowledged", "resolve"): "resolved",
    ("acknowledged", "dismiss"): "dismissed",
    ("assigned", "assign"): "assigned",
    ("assigned", "resolve"): "resolved",
    ("assigned", "dismiss"): "dismissed",
    ("resolved", "reopen"): "new",
    ("dismissed", "reopen"): "new",
}
NAMES = st.sampled_from(["nok", "somchai"])


class QueueMachine(RuleBasedStateMachine):
    """Managers act on issues as they last saw them; a dictionary says what must become of it."""

    seen = Bundle("seen")

    def __init__(self) -> None:
        super().__init__()
        self.db = database()
        self.clock = 1000
        self.model: dict[int, dict[str, Any]] = {}

    @rule(target=seen)
    def open_an_issue(self) -> Issue:
        seq = say(self.db, "terrible", sentiment="negative", followers=50_000)
        run_to_end(FlagStage(AlertSettings()), self.db, now=self.clock)
        self.model[seq] = {"state": "new", "assignee": None, "version": 1, "log": []}
        return queue.one(self.db, seq)

    @rule(target=seen, issue=seen)
    def look_again(self, issue: Issue) -> Issue:
        return queue.one(self.db, issue.id)

    @rule(target=seen, issue=seen, action=st.sampled_from(Action), who=NAMES, to=NAMES)
    def act(self, issue: Issue, action: Action, who: str, to: str) -> Issue:
        self.clock += 1
        model = self.model[issue.id]
        assignee = to if action is Action.ASSIGN else None
        becomes = MODEL.get((issue.state, action))
        stale = issue.version != model["version"]
        try:
            changed = queue.act(
                self.db,
                issue,
                action,
                by=who,
                at=self.clock,
                assignee=assignee,
                note=f"n{self.clock}",
            )
        except IssueMovedError as error:
            assert becomes and stale
            for entry in model["log"][issue.version - 1 :]:
                assert entry[3] in error.message
            return issue
        except IssueError:
            assert becomes is None
            return issue
        assert becomes and not stale
        model["log"].append((who, model["state"], becomes, f"n{self.clock}"))
        model["state"] = becomes
        model["version"] += 1
        if action is Action.ASSIGN:
            model["assignee"] = to
        elif action is Action.REOPEN:
            model["assignee"] = None
        assert changed.closed_at == (self.clock if becomes in ("resolved", "dismissed") else None)
        return changed

    @invariant()
    def the_store_says_what_the_dictionary_says(self) -> None:
        for number, model in self.model.items():
            issue = queue.one(self.db, number)
            assert (issue.state, issue.assignee, issue.version) == (
                model["state"],
                model["assignee"],
                model["version"],
            )
            entries = queue.log(self.db, number)
            assert [(e.who, e.from_state, e.to_state, e.note) for e in entries] == model["log"]

    @invariant()
    def open_and_closed_make_all(self) -> None:
        counts = [queue.count(self.db, queue.Filter(states)) for states in (OPEN, CLOSED)]
        assert sum(counts) == len(self.model)


TestQueueMachine = QueueMachine.TestCase


def test_every_state_and_action_is_as_the_model_says() -> None:
    issue = an_issue()
    for state, action in itertools.product(IssueState, Action):
        before = Issue(**{**_fields(issue), "state": state})
        becomes = MODEL.get((state, action))
        assert (action in allowed(state)) == (becomes is not None)
        if becomes is None:
            with pytest.raises(IssueError, match=str(state)) as refused:
                change(before, action, at=5, assignee="nok")
            assert all(choice in refused.value.remedy for choice in allowed(state))
        else:
            assert change(before, action, at=5, assignee="nok").state == becomes


def an_issue() -> Issue:
    db = database()
    say(db, "terrible", sentiment="negative", followers=50_000)
    run_to_end(FlagStage(AlertSettings()), db, now=1)
    return queue.one(db, 1)


def _fields(issue: Issue) -> dict[str, Any]:
    return {name: getattr(issue, name) for name in Issue.__dataclass_fields__}


def test_to_assign_one_names_somebody() -> None:
    with pytest.raises(IssueError, match="whom"):
        change(an_issue(), Action.ASSIGN, at=5)


def test_the_second_manager_sees_what_the_first_did() -> None:
    db = database()
    say(db, "terrible", sentiment="negative", followers=50_000)
    run_to_end(FlagStage(AlertSettings()), db, now=1)
    mine = yours = queue.one(db, 1)
    queue.act(db, mine, Action.DISMISS, by="nok", at=2, note="a joke")
    with pytest.raises(IssueMovedError, match=r"nok: dismiss \(a joke\)"):
        queue.act(db, yours, Action.ACKNOWLEDGE, by="somchai", at=3)
    with pytest.raises(IssueMovedError):
        queue.seen_at(db, 1, yours.version)
    assert queue.seen_at(db, 1, 2).state is IssueState.DISMISSED
    assert len(queue.log(db, 1)) == 1


def test_there_is_no_such_issue() -> None:
    with pytest.raises(NotFoundError, match="no issue 9"):
        queue.one(database(), 9)


RISKS = st.frozensets(st.sampled_from(["privacy", "outage", "boycott"]))


@given(st.integers(0, 10**8), st.floats(0, 1), RISKS, st.integers(1, 10**4))
def test_more_of_anything_never_makes_an_issue_less_urgent(
    reach: int, probability: float, risks: frozenset[str], mentions: int
) -> None:
    priority = mention_priority(reach, probability, risks, mentions)
    assert 1 <= priority <= 5
    assert mention_priority(reach * 10, probability, risks, mentions) <= priority
    assert mention_priority(reach, 1.0, risks, mentions) <= priority
    assert mention_priority(reach, probability, risks | {"safety"}, mentions) <= priority
    assert mention_priority(reach, probability, risks, mentions * 10) <= priority


def test_priorities_span_the_scale() -> None:
    assert mention_priority(0, 0.5, frozenset(), 1) == 5
    assert mention_priority(2_000_000, 0.99, frozenset({"safety"}), 50) == 1
    assert [alert_priority(severity) for severity in (1, 4, 5, 6, 7, 10)] == [3, 3, 2, 2, 1, 1]
