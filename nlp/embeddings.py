"""Texts as points: what speaks of one thing lies together. Shipped small, or any model by name.

The shipped embedding is static: a vector for each of some 60,000 Thai and English words, and
for words it does not know one made of their letters; a text is their sum, at unit length. How
the vectors were made is in `nlp/training/embeddings.py` and docs/models/embedding.md.
"""

import json
import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import resources
from itertools import chain
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from listener.errors import KrasaeError
from nlp.text import cut
from nlp.tokens import Tokenizer

Vectors = NDArray[np.float32]

_AT_ONCE = 2000  # texts, and
_TOKENS_AT_ONCE = 20_000  # rows added at once: bounds the memory of a batch of long texts
_REMEMBERED = 50_000
_LONGEST_WORD = 40  # characters of it that count

_PIECES = re.compile(
    r"""(?:https?://|www\.)\S+|@[\w.]+"""
    r"""|([\u0e00-\u0e7f]+|[a-z0-9\u00df-\u024f]+(?:['’][a-z]+)?"""
    r"""|[^\W_a-z0-9\u00df-\u024f\u0e00-\u0e7f]+|[\u2600-\u27bf\U0001f000-\U0001faff])"""
)
_TRIPLED = re.compile(r"([^\W\d_w])\1\1+")


class Embedding(Protocol):
    """Turns texts into rows of unit length; a text that says nothing is a row of zeros."""

    name: str
    dimensions: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row per text, in order; none depends on what else is in the batch."""
        ...


def grams(word: str, buckets: int) -> list[int]:
    """The places of a word's two to four letters in a row."""
    marked = f"<{word[:_LONGEST_WORD]}>"
    return [
        zlib.crc32(marked[start : start + size].encode("utf-8", "replace")) % buckets
        for size in (2, 3, 4)
        for start in range(len(marked) - size + 1)
    ]


class Words:
    """Cuts raw texts into the words that have vectors: no links, handles or punctuation."""

    def __init__(self) -> None:
        self._tokenizer = Tokenizer()

    def words(self, text: str) -> list[str]:
        """The words of a text, folded, in order."""
        text = cut(text).casefold()
        if not text.isascii():
            text = unicodedata.normalize("NFC", text).replace("\u0e4d\u0e32", "\u0e33")
        text = _TRIPLED.sub(r"\1", text)
        found: list[str] = []
        for piece in _PIECES.findall(text):
            if "\u0e00" <= piece[:1] <= "\u0e7f":
                found += self._tokenizer.thai(piece)
            elif piece:
                found.append(piece)
        return found
