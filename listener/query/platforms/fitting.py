"""Queries of limited length, for platforms that know OR and parentheses.

A longer query is split where it says OR; all the pieces together are the query. Where
nothing says OR, conditions are left out.
"""

from collections.abc import Iterable, Iterator, Sequence

from listener.printable import printable
from listener.query.platforms.wanted import (
    NOTHING,
    AllOf,
    AnyOf,
    Wanted,
    all_of,
    any_of,
    grouped,
    stands_alone,
    written,
)

_OR = " OR "


class Fitting:
    """`longest` characters a query; `both` is how the platform says AND."""

    def __init__(self, longest: int, both: str = " ") -> None:
        self._longest = longest
        self._both = both
        self.left_out: list[str] = []

    def queries(self, wanted: Wanted) -> tuple[str, ...]:
        """As few queries as it takes; `wanted` stands alone, and so does each of them."""
        if wanted is NOTHING:
            return ()
        fitting = dict.fromkeys(self._fitting(wanted))
        chunks = self._chunks(fitting, self._longest)
        return tuple(written(any_of(chunk), self._both) for chunk in chunks)

    def _fitting(self, wanted: Wanted) -> Iterator[Wanted]:
        """Alternatives, each short enough."""
        if isinstance(wanted, AnyOf):
            for part in wanted.parts:
                yield from self._fitting(part)
        elif isinstance(wanted, AllOf) and self._length(wanted) > self._longest:
            yield from self._split(wanted)
        else:
            yield wanted

    def _split(self, wanted: AllOf) -> Iterator[Wanted]:
        choices = [part for part in wanted.parts if isinstance(part, AnyOf)]
        for choice in sorted(choices, key=self._length, reverse=True):
            rest = [part for part in wanted.parts if part is not choice]
            taken = sum(len(grouped(part, self._both)) + len(self._both) for part in rest)
            room = self._longest - taken - len("()")
            if all(len(grouped(part, self._both)) <= room for part in choice.parts):
                for chunk in self._chunks(choice.parts, room):
                    yield all_of([*rest, any_of(chunk)])
                return
        yield from self._fitting(self._without_one(wanted))

    def _without_one(self, wanted: AllOf) -> Wanted:
        """Without the longest part that the rest can do without."""
        for part in sorted(wanted.parts, key=self._length, reverse=True):
            rest = all_of(other for other in wanted.parts if other is not part)
            if stands_alone(rest):
                self.left_out.append(
                    f"{printable(written(part, self._both), width=100)}: "
                    f"left out of a query that would be longer than {self._longest:,} characters"
                )
                return rest
        raise AssertionError("of several parts, one stands alone")

    def _chunks(self, parts: Iterable[Wanted], room: int) -> Iterator[Sequence[Wanted]]:
        """Parts that fit into the room when joined by OR."""
        chunk: list[Wanted] = []
        length = 0
        for part in parts:
            more = len(grouped(part, self._both)) + len(_OR)
            if chunk and length + more > room + len(_OR):
                yield chunk
                chunk, length = [], 0
            chunk.append(part)
            length += more
        if chunk:
            yield chunk

    def _length(self, wanted: Wanted) -> int:
        return len(written(wanted, self._both))
