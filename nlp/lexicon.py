"""Categories of words and phrases, kept as data files, and their finding in texts.

A lexicon is a TOML file of tables; each table is a category with `words` and, if need be,
`unless`. Latin script is matched by whole words, Thai (which has no spaces) anywhere.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from operator import add
from typing import Any, NamedTuple

from listener.errors import InputError

_GAP = "..."
_LONGEST_GAP = 3
_SHORTEST_BEGINNING = 3
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_THAI = re.compile("[\u0e01-\u0e5b]")

_Part = tuple[str, bool]  # a word, or what it begins with; whether a gap may come before it
_Phrase = tuple[_Part, ...]
_Entry = tuple[_Phrase, str]  # and its category
_NONE: list[_Entry] = []


class _Reading(NamedTuple):
    """What every lexicon looks at in a text."""

    folded: str
    words: Sequence[str]
    beginnings: frozenset[str]  # of the words
    pairs: frozenset[str]  # of letters, where there is Thai


def _folded(text: str) -> str:
    return text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


@lru_cache(maxsize=1024)  # a batch: risks, intents and the rest all read it
def _read(text: str) -> _Reading:
    folded = _folded(text)
    words = _WORD.findall(folded)
    pairs = () if folded.isascii() else map(add, folded, folded[1:])
    beginnings = frozenset([word[:_SHORTEST_BEGINNING] for word in words])
    return _Reading(folded, words, beginnings, frozenset(pairs))


@dataclass(slots=True)
class _Phrases:
    """The phrases of one list, by their first word."""

    exact: dict[str, list[_Phrase]] = field(default_factory=dict)
    beginnings: dict[str, list[_Phrase]] = field(default_factory=dict)
    thai: list[str] = field(default_factory=list)

    def spans(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """Where phrases stand in `words`, as [start, end)."""
        found = []
        for start, word in enumerate(words):
            for phrase in self._starting_with(word):
                end = _end_of(phrase, words, start)
                if end:
                    found.append((start, end))
        return found

    def _starting_with(self, word: str) -> Iterable[_Phrase]:
        yield from self.exact.get(word, ())
        if self.beginnings:
            for length in range(_SHORTEST_BEGINNING, len(word) + 1):
                yield from self.beginnings.get(word[:length], ())


def _phrases(entries: Iterable[str]) -> _Phrases:
    phrases = _Phrases()
    for entry in entries:
        if _THAI.search(entry):
            phrases.thai.append(entry.casefold())
        elif phrase := _phrase(entry):
            first = phrase[0][0]
            table = phrases.beginnings if first.endswith("*") else phrases.exact
            table.setdefault(first.rstrip("*"), []).append(phrase)
    return phrases


def _phrase(entry: str) -> _Phrase:
    parts: list[_Part] = []
    gap = False
    for piece in entry.casefold().split():
        if piece == _GAP:
            gap = True
            continue
        parts.append((piece, gap and bool(parts)))
        gap = False
    return tuple(parts)


def _end_of(phrase: _Phrase, words: Sequence[str], start: int) -> int:
    """The end of the phrase that starts at `start`, or 0 when it is not there."""
    at = start + 1
    for part, gap in phrase[1:]:
        furthest = min(at + (_LONGEST_GAP if gap else 0) + 1, len(words))
        for candidate in range(at, furthest):
            if _is(part, words[candidate]):
                at = candidate + 1
                break
        else:
            return 0
    return at


def _is(part: str, word: str) -> bool:
    return word.startswith(part[:-1]) if part.endswith("*") else word == part


@dataclass(frozen=True, slots=True)
class _Category:
    name: str
    words: _Phrases
    unless: _Phrases

    def counts(self, spans: Sequence[tuple[int, int]], words: Sequence[str]) -> bool:
        """Whether one of its phrases, which stand at these spans, is not excused."""
        excused = self.unless.spans(words)
        return any(not _inside(span, excused) for span in spans)

    def counts_in_thai(self, text: str) -> bool:
        """Whether one of its Thai words is there where nothing excuses it."""
        for phrase in self.unless.thai:
            text = text.replace(phrase, " ")
        return any(entry in text for entry in self.words.thai)


def _inside(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in others)


class Lexicon:
    """Finds categories in texts; `table` is what the file called `name` holds.

    Raises InputError, naming file, category and key, when the table has another shape.
    """

    def __init__(self, table: Mapping[str, Any], *, name: str) -> None:
        self._categories = tuple(_category(name, key, entry) for key, entry in table.items())
        # Of all categories together, for most texts speak of nothing listed: phrases by their
        # first word or its beginning, Thai by the first two letters.
        self._exact: dict[str, list[_Entry]] = {}
        self._beginnings: dict[str, list[_Entry]] = {}
        self._thai: dict[str, list[tuple[str, str]]] = {}
        for category in self._categories:
            for own, table_of_all in (
                (category.words.exact, self._exact),
                (category.words.beginnings, self._beginnings),
            ):
                for first, phrases in own.items():
                    found = table_of_all.setdefault(first, [])
                    found += [(phrase, category.name) for phrase in phrases]
            for entry in category.words.thai:
                self._thai.setdefault(entry[:2], []).append((entry, category.name))
        self._pairs = frozenset(self._thai)
        self._starts = frozenset(first[:_SHORTEST_BEGINNING] for first in self._beginnings)

    @classmethod
    def shipped(cls, name: str, more: Iterable[tuple[str, Sequence[str]]] = ()) -> "Lexicon":
        """One that comes with Krasae ('risks', 'intents', ...), and `more` words by category."""
        source = resources.files("nlp").joinpath(f"data/{name}.toml").read_text("utf-8")
        table = tomllib.loads(source)
        for category, words in more:
            table.setdefault(category, {}).setdefault("words", []).extend(words)
        return cls(table, name=f"{name}.toml")

    @property
    def names(self) -> tuple[str, ...]:
        """The categories, in the order of the file."""
        return tuple(category.name for category in self._categories)

    def categories(self, text: str) -> tuple[str, ...]:
        """The categories that a normalised text speaks of, in the order of the file."""
        folded, words, beginnings, pairs = _read(text)
        thai = self._speaking_thai(folded, pairs)
        if self._exact.keys().isdisjoint(words) and self._starts.isdisjoint(beginnings):
            spans = {}
        else:
            spans = self._spans(words)
        if not spans and not thai:
            return ()
        return tuple(
            category.name
            for category in self._categories
            if (category.name in spans and category.counts(spans[category.name], words))
            or (category.name in thai and category.counts_in_thai(folded))
        )

    def among(self, names: Collection[str], text: str) -> tuple[str, ...]:
        """What `categories` says of a piece of a text, as far as it is among these."""
        folded = _folded(text)
        words = _WORD.findall(folded)
        spans = self._spans(words)
        thai = not folded.isascii()
        return tuple(
            category.name
            for category in self._categories
            if category.name in names
            and (
                (category.name in spans and category.counts(spans[category.name], words))
                or (thai and category.counts_in_thai(folded))
            )
        )

    def _spans(self, words: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
        """Where phrases stand, by category."""
        found: dict[str, list[tuple[int, int]]] = {}
        for start, word in enumerate(words):
            entries = self._exact.get(word, _NONE)
            if word[:_SHORTEST_BEGINNING] in self._starts:
                entries = [*entries, *self._beginning(word)]
            for phrase, name in entries:
                if end := _end_of(phrase, words, start):
                    found.setdefault(name, []).append((start, end))
        return found

    def _beginning(self, word: str) -> Iterable[_Entry]:
        for length in range(_SHORTEST_BEGINNING, len(word) + 1):
            yield from self._beginnings.get(word[:length], _NONE)

    def _speaking_thai(self, text: str, pairs: frozenset[str]) -> frozenset[str]:
        """The categories that have a Thai word in the text, which may be excused."""
        return frozenset(
            name
            for pair in self._pairs & pairs
            for entry, name in self._thai[pair]
            if entry in text
        )


def _category(file: str, name: str, entry: Any) -> _Category:
    if not isinstance(entry, Mapping) or not set(entry) <= {"words", "unless"}:
        raise InputError(
            f"{file}: [{name}] must hold `words` and, if need be, `unless`, and nothing else.",
            remedy="Write each as a list of words or phrases in quotation marks.",
        )
    for key, value in entry.items():
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise InputError(
                f"{file}: `{key}` of [{name}] must be a list of words or phrases.",
                remedy="Put each between quotation marks, and commas between them.",
            )
    return _Category(name, _phrases(entry.get("words", ())), _phrases(entry.get("unless", ())))
