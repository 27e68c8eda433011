"""How platforms read what they are asked, naively: strict in form, generous in what they find.

A query that a platform would not take, or that holds more than the compilers may write, is
refused. Words are found whole, in any case and spelling; scripts without spaces are taken
letter by letter, as generous as a platform can be.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import regex

from listener.query import Document, matcher
from listener.query.literal import WORD_CHARS
from listener.query.normalise import fold, fold_word
from listener.query.tree import Cashtag, Field, Handle, Hashtag, HasLink
from listener.store.authors import AuthorKey

KEY = AuthorKey("a key of sixteen characters")
AUTHORS = ("barbq", "BarBQ", "someone-else")

COMMON = ("a", "an", "the", "or", '"or"', "and", '"and"', "to", "https", "www")

Verdict = Callable[[Document], bool]

_SPACED = "".join(map(regex.escape, sorted(WORD_CHARS)))
_TOKEN = regex.compile(rf"[{_SPACED}]+|[\p{{L}}\p{{M}}\p{{N}}]|\p{{So}}")
_WORD = r"[\p{L}\p{M}\p{N}]+"
_TAG = r"[\p{L}\p{M}\p{N}_]+"
_PHRASE = r'"(?:[\p{L}\p{M}\p{N}]+(?: [\p{L}\p{M}\p{N}]+)*|\p{So}\ufe0f?)"'


class RefusedError(Exception):
    """The platform would not take the query."""


def finds(asked: str, text: str) -> bool:
    """Whether the words are in the text, side by side."""
    sought = _TOKEN.findall(fold_word(asked))
    there = _TOKEN.findall(fold(text))
    if not sought:
        raise RefusedError(f"nothing to look for in {asked!r}")
    return any(there[at : at + len(sought)] == sought for at in range(len(there)))


def phrase(text: str) -> Verdict:
    return lambda document: finds(text.strip('"'), document.text)


def by(name: str) -> Verdict:
    def wrote(document: Document) -> bool:
        return any(
            author.lower() == name.lower()
            and document.author_id == KEY.author_id(document.platform, author)
            for author in AUTHORS
        )

    return wrote


class Boolean(ABC):
    """OR, AND, parentheses and, for X, a minus before single conditions."""

    def __init__(self, longest: int, both: str, *, minus: bool) -> None:
        self._longest = longest
        self._both = both
        self._token = regex.compile(
            rf"[()]|OR(?= )|AND(?= )|{'-?' if minus else ''}"
            rf'(?:{_PHRASE}|[#$@][^\s()"]+|[a-z]+:(?:"[^"]*"|[^\s()"]+)|{_WORD})(?=[ )]|$)'
        )

    def read(self, query: str) -> Verdict:
        if not 0 < len(query) <= self._longest:
            raise RefusedError(f"{len(query)} characters")
        self._tokens: list[str] = []
        at = 0
        while at < len(query):
            found = self._token.match(query, at)
            if found is None:
                raise RefusedError(f"not understood: {query[at:]!r}")
            self._tokens.append(found[0])
            at = found.end() + (query[found.end() : found.end() + 1] == " ")
        verdict, alone, _ = self._either()
        if self._tokens:
            raise RefusedError(f"left over: {self._tokens}")
        if not alone:
            raise RefusedError("nothing in it stands alone")
        return verdict

    def _either(self) -> tuple[Verdict, bool, bool]:
        parts = [self._all()]
        while self._tokens and self._tokens[0] == "OR":
            del self._tokens[0]
            parts.append(self._all())
        if len(parts) > 1 and any(excludes and not alone for _, alone, excludes in parts):
            raise RefusedError("a side of OR only excludes")
        verdicts = [verdict for verdict, _, _ in parts]
        return (
            lambda document: any(verdict(document) for verdict in verdicts),
            all(alone for _, alone, _ in parts),
            any(excludes for _, _, excludes in parts),
        )

    def _all(self) -> tuple[Verdict, bool, bool]:
        parts = [self._one()]
        while self._tokens and self._tokens[0] not in ("OR", ")"):
            if self._both and self._tokens.pop(0) != self._both:
                raise RefusedError("two conditions with nothing between them")
            parts.append(self._one())
        verdicts = [verdict for verdict, _, _ in parts]
        return (
            lambda document: all(verdict(document) for verdict in verdicts),
            any(alone for _, alone, _ in parts),
            any(excludes for _, _, excludes in parts),
        )

    def _one(self) -> tuple[Verdict, bool, bool]:
        token = self._tokens.pop(0) if self._tokens else ")"
        if token == "(":
            found = self._either()
            if not self._tokens or self._tokens.pop(0) != ")":
                raise RefusedError("a parenthesis is open")
            return found
        if token in (")", "OR", "AND"):
            raise RefusedError(f"unexpected {token}")
        excludes = token.startswith("-")
        verdict, alone = self.condition(token.removeprefix("-"))
        if excludes:
            return (lambda document: not verdict(document)), False, True
        return verdict, alone, False

    @abstractmethod
    def condition(self, token: str) -> tuple[Verdict, bool]:
        """What a single condition accepts, and whether it may stand alone."""


class X(Boolean):
    def __init__(self, longest: int) -> None:
        super().__init__(longest, "", minus=True)

    def condition(self, token: str) -> tuple[Verdict, bool]:
        name, _, value = token.partition(":")
        if token == "has:links":
            return matcher(HasLink()), False
        if token == "is:retweet":
            return (lambda document: document.kind == "repost"), False
        if name == "lang" and value in ("th", "en"):
            return matcher(Field("lang", value)), False
        if name == "from" and regex.fullmatch("[a-z0-9_]{1,15}", value):
            return by(value), True
        if regex.fullmatch(rf"#{_TAG}", token):
            return matcher(Hashtag(token[1:])), True
        if regex.fullmatch(r"\$[a-z]{1,6}([._][a-z]{1,2})?", token):
            return matcher(Cashtag(token[1:])), True
        if regex.fullmatch(r"@[a-z0-9_]{1,15}", token):
            return matcher(Handle(token[1:])), True
        if regex.fullmatch(rf"{_PHRASE}|{_WORD}", token):
            return phrase(token), token not in COMMON
        raise RefusedError(f"no such condition: {token}")


class Reddit(Boolean):
    def __init__(self) -> None:
        super().__init__(512, "AND", minus=False)

    def condition(self, token: str) -> tuple[Verdict, bool]:
        if found := regex.fullmatch(r'author:"([A-Za-z0-9_-]{3,20})"', token):
            return by(found[1]), True
        if regex.fullmatch(rf"{_PHRASE}|{_WORD}", token):
            return phrase(token), True
        raise RefusedError(f"no such condition: {token}")


def side_by_side(query: str, *, tags: bool, longest: int = 400) -> Verdict:
    """Words, phrases and tags, all of which must be there: Mastodon and Bluesky."""
    found = regex.findall(rf"{_PHRASE}|#{_TAG}|{_WORD}", query)
    if " ".join(found) != query or not 0 < len(query) <= longest:
        raise RefusedError(query)
    if not tags and any(part.startswith("#") for part in found):
        raise RefusedError(query)
    verdicts = [
        matcher(Hashtag(part[1:])) if part.startswith("#") else phrase(part) for part in found
    ]
    return lambda document: all(verdict(document) for verdict in verdicts)


def youtube(query: str) -> Verdict:
    """Groups of words joined by |, of each of which one must be there."""
    groups = [group.split("|") for group in query.split(" ")]
    if not 0 < len(query) <= 400 or any(
        not regex.fullmatch(_WORD, word) for group in groups for word in group
    ):
        raise RefusedError(query)

    def accepts(document: Document) -> bool:
        return all(any(finds(word, document.text) for word in group) for group in groups)

    return accepts


def news(query: str) -> Verdict:
    """Either all joined by OR, or all side by side; never both."""
    parts: Sequence[str] = query.split(" OR ")
    if len(parts) == 1:
        return side_by_side(query, tags=False, longest=1_000)
    verdicts = []
    for part in parts:
        if not regex.fullmatch(rf"{_PHRASE}|{_WORD}", part) or len(query) > 1_000:
            raise RefusedError(query)
        verdicts.append(phrase(part))
    return lambda document: any(verdict(document) for verdict in verdicts)


READERS: dict[str, Callable[[str], Verdict]] = {
    "x": lambda query: X(1_024).read(query),
    "x-search": lambda query: X(512).read(query),
    "reddit": lambda query: Reddit().read(query),
    "mastodon": lambda query: side_by_side(query, tags=True),
    "bluesky": lambda query: side_by_side(query, tags=True),
    "youtube": youtube,
    "news": news,
}
