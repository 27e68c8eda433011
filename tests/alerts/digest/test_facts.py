"""What a digest says is what the store holds, as it was known at the day's end."""

from collections.abc import Iterator

import pytest
from sqlite_utils import Database

from alerts import queue
from alerts.digest.model import Facts
from alerts.issue import Action
from listener.model import DAY_MS, HOUR_MS
from listener.store import transaction
from tests.alerts.digest.making import (
    BRANDS,
    TENTH,
    a_full_day,
    enriched,
    facts_of,
    history,
    stages,
)
from tests.alerts.making import database, put_signals, say, signal
from trends.model import EventState, SignalKind


@pytest.fixture
def db() -> Iterator[Database]:
    found = database()
    yield found
    found.close()


@pytest.fixture
def full(db: Database) -> Facts:
    a_full_day(db)
    return facts_of(db)


def test_open_alerts_come_most_severe_first(full: Facts) -> None:
    assert [(fact.brand, fact.alert.severity, fact.new) for fact in full.alerts] == [
        ("The Home Depot", 9, True),
        ("Bar B Q Plaza", 6, True),
        ("Apple", 4, False),
    ]
    assert [fact.brand for fact in full.closed] == ["Apple"]
    assert full.budget.week.value == 4
    assert full.budget.four_weeks.value == 5


def test_an_alert_is_told_as_it_was_known_then(db: Database) -> None:
    # Raised on the day, grown after it: that it grew is tomorrow's news.
    at = TENTH.end - HOUR_MS // 2
    put_signals(
        db,
        [
            signal(detected_at=at, severity=3, observed=10.0, mention_seqs=()),
            signal(
                detected_at=at + HOUR_MS,
                severity=9,
                observed=99.0,
                state=EventState.GROWING,
                mention_seqs=(),
            ),
        ],
    )
    stages(db)
    (fact,) = facts_of(db).alerts
    assert (fact.alert.severity, fact.alert.observed) == (3, 10.0)
    assert fact.alert.state is EventState.OPEN


def test_what_is_raised_at_the_very_end_is_tomorrows(db: Database) -> None:
    put_signals(db, [signal(detected_at=TENTH.end, mention_seqs=())])
    stages(db)
    facts = facts_of(db)
    assert (facts.alerts, facts.budget.week.value) == ((), 0)


def test_counts_are_of_the_day_alone(db: Database) -> None:
    for at in (TENTH.start - 1, TENTH.start, TENTH.end - 1, TENTH.end):
        say(db, f"at {at}", author=f"a{at}", at=at, brand="bbq", sentiment="negative")
    enriched(db)
    facts = facts_of(db)
    bbq = facts.brands[0]
    assert (bbq.today.mentions.value, bbq.usual.mentions.value) == (2, 1)
    assert (bbq.today.negatives.value, bbq.today.positives.value) == (2, 0)
    assert facts.coverage.mentions.value == 2


def test_deleted_mentions_are_neither_counted_nor_quoted(db: Database) -> None:
    at = TENTH.start + HOUR_MS
    gone = say(db, "Is it safe?", author="a", at=at, brand="bbq", intent="question", followers=9)
    kept = say(db, "Is it open?", author="b", at=at, brand="bbq", intent="question", followers=1)
    enriched(db)
    assert [reading.seq for reading in facts_of(db).questions] == [gone, kept]
    with transaction(db) as connection:
        connection.execute(
            "UPDATE mentions SET text = '', url = NULL, deleted_at = ? WHERE seq = ?", [at, gone]
        )
    facts = facts_of(db)
    assert [reading.seq for reading in facts.questions] == [kept]
    assert facts.brands[0].today.questions.value == 1
    assert facts.coverage.mentions.value == 1


def test_net_sentiment_has_no_value_where_nobody_felt_anything(full: Facts) -> None:
    by_id = {brand.id: brand for brand in full.brands}
    assert by_id["calm"].today.net_sentiment is None
    assert by_id["nobody"].usual.net_sentiment is None
    assert by_id["bbq"].today.net_sentiment == pytest.approx((1 - 2) / 3)
    assert by_id["hd"].today.net_sentiment == -1.0


def test_share_of_voice_adds_up(full: Facts) -> None:
    assert full.said == sum(brand.today.mentions.value for brand in full.brands) == 9
    assert [brand.id for brand in full.spoken_of] == ["bbq", "hd", "calm"]


def test_quiet_and_unheard_brands_are_told_apart(full: Facts) -> None:
    assert full.quiet == ("Calm Co.",)
    assert full.unheard == ("Nobody Ltd.",)


def test_the_queue_is_that_of_the_days_end(full: Facts) -> None:
    # One was dismissed in the day, the other assigned in it and resolved after it.
    (waiting,) = full.queue.first
    assert (waiting.issue.state, waiting.issue.assignee) == ("assigned", "ploy")
    assert full.queue.came.value == 2
    assert [(priority, figure.value) for priority, figure in full.queue.priorities] == [
        (1, 0),
        (2, 0),
        (3, 1),
        (4, 0),
        (5, 0),
    ]


