"""The open vocabulary: shares, their prior, and what is forgotten."""

import random

import pytest

from trends.season import Cut
from trends.vocabulary import Excess, Level, Vocabulary, Volumes, term_hash
from trends.window import BrandWindow

CUT = Cut.of(60)
DAY = 24
VOLUMES = Volumes(brand=1000.0, stream=4000.0)


def vocabulary() -> Vocabulary:
    levels: dict[int, Level] = {}
    return Vocabulary(CUT, levels)


def test_a_usual_share_is_the_terms_part_of_what_is_said() -> None:
    known = vocabulary()
    known.learn("b", 100, [("price", 300)])
    assert known.usual("b", "price", 100, VOLUMES).share == pytest.approx(0.25, abs=0.05)


def test_a_term_that_is_new_to_a_brand_is_known_from_the_others() -> None:
    known = vocabulary()
    known.learn("a", 100, [("today", 800)])
    small = Volumes(brand=5.0, stream=4000.0)
    assert known.usual("b", "today", 100, small).share > 0.1
    assert known.usual("b", "zeppelin", 100, small).share < 0.001


def test_levels_fade_with_the_half_life() -> None:
    known = vocabulary()
    known.learn("b", 0, [("price", 80)])
    assert known.level("b", "price", 28 * DAY) == pytest.approx(40)
    known.learn("b", 28 * DAY, [("price", 10)])
    assert known.level("b", "price", 28 * DAY) == pytest.approx(50)


def test_rare_terms_are_forgotten_after_14_days_others_after_90() -> None:
    known = vocabulary()
    known.learn("b", 0, [("once", 1), ("often", 5)])
    assert known.level("b", "once", 14 * DAY) > 0
    assert known.level("b", "once", 14 * DAY + 1) == 0
    assert known.level("b", "often", 90 * DAY) > 0
    assert known.level("b", "often", 90 * DAY + 1) == 0


def test_terms_are_known_by_number_only() -> None:
    levels: dict[int, Level] = {}
    Vocabulary(CUT, levels).learn("brand", 0, [("a secret phrase", 1)])
    assert "secret" not in repr(levels)
    assert term_hash("brand", "a secret phrase") in levels
    assert all(-(2**63) <= key < 2**63 for key in levels)
    assert term_hash("a", "b") != term_hash("", "ab")


@pytest.mark.parametrize("psi", [0.05, 0.3])
def test_the_excess_of_rare_terms_is_found(psi: float) -> None:
    """Terms that come in bunches: E[Y (Y - 1)] = psi m for a small mean m."""
    dice = random.Random(1)
    excess = Excess(first_psi=0.1)
    for _ in range(60_000):
        again = 2 if dice.random() < psi / 2 else 1
        excess.learn(float(again), 0.001)
    assert excess.psi == pytest.approx(psi / (1 + psi / 2), rel=0.15)


def test_one_far_out_count_does_not_make_the_vocabulary_deaf() -> None:
    excess = Excess(first_psi=0.1)
    for _ in range(2000):
        excess.learn(1.0, 0.01)
    before = excess.psi
    excess.learn(500.0, 0.01)
    assert excess.psi < before + 0.02


def test_looks_are_counted_a_week() -> None:
    known = vocabulary()
    for _ in range(1000):
        known.terms.pass_bucket(30)
    assert known.terms.sightings_per_week == pytest.approx(30 * 168)


def test_an_empty_window_teaches_nothing() -> None:
    known = vocabulary()
    before = known.terms.dump()
    known.learn_variety("b", 0, VOLUMES, BrandWindow(), {})
    assert known.terms.dump() == before
