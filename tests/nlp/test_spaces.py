"""How the shipped embedding is trained: each step on a small case whose answer is known."""

import random

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="training needs krasae[train]")

from nlp.training import embeddings as training
from nlp.training import spaces
from nlp.training.embeddings import Recipe, Space

CHANCE = np.random.default_rng(1)


def normal(*shape: int) -> spaces.Floats:
    return CHANCE.standard_normal(shape).astype(np.float32)


def two_subjects(count: int) -> list[list[str]]:
    """Texts about fishing or about coffee."""
    chance = random.Random(2)
    subjects = (["river", "hook", "trout", "boat"], ["cup", "milk", "bean", "roast"])
    return [chance.choices(subjects[at % 2], k=6) for at in range(count)]


@pytest.mark.parametrize("by", ["neighbours", "subjects"])
def test_words_of_one_subject_come_together(by: str) -> None:
    texts = two_subjects(200)
    words = spaces.vocabulary(texts, 1, 100)
    rows = {word: at for at, word in enumerate(words)}
    if by == "neighbours":
        vectors = spaces.unit(spaces.neighbours(texts, rows, 2))
    else:
        vectors = spaces.unit(spaces.subjects(texts, rows, np.ones(len(rows), np.float32), 2))
    alike = vectors @ vectors.T
    assert alike[rows["river"], rows["trout"]] > 0.9
    assert alike[rows["river"], rows["milk"]] < 0.5


def test_vocabulary_is_by_frequency_then_by_letter() -> None:
    texts = [["b", "a", "c"], ["c", "a", "b"], ["c", "d"]]
    assert spaces.vocabulary(texts, 2, 10) == ["c", "a", "b"]
    assert spaces.vocabulary(texts, 1, 2) == ["c", "a"]


def test_bags_count_known_words() -> None:
    found = spaces.bags([["a", "b", "a", "x"], []], {"a": 0, "b": 1})
    assert found.toarray().tolist() == [[2, 1], [0, 0]]


def test_a_rotation_is_found_again() -> None:
    rows = normal(50, 8)
    turn, _ = np.linalg.qr(normal(8, 8))
    assert np.allclose(spaces.rotation(rows, rows @ turn), turn, atol=1e-4)


def test_conjugate_gradients_solve_ridge_regression() -> None:
    texts = [[str(n % 7), str(n % 5)] for n in range(60)]
    left = spaces.bags(texts, {str(n): n for n in range(7)})
    right = normal(60, 3)
    dense = left.toarray()
    expected = np.linalg.solve(dense.T @ dense + 0.5 * np.eye(7), dense.T @ right)
    assert np.allclose(spaces.solved(left, right, 0.5, 40), expected, atol=1e-3)


def test_a_teacher_is_followed_the_more_the_weaker_the_ridge() -> None:
    counts = spaces.bags(two_subjects(80), {w: at for at, w in enumerate(["river", "cup"])})
    start, targets = normal(2, 4), spaces.unit(normal(80, 4))
    steps = [
        float(np.abs(spaces.taught(start, counts, targets, ridge) - start).sum())
        for ridge in (1e6, 10, 0.1)
    ]
    assert steps[0] < 1e-3 < steps[1] < steps[2]


def test_letters_spell_the_words_they_were_taught() -> None:
    words = ["coffee", "coffees", "trout", "กาแฟ"]
    vectors = normal(4, 6)
    table = spaces.letters(words, vectors, 512, 0.01)
    spelled = np.array([table[spaces.grams(word, 512)].sum(axis=0) for word in words])
    assert np.allclose(spelled, vectors, atol=0.1)


def test_directions_are_those_of_most_variance_and_have_a_sign() -> None:
    rows = np.array([[-3, 0], [3, 0], [0, 1]], np.float32)
    assert np.allclose(spaces.directions(rows), np.eye(2))


def test_the_spaces_become_one() -> None:
    """Thai words land where their English pairs are, the unpaired near its neighbours."""
    english = Space(["coffee", "river", "iphone"], np.eye(3, dtype=np.float32))
    turn, _ = np.linalg.qr(normal(3, 3))
    thai = Space(
        ["กาแฟ", "แม่น้ำ", "iphone", "มือถือ"],
        (np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0.1, 1]]) @ turn).astype(np.float32),
    )
    known = [("coffee", "กาแฟ"), ("river", "แม่น้ำ")]
    found = training.together(english, thai, known, Recipe(nearest=2))
    assert found.words == ["coffee", "river", "iphone", "กาแฟ", "แม่น้ำ", "มือถือ"]
    assert (found.vectors @ found.vectors[:3].T).argmax(axis=1).tolist() == [0, 1, 2, 0, 1, 2]


def test_a_fifth_of_the_pairs_is_held_out_and_none_is_in_both_parts() -> None:
    pairs = training.pairs()
    out = [pair for pair in pairs if training.held_out(pair)]
    assert 0.15 < len(out) / len(pairs) < 0.25
    rest = {english for english, _ in pairs} - {english for english, _ in out}
    assert rest.isdisjoint(english for english, _ in out)
    assert ("march", "มีนาคม") in pairs
    assert ("coffee", "กาแฟ") in pairs
