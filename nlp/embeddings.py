"""Texts as points: what speaks of one thing lies together. Shipped small, or any model by name.

The shipped embedding is static: a vector for each of some 60,000 Thai and English words, and
for words it does not know one made of their letters; a text is their sum, at unit length. How
the vectors were made is in `nlp/training/embeddings.py` and docs/models/embedding.md.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from importlib import resources
from itertools import chain, filterfalse
from typing import Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from listener.errors import KrasaeError
from nlp.text import cut
from nlp.tokens import Tokenizer

Vectors = NDArray[np.float32]

_AT_ONCE = 20_000  # vectors added at once: bounds the memory of a batch of long texts
_REMEMBERED = 50_000
_LONGEST_WORD = 40  # characters of it that count

_PIECES = re.compile(
    r"""(?:https?://|www\.)\S+|@[\w.]+"""
    r"""|([\u0e00-\u0e7f]+|[a-z0-9\u00df-\u024f]+(?:['’][a-z]+)?"""
    r"""|[^\W_a-z0-9\u00df-\u024f\u0e00-\u0e7f]+|[\u2600-\u27bf\U0001f000-\U0001faff])"""
)
_TRIPLED = re.compile(r"([^\W\d_w])\1\1+")
_is_thai = re.compile("[\u0e00-\u0e7f]").match
_REPEATED = re.compile(r"(.)\1\1")  # tells six times as fast that there is none


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
        found: list[str] = []
        for piece in self._pieces(text):
            if _is_thai(piece):
                found += self._tokenizer.thai(piece)
            elif piece:
                found.append(piece)
        return found

    def unordered(self, text: str) -> list[str]:
        """The words of a text, Thai ones last: sooner than in order."""
        pieces = self._pieces(text)
        runs = list(filter(_is_thai, pieces))
        others = list(filter(None, filterfalse(_is_thai, pieces) if runs else pieces))
        return others + self._tokenizer.thai(*runs) if runs else others

    def _pieces(self, text: str) -> list[str]:
        """Words of other letters, and runs of Thai letters; nothing for links and handles."""
        text = cut(text).casefold()
        if not text.isascii():
            text = unicodedata.normalize("NFC", text).replace("\u0e4d\u0e32", "\u0e33")
        if _REPEATED.search(text):
            text = _TRIPLED.sub(r"\1", text)
        return _PIECES.findall(text)


class _Rows(dict[str, tuple[int, ...]]):
    """Which rows of a table make up a word: its own, or those of its letters, remembered."""

    def __init__(self, words: Sequence[str], buckets: int) -> None:
        super().__init__((word, (row,)) for row, word in enumerate(words))
        self._words = words
        self._buckets = buckets

    def __missing__(self, word: str) -> tuple[int, ...]:
        if not self._buckets or word.isdigit():
            return ()
        first = len(self._words)
        rows = tuple(first + place for place in grams(word, self._buckets))
        if len(self) >= first + _REMEMBERED:
            self.clear()
            self.update((known, (row,)) for row, known in enumerate(self._words))
        self[word] = rows
        return rows


class StaticEmbedding:
    """The sum of the vectors of a text's words, at unit length.

    `table` holds the words' vectors in the order of `words`, then those of the letter places.
    What the vectors weigh (rare words more than frequent ones) is part of their length.
    """

    def __init__(self, words: Sequence[str], table: Vectors, name: str = "shipped") -> None:
        self.name = name
        self.dimensions = table.shape[1]
        self._table = table
        self._rows = _Rows(words, len(table) - len(words))
        self._cut = Words()

    @classmethod
    def shipped(cls) -> "StaticEmbedding":
        """The embedding that comes with Krasae."""
        path = resources.files("nlp").joinpath("models/embedding.npz")
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                words = arrays["words"].tobytes().decode("utf-8").split("\n")
                table = arrays["vectors"].astype(np.float32)
                table *= arrays["scales"].astype(np.float32)[:, None]
        except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
            raise KrasaeError(
                f"The shipped embedding is missing or damaged ({error}).",
                remedy="Install Krasae again.",
            ) from error
        return cls(words, table)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row per text, in order; none depends on what else is in the batch."""
        from scipy.sparse import csr_array

        found = np.zeros((len(texts), self.dimensions), np.float32)
        for start, ends, rows in self._parts(texts):
            counts = csr_array(
                (np.ones(len(rows), np.float32), rows, ends), (len(ends) - 1, len(self._table))
            )
            # Added one after the other: the sum does not depend on the batch.
            found[start : start + len(ends) - 1] = counts @ self._table
        norms = np.sqrt(np.einsum("ij,ij->i", found, found, optimize=False))
        found /= np.where(norms > 0, norms, 1)[:, None]
        return found

    def _parts(self, texts: Sequence[str]) -> Iterator[tuple[int, list[int], list[int]]]:
        """Where a part of the texts begins, where each text's vectors end, and which they are."""
        rows_of = self._rows.__getitem__
        start = 0
        ends = [0]
        rows: list[int] = []
        for at, text in enumerate(texts):
            rows.extend(chain.from_iterable(map(rows_of, self._cut.unordered(text))))
            ends.append(len(rows))
            if len(rows) >= _AT_ONCE:
                yield start, ends, rows
                start, ends, rows = at + 1, [0], []
        if len(ends) > 1:
            yield start, ends, rows


def embedding(name: str = "shipped") -> Embedding:
    """The embedding of that name: "shipped", "minilm", any sentence-transformers model by name or
    folder, or the folder of one that nlp/training/quantised.py made fast."""
    if name == "shipped":
        return StaticEmbedding.shipped()
    from nlp.onnx_model import OnnxModel, is_quantised
    from nlp.sentence_model import SentenceModel

    return OnnxModel(name) if is_quantised(name) else SentenceModel(name)
