"""Which mentions are read first."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.evidence import READ_FIRST, Candidate, ranked, read_first


def candidate(seq: int, **changes: object) -> Candidate:
    plain = Candidate(
        seq=seq,
        published_at=seq,
        author_id=seq,
        followers=10,
        engagement=0,
        original=True,
        negative=False,
        duplicate_key=0,
        terms=frozenset({"leak"}),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        seq=st.integers(1, 10_000),
        published_at=st.integers(0, 5),
        author_id=st.none() | st.integers(1, 4),
        followers=st.integers(0, 3),
        engagement=st.integers(0, 3),
        original=st.booleans(),
        negative=st.booleans(),
        duplicate_key=st.integers(0, 4),
        terms=st.frozensets(st.sampled_from(["leak", "icloud", "music"])),
    ),
    max_size=30,
    unique_by=lambda c: c.seq,
)


@given(CANDIDATES, st.booleans(), st.integers())
def test_the_order_does_not_depend_on_the_order_of_arrival(
    candidates: list[Candidate], negatives_first: bool, seed: int
) -> None:
    shuffled = random.Random(seed).sample(candidates, len(candidates))
    order = ranked(candidates, ["leak"], negatives_first=negatives_first)
    assert order == ranked(shuffled, ["leak"], negatives_first=negatives_first)
    assert sorted(order) == sorted(c.seq for c in candidates)


@given(CANDIDATES)
def test_nobody_is_read_twice_while_somebody_else_is_left(candidates: list[Candidate]) -> None:
    by_seq = {c.seq: c for c in candidates}
    about = [c for c in candidates if "leak" in c.terms] or candidates
    first = [by_seq[seq] for seq in ranked(candidates, ["leak"])[:READ_FIRST]]
    for place, repeated in enumerate(first):
        before = first[:place]
        authors = {c.author_id for c in before} - {None}
        texts = {c.duplicate_key for c in before} - {0}
        if repeated.author_id in authors or repeated.duplicate_key in texts:
            assert not [
                c
                for c in about
                if c not in first[: place + 1]
                and c.author_id not in authors
                and c.duplicate_key not in texts
            ]


def test_the_first_with_reach_then_the_furthest_then_the_most_copied_then_the_fullest() -> None:
    story = [
        candidate(1),  # the very first, whom hardly anybody could read
        candidate(2, followers=5_000),
        candidate(3, followers=90_000),
        candidate(4, duplicate_key=7),
        candidate(5, duplicate_key=7),
        candidate(6, terms=frozenset({"leak", "icloud", "photos"})),
        *(candidate(seq) for seq in range(7, 20)),
        *(candidate(seq, followers=4_000) for seq in range(20, 26)),
    ]
    assert ranked(story, ["leak", "icloud", "photos"])[:4] == [2, 3, 4, 6]


def test_what_is_not_about_the_event_comes_last() -> None:
    about = [candidate(seq) for seq in (5, 6, 7)]
    other = [candidate(seq, followers=10**6, terms=frozenset({"music"})) for seq in (1, 2, 3)]
    assert set(ranked([*other, *about], ["leak"])[:3]) == {5, 6, 7}


def test_a_risk_shows_the_negative_ones_first() -> None:
    mixed = [candidate(seq, negative=seq % 2 == 0) for seq in range(1, 11)]
    assert all(seq % 2 == 0 for seq in ranked(mixed, ["leak"], negatives_first=True)[:5])


def test_a_wave_of_copies_is_shown_by_its_copies() -> None:
    copies = [candidate(seq, duplicate_key=9) for seq in range(1, 8)]
    stray = candidate(8, duplicate_key=5, terms=frozenset({"music"}))
    first = ranked([*copies, stray], ["leak"])[:READ_FIRST]
    assert len(set(first)) == READ_FIRST
    assert stray.seq not in first


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ([9, 9, 9, 9, 9, 9], [0, 1, 2]),
        ([1, 2, 9, 9, 9, 9], [0, 1, 2]),
        ([1, 2, 3, 9, 9, 9], [0, 1, 2, 3]),
        ([0, 0, 0, 0, 0, 0], [0, 1, 2, 3, 4]),
        ([1, 1], [0, 1]),
        ([], []),
    ],
)
def test_the_same_words_are_shown_three_times_at_most(keys: list[int], shown: list[int]) -> None:
    assert read_first(range(len(keys)), lambda place: keys[place]) == shown


def test_nothing_to_read() -> None:
    assert ranked([], ["leak"]) == []
