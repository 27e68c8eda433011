"""Events: the same story raises once; a second, far larger wave is news again."""

import pytest

from listener.model import DAY_MS
from tests.trends.test_stories import BUCKET, candidate, emerging
from trends.events import Event, Events
from trends.model import SignalKind
from trends.season import Cut
from trends.stories import Family, Story

DAY = 24


def story(*, seqs: range, score: float = 3.0, term: str = "oven", surge: bool = False) -> Story:
    lead = candidate(SignalKind.SURGE, score, seqs) if surge else emerging(term, score, seqs)
    return Story(Family.ATTENTION, lead, score, lead.seqs, lead.terms)


@pytest.fixture
def events() -> Events:
    return Events(Cut.of(60))


def test_shared_mentions_make_one_event(events: Events) -> None:
    event = events.begin(story(seqs=range(10)), BUCKET)
    assert events.find(story(seqs=range(5, 15), term="recall"), BUCKET + 1) is event
    assert events.find(story(seqs=range(8, 30), term="recall"), BUCKET + 1) is None


def test_the_same_words_the_next_day_are_the_same_event(events: Events) -> None:
    event = events.begin(story(seqs=range(10)), BUCKET)
    assert events.find(story(seqs=range(50, 60)), BUCKET + DAY) is event
    assert events.find(story(seqs=range(50, 60), term="lamp"), BUCKET + DAY) is None


def test_mentions_are_remembered_for_a_day(events: Events) -> None:
    event = events.begin(story(seqs=range(10)), BUCKET)
    events.go_on(event, story(seqs=range(8, 20)), BUCKET + 10)
    assert set(event.members) == set(range(20))
    events.go_on(event, story(seqs=range(20, 22)), BUCKET + 25)
    assert set(event.members) == set(range(8, 22))


def test_a_surge_continues_what_is_a_good_part_of_it_or_recent(events: Events) -> None:
    event = events.begin(story(seqs=range(4)), BUCKET)
    assert events.find(story(seqs=range(100), surge=True), BUCKET + 3) is event
    assert events.find(story(seqs=range(100), surge=True), BUCKET + 8) is None
    assert events.find(story(seqs=range(10), surge=True), BUCKET + 8) is event


def test_brands_and_families_are_apart(events: Events) -> None:
    events.begin(story(seqs=range(10)), BUCKET)
    risk = candidate(SignalKind.RISK, 3, range(10), "privacy")
    other = candidate(SignalKind.EMERGING, 3, range(10), "oven", brand="c")
    assert events.find(Story(Family.RISK, risk, 3, risk.seqs, risk.terms), BUCKET) is None
    assert events.find(Story(Family.ATTENTION, other, 3, other.seqs, other.terms), BUCKET) is None


def test_a_far_larger_wave_a_day_later_is_news(events: Events) -> None:
    event = events.begin(story(seqs=range(5)), BUCKET)
    larger = story(seqs=range(40, 60), score=9.0)
    assert not events.is_new_wave(event, larger, BUCKET + DAY - 1)
    assert events.is_new_wave(event, larger, BUCKET + DAY)
    assert not events.is_new_wave(event, story(seqs=range(40, 50), score=9.0), BUCKET + DAY)
    assert not events.is_new_wave(event, story(seqs=range(40, 60), score=2.0), BUCKET + DAY)


def test_two_days_of_quiet_end_an_event(events: Events) -> None:
    event = events.begin(story(seqs=range(5)), BUCKET)
    assert not events.is_quiet(event, BUCKET + 2 * DAY - 1)
    assert events.is_quiet(event, BUCKET + 2 * DAY)
    events.end(event)
    assert list(events) == []
    assert DAY * events.cut.bucket_ms == DAY_MS


def test_a_dumped_event_is_the_same(events: Events) -> None:
    event = events.begin(story(seqs=range(5)), BUCKET)
    events.go_on(event, story(seqs=range(3, 9), score=4.5), BUCKET + 2)
    assert Event.load(event.dump()) == event
