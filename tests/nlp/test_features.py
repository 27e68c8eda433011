"""The vectorised features against the same counted one by one."""

import re
import zlib
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nlp.features import BITS, SIZE, features, slices
from nlp.text import normalise
from nlp.tokens import Tokenizer, TokenKind
from tests.nlp.strategies import texts

TOKENIZER = Tokenizer()
MASK = 2**64 - 1
PRIMES = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5)


def bucket(value: int) -> int:
    value = ((value ^ (value >> 33)) * 0xFF51AFD7ED558CCD) & MASK
    value = ((value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53) & MASK
    return value >> (64 - BITS)


def slowly(text: str) -> set[int]:
    """The features of a text of plain words."""
    spoken = [re.sub(r"(.)\1\1", r"\1", word) for word in text.split()]
    hashes = [zlib.crc32(word.encode()) for word in ("<s>", *spoken, "</s>")]
    found = {bucket((one * PRIMES[2]) & MASK) for one in hashes}
    for one, other in pairwise(hashes):
        found.add(bucket((one * PRIMES[0] + other * PRIMES[1]) & MASK))
    padded = f" {text} "
    for size in (2, 3, 4):
        for start in range(len(padded) - size + 1):
            value = size
            for at, letter in enumerate(padded[start : start + size]):
                value = ((value ^ ord(letter)) * PRIMES[at]) & MASK
            found.add(bucket(value) | (1 << BITS))
    return found


words = st.lists(st.text("abcdeกขคงจ", min_size=1, max_size=6), max_size=8).map(" ".join)


@given(st.lists(words, min_size=1, max_size=5))
def test_as_counted_one_by_one(batch: list[str]) -> None:
    tokens = [[(word, TokenKind.WORD) for word in text.split()] for text in batch]
    found = features(batch, tokens)
    assert found.count == len(batch)
    for row, text in enumerate(batch):
        of_row = found.feature[found.text == row]
        assert of_row.tolist() == sorted(slowly(text))


@given(st.lists(texts, min_size=1, max_size=4))
def test_a_batch_is_its_texts(batch: list[str]) -> None:
    clean = [normalise(text) for text in batch]
    tokens = [TOKENIZER.tokens(text) for text in clean]
    together = features(clean, tokens)
    assert together.feature.max() < SIZE
    for row in range(len(clean)):
        alone = features([clean[row]], [tokens[row]])
        assert np.array_equal(alone.feature, together.feature[together.text == row])


def test_links_handles_and_numbers_are_not_told_apart() -> None:
    def of(text: str) -> list[int]:
        return features([text], [TOKENIZER.tokens(text)]).feature.tolist()

    assert of("see http://t.co/a @ann 12") == of("see http://t.co/b @bob 3,456")
    assert of("it rose 5%") != of("it fell 5%")


@given(st.lists(st.integers(0, 150_000).map("x".__mul__), max_size=8))
def test_slices_cover_the_batch_in_order(batch: list[str]) -> None:
    parts = [batch[part] for part in slices(batch)]
    assert [text for part in parts for text in part] == batch
    assert all(sum(map(len, part[:-1])) <= 200_000 for part in parts)
