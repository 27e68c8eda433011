"""Thai typed in Latin letters ("aroi mak krub"): known by its words, and spelt in Thai.

The words are data: `data/romanised.toml`. Many of them are words of other languages too, so a
text counts only when half of its words are on the list, and one word or pair of them is
nothing else.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import NamedTuple

_SHARE = 0.5
_SHORT = 6  # words
_DRAWN_OUT = re.compile(r"(.)\1\1+")
_THAI = "\u0e01-\u0e5b"
_WORD = re.compile(r"(?<![^\W_])[A-Za-z]+(?![^\W_])")
_ANY_THAI = re.compile(f"[{_THAI}]")
_BETWEEN = re.compile(f"(?<=[{_THAI}]) (?=[{_THAI}])")
# At the end of a text it asks, before a word it denies.
_ASKS_LAST = re.compile(r"\bmai(?=\s*(?:[?!.]|(?:krub|krab|krap|khrap|ka|kha|khrub|na)\b|$))", re.I)
_ASKS = "ไหม"


class _Words(NamedTuple):
    sure: frozenset[str]
    pairs: frozenset[tuple[str, ...]]  # of words, sure together
    spelling: dict[str, str]  # in Thai, of each word


@lru_cache(maxsize=1)
def _words() -> _Words:
    source = resources.files("nlp").joinpath("data/romanised.toml").read_text("utf-8")
    table = tomllib.loads(source)
    spelling = {
        latin: thai
        for part in ("perhaps", "sure")
        for thai, words in table[part].items()
        for latin in words.split()
    }
    sure = frozenset(latin for words in table["sure"].values() for latin in words.split())
    return _Words(sure, frozenset(tuple(pair.split()) for pair in table["pairs"]), spelling)


def is_romanised(words: Sequence[str]) -> bool:
    """Whether a text of these Latin words, folded, is Thai."""
    sure, pairs, spelling = _words()
    if len(words) <= _SHORT:  # where drawn-out words are, and are most of it
        words = [_DRAWN_OUT.sub(r"\1", word) for word in words]
    known = sum(word in spelling for word in words)
    if not known or known < _SHARE * len(words):
        return False
    return not (sure.isdisjoint(words) and pairs.isdisjoint(pairwise(words)))


def has_thai(text: str) -> bool:
    """Whether there is a Thai character in the text."""
    return _ANY_THAI.search(text) is not None


def in_thai(text: str) -> str:
    """A text with its romanised words spelt in Thai, and joined as Thai is."""
    text = _ASKS_LAST.sub(_ASKS, text)
    return _BETWEEN.sub("", _WORD.sub(_spelt, text))


def _spelt(match: re.Match[str]) -> str:
    word = match[0].lower()
    spelling = _words().spelling
    return spelling.get(word) or spelling.get(_DRAWN_OUT.sub(r"\1", word)) or match[0]
