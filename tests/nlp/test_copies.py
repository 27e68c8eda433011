"""Near-copies as they come: what is called a copy is one, and few are missed, as stated."""

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.copies import BANDS, FIRST, ROWS, CopyFinder
from nlp.duplicates import compared_words
from nlp.text import normalise
from nlp.tokens import Token, Tokenizer, TokenKind
from tests.nlp.strategies import texts

TOKENIZER = Tokenizer()
STORY = "Amazon in talks to buy Groupon for billions, sources close to the deal tell us today"
THAI = "บาร์บีคิวพลาซ่าเปิดสาขาใหม่ที่เชียงใหม่พร้อมโปรโมชั่นลดราคาตลอดเดือนนี้"

# Posts of few words, so that they resemble each other by chance.
_WORDS = ("apple", "phone", "screen", "cracked", "again", "today", "shop")
posts = st.lists(st.lists(st.sampled_from(_WORDS), max_size=9).map(" ".join), max_size=30)


def tokens(posts: Sequence[str]) -> list[list[Token]]:
    return [TOKENIZER.tokens(normalise(post)) for post in posts]


def originals(posts: Sequence[str], *, window: int = 1000, most: int = 1000) -> list[int | None]:
    finder: CopyFinder[int] = CopyFinder(window=window, most=most)
    return finder.originals(range(len(posts)), tokens(posts), range(len(posts)))


def pairs(post: Sequence[Token]) -> set[tuple[str, str]]:
    words = compared_words(post)[:FIRST]
    return set(pairwise(words))


def alike(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> bool:
    return 5 * len(one & other) >= 3 * len(one | other)


def brute_force(posts: Sequence[Sequence[Token]]) -> list[int | None]:
    """The definition, word for word: every original is compared with."""
    known: dict[int, set[tuple[str, str]]] = {}
    found: list[int | None] = []
    for number, post in enumerate(posts):
        mine = pairs(post)
        original = next((one for one, other in known.items() if mine and alike(mine, other)), None)
        if mine and original is None:
            known[number] = mine
        found.append(original)
    return found


@pytest.mark.parametrize(
    "copy",
    [
        f"RT @someone: {STORY}",
        f"RT @a_long_handle: {STORY[:70]}…",
        f"Wow! {STORY} http://t.co/abc",  # the key of the first words misses it
        f"{STORY.upper()}!!! #deal",
        STORY.replace("billions", "7B"),
        f"just in: {STORY}",
    ],
)
def test_copies_are_found(copy: str) -> None:
    assert originals([STORY, "something else entirely is going on here", copy]) == [None, None, 0]


def test_thai_copies_are_found() -> None:
    copies = [THAI, f"ด่วน {THAI} https://t.co/a", f"RT @bbq: {THAI[:58]}…", "วันนี้ฝนตกหนักมากที่บ้านเรา"]
    assert originals(copies) == [None, 0, 0, None]


@pytest.mark.parametrize("text", ["", "good morning all", "555 😂😂", "RT @a: http://t.co/x #one"])
def test_too_short_to_tell(text: str) -> None:
    assert originals([text, text]) == [None, None]


def test_a_copy_of_a_copy_is_one_of_the_original() -> None:
    words = [f"{letter}word" for letter in "abcdefghijklmno"]
    told = [" ".join(words[start : start + 11]) for start in range(4)]
    found = originals(told)
    assert found[:2] == [None, 0]  # 9 of 11 pairs are shared
    assert found == brute_force(tokens(told))


@given(posts)
def test_what_is_called_a_copy_is_one(batch: list[str]) -> None:
    cut = tokens(batch)
    for number, original in enumerate(originals(batch)):
        if original is not None:
            assert original < number
            assert alike(pairs(cut[number]), pairs(cut[original]))


def test_as_brute_force_but_for_the_stated_misses() -> None:
    draw = random.Random(3)
    vocabulary = [f"word{number}" for number in range(400)]
    told: list[str] = []
    for _ in range(1500):
        if told and draw.random() < 0.5:
            words = draw.choice(told).split()
            for _ in range(draw.randrange(3)):
                words[draw.randrange(len(words))] = draw.choice(vocabulary)
        else:
            words = draw.choices(vocabulary, k=draw.randrange(8, 20))
        told.append(" ".join(words))
    expected = brute_force(tokens(told))
    found = originals(told, window=10_000, most=10_000)
    same = sum(one == other for one, other in zip(found, expected, strict=True))
    assert sum(one is not None for one in expected) > 400
    assert same >= 0.97 * len(told)


@pytest.mark.parametrize(("shared", "apart"), [(30, 10), (30, 5), (28, 2)])
def test_the_share_that_is_found_is_the_stated_one(shared: int, apart: int) -> None:
    """Pairs of posts with exactly so many shared pairs of words, and so many of their own."""
    similarity = shared / (shared + 2 * apart)
    stated = 1 - (1 - similarity**ROWS) ** BANDS
    tried, found = 1000, 0
    for number in range(tried):
        common = [f"{number}c{i}" for i in range(shared + 1)]
        two = [[*common, *(f"{number}{side}{i}" for i in range(apart))] for side in "ab"]
        made: list[list[Token]] = [[(word, TokenKind.WORD) for word in words] for words in two]
        finder: CopyFinder[str] = CopyFinder(window=10)
        found += finder.originals(["a", "b"], made, [0, 0])[1] == "a"
    spread = 4 * (stated * (1 - stated) / tried) ** 0.5
    assert abs(found / tried - stated) <= spread + 0.005


@given(posts, st.integers(1, 7))
def test_batches_change_nothing(batch: list[str], size: int) -> None:
    finder: CopyFinder[int] = CopyFinder(window=12, most=8)
    cut, names = tokens(batch), range(len(batch))
    found: list[int | None] = []
    for start in range(0, len(batch), size):
        part = slice(start, start + size)
        found += finder.originals(names[part], cut[part], names[part])
    assert found == originals(batch, window=12, most=8)


@given(st.lists(texts, max_size=8))
def test_any_text_has_an_answer(batch: list[str]) -> None:
    assert len(originals(batch)) == len(batch)


def test_what_is_too_long_ago_is_forgotten() -> None:
    other = [f"number {n} is about things {n} of no interest {n} at all" for n in range(3)]
    assert originals([STORY, *other, STORY], window=4)[-1] == 0
    assert originals([STORY, *other, STORY], window=3)[-1] is None


def test_memory_is_bounded() -> None:
    finder: CopyFinder[int] = CopyFinder(window=10**9, most=50)
    many = [f"story {n} of town{n} and river{n} with bridge{n} over it" for n in range(500)]
    finder.originals(range(500), tokens(many), range(500))
    assert len(finder) == 50
    same = ["buy now cheap watches from our shop " + f"code{n} " * 9 for n in range(500)]
    assert len(finder.originals(range(500), tokens(same), range(500))) == 500
    assert len(finder) <= 50
