"""Topics keep number, name and colour from fit to fit: decided without a fit."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nlp.topics.identity import (
    coloured,
    gone_since,
    likeness,
    matched,
    same_groups,
    with_identity,
)
from nlp.topics.model import COLOURS, Group, Ids, Topic, TopicModel, Vectors
from nlp.topics.naming import label_of, still_true

COUNT = 6
CENTROIDS = np.eye(COUNT, 8, dtype=np.float32)
BEFORE: Ids = np.repeat(np.arange(1, COUNT + 1), 10)  # of sixty posts


def topics(names: list[str]) -> list[Topic]:
    return [
        Topic(place + 1, label_of((name, "b", "c")), (name, "b", "c"), 10, (), None, "en", 0)
        for place, name in enumerate(names)
    ]


def previous() -> TopicModel:
    some = coloured(topics(list("uvwxyz")), new=set(range(1, COUNT + 1)))
    nothing: Vectors = np.zeros((0, 8), np.float32)
    nearest = np.full(COUNT, 0.3, np.float32)
    return TopicModel(tuple(some), (), "shipped", 8, CENTROIDS, nearest, (), nothing, COUNT + 1)


@given(st.permutations(range(COUNT)))
def test_the_same_clusters_in_another_order_are_the_same_topics(order: list[int]) -> None:
    old = previous()
    names = [old.topics[place].terms[0] for place in order]
    labels = np.argsort(order)[BEFORE - 1]
    alike = likeness(old, CENTROIDS[order], BEFORE, labels)
    found, churn = with_identity(topics(names), CENTROIDS[order], old, alike)
    assert [topic.id for topic in found] == [place + 1 for place in order]
    assert {(topic.id, topic.label, topic.colour) for topic in found} == {
        (topic.id, topic.label, topic.colour) for topic in old.topics
    }
    assert sorted(churn.kept) == list(range(1, COUNT + 1))
    assert (churn.renamed, churn.new, churn.gone) == ((), (), ())


def test_a_new_theme_gets_a_number_never_used_and_the_old_one_is_gone() -> None:
    old = previous()
    centroids = np.vstack([CENTROIDS[1:], np.eye(8, dtype=np.float32)[7]])
    labels = BEFORE - 2  # the posts of the first are outliers
    alike = likeness(old, centroids, BEFORE, labels)
    found, churn = with_identity(topics([*"vwxyz", "new"]), centroids, old, alike)
    assert [topic.id for topic in found] == [2, 3, 4, 5, 6, 7]
    assert (churn.new, churn.gone) == ((7,), (1,))
    assert churn.share_kept == 5 / 6
    gone, rows = gone_since(old, found)
    assert [topic.id for topic in gone] == [1]
    assert np.array_equal(rows, CENTROIDS[:1])


def test_a_theme_that_comes_back_is_the_same_again() -> None:
    old = previous()
    gone = replace(old.topics[0], id=40, label="q, b, c", terms=("q", "b", "c"), colour=11)
    far = np.eye(8, dtype=np.float32)[7:]
    old = replace(old, gone=(gone,), gone_centroids=far, next_id=41)
    centroids = np.vstack([CENTROIDS, far])
    alike = likeness(old, centroids, BEFORE, BEFORE - 1)
    found, churn = with_identity(topics([*"uvwxyz", "q"]), centroids, old, alike)
    assert (found[-1].id, found[-1].label, found[-1].colour) == (40, "q, b, c", 11)
    assert churn.new == (40,)  # in comparison with the fit before
    assert gone_since(old, found)[0] == ()


def test_a_name_stays_while_it_is_true() -> None:
    assert still_true("iphone, battery, apple", ("battery", "charging", "iphone"))
    assert not still_true("iphone, battery, apple", ("battery", "price", "camera"))
    old = previous()
    changed = topics(list("uvwxyz"))
    changed[0] = replace(changed[0], label="other, o, p", terms=("other", "o", "p"))
    changed[1] = replace(changed[1], label="b, v, c", terms=("b", "v", "c"))
    alike = likeness(old, CENTROIDS, BEFORE, BEFORE - 1)
    found, churn = with_identity(changed, CENTROIDS, old, alike)
    assert found[0].label == "other, o, p"
    assert found[1].label == "v, b, c"
    assert churn.renamed == (1,)


@given(st.integers(1, 40))
def test_colours_are_used_evenly(count: int) -> None:
    plain = [replace(previous().topics[0], id=number) for number in range(1, count + 1)]
    used = [topic.colour for topic in coloured(plain, new=set(range(1, count + 1)))]
    assert all(0 <= colour < COLOURS for colour in used)
    assert max(used.count(colour) for colour in used) <= -(-count // COLOURS)


@given(st.integers(0, 99), st.integers(1, 6), st.integers(1, 6))
def test_nothing_is_matched_twice_or_below_the_least(seed: int, rows: int, columns: int) -> None:
    alike = np.random.default_rng(seed).random((rows, columns)).astype(np.float32)
    found = matched(alike, 0.5)
    assert len(set(found.values())) == len(found)
    assert all(alike[row, column] >= 0.5 for column, row in found.items())


def test_groups_keep_their_number() -> None:
    before = (Group(1, "a", (1, 2, 3)), Group(2, "b", (4, 5)))
    now = [Group(1, "b", (5, 4, 9)), Group(2, "c", (10, 11)), Group(3, "a", (2, 1))]
    assert [group.id for group in same_groups(now, before)] == [2, 3, 1]
    assert [group.id for group in same_groups(now, ())] == [1, 2, 3]
