"""What is told to whom, and what is not."""

import pytest

from alerts.outbox import STALE_AFTER, Told, What, due, sent
from alerts.settings import ChannelSettings
from alerts.stage import AlertStage
from listener.stage import run_to_end
from tests.alerts.making import SIGNAL, an_alert, database, life, put_signals
from trends.model import EventState as State

CHANNEL = ChannelSettings(name="team", type="folder", min_severity=6)
ALL = ChannelSettings(name="all", type="folder")
NOW = SIGNAL.detected_at


@pytest.mark.parametrize(
    ("severity", "state", "told", "what"),
    [
        (5, State.OPEN, None, None),
        (6, State.OPEN, None, What.OPEN),
        (7, State.GROWING, Told(6, 1, True), None),
        (8, State.GROWING, Told(6, 1, True), What.UPDATE),
        (1, State.FADING, Told(6, 1, True), None),
        (1, State.CLOSED, Told(6, 1, True), What.CLOSE),
        (9, State.CLOSED, None, None),
    ],
)
def test_a_channel_hears_of_news_a_real_rise_and_the_end(
    severity: int, state: State, told: Told | None, what: What | None
) -> None:
    row = due(an_alert(severity=severity, state=state), CHANNEL, told, now=NOW)
    assert (row.what if row else None) is what


def test_history_is_not_news() -> None:
    fresh = due(an_alert(severity=9), ALL, None, now=NOW + STALE_AFTER)
    stale = due(an_alert(severity=9), ALL, None, now=NOW + STALE_AFTER + 1)
    assert fresh and stale and (fresh.skipped, stale.skipped) == (False, True)
    over = an_alert(state=State.CLOSED)
    unheard = due(over, ALL, Told(5, 1, reached=False), now=NOW)
    heard = due(over, ALL, Told(5, 1, reached=True), now=NOW)
    assert unheard and heard and (unheard.skipped, heard.skipped) == (True, False)


@pytest.mark.parametrize("limit", [1, 100])
def test_each_channel_has_its_own_rows_with_keys_that_never_repeat(limit: int) -> None:
    db = database()
    steps = [(State.OPEN, 3), (State.GROWING, 6), (State.GROWING, 7), (State.PEAKING, 8)]
    put_signals(
        db, life(*[(state, severity, 1.0) for state, severity in (*steps, (State.CLOSED, 1))])
    )
    run_to_end(AlertStage([CHANNEL, ALL]), db, now=NOW, limit=limit)
    rows = [(row.channel, row.key, row.state) for row in sent(db, 1)]
    assert [row for row in rows if row[0] == "team"] == [
        ("team", "77:open:0", "pending"),
        ("team", "77:update:1", "pending"),
        ("team", "77:close:2", "pending"),
    ]
    assert [key for channel, key, _ in rows if channel == "all"] == [
        "77:open:0",
        "77:update:1",
        "77:update:2",
        "77:close:3",
    ]