def test_an_issue_that_was_reopened_waits_again(db: Database) -> None:
    say(db, "bad", at=TENTH.start, brand="bbq", sentiment="negative", followers=99_999)
    stages(db)
    (issue,) = queue.listed(db, queue.Filter(), limit=2)
    for hours, action in ((1, Action.DISMISS), (2, Action.REOPEN), (30, Action.DISMISS)):
        at = TENTH.start + hours * HOUR_MS
        queue.act(db, queue.one(db, issue.id), action, by="nok", at=at)
    facts = facts_of(db)
    assert facts.queue.waiting.value == 1
    assert facts.queue.oldest is not None and facts.queue.oldest.issue.state == "new"


def test_copies_of_one_text_are_quoted_once(db: Database) -> None:
    seqs = [say(db, "Buy  NOW", author=f"c{n}", at=TENTH.start, brand="apple") for n in range(4)]
    seqs.append(say(db, "why?", author="d", at=TENTH.start, brand="apple"))
    put_signals(
        db,
        [
            signal(
                kind=SignalKind.INAUTHENTIC,
                detected_at=TENTH.start + HOUR_MS,
                mention_seqs=tuple(seqs),
            )
        ],
    )
    stages(db)
    (fact,) = facts_of(db).alerts
    assert sorted(reading.text for reading in fact.quotes) == ["Buy  NOW", "why?"]
    assert facts_of(db).quoted == {reading.seq for reading in fact.quotes}


def test_a_source_that_stops_in_the_day_is_silent(db: Database) -> None:
    for day in range(1, 20):
        for hour in range(24):
            at = TENTH.start - day * DAY_MS + hour * HOUR_MS
            say(db, f"{day} {hour}", author=None, at=at, brand="bbq")
    last = TENTH.start + 10 * HOUR_MS
    say(db, "the last that was heard", at=last, brand="bbq")
    enriched(db)
    facts = facts_of(db, sources=("never",))
    never, stream = facts.coverage.sources
    assert (never.name, never.silent, never.last_at) == ("never", True, None)
    assert (stream.silent, stream.last_at) == (True, last)
    assert stream.gap == (last, TENTH.end)


def test_a_source_that_sleeps_every_night_is_not_silent(db: Database) -> None:
    for day in range(20):
        for hour in range(8):
            at = TENTH.start - day * DAY_MS + hour * HOUR_MS
            say(db, f"{day} {hour}", author=None, at=at, brand="bbq")
    enriched(db)
    (stream,) = facts_of(db).coverage.sources
    assert not stream.silent
    assert stream.gap == (TENTH.start + 7 * HOUR_MS, TENTH.end)


def test_mentions_that_are_not_analysed_yet_are_told(db: Database) -> None:
    say(db, "read", at=TENTH.start, brand="bbq")
    enriched(db)
    say(db, "not read", author="b", at=TENTH.start, brand="bbq")
    assert facts_of(db).coverage.unread == 1


def test_without_brands_the_whole_stream_is_counted(db: Database) -> None:
    history(db, "bbq", days=3)
    say(db, "Is anybody there?", at=TENTH.start, intent="question", sentiment="positive")
    enriched(db)
    facts = facts_of(db, brands=())
    (everything,) = facts.brands
    assert (everything.name, everything.today.mentions.value) == ("", 1)
    assert everything.usual.mentions.value == 3
    assert [reading.text for reading in facts.questions] == ["Is anybody there?"]
    assert (facts.quiet, facts.unheard) == ((), ())


def test_history_is_counted_in_whole_days(db: Database) -> None:
    history(db, "bbq", days=9)
    enriched(db)
    facts = facts_of(db)
    assert (facts.history_days, facts.usual_days, facts.learning) == (10, 9.0, True)


def test_an_empty_workspace_has_no_facts(db: Database) -> None:
    facts = facts_of(db, brands=BRANDS)
    assert facts.coverage.last_at is None
    assert (facts.alerts, facts.queue.waiting.value, facts.history_days) == ((), 0, 0)


def test_the_queries_use_the_index_of_time(db: Database) -> None:
    from alerts.digest import brand_facts, coverage_facts

    times = {"start": 1, "end": 2, "usual_start": 0}
    for sql in (
        brand_facts._counts(brand_facts._OF_BRANDS),
        brand_facts._counts(brand_facts._OF_ALL),
        coverage_facts._COUNTS,
    ):
        plan = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", times))
        assert "mentions USING INDEX mentions_published" in plan


def test_what_comes_after_the_day_changes_nothing_in_it(db: Database) -> None:
    a_full_day(db)
    before = facts_of(db)
    at = TENTH.end + HOUR_MS
    seqs = [
        say(db, f"later {n}", author=f"l{n}", at=at, brand="bbq", sentiment="negative", followers=n)
        for n in (1, 99_999)
    ]
    put_signals(
        db,
        [
            signal(event=1, brand="bbq", detected_at=at, severity=10, mention_seqs=tuple(seqs)),
            signal(event=99, brand="calm", detected_at=at, mention_seqs=tuple(seqs)),
        ],
    )
    stages(db)
    for issue in queue.listed(db, queue.Filter(), limit=10):
        queue.act(db, issue, Action.DISMISS, by="nok", at=at)
    assert facts_of(db) == before
