"""What is wanted of a platform: conditions that it understands, joined by all-of and any-of.

No exclusion is left over a group: it is pushed down to single conditions, since platforms
can exclude no more than those. What a platform cannot be asked is EVERY, which accepts
everything; what it cannot have is NOTHING.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Asked:
    """One condition in the platform's own words.

    `alone`: the platform takes it as a query of its own. `excludes`: it holds for what does
    not have something.
    """

    text: str
    alone: bool = True
    excludes: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """What all the parts hold for."""

    parts: "tuple[Wanted, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """What at least one of the parts holds for."""

    parts: "tuple[Wanted, ...]"


class Constant(Enum):
    """What holds for everything, or for nothing."""

    EVERY = "everything"
    NOTHING = "nothing"


EVERY, NOTHING = Constant.EVERY, Constant.NOTHING
Wanted = Asked | AllOf | AnyOf | Constant


def all_of(parts: Iterable[Wanted]) -> Wanted:
    """The conjunction, flat and without repetition."""
    flat: dict[Wanted, None] = {}
    for part in parts:
        flat |= dict.fromkeys(part.parts if isinstance(part, AllOf) else (part,))
    flat.pop(EVERY, None)
    if NOTHING in flat:
        return NOTHING
    return next(iter(flat), EVERY) if len(flat) < 2 else AllOf(tuple(flat))


def any_of(parts: Iterable[Wanted]) -> Wanted:
    """The disjunction, flat and without repetition."""
    flat: dict[Wanted, None] = {}
    for part in parts:
        flat |= dict.fromkeys(part.parts if isinstance(part, AnyOf) else (part,))
    flat.pop(NOTHING, None)
    if EVERY in flat:
        return EVERY
    return next(iter(flat), NOTHING) if len(flat) < 2 else AnyOf(tuple(flat))


def stands_alone(wanted: Wanted) -> bool:
    """Whether the platform takes it as a query: it names something, whichever way it is met."""
    match wanted:
        case Asked(_, alone):
            return alone
        case AllOf(parts):
            return any(map(stands_alone, parts))
        case AnyOf(parts):
            return all(map(stands_alone, parts))
        case Constant():
            return False


def has_exclusion(wanted: Wanted) -> bool:
    """Whether a part of it excludes something."""
    match wanted:
        case Asked():
            return wanted.excludes
        case AllOf(parts) | AnyOf(parts):
            return any(map(has_exclusion, parts))
        case Constant():
            return False


def written(wanted: Wanted, both: str = " ") -> str:
    """The text in the syntax that most platforms share; `both` joins what must all hold."""
    match wanted:
        case Asked(text):
            return text
        case AllOf(parts):
            return both.join(grouped(part, both) for part in parts)
        case AnyOf(parts):
            return " OR ".join(grouped(part, both) for part in parts)
        case Constant():
            return wanted.value


def grouped(wanted: Wanted, both: str = " ") -> str:
    """The text, in parentheses if it is of several parts."""
    text = written(wanted, both)
    return f"({text})" if isinstance(wanted, AllOf | AnyOf) else text
