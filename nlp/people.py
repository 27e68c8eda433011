"""Names of people, by what stands around them: titles, roles, and Thai full names.

A person is found behind a title (Mr Bean, นายสมชาย), behind a role when the name has two words
(CEO Tim Cook), and where a Thai given name and a family name stand alone side by side.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from nlp.names import lists, thai_family_names, thai_given_names
from nlp.stopwords import stop_words
from nlp.tokens import Token, TokenKind

Place = tuple[int, int]  # [start, end), in tokens or in characters

_LONGEST = 3  # words of a Latin name
_LATIN_NAME = re.compile(r"[A-Z][a-z]+(?:[’'-][A-Z]?[a-z]+)*|[A-Z]\.")
_WEIGHTY = 4  # letters of a word that a headline writes with a capital
_HEADLINE = 0.6
_THAI = "\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e4e"
_SHORT_THAI = 3  # letters of a name that is too short to be sure of
_LONGEST_THAI = 16  # letters of a name that no list knows
_PAIR = re.compile(f"(?<![^ ,(\"'])([{_THAI}]+) ([{_THAI}]+)(?![^ ,.)\"'!?])")


def person_in(text: str, words: Sequence[str]) -> bool:
    """Whether a person may be named at all: nearly always this says no, and quickly.

    `words` are the casefolded tokens of the text.
    """
    titles, roles = _latin_titles()
    if not (titles.isdisjoint(words) and roles.isdisjoint(words)):
        return True
    return not text.isascii() and (
        _thai_titles().search(text) is not None or next(thai_pairs(text), None) is not None
    )


def latin_people(tokens: Sequence[Token]) -> Iterator[Place]:
    """Where names in Latin letters stand behind a title or a role, in tokens."""
    titles, roles = _latin_titles()
    for at, (text, kind) in enumerate(tokens):
        word = text.casefold()
        if kind is not TokenKind.WORD or word not in titles | roles:
            continue
        length = _latin_name(tokens[at + 1 : at + 1 + _LONGEST])
        if word in titles:
            if length and text[1:].islower():
                yield at + 1, at + 1 + length
        elif length > 1 and not _is_headline([*tokens[:at], *tokens[at + 1 + length :]]):
            yield at + 1, at + 1 + length


@lru_cache(maxsize=1)
def _latin_titles() -> tuple[frozenset[str], frozenset[str]]:
    table = lists()["titles"]
    return frozenset(table["titles"]), frozenset(table["roles"])


def _latin_name(tokens: Sequence[Token]) -> int:
    """How many of the tokens are a name; an initial alone is none."""
    length = 0
    for at, (text, kind) in enumerate(tokens, 1):
        is_word = kind is TokenKind.WORD and _LATIN_NAME.fullmatch(text)
        if not is_word or text.casefold() in stop_words():
            break
        length = length if text.endswith(".") else at
    return length


def _is_headline(tokens: Sequence[Token]) -> bool:
    """Whether nearly every other word has a capital too, so that a capital says nothing."""
    words = [
        text
        for text, kind in tokens
        if kind is TokenKind.WORD and text.isalpha() and len(text) >= _WEIGHTY
    ]
    return sum(word[0].isupper() for word in words) > _HEADLINE * len(words)


def thai_people(text: str, starts: frozenset[int]) -> Iterator[Place]:
    """Where Thai names stand, in characters; `starts` are those of the tokens."""
    for match in _thai_titles().finditer(text):
        if match.start() in starts and (end := _end_behind_title(match)):
            yield match.start(1), end
    for match in thai_pairs(text):
        yield match.span()


@lru_cache(maxsize=1)
def _thai_titles() -> re.Pattern[str]:
    titles = sorted(lists()["titles"]["thai"], key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(map(re.escape, titles))}) ?([{_THAI}]+)(?: ([{_THAI}]+))?")


def _end_behind_title(match: re.Match[str]) -> int | None:
    """Names run to a space; where none is known, the title may be half a word (นายก)."""
    given, family = match[1], match[2]
    known = given in thai_given_names()
    if family in thai_family_names() and (known or len(given) <= _LONGEST_THAI):
        return match.end(2)
    return match.end(1) if known and len(given) > _SHORT_THAI else None


def thai_pairs(text: str) -> Iterator[re.Match[str]]:
    """Where a given and a family name stand alone, a space between them."""
    given, family = thai_given_names(), thai_family_names()
    match = _PAIR.search(text)
    while match:
        if match[1] in given and match[2] in family and len(match[1]) > _SHORT_THAI:
            yield match
            match = _PAIR.search(text, match.end())
        else:
            match = _PAIR.search(text, match.end(1))
