"""Risk categories: does a text speak of safety, fraud, privacy, an outage, a boycott, the law.

The words are data (`data/risks.toml`). A word counts wherever it stands, also after a "not":
that a brand must say "there was no breach" is a risk already.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from listener.errors import InputError

_GAP = "..."
_LONGEST_GAP = 3
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_THAI = re.compile("[\u0e01-\u0e5b]")

Part = tuple[str, bool]  # a word, or what it begins with; whether a gap may come before it


@dataclass(slots=True)
class _Phrases:
    """Phrases of one list, found by their first word."""

    exact: dict[str, list[tuple[Part, ...]]] = field(default_factory=dict)
    begins: dict[str, list[tuple[Part, ...]]] = field(default_factory=dict)
    thai: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, entries: Iterable[str]) -> "_Phrases":
        phrases = cls()
        for entry in entries:
            if _THAI.search(entry):
                phrases.thai.append(entry)
                continue
            parts = _parts(entry)
            if not parts:
                continue
            first = parts[0][0]
            table = phrases.begins if first.endswith("*") else phrases.exact
            table.setdefault(first.rstrip("*"), []).append(parts)
        return phrases

    def spans(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """Where phrases stand in `words`, as [start, end)."""
        found = []
        for start, word in enumerate(words):
            for parts in self._starting_with(word):
                end = _end_of(parts, words, start)
                if end:
                    found.append((start, end))
        return found

    def _starting_with(self, word: str) -> Iterable[tuple[Part, ...]]:
        yield from self.exact.get(word, ())
        if self.begins:
            for length in range(3, len(word) + 1):
                yield from self.begins.get(word[:length], ())


def _parts(entry: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    gap = False
    for piece in entry.casefold().split():
        if piece == _GAP:
            gap = True
            continue
        parts.append((piece, gap and bool(parts)))
        gap = False
    return tuple(parts)


def _end_of(parts: tuple[Part, ...], words: Sequence[str], start: int) -> int:
    """The end of the phrase that starts at `start`, or 0 when it is not there."""
    at = start + 1
    for part, gap in parts[1:]:
        reach = _LONGEST_GAP if gap else 0
        for candidate in range(at, min(at + reach + 1, len(words))):
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

    def is_in(self, words: Sequence[str], text: str, *, thai: bool) -> bool:
        spans = self.words.spans(words)
        if spans:
            excused = self.unless.spans(words)
            if any(not _inside(span, excused) for span in spans):
                return True
        if not thai or not any(entry in text for entry in self.words.thai):
            return False
        for phrase in self.unless.thai:
            text = text.replace(phrase, " ")
        return any(entry in text for entry in self.words.thai)


def _inside(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in others)


class RiskLexicon:
    """Finds risk categories in texts; `table` is what `risks.toml` holds.

    Raises InputError, naming the category, when the table has another shape.
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._categories = tuple(_category(name, entry) for name, entry in table.items())

    @classmethod
    def shipped(cls) -> "RiskLexicon":
        """The lexicon that comes with Krasae."""
        source = resources.files("nlp").joinpath("data/risks.toml").read_text("utf-8")
        return cls(tomllib.loads(source))

    @property
    def names(self) -> tuple[str, ...]:
        """The categories, in the order of the file."""
        return tuple(category.name for category in self._categories)

    def risks(self, text: str) -> tuple[str, ...]:
        """The categories a text speaks of, in the order of the file."""
        folded = text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        words = _WORD.findall(folded)
        thai = bool(_THAI.search(folded))
        return tuple(
            category.name
            for category in self._categories
            if category.is_in(words, folded, thai=thai)
        )


def _category(name: str, entry: Any) -> _Category:
    if not isinstance(entry, Mapping) or not set(entry) <= {"words", "unless"}:
        raise InputError(
            f"risks.toml: [{name}] must hold `words` and, if need be, `unless`.",
            remedy="Write each as a list of words or phrases in quotation marks.",
        )
    for key, value in entry.items():
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise InputError(
                f"risks.toml: `{key}` of [{name}] must be a list of words or phrases.",
                remedy="Put each between quotation marks, and commas between them.",
            )
    return _Category(
        name, _Phrases.of(entry.get("words", ())), _Phrases.of(entry.get("unless", ()))
    )
