"""The words of a term as platforms take them: everything but letters and digits parts words."""

import unicodedata

import regex

from listener.query.literal import WORD_CHARS
from listener.query.normalise import normalise

# Longer phrases are cut: what begins so is found all the same.
LONGEST_PHRASE = 200

_PIECE = regex.compile(r"[\p{L}\p{M}\p{N}]+|(?P<emoji>\p{So})")
_UNSEEN = regex.compile(r"[\p{Cf}\ufe00-\ufe0f]")
_JOINED = regex.compile(r"\u200d|[\U0001f3fb-\U0001f3ff]|[\U0001f1e6-\U0001f1ff]")

Phrase = tuple[str, ...]


def phrases(text: str) -> tuple[tuple[Phrase, ...], tuple[str, ...]]:
    """The runs of words of a term in the one spelling, and the emoji that part them.

    Of emoji, only those of one character are given: how platforms cut the others is not
    known.
    """
    return _pieces(normalise(text), whole=not _JOINED.search(text))


def as_written(text: str) -> Phrase | None:
    """The one phrase of a term with its accents and forms of letters, if it is one."""
    found, emoji = _pieces(unicodedata.normalize("NFC", _UNSEEN.sub("", text)).lower(), whole=False)
    return found[0] if len(found) == 1 and not emoji else None


def cut(phrase: Phrase) -> Phrase:
    """As many of the first words as a query has room for; none if the first is too long."""
    kept = 0
    length = -1
    for word in phrase:
        length += len(word) + 1
        if length > LONGEST_PHRASE:
            break
        kept += 1
    return phrase[:kept]


def unspaced(text: str) -> bool:
    """Whether a part of it is of a script that puts no spaces between words."""
    return any(char.isalpha() and char not in WORD_CHARS for char in normalise(text))


def _pieces(text: str, *, whole: bool) -> tuple[tuple[Phrase, ...], tuple[str, ...]]:
    found: list[list[str]] = [[]]
    emoji: dict[str, None] = {}
    for piece in _PIECE.finditer(text):
        if piece["emoji"] is None:
            found[-1].append(piece[0])
            continue
        found.append([])
        if whole:
            emoji[piece[0]] = None
    return tuple(tuple(phrase) for phrase in found if phrase), tuple(emoji)
