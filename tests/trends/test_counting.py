"""Counting: who is a new voice, who repeats, what is a copy; whatever the order of arrival."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.model import DAY_MS, HOUR_MS, WEEK_MS
from tests.trends.made import observation
from trends.counting import SeenInMemory, brand_counts, count_bucket
from trends.model import Observation, Standing

FRESH, REPEAT, COPY = Standing.FRESH, Standing.REPEAT, Standing.COPY


def standings(*observations: Observation) -> list[Standing]:
    return [one.standing for one in count_bucket(SeenInMemory(), observations)]


def test_an_author_counts_once_a_day() -> None:
    day = DAY_MS / 60_000
    said = [observation(n, minutes, author_id=1) for n, minutes in enumerate((0, 60, day + 61))]
    assert standings(*said) == [FRESH, REPEAT, FRESH]


def test_one_who_talks_all_the_time_counts_once() -> None:
    said = [observation(n, n * 60, author_id=1) for n in range(100)]
    assert Counter(standings(*said)) == {FRESH: 1, REPEAT: 99}


def test_nine_hundred_copies_are_one_voice() -> None:
    said = [observation(n, n, duplicate_key=5) for n in range(900)]
    assert Counter(standings(*said)) == {FRESH: 1, COPY: 899}


def test_a_copy_is_one_for_a_week_after_the_last() -> None:
    week = WEEK_MS / 60_000
    said = [observation(n, at, duplicate_key=5) for n, at in enumerate((0, week - 1, 2 * week))]
    assert standings(*said) == [FRESH, COPY, FRESH]


def test_texts_too_short_to_tell_are_no_copies() -> None:
    assert standings(*[observation(n, n, duplicate_key=0) for n in range(3)]) == [FRESH] * 3


def test_authors_that_nobody_knows_are_each_their_own() -> None:
    assert standings(*[observation(n, n, author_id=None) for n in range(3)]) == [FRESH] * 3


def test_brands_are_counted_apart() -> None:
    seen = SeenInMemory()
    count_bucket(seen, [observation(1, 0, author_id=1, brands=("a",))])
    counted = count_bucket(seen, [observation(2, 5, author_id=1, brands=("a", "b"))])
    assert [(one.brand, one.standing) for one in counted] == [("a", REPEAT), ("b", FRESH)]


@given(st.permutations(range(12)))
def test_the_order_of_arrival_does_not_matter(order: list[int]) -> None:
    said = [
        observation(n, n % 5, author_id=n % 4, duplicate_key=n % 3, platform="xy"[n % 2])
        for n in range(12)
    ]
    straight, mixed = SeenInMemory(), SeenInMemory()
    assert count_bucket(straight, said) == count_bucket(mixed, [said[n] for n in order])
    assert straight == mixed


def test_forgetting_changes_no_count() -> None:
    dice = random.Random(1)
    said = [
        observation(n, n * 97, author_id=dice.randrange(20), duplicate_key=dice.randrange(9))
        for n in range(400)
    ]
    keeping, forgetting = SeenInMemory(), SeenInMemory()
    for one in said:
        assert count_bucket(keeping, [one]) == count_bucket(forgetting, [one])
        forgetting.forget(one.published_at)
    assert len(forgetting.authors) < len(keeping.authors)


def test_what_a_bucket_adds_up_to() -> None:
    said = [
        observation(1, 1, followers=100, sentiment="negative", risks=("fraud", "legal")),
        observation(2, 2, author_id=1, followers=120, sentiment="negative", risks=("fraud",)),
        observation(3, 3, followers=3, sentiment="positive", intent="question"),
        observation(4, 4, followers=None, duplicate_key=9),
        observation(5, 5, followers=0, duplicate_key=9, brands=("", "b")),
    ]
    stream, other = brand_counts(0, count_bucket(SeenInMemory(), said))
    assert (stream.brand, stream.mentions, stream.authors) == ("", 5, 4)
    assert (stream.fresh, stream.copies) == (3, 1)
    assert (stream.negatives, stream.positives, stream.questions) == (2, 1, 1)
    assert (stream.reach, stream.low_followers) == (123, 2)
    assert (stream.fresh_negatives, stream.risks) == (1, (("fraud", 1), ("legal", 1)))
    assert (other.brand, other.mentions, other.fresh) == ("b", 1, 1)


@pytest.mark.parametrize("hours", [1, 5, 30])
def test_counts_of_buckets_add_up_to_people(hours: int) -> None:
    said = [observation(n, n * 7 % (hours * 60), author_id=n % 11) for n in range(200)]
    whole = count_bucket(SeenInMemory(), said)
    seen, parts = SeenInMemory(), []
    for hour in range(hours):
        of_hour = [one for one in said if (one.published_at // HOUR_MS - 438288) % hours == hour]
        parts += count_bucket(seen, of_hour)
    assert Counter(one.standing for one in parts) == Counter(one.standing for one in whole)
