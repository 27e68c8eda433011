"""Cutting a normalised text into tokens: Thai by newmm, the rest by spaCy, social marks kept whole.

Space is a boundary in both languages, so a chunk between spaces is cut by itself, and chunks
that come again (most of English does) are remembered.
"""

import hashlib
import re
import tempfile
from collections.abc import Iterable, Sequence
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

import regex

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
# Characters after which, in such a chunk, only a Thai mark can continue a grapheme.
_PLAIN = re.compile("[\x21-\x7e\u0e01-\u0e5b“”‘’…–—•]*")
_THAI_MARK = frozenset("\u0e31\u0e33\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39\u0e3a") | frozenset(
    map(chr, range(0x0E47, 0x0E4F))
)
# nlpo3 1.4 takes time that grows with the square of a run; and with safe=True, its remedy, it
# repeats the beginning of a run of 140 letters or more in place of the rest.
_WINDOW = 120
_DOUBTFUL = 3
_CUT_OFF = "…"
# spaCy's rules take the square of the length; no word is as long as this.
_LONGEST_PIECE = 200
_ROUGHLY = re.compile(r"\w+|\W+")
_INFIX = r"—|–|--+|~|(?<=[A-Za-z0-9])/(?=[A-Za-z])|(?<=[A-Za-z])/(?=[0-9])"
_TRIPLED = re.compile(r"(.)\1\1")


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
        self._thai = _ThaiWords(words)
        self._english: _EnglishWords | None = None
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._chunk)

    def tokens(self, text: str) -> list[Token]:
        """The tokens of a normalised text, in order; together they are the text without spaces."""
        found: list[Token] = []
        for chunk in text.split():
            # Links hardly come twice, long chunks (Thai) neither.
            once = len(chunk) > _LONGEST_REMEMBERED or chunk.startswith("http")
            found.extend(self._chunk(chunk) if once else self._remembered(chunk))
        return found

    def thai(self, run: str) -> list[str]:
        """The words of a run of Thai letters."""
        return self._thai.words(run)

    def knows(self, word: str) -> bool:
        """Whether a Thai word is in the dictionary."""
        return word in self._thai.known

    def _chunk(self, chunk: str) -> tuple[Token, ...]:
        pieces: list[Token] = []
        at = 0
        for match in _PIECES.finditer(chunk):
            start, end = match.span()
            if start > at:
                self._add_words(chunk[at:start], pieces)
            name = match.lastgroup or ""
            if name == "thai":
                pieces += [(word, TokenKind.THAI) for word in self._thai.words(match[0])]
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


class _ThaiWords:
    """newmm (maximal matching over a dictionary, within Thai character clusters) by nlpo3."""

    def __init__(self, words: Iterable[str]) -> None:
        import nlpo3
        from pythainlp.corpus import thai_words

        own = sorted({word.strip() for word in words if word.strip()})
        self.known = frozenset(thai_words()) | frozenset(own)
        # nlpo3 keeps its dictionaries by name for the life of the process.
        self._name = "krasae-" + hashlib.sha256("\n".join(own).encode()).hexdigest()[:16]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "words.txt"
            path.write_text("\n".join(sorted(self.known)), "utf-8")
            nlpo3.load_dict(str(path), self._name)
        self._segment = nlpo3.segment

    def words(self, run: str) -> list[str]:
        """The words of a run of Thai letters; มากกก is cut as มาก is."""
        if not _TRIPLED.search(run):
            return self._cut(run)
        letters: list[str] = []
        lengths: list[int] = []
        for match in re.finditer(r"(.)\1\1|.", run):
            letters.append(match[0][0])
            lengths.append(len(match[0]))
        found = []
        at = 0
        for word in self._cut("".join(letters)):
            end = at + len(word)
            found.append("".join(letters[i] * lengths[i] for i in range(at, end)))
            at = end
        return found

    def _cut(self, run: str) -> list[str]:
        """newmm in windows of our own; only the last words of a window may look otherwise
        without what follows, and begin the next one."""
        found: list[str] = []
        while len(run) > _WINDOW:
            words = self._segment(run[:_WINDOW], self._name, False)
            words = words[:-_DOUBTFUL] or words
            found += words
            run = run[sum(map(len, words)) :]
        found += self._segment(run, self._name, False)
        return found


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
        if piece.isalpha() and piece not in self._irregular:
            return [piece]
        # What a memory zone saw is forgotten: the vocabulary does not grow with the stream.
        with self._vocabulary.memory_zone():
            return [token.text for token in self._tokenizer(piece)]
