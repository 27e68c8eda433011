"""The terms of a text, by which trends are found and named: hashtags, cashtags, words, pairs.

A term is something a person would put on a label: no stop words, links, handles, bare numbers,
single letters, or words that were cut off.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from nlp.model import Language
from nlp.stopwords import short_words, stop_words
from nlp.tokens import Token, TokenKind, whole

MOST = 40
_SHORTEST = 2
_LONGEST = 30
_SHORTEST_FOREIGN = 4  # we have no stop words of other languages, but most are short
_LONGEST_UNSPACED = 6  # without spaces a longer run is a clause rather than a word
_CONSONANT = re.compile("[\u0e01-\u0e2e]")
_FRAGMENT = 2  # code points; so short a Thai word is mostly a piece of a name
_TRIPLED = re.compile(r"(.)\1\1")
_ODD = re.compile(r"""[=@<>“”"\[\](){}|\\^*~`…:;,?!%/]""")
_UNSPACED = re.compile("[\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
# 7b, 22k, 1st, 10am: a number all the same. 4g, 5s and 3d are names.
_AMOUNT = re.compile(
    r"[$€£฿]?\d[\d.,]*(?:k|m|b|bn|mn|mm|x|st|nd|rd|th|am|pm|hrs?|mins?|secs?|yrs?|in|p|usd|thb)?"
)
_MODEL_NUMBER = re.compile(r"\d{1,3}")  # iphone 6, boeing 737
_DIGIT = re.compile(r"\d")
_REMEMBERED = 50_000  # words: most come again
_CLITICS = frozenset(("s", "'s", "’s"))

Known = Callable[[str], bool]


def terms(tokens: Sequence[Token], *, known: Known, language: Language) -> tuple[str, ...]:
    """At most MOST distinct terms, in order of first appearance; `known` is the Thai dictionary."""
    found: dict[str, None] = {}
    before = ""
    for word, kind in _words(tokens, known, foreign=language == "other"):
        if kind is TokenKind.NUMBER:
            if before and _MODEL_NUMBER.fullmatch(word) and not _DIGIT.search(before):
                found[f"{before} {word}"] = None
            before = ""
        elif not word:
            before = ""
        elif kind in (TokenKind.HASHTAG, TokenKind.CASHTAG):
            found[word] = None
            before = ""
        else:
            if _stands_alone(word, kind):
                found[word] = None
            if before and before != word:
                found[f"{before} {word}"] = None
            before = word
        if len(found) >= MOST:
            break
    return tuple(found)[:MOST]


def _stands_alone(word: str, kind: TokenKind) -> bool:
    return kind is not TokenKind.THAI or len(word) > _FRAGMENT or word in short_words()


def _words(
    tokens: Sequence[Token], known: Known, *, foreign: bool
) -> Iterator[tuple[str, TokenKind]]:
    """Each token folded, "" for what breaks a phrase; what stands inside one is left out."""
    shortest = _SHORTEST_FOREIGN if foreign else _SHORTEST
    for text, kind in whole(tokens):
        if kind is TokenKind.THAI:
            folded = _thai_word(text)
            yield ("" if len(folded) <= _FRAGMENT and not known(folded) else folded), kind
        elif kind is TokenKind.WORD:
            word = _word(text, shortest)
            if word is not None:
                yield word, kind
        elif kind in (TokenKind.HASHTAG, TokenKind.CASHTAG):
            yield text.casefold(), kind
        elif kind is TokenKind.NUMBER:
            yield text, kind
        else:
            yield "", kind


@lru_cache(maxsize=_REMEMBERED)
def _thai_word(text: str) -> str:
    """The word folded, "" when it names nothing."""
    folded = _TRIPLED.sub(r"\1", text)
    if not _SHORTEST <= len(folded) <= _LONGEST or not _CONSONANT.search(folded):
        return ""
    return "" if folded in stop_words() else folded


@lru_cache(maxsize=_REMEMBERED)
def _word(text: str, shortest: int) -> str | None:
    """The word folded, "" when it names nothing; None for an 's."""
    folded = text.casefold().strip("'’-_").rstrip("." if text.count(".") == 1 else "")
    if folded in _CLITICS:
        return None
    return "" if folded in stop_words() or _is_odd(folded, shortest) else folded


def _is_odd(word: str, shortest: int) -> bool:
    if not shortest <= len(word) <= _LONGEST or _TRIPLED.search(word) or _ODD.search(word):
        return True
    if _AMOUNT.fullmatch(word):
        return True
    return len(word) > _LONGEST_UNSPACED and bool(_UNSPACED.search(word))
