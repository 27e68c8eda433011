"""Cutting a normalised text into tokens: Thai by newmm, the rest by spaCy, social marks kept whole.

Space is a boundary in both languages. So a chunk between spaces that holds a social mark is cut
by itself, the stretches of plain text between such chunks at once; what comes again (most of
English does) is remembered.
"""

import re
from collections.abc import Iterable, Sequence
from enum import Enum
from functools import lru_cache
from operator import itemgetter
from typing import Any

import regex

from nlp.newmm import BREAK, ThaiWords

_REMEMBERED = 50_000
_LONGEST_REMEMBERED = 40


class TokenKind(Enum):
    """What sort of thing a token is."""

    WORD = "word"
    THAI = "thai"
    NUMBER = "number"
    HASHTAG = "hashtag"
    CASHTAG = "cashtag"
    MENTION = "mention"
    LINK = "link"
    EMOJI = "emoji"
    MARK = "mark"  # punctuation, emoticons, anything else


# A piece of the text as it stands there. A bare pair: there are a hundred in a post.
Token = tuple[str, TokenKind]


class _ThaiTokens(dict[str, Token]):
    """The token of each Thai word, made once: most come again."""

    def __missing__(self, word: str) -> Token:
        if len(self) >= _REMEMBERED:
            self.clear()
        token = self[word] = (word, TokenKind.THAI)
        return token


_THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
_PIECES = regex.compile(
    rf"""
    (?P<link>(?:https?://|www\.)[^\s\u0e00-\u0e7f]*[^\s\u0e00-\u0e7f.,;:!?)\]}}'"”’>…]…?
        |(?<![a-z0-9.-])[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}}){{1,5}}/[^\s\u0e00-\u0e7f]*
        |(?<![a-z0-9_.+-])[a-z0-9_.+-]{{1,64}}@[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}}){{1,5}})
    |(?<!\w)(?P<mention>@[a-z0-9_]+(?:[.@-][a-z0-9_]+)*)
    |(?<![\w&])(?P<hashtag>\#[\w\p{{M}}]*[^\W\d][\w\p{{M}}]*)
    |(?<![\w$])(?P<cashtag>\$[a-z]{{1,6}}(?:[._-][a-z]{{1,2}})?)(?![\w$])
    |(?P<emoji>(?=\p{{Extended_Pictographic}}|\p{{Regional_Indicator}}|[0-9\#*]\ufe0f?\u20e3)
        (?![©®™])\X)
    |(?P<thai>[{_THAI}]+)
    """,
    regex.IGNORECASE | regex.VERBOSE,
)
_KINDS = {
    "link": TokenKind.LINK,
    "mention": TokenKind.MENTION,
    "hashtag": TokenKind.HASHTAG,
    "cashtag": TokenKind.CASHTAG,
    "emoji": TokenKind.EMOJI,
}
_NUMBER = re.compile(r"[\d๐-๙]+(?:[.,:/-][\d๐-๙]+)*%?")
_LETTER = re.compile(r"[^\W\d_]")
_SAYS = re.compile(r"[^\W_]")
_THAI_RUN = re.compile(f"([{_THAI}]+)")
# What a social mark has in it, or is; other characters are plain.
_MARKED = re.compile('[^ !"%-.0-?A-~\u0e01-\u0e5b“”‘’…–—•]')
_HASHTAG = re.compile("#[A-Za-z0-9_\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e4e]*")
_first = itemgetter(0)
# Characters after which, in such a chunk, only a Thai mark can continue a grapheme.
_PLAIN = re.compile("[\x21-\x7e\u0e01-\u0e5b“”‘’…–—•]*")
_THAI_MARK = frozenset("\u0e31\u0e33\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39\u0e3a") | frozenset(
    map(chr, range(0x0E47, 0x0E4F))
)
_CUT_OFF = "…"
# spaCy's rules take the square of the length; no word is as long as this.
_LONGEST_PIECE = 200
_ROUGHLY = re.compile(r"\w+|\W+")
_INFIX = r"—|–|--+|~|(?<=[A-Za-z0-9])/(?=[A-Za-z])|(?<=[A-Za-z])/(?=[0-9])"
_SIMPLE = re.compile(
    r"""([("“\[]?)([A-Za-z0-9]+|[A-Za-z]+(?:-[A-Za-z]+)+)"""
    r"""([,!?;:)"”\]]?|(?<=[a-z0-9])\.)"""
)


