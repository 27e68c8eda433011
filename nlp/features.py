"""Hashed n-grams of texts, for linear models: words 1-2, characters 2-4. Exact and vectorised.

The same code counts when a model is trained and when it is used; there is no vocabulary.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nlp.tokens import Token, TokenKind

BITS = 18  # of a feature's number, for words and characters each
SIZE = 2 << BITS
_SLICE = 200_000  # characters counted at once: bounds the memory of a batch of long texts

_ASIDE = re.compile(r"(?:https?://|www\.)\S+|@[A-Za-z0-9_.]+")
_DIGITS = re.compile(r"[0-9๐-๙]+(?:[.,:][0-9๐-๙]+)*")
_TRIPLED = re.compile(r"(.)\1\1")
_PLACEHOLDERS = {
    TokenKind.LINK: "<link>",
    TokenKind.MENTION: "<at>",
    TokenKind.CASHTAG: "<cash>",
    TokenKind.NUMBER: "<number>",
}

Int = NDArray[np.int64]
_PRIMES = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64
)


@dataclass(frozen=True, slots=True)
class Features:
    """Which features stand in which text; each once. Sorted by text, then by feature."""

    count: int
    text: Int
    feature: Int


def slices(texts: Sequence[str]) -> Iterator[slice]:
    """Cuts a batch so that no part holds many more than _SLICE characters."""
    start = total = 0
    for at, text in enumerate(texts):
        total += len(text)
        if total > _SLICE:
            yield slice(start, at + 1)
            start, total = at + 1, 0
    if start < len(texts):
        yield slice(start, len(texts))


def features(texts: Sequence[str], tokens: Sequence[Sequence[Token]]) -> Features:
    """The features of normalised texts and their tokens."""
    parts = [_word_features(tokens), _character_features(texts)]
    keys = np.sort(np.concatenate([(text << (BITS + 1)) | number for text, number in parts]))
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    return Features(len(texts), keys >> (BITS + 1), keys & (SIZE - 1))


def _word_features(tokens: Sequence[Sequence[Token]]) -> tuple[Int, Int]:
    numbers: list[int] = []
    for one in tokens:
        numbers.append(_START)
        numbers += [_hash(token) for token in one]
        numbers.append(_END)
    hashes = np.array(numbers, np.uint64)
    lengths = np.fromiter((len(one) + 2 for one in tokens), np.int64, len(tokens))
    text = np.repeat(np.arange(len(tokens)), lengths)
    pairs = hashes[:-1] * _PRIMES[0] + hashes[1:] * _PRIMES[1]
    together = text[:-1] == text[1:]
    number = np.concatenate([_bucket(hashes * _PRIMES[2]), _bucket(pairs[together])])
    return np.concatenate([text, text[:-1][together]]), number


@lru_cache(maxsize=50_000)
def _hash(token: Token) -> int:
    text, kind = token
    word = _PLACEHOLDERS.get(kind) or _TRIPLED.sub(r"\1", text.casefold())
    return zlib.crc32(word.encode("utf-8", "replace"))


_START, _END = zlib.crc32(b"<s>"), zlib.crc32(b"</s>")


def _character_features(texts: Sequence[str]) -> tuple[Int, Int]:
    plain = [f" {_DIGITS.sub('0', _ASIDE.sub('@', text.casefold()))} " for text in texts]
    letters = np.frombuffer("".join(plain).encode("utf-32-le", "replace"), np.uint32)
    letters = letters.astype(np.uint64)
    lengths = np.fromiter(map(len, plain), np.int64, len(plain))
    text = np.repeat(np.arange(len(plain)), lengths)
    texts_found, numbers = [], []
    for size in (2, 3, 4):
        if len(letters) < size:
            continue
        value = np.full(len(letters) - size + 1, size, np.uint64)
        for at in range(size):
            value = (value ^ letters[at : len(letters) - size + 1 + at]) * _PRIMES[at]
        inside = text[: len(value)] == text[size - 1 :]
        texts_found.append(text[: len(value)][inside])
        numbers.append(_bucket(value[inside]) | (1 << BITS))
    return np.concatenate(texts_found), np.concatenate(numbers)


def _bucket(value: NDArray[np.uint64]) -> Int:
    """The finaliser of MurmurHash3, cut to BITS."""
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return (value >> np.uint64(64 - BITS)).astype(np.int64)
