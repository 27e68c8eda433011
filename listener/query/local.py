"""A query compiled to a function over one mention."""

import operator
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from listener.errors import SettingsError
from listener.query.document import Document
from listener.query.literal import literal, word
from listener.query.nearness import near
from listener.query.normalise import fold, normalise
from listener.query.tree import (
    And,
    Cashtag,
    Comparison,
    Field,
    Followers,
    Handle,
    Hashtag,
    HasLink,
    Near,
    Node,
    Not,
    Or,
    Term,
)

if TYPE_CHECKING:
    from listener.store.authors import AuthorKey

# Whether a mention, whose folded text comes first, is accepted.
Predicate = Callable[[str, Document], bool]

_LINK = re.compile(r"https?://\S|(?<![a-z0-9@.])(?:www\.[a-z0-9]|(?:[a-z0-9-]+\.)+[a-z]{2,}/\S)")


def matcher(node: Node, key: "AuthorKey | None" = None) -> Callable[[Document], bool]:
    """Whether a mention is what the query asks for.

    `author:` needs the workspace's author key; without it, SettingsError.
    """
    accepts = compiled(node, key)
    return lambda document: accepts(fold(document.text), document)


def compiled(node: Node, key: "AuthorKey | None" = None) -> Predicate:
    """Like `matcher`, for a text that is folded once for many queries."""
    match node:
        case And(parts):
            return _all([compiled(part, key) for part in _cheapest_first(parts)])
        case Or(parts):
            return _any([compiled(part, key) for part in _cheapest_first(parts)])
        case Not(part):
            accepts = compiled(part, key)
            return lambda folded, document: not accepts(folded, document)
        case Term() | Hashtag() | Cashtag() | Handle():
            return _literal(node)
        case Near(words, distance):
            literals = [word(text) for text in words]
            return lambda folded, _: near(literals, distance, folded)
        case Followers():
            return _followers(node)
        case HasLink():
            return lambda folded, _: _LINK.search(folded) is not None
        case Field():
            return _field(node, key)


def _all(parts: list[Predicate]) -> Predicate:
    def accepts(folded: str, document: Document) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would cost a third of the time
            if not part(folded, document):
                return False
        return True

    return accepts


def _any(parts: list[Predicate]) -> Predicate:
    def accepts(folded: str, document: Document) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would cost a third of the time
            if part(folded, document):
                return True
        return False

    return accepts


def _literal(node: Term | Hashtag | Cashtag | Handle) -> Predicate:
    found = literal(node)
    text, within = found.text, found.within
    return lambda folded, _: text in folded and within(folded)


def _followers(node: Followers) -> Predicate:
    compare, count = _COMPARE[node.comparison], node.count
    return lambda _, document: document.followers is not None and compare(document.followers, count)


def _field(node: Field, key: "AuthorKey | None") -> Predicate:
    value = normalise(node.value)
    match node.name:
        case "lang":
            return lambda _, document: _speaks(document.language, value)
        case "platform":
            return lambda _, document: normalise(document.platform) == value
        case "kind":
            return lambda _, document: document.kind == value
        case "label":
            return lambda _, document: value in map(normalise, document.labels)
        case "author":
            return _author(node.value, key)


def _speaks(language: str | None, wanted: str) -> bool:
    """Whether a language tag is of the language; Thai mixed with English is both."""
    if language is None:
        return False
    spoken = language.lower().replace("_", "-").partition("-")[0]
    return spoken == wanted or (spoken == "mixed" and wanted in ("th", "en"))


def _author(name: str, key: "AuthorKey | None") -> Predicate:
    if key is None:
        raise SettingsError(
            f"author:{name} needs a workspace: authors are kept under its key.",
            remedy="Run this inside a workspace, or leave author: out of the query.",
        )
    return lambda _, document: (
        document.author_id is not None
        and document.author_id == key.author_id(document.platform, name)
    )


def _cheapest_first(parts: Iterable[Node]) -> list[Node]:
    """Parts in the order of what they cost to look at; their order means nothing else."""
    return sorted(parts, key=lambda part: _COST.get(type(part), 2))


_COMPARE: dict[Comparison, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
_COST: dict[type, int] = {Field: 0, Followers: 0, Term: 1, Near: 3, And: 4, Or: 4}