def whole(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens without the one that a platform cut off with a final …"""
    if not tokens:
        return tokens
    last = tokens[-1][0]
    if not last.endswith(_CUT_OFF):
        return tokens
    return tokens[:-2] if last == _CUT_OFF else tokens[:-1]


class Tokenizer:
    """Cuts texts; `words` are names that the Thai dictionary lacks and must not be split."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._thai = ThaiWords(words)
        self._thai_tokens = _ThaiTokens()
        self._english: _EnglishWords | None = None
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._chunk)
        self._remembered_piece = lru_cache(maxsize=_REMEMBERED)(self._piece)

    def tokens(self, text: str) -> list[Token]:
        """The tokens of a normalised text, in order; together they are the text without spaces."""
        if "www." in text.lower():
            return self._chunks(text)
        found: list[Token] = []
        at = 0
        while mark := _MARKED.search(text, at):
            start = text.rfind(" ", at, mark.start()) + 1 or at
            end = text.find(" ", mark.end())
            if start > at:
                found += self._plain(text[at:start])
            at = len(text) if end < 0 else end
            found += self._chunks(text[start:at])
        if at < len(text):
            found += self._plain(text[at:])
        return found

    def thai(self, *runs: str) -> list[str]:
        """The words of runs of Thai letters."""
        return [word for word in self._thai.words(runs) if word != BREAK]

    def knows(self, word: str) -> bool:
        """Whether a Thai word is in the dictionary."""
        return word in self._thai.known

    def _plain(self, text: str) -> list[Token]:
        """The tokens of a text without social marks: its runs of Thai letters are cut at once."""
        pieces = _THAI_RUN.split(text)
        if len(pieces) == 1:
            return self._pieces(text)
        words = self._thai.words(pieces[1::2])
        if not _THAI_MARK.isdisjoint(map(_first, words)):
            return self._chunks(text)  # which takes care of torn graphemes
        found = self._pieces(pieces[0]) if pieces[0] else []
        between = iter(pieces[2::2])
        thai = self._thai_tokens
        for word in words:
            if word != BREAK:
                found.append(thai[word])
            elif (piece := next(between)) != " ":
                found += self._pieces(piece)
        return found + self._pieces(pieces[-1]) if pieces[-1] else found

    def _pieces(self, text: str) -> list[Token]:
        """The tokens of a text without social marks and Thai letters."""
        found: list[Token] = []
        for piece in text.split():
            found += self._remembered_piece(piece)
        return found

    def _piece(self, piece: str) -> tuple[Token, ...]:
        found: list[Token] = []
        self._add_words(piece, found)
        return tuple(found)

    def _chunks(self, text: str) -> list[Token]:
        """The tokens of a text chunk by chunk."""
        found: list[Token] = []
        for chunk in text.split():
            # Links hardly come twice, long chunks (Thai) neither.
            once = len(chunk) > _LONGEST_REMEMBERED or chunk.startswith("http")
            found += self._chunk(chunk) if once else self._remembered(chunk)
        return found

    def _chunk(self, chunk: str) -> tuple[Token, ...]:
        if _HASHTAG.fullmatch(chunk) and _LETTER.search(chunk):
            return ((chunk, TokenKind.HASHTAG),)  # the most frequent mark, and never the same
        pieces: list[Token] = []
        at = 0
        for match in _PIECES.finditer(chunk):
            start, end = match.span()
            if start > at:
                self._add_words(chunk[at:start], pieces)
            name = match.lastgroup or ""
            if name == "thai":
                pieces += map(self._thai_tokens.__getitem__, self._thai.words([match[0]]))
            else:
                pieces.append((match[0], _KINDS[name]))
            at = end
        if at < len(chunk):
            self._add_words(chunk[at:], pieces)
        return tuple(_whole_graphemes(chunk, pieces))

    def _add_words(self, piece: str, pieces: list[Token]) -> None:
        if not _SAYS.search(piece):
            pieces.append((piece, TokenKind.MARK))
            return
        if _NUMBER.fullmatch(piece):
            pieces.append((piece, TokenKind.NUMBER))
            return
        if len(piece) > _LONGEST_PIECE:
            pieces += [(word, _kind_of(word)) for word in _ROUGHLY.findall(piece)]
            return
        if self._english is None:
            self._english = _EnglishWords()
        pieces += [(word, _kind_of(word)) for word in self._english.words(piece)]


def _kind_of(word: str) -> TokenKind:
    if word.isalpha():
        return TokenKind.WORD
    if _NUMBER.fullmatch(word):
        return TokenKind.NUMBER
    return TokenKind.WORD if _LETTER.search(word) else TokenKind.MARK


def _whole_graphemes(chunk: str, pieces: list[Token]) -> list[Token]:
    """The pieces, those joined that were cut inside a grapheme."""
    if _PLAIN.fullmatch(chunk) and _THAI_MARK.isdisjoint([text[0] for text, _ in pieces]):
        return pieces
    starts = {cluster.start() for cluster in regex.finditer(r"\X", chunk)}
    joined: list[Token] = []
    at = 0
    for text, kind in pieces:
        if joined and at not in starts:
            joined[-1] = (joined[-1][0] + text, joined[-1][1])
        else:
            joined.append((text, kind))
        at += len(text)
    return joined


class _EnglishWords:
    """spaCy's rules for English; other languages written with spaces go through the same."""

    def __init__(self) -> None:
        from spacy.lang.en import English
        from spacy.tokenizer import Tokenizer as SpacyTokenizer
        from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex
        from spacy.vocab import Vocab

        rules: Any = English.Defaults
        # spaCy cuts units off numbers (4 G, 5 s) and words at hyphens (wi - fi). In posts
        # such things are names.
        suffixes = [rule for rule in rules.suffixes if "km²" not in rule]
        infixes = [rule for rule in rules.infixes if ")(?:-|–" not in rule]
        self._irregular = frozenset(rules.tokenizer_exceptions)
        self._vocabulary = Vocab()  # without the shapes and norms that we do not use
        self._tokenizer = SpacyTokenizer(
            self._vocabulary,
            rules=rules.tokenizer_exceptions,
            prefix_search=compile_prefix_regex(rules.prefixes).search,
            suffix_search=compile_suffix_regex(suffixes).search,
            infix_finditer=compile_infix_regex([*infixes, _INFIX]).finditer,
        )

    def words(self, piece: str) -> list[str]:
        """The words of a piece without spaces."""
        if piece not in self._irregular:
            if piece.isalpha():
                return [piece]
            # Most of the rest: spaCy says the same, thirty times as slowly.
            simple = _SIMPLE.fullmatch(piece)
            if simple and self._irregular.isdisjoint((simple[2], simple[2] + simple[3])):
                return [part for part in simple.groups() if part]
        return self._by_rules(piece)

    def _by_rules(self, piece: str) -> list[str]:
        # What a memory zone saw is forgotten: the vocabulary does not grow with the stream.
        with self._vocabulary.memory_zone():
            return [token.text for token in self._tokenizer(piece)]
