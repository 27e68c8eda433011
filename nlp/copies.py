"""Near-copies in a stream of posts, each found as it comes: MinHash with banding, then exact.

A post is a copy of the earliest original that is alike, and an original when none is. Alike are
two posts that have at least 3 of 5 of their pairs of neighbouring words in common (Jaccard 0.6).
Only originals are remembered, so that a group cannot drift away from its first post.

What is called a copy is one: the pairs are compared. A copy of similarity s is found with
probability 1 - (1 - s ** ROWS) ** BANDS (Broder 1997; Leskovec et al., Mining of Massive Datasets,
chapter 3): 0.86 at 0.6, 0.965 at 0.7, 0.997 at 0.8.
"""

import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from nlp.duplicates import compared_words
from nlp.tokens import Token

BANDS, ROWS = 8, 3
FIRST = 200  # words of a post that are compared: bounds its memory
_SHARED, _OF = 3, 5  # of all pairs of two posts: alike
_CROWD = 16  # originals known by one band; a template with more variants than that is spam
_TOGETHER = 256  # posts whose pairs are hashed at once

Name = TypeVar("Name")
Hashes = NDArray[np.uint64]

_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xFF51AFD7ED558CCD], np.uint64)
_HALF = np.uint64(33)


class _Original(NamedTuple, Generic[Name]):
    """A post that resembled no earlier one; `pairs` are its hashes as bytes, to save memory."""

    name: Name
    at: int
    pairs: bytes
    bands: tuple[int, ...]


class CopyFinder(Generic[Name]):
    """Groups copies; it forgets originals older than `window` and all but the latest `most`.

    `window` is in the unit in which `at` is given: rows of a file, milliseconds of a stream.
    An original takes about 1.2 kB.
    """

    def __init__(self, *, window: int, most: int = 50_000) -> None:
        self._window = window
        self._most = most
        self._originals: dict[int, _Original[Name]] = {}
        self._by_band: dict[int, tuple[int, ...]] = {}
        self._next = 0

    def __len__(self) -> int:
        """How many originals are remembered."""
        return len(self._originals)

    def originals(
        self, names: Sequence[Name], tokens: Sequence[Sequence[Token]], at: Sequence[int]
    ) -> list[Name | None]:
        """The name of the post that each is a copy of; None for an original or a text too short.

        `tokens` are those of normalised texts, in the order in which they came; `at` never falls.
        """
        found: list[Name | None] = []
        for start in range(0, len(names), _TOGETHER):
            some = slice(start, start + _TOGETHER)
            hashed = _hashed([compared_words(one) for one in tokens[some]])
            for name, moment, (pairs, bands) in zip(names[some], at[some], hashed, strict=True):
                self._forget(moment)
                found.append(self._original(name, moment, pairs, bands) if bands else None)
        return found

    def _original(self, name: Name, at: int, pairs: bytes, bands: tuple[int, ...]) -> Name | None:
        known = self._by_band
        near = {number for band in bands if band in known for number in known[band]}
        if near:
            mine = _set(pairs)
            for number in sorted(near):
                original = self._originals[number]
                if _alike(mine, _set(original.pairs)):
                    return original.name
        alone = (self._next,)
        free = tuple(band for band in bands if len(known.get(band, ())) < _CROWD)
        for band in free:
            known[band] = known[band] + alone if band in known else alone
        self._originals[self._next] = _Original(name, at, pairs, free)
        self._next += 1
        return None

    def _forget(self, now: int) -> None:
        originals = self._originals
        while originals:
            oldest = next(iter(originals))
            if len(originals) < self._most and originals[oldest].at >= now - self._window:
                return
            for band in originals.pop(oldest).bands:
                rest = self._by_band[band][1:]  # the oldest stands first
                if rest:
                    self._by_band[band] = rest
                else:
                    del self._by_band[band]


def _set(pairs: bytes) -> frozenset[int]:
    return frozenset(memoryview(pairs).cast("Q"))


def _alike(mine: frozenset[int], other: frozenset[int]) -> bool:
    shared = len(mine & other)
    return _OF * shared >= _SHARED * (len(mine) + len(other) - shared)


def _hashed(posts: Sequence[Sequence[str]]) -> Iterator[tuple[bytes, tuple[int, ...]]]:
    """The hashed pairs of each post and its bands; both empty for a post of no pair."""
    words = [post[:FIRST] for post in posts]
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    counts = np.maximum(lengths - 1, 0)
    ends = np.cumsum(counts)
    numbers = np.fromiter(map(_hash, chain.from_iterable(words)), np.uint64, int(lengths.sum()))
    post = np.repeat(np.arange(len(words)), lengths)
    pairs = _mixed(numbers[:-1] * _MIX[0] + numbers[1:] * _MIX[1])[post[:-1] == post[1:]]
    bands = iter(_bands(pairs, (ends - counts)[counts > 0]).tolist() if len(pairs) else ())
    for count, end in zip(counts.tolist(), ends.tolist(), strict=True):
        yield (pairs[end - count : end].tobytes(), tuple(next(bands))) if count else (b"", ())


def _bands(pairs: Hashes, starts: NDArray[np.int64]) -> Hashes:
    """One number for each band of each post: its least hashes under ROWS permutations."""
    least = np.minimum.reduceat(pairs[:, None] * _PERMUTATIONS, starts, axis=0)
    rows = least.reshape(len(starts), BANDS, ROWS)
    together = np.zeros((len(starts), BANDS), np.uint64)
    for row in range(ROWS):
        together = _mixed((together + rows[:, :, row]) * _MIX[1] + _NUMBERS)
    return together


@lru_cache(maxsize=50_000)
def _hash(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "replace"))


def _mixed(value: Hashes) -> Hashes:
    """The finaliser of MurmurHash3."""
    value = (value ^ (value >> _HALF)) * _MIX[2]
    return value ^ (value >> _HALF)


# Multiplying by an odd number is a permutation of the numbers of 64 bits.
_PERMUTATIONS = _mixed(np.arange(1, BANDS * ROWS + 1, dtype=np.uint64) * _MIX[0]) | np.uint64(1)
_NUMBERS = np.arange(1, BANDS + 1, dtype=np.uint64)
