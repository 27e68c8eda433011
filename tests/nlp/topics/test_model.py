"""Assigning posts, keeping a model, sizes over time: without a fit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.errors import InputError, SettingsError
from nlp.topics.model import NONE, Churn, Group, Topic, TopicModel, Vectors
from nlp.topics.sizes import sizes_over_time

DIMENSIONS = 8


def topic(number: int, label: str = "", colour: int = 0) -> Topic:
    terms = (label or f"term {number}",)
    return Topic(number, label or terms[0], terms, 9, (number,), None, "en", colour)


def rows(seed: int, count: int) -> Vectors:
    found = np.random.default_rng(seed).normal(size=(count, DIMENSIONS))
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def model(count: int = 5, seed: int = 0) -> TopicModel:
    return TopicModel(
        topics=tuple(topic(number) for number in range(1, count + 1)),
        groups=(Group(1, "สินค้า, iphone", (1, 2)),),
        embedding="shipped",
        dimensions=DIMENSIONS,
        centroids=rows(seed, count),
        nearest=np.full(count, 0.3, np.float32),
        gone=(topic(count + 1),),
        gone_centroids=rows(seed + 1, 1),
        next_id=count + 2,
    )


@given(st.integers(0, 99), st.integers(1, 60), st.randoms())
def test_no_answer_depends_on_the_other_posts(seed: int, count: int, chance: object) -> None:
    posts = rows(seed, count)
    ids, similarity = model().assign(posts)
    order = np.random.default_rng(seed).permutation(count)
    other_ids, other_similarity = model().assign(posts[order])
    assert np.array_equal(ids[order], other_ids)
    assert np.array_equal(similarity[order], other_similarity)
    alone = [model().assign(posts[place : place + 1]) for place in range(count)]
    assert [int(one[0]) for one, _ in alone] == ids.tolist()
    assert [float(one[0]) for _, one in alone] == similarity.tolist()


def test_a_post_far_from_all_topics_has_none() -> None:
    some = model()
    posts = np.vstack([some.centroids[2], -some.centroids.sum(axis=0), np.zeros(DIMENSIONS)])
    ids, similarity = replace(some, nearest=np.full(5, 0.9, np.float32)).assign(
        posts.astype(np.float32)
    )
    assert ids.tolist() == [3, NONE, NONE]
    assert similarity.tolist() == [pytest.approx(1, abs=1e-4), 0, 0]


def test_no_topics_no_posts() -> None:
    empty = replace(
        model(), topics=(), centroids=np.zeros((0, 8), np.float32), nearest=np.zeros(0, np.float32)
    )
    assert empty.assign(rows(1, 3))[0].tolist() == [NONE, NONE, NONE]
    assert model().assign(rows(1, 0))[0].tolist() == []


@given(st.integers(0, 9), st.integers(0, 99))
def test_a_model_comes_back_as_it_was(count: int, seed: int) -> None:
    some = model(count, seed)
    again = TopicModel.from_bytes(some.to_bytes())
    for name in ("topics", "groups", "embedding", "dimensions", "gone", "next_id"):
        assert getattr(again, name) == getattr(some, name)
    for name in ("centroids", "nearest", "gone_centroids"):
        assert np.array_equal(getattr(again, name), getattr(some, name))
    assert np.array_equal(again.assign(rows(7, 20))[0], some.assign(rows(7, 20))[0])


@pytest.mark.parametrize("damaged", [b"", b"PK\x03\x04nothing", model().to_bytes()[:-40]])
def test_a_damaged_model_is_refused(damaged: bytes) -> None:
    with pytest.raises(InputError, match="topic model is damaged"):
        TopicModel.from_bytes(damaged)


def test_vectors_of_another_embedding_are_refused() -> None:
    with pytest.raises(SettingsError, match='"shipped" of 8 dimensions'):
        model().assign(np.zeros((2, 384), np.float32))
    with pytest.raises(SettingsError, match='"minilm" with 8'):
        model().check("minilm", 8)


def test_a_topic_by_its_id() -> None:
    some = model()
    assert some.topic(3) == some.topics[2]
    assert some.topic(99) is None


def test_share_kept() -> None:
    assert Churn().share_kept == 1
    assert Churn(kept=(1, 2), renamed=(3,), new=(9,), gone=(4,)).share_kept == 0.75


def test_sizes_by_bucket_have_no_gaps() -> None:
    found = sizes_over_time([100, 119, 120, 165], [2, 2, 1, NONE], 20)
    assert found.starts == (100, 120)
    assert found.of == {1: (0, 1), 2: (2, 0)}
    later = sizes_over_time([100, 185], [2, 2], 20)
    assert later.starts == (100, 120, 140, 160, 180)
    assert later.of == {2: (1, 0, 0, 0, 1)}
    assert sizes_over_time([5], [NONE], 20).starts == ()


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 4)), max_size=50))
def test_each_post_of_a_topic_is_in_one_bucket(posts: list[tuple[int, int]]) -> None:
    found = sizes_over_time([time for time, _ in posts], [one for _, one in posts], 700)
    for one in range(1, 5):
        assert sum(found.of.get(one, ())) == sum(other == one for _, other in posts)
    assert NONE not in found.of
