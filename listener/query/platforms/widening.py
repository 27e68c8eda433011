"""From a query to what a platform can be asked, always wider, with what is lost in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from listener.printable import printable
from listener.query.normalise import normalise
from listener.query.platforms.compiled import Compiled
from listener.query.platforms.wanted import (
    EVERY,
    NOTHING,
    AnyOf,
    Wanted,
    all_of,
    any_of,
    has_exclusion,
    stands_alone,
    written,
)
from listener.query.tree import And, Field, Leaf, Node, Not, Or

NOTHING_ACCEPTED = "The query accepts nothing from {}."
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """What is asked for one condition of a query.

    `weaker` says how it accepts more than the condition; `missed`, where the platform may
    find less than the local matcher.
    """

    wanted: Wanted
    weaker: str | None = None
    missed: str | None = None


class Dialect(Protocol):
    """How one platform is asked; `name` is that of `platform:`."""

    name: str
    title: str

    def ask(self, leaf: Leaf) -> Answer:
        """What holds for everything that the condition accepts."""
        ...

    def exclude(self, leaf: Leaf) -> Answer:
        """What holds for everything that the condition does not accept."""
        ...


class Form(Protocol):
    """The form of a platform's queries, and what did not fit into it."""

    left_out: list[str]

    def queries(self, wanted: Wanted) -> tuple[str, ...]:
        """The queries that together ask for all of it."""
        ...


class Widening:
    """One query on its way to one platform, and the notes taken."""

    def __init__(self, node: Node, dialect: Dialect) -> None:
        self._dialect = dialect
        self.widened: list[str] = []
        self.missed: list[str] = []
        self.wanted = self._asked(node)

    def compiled(self, queries: Sequence[str]) -> Compiled:
        """The queries with all notes."""
        return Compiled(
            tuple(queries), tuple(dict.fromkeys(self.widened)), tuple(dict.fromkeys(self.missed))
        )

    def asked_as(self, form: Form) -> Compiled:
        """What is asked, in the platform's form of a query, with all notes."""
        if unasked := self.unasked():
            return unasked
        queries = form.queries(self.wanted)
        self.widened += form.left_out
        return self.compiled(queries)

    def unasked(self) -> Compiled | None:
        """The answer when the platform cannot be asked at all."""
        if self.wanted is NOTHING:
            return Compiled((), unasked=NOTHING_ACCEPTED.format(self._dialect.title))
        if stands_alone(self.wanted):
            return None
        parts = self.wanted.parts if isinstance(self.wanted, AnyOf) else (self.wanted,)
        weak = next(written(part) for part in parts if not stands_alone(part))
        what = "the query, or a side of an OR in it," if self.wanted is EVERY else weak
        return Compiled(
            (),
            tuple(dict.fromkeys(self.widened)),
            unasked=f"{self._dialect.title} must be asked for something that it can look for, "
            f"and {what} names no such thing.",
        )

    def _asked(self, node: Node) -> Wanted:
        match node:
            case And(parts):
                return all_of([self._asked(part) for part in parts])
            case Or(parts):
                return self._either(node, parts)
            case Not(part):
                return self._excluded(part)
            case Field("platform", value):
                return EVERY if normalise(value) == self._dialect.name else NOTHING
            case _:
                return self._noted(node, self._dialect.ask(node))

    def _excluded(self, node: Node) -> Wanted:
        match node:
            case And(parts):
                return self._either(Not(node), [Not(part) for part in parts])
            case Or(parts):
                return all_of([self._excluded(part) for part in parts])
            case Not(part):
                return self._asked(part)
            case Field("platform", value):
                return NOTHING if normalise(value) == self._dialect.name else EVERY
            case _:
                return self._noted(Not(node), self._dialect.exclude(node))

    def _either(self, node: Node, parts: Sequence[Node]) -> Wanted:
        """One condition that cannot be asked makes the others useless, and their notes."""
        widened, missed = len(self.widened), len(self.missed)
        wanted = [self._asked(part) for part in parts]
        for part, one in zip(parts, wanted, strict=True):
            if one is EVERY or (has_exclusion(one) and not stands_alone(one)):
                del self.widened[widened:], self.missed[missed:]
                self.widened.append(
                    f"{_short(node)}: judged here, since {_short(part)} cannot be asked"
                )
                return EVERY
        return any_of(wanted)

    def _noted(self, node: Node, answer: Answer) -> Wanted:
        if answer.weaker:
            self.widened.append(f"{_short(node)}: {answer.weaker}")
        if answer.missed:
            self.missed.append(answer.missed)
        return answer.wanted


def _short(node: Node) -> str:
    return printable(str(node), width=_WIDTH)
