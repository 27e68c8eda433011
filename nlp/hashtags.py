"""Hashtags opened into the words that they are made of: #BlackFridayDeals, #เที่ยวไทยกันเถอะ.

By script, by capitals and digits, Thai by newmm. A run of Latin letters in one case is cut where
that is safe: every piece of it is a frequent word of `data/english.txt`. The token and the term
stay the hashtag as a whole.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from importlib import resources
from math import inf, log

from nlp.names import Name, letters, shipped_names
from nlp.text import said
from nlp.tokens import Token, Tokenizer, TokenKind

_LONGEST = 40  # letters of a run that is cut
_LONGEST_WORD = 15
_REMEMBERED = 10_000
_PIECE = re.compile(
    "[\u0e01-\u0e3a\u0e40-\u0e4e]+|i[A-Z][a-z]+|[A-Z]?[a-z\u00df-\u00f6\u00f8-\u00ff]+"
    "|[A-Z]+(?![a-z])|\\d+|[^\\W\\d_A-Za-z\u0e01-\u0e3a\u0e40-\u0e4e]+|[A-Z]|."
)
_LATIN = re.compile("[A-Za-z]+")
_HASHTAG = re.compile("(?<![\\w&])#([A-Za-z0-9_]*[A-Za-z][A-Za-z0-9_]*)")
_SILENT = re.compile("[\\W_]+")
_TOO_SHORT = 3  # of a word that is no frequent short one
_SHORT_SHARE = 0.5  # of the words: more short ones make nonsense fit


class HashtagSplitter:
    """Opens hashtags; `names` are words that the English list lacks, `thai` cuts Thai runs."""

    def __init__(
        self, names: Iterable[str] = (), thai: Callable[[str], Sequence[str]] | None = None
    ) -> None:
        self._costs = {**_costs(), **dict.fromkeys(map(str.lower, names), log(len(_costs())))}
        self._thai = thai or (lambda run: [run])
        self.words = lru_cache(maxsize=_REMEMBERED)(self._words)

    def _words(self, hashtag: str) -> tuple[str, ...]:
        """The words of a hashtag, as written; joined they are the hashtag without # and _."""
        found: list[str] = []
        pieces = _PIECE.findall(hashtag.removeprefix("#"))
        # Where capitals begin the words, the writer has cut them already.
        spaced = sum(bool(_LATIN.fullmatch(piece)) and piece[0].isupper() for piece in pieces) > 1
        for piece in pieces:
            if _LATIN.fullmatch(piece):
                found += [piece] if spaced else self._cut(piece)
            elif "\u0e01" <= piece[0] <= "\u0e4e":
                found += self._thai(piece)
            elif not _SILENT.fullmatch(piece):
                found.append(piece)
        return tuple(found)

    def _cut(self, run: str) -> list[str]:
        """A run of Latin letters as frequent words, or as it is where that is not safe."""
        folded = run.lower()
        if folded in self._costs or len(folded) > _LONGEST:
            return [run]
        best = [0.0] + [inf] * len(folded)
        start = [0] * (len(folded) + 1)
        for end in range(1, len(folded) + 1):
            for at in range(max(0, end - _LONGEST_WORD), end):
                cost = best[at] + self._costs.get(folded[at:end], inf)
                if cost < best[end]:
                    best[end], start[end] = cost, at
        if best[-1] == inf:
            return [run]
        words: list[str] = []
        end = len(folded)
        while end:
            words.append(run[start[end] : end])
            end = start[end]
        return words[::-1] if _makes_sense([word.lower() for word in reversed(words)]) else [run]


def _makes_sense(words: Sequence[str]) -> bool:
    """Not mostly short words, "i" at the beginning alone, "a" within: others make anything fit."""
    short = sum(len(word) < _TOO_SHORT for word in words)
    if short > _SHORT_SHARE * len(words) or "i" in words[1:]:
        return False
    return "a" not in (words[0], words[-1])


@lru_cache(maxsize=1)
def _costs() -> dict[str, float]:
    """What a word costs: less, the more frequent it is, by Zipf's law of its rank."""
    words = resources.files("nlp").joinpath("data/english.txt").read_text("ascii").split()
    return {word: log((rank + 1) * log(len(words))) for rank, word in enumerate(words)}


@lru_cache(maxsize=1)
def _splitter() -> HashtagSplitter:
    return HashtagSplitter()


class TaggedNames:
    """Finds names within hashtags: #ToyotaBuzz, #hondahrv, #ฮอนด้าที่รัก."""

    def __init__(self, names: Iterable[Name], tokenizer: Tokenizer) -> None:
        self._names: dict[str, Name] = {}
        for name in names:
            written = letters(name.text)
            self._names[written if name.as_written else written.casefold()] = name
        self._splitter = HashtagSplitter(self._names, tokenizer.thai)
        self._named = lru_cache(maxsize=_REMEMBERED)(self._in)

    def places(self, tokens: Sequence[Token]) -> list[tuple[int, int, Name]]:
        """The names in hashtags: the token, twice, and which."""
        return [
            (at, at, name)
            for at, (text, kind) in enumerate(tokens)
            if kind is TokenKind.HASHTAG
            for name in self._named(text)
        ]

    def _in(self, hashtag: str) -> list[Name]:
        words = self._splitter.words(hashtag)
        runs = {
            "".join(words[start:end])
            for start in range(len(words))
            for end in range(start + 1, len(words) + 1)
        }
        runs |= {run.casefold() for run in runs}
        return [name for written, name in self._names.items() if written in runs]


@lru_cache(maxsize=1024)  # a batch: risks and intent ask for it
def opened(text: str) -> str:
    """What a normalised text says, the hashtags in Latin letters opened into their words.

    Those in Thai stay: Thai words are found anywhere.
    """
    text = said(text)
    if "#" not in text:
        return text
    return _HASHTAG.sub(_words_of, text)


def _words_of(match: re.Match[str]) -> str:
    """#WhatsApp is a name, and speaks of no app."""
    return match[1] if match[1].casefold() in _known() else " ".join(_splitter().words(match[1]))


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(letters(name.text).casefold() for name in shipped_names())
