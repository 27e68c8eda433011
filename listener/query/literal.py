"""One thing to look for in a folded text, and what may stand beside it.

A Latin, Greek or Cyrillic word is found as a whole word: `apple` is not in `pineapple`.
Thai and other scripts that write words without spaces between them are found anywhere,
and next to such a script a Latin word ends too: `iphone` is in `ซื้อiphoneมา`. Nothing is
found that would cut a letter from its marks: `เท` is not in `เท่`.
"""

import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass

from listener.query.normalise import fold_word
from listener.query.tree import Cashtag, Handle, Hashtag, Term


def _chars(*ranges: tuple[int, int]) -> Iterator[str]:
    return (chr(code) for first, last in ranges for code in range(first, last + 1))


# Of the scripts that put spaces between words, those with letters that look alike to us.
WORD_CHARS = frozenset(
    char
    for char in _chars((0x30, 0x7A), (0xAA, 0x2AF), (0x370, 0x52F), (0x1E00, 0x1FFF))
    if char.isalnum()
)
_MARKS = frozenset(
    char
    for char in _chars((0x0900, 0x1CFF), (0x3099, 0x309A), (0xA800, 0xAAFF))
    if unicodedata.category(char)[0] == "M"
) | frozenset("\u0e33\u0eb3")  # SARA AM of Thai and Lao, half a mark


class _TagChars:
    """What a hashtag goes on with: letters, digits, marks and the underscore."""

    def __contains__(self, char: object) -> bool:
        return isinstance(char, str) and (char.isalnum() or char == "_" or char in _MARKS)


_TAG_CHARS = _TagChars()
_NAME_CHARS = WORD_CHARS | _MARKS | {"_"}
_AFTER_WORD = WORD_CHARS | _MARKS
_BEFORE_TAG = WORD_CHARS | frozenset("#/&")


@dataclass(frozen=True, slots=True)
class Literal:
    """`text`, folded, where no character of `before` and of `after` stands beside it."""

    text: str
    before: Container[str]
    after: Container[str]

    def within(self, folded: str) -> bool:
        """Whether it is there."""
        return next(self.places(folded), None) is not None

    def places(self, folded: str) -> Iterator[tuple[int, int]]:
        """Every place where it is, as (start, end); they may overlap."""
        start = folded.find(self.text)
        while start >= 0:
            end = start + len(self.text)
            if (start == 0 or folded[start - 1] not in self.before) and (
                end == len(folded) or folded[end] not in self.after
            ):
                yield start, end
            start = folded.find(self.text, start + 1)


def word(text: str) -> Literal:
    """A word or phrase, as the user wrote it."""
    folded = fold_word(text)
    return Literal(
        folded,
        WORD_CHARS if folded[0] in WORD_CHARS else frozenset(),
        _AFTER_WORD if folded[-1] in WORD_CHARS else _MARKS,
    )


def literal(node: Term | Hashtag | Cashtag | Handle) -> Literal:
    """What a leaf of a query looks for."""
    match node:
        case Term(text):
            return word(text)
        case Hashtag(name):
            return Literal(f"#{fold_word(name)}", _BEFORE_TAG, _TAG_CHARS)
        case Cashtag(name):
            return Literal(f"${fold_word(name)}", _BEFORE_TAG | {"$"}, _NAME_CHARS)
        case Handle(name):
            return Literal(f"@{fold_word(name)}", WORD_CHARS, _NAME_CHARS)
