"""The tree that a query is parsed into, and how it is printed again.

Every node is a frozen value. `And` and `Or` are flat: neither holds a node of its own
kind. Words keep the spelling that the user gave them; they are folded when compiled.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import regex

Comparison = Literal["<", "<=", "=", ">=", ">"]
FieldName = Literal["lang", "platform", "author", "label", "kind"]

OPERATORS = ("OR", "AND", "NOT")


class _Printed:
    """Nodes print themselves as the query that parses to them."""

    __slots__ = ()

    def __str__(self) -> str:
        return to_text(self)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Term(_Printed):
    """A word or a phrase, looked for in the text."""

    text: str


@dataclass(frozen=True, slots=True)
class Near(_Printed):
    """`words` in any order, with at most `distance` other words among them."""

    words: tuple[str, ...]
    distance: int


@dataclass(frozen=True, slots=True)
class Hashtag(_Printed):
    """`#name`, the whole tag."""

    name: str


@dataclass(frozen=True, slots=True)
class Cashtag(_Printed):
    """`$name`, a ticker in the text."""

    name: str


@dataclass(frozen=True, slots=True)
class Handle(_Printed):
    """`@name`, an account spoken to or about in the text."""

    name: str


@dataclass(frozen=True, slots=True)
class Field(_Printed):
    """A condition on what is known of the mention beside its text."""

    name: FieldName
    value: str


@dataclass(frozen=True, slots=True)
class Followers(_Printed):
    """A condition on the author's number of followers."""

    comparison: Comparison
    count: int


@dataclass(frozen=True, slots=True)
class HasLink(_Printed):
    """The text contains a web address."""


@dataclass(frozen=True, slots=True)
class Not(_Printed):
    """Everything that `part` does not accept."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class And(_Printed):
    """What all the parts accept."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or(_Printed):
    """What at least one of the parts accepts."""

    parts: tuple["Node", ...]


Leaf = Term | Near | Hashtag | Cashtag | Handle | Field | Followers | HasLink
Node = Leaf | Not | And | Or


def all_of(parts: Iterable[Node]) -> Node:
    """The conjunction of at least one part, kept flat."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) else (part,))
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(parts: Iterable[Node]) -> Node:
    """The disjunction of at least one part, kept flat."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Or) else (part,))
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def walk(node: Node) -> Iterator[tuple[Node, int]]:
    """Every node with its depth (the root's is 0), without recursion: the tree may be hostile."""
    waiting = [(node, 0)]
    while waiting:
        current, depth = waiting.pop()
        yield current, depth
        if isinstance(current, Not):
            waiting.append((current.part, depth + 1))
        elif isinstance(current, And | Or):
            waiting.extend((part, depth + 1) for part in reversed(current.parts))


def asks_for_something(node: Node) -> bool:
    """Whether everything the query accepts has something that it names.

    `-giveaway` and `apple OR -giveaway` accept whatever does not mention a giveaway, which
    is nearly everything.
    """
    return _asks(node, positive=True)


def _asks(node: Node, *, positive: bool) -> bool:
    if isinstance(node, Not):
        return _asks(node.part, positive=not positive)
    if isinstance(node, And | Or):
        parts = (_asks(part, positive=positive) for part in node.parts)
        return any(parts) if isinstance(node, And) is positive else all(parts)
    return positive


# What can stand without quotation marks: letters, digits and emoji, joined by a few signs.
_BARE = regex.compile(
    r"[\p{L}\p{N}\p{So}](?:[\p{L}\p{M}\p{N}\p{So}_&'+./-]*[\p{L}\p{M}\p{N}\p{So}])?\p{M}*"
)


def to_text(node: Node) -> str:
    """The query in its own syntax; `parse` makes the same tree of it."""
    match node:
        case And(parts):
            return " ".join(_group(part, Or) for part in parts)
        case Or(parts):
            return " OR ".join(to_text(part) for part in parts)
        case Not(part):
            return f"-{_group(part, And, Or)}"
        case _:
            return _leaf_text(node)


def _group(node: Node, *kinds: type[And] | type[Or]) -> str:
    """The node's text, in parentheses when it is one of the kinds."""
    return f"({to_text(node)})" if isinstance(node, kinds) else to_text(node)


def _leaf_text(node: Leaf) -> str:
    match node:
        case Term(text):
            return _word(text)
        case Near(words, distance):
            return f"{_quoted(' '.join(words))}~{distance}"
        case Hashtag(name):
            return f"#{name}"
        case Cashtag(name):
            return f"${name}"
        case Handle(name):
            return f"@{name}"
        case Field(name, value):
            return f"{name}:{_word(value)}"
        case Followers(comparison, count):
            return f"followers{comparison}{count}"
        case HasLink():
            return "has:link"


def _word(text: str) -> str:
    return text if _BARE.fullmatch(text) and text not in OPERATORS else _quoted(text)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
