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
    has_exclusion,
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
        elif isinstance(wanted, AllOf) and len(written(wanted, self._both)) > self._longest:
            yield from self._split(wanted)
        else:
            yield wanted

    def _split(self, wanted: AllOf) -> Iterator[Wanted]:
        """Split at one of its choices; what does not fit beside that is left out."""
        sizes = {part: self._size(part) + len(self._both) for part in wanted.parts}
        savings = {part: max(0, sizes[part] - self._shortest(part)) for part in sizes}
        room = self._longest + len(self._both)
        alone = sum(map(stands_alone, sizes))
        for part in sorted(
            sizes, key=lambda part: (has_exclusion(part), sizes[part] - savings[part]), reverse=True
        ):
            choice = max(savings, key=lambda part: savings[part])
            rest = sum(sizes.values()) - sizes[choice]
            least = max(sizes[choice] - savings[choice], min(sizes[choice], self._longest // 2))
            if rest + least <= room:
                yield from self._split_at(choice, list(sizes), self._longest - rest)
                return
            if stands_alone(part):
                if alone == 1:
                    continue
                alone -= 1
            del sizes[part], savings[part]
            self._leave_out(part)
        yield from self._fitting(all_of(sizes))

    def _split_at(self, choice: Wanted, parts: list[Wanted], room: int) -> Iterator[Wanted]:
        if not isinstance(choice, AnyOf):
            yield all_of(parts)
            return
        rest = [part for part in parts if part is not choice]
        for chunk in self._chunks(choice.parts, room - len("()")):
            yield all_of([*rest, any_of(chunk)])

    def _shortest(self, part: Wanted) -> int:
        """The room it takes, with what is around it, when it is split as far as it goes."""
        if not isinstance(part, AnyOf):
            return self._size(part) + len(self._both)
        return max(map(self._size, part.parts)) + len("()") + len(self._both)

    def _leave_out(self, part: Wanted) -> None:
        self.left_out.append(
            f"{printable(written(part, self._both), width=100)}: "
            f"left out of a query of {self._longest:,} characters at most"
        )

    def _chunks(self, parts: Iterable[Wanted], room: int) -> Iterator[Sequence[Wanted]]:
        """Parts that fit into the room when joined by OR."""
        chunk: list[Wanted] = []
        length = 0
        for part in parts:
            more = self._size(part) + len(_OR)
            if chunk and length + more > room + len(_OR):
                yield chunk
                chunk, length = [], 0
            chunk.append(part)
            length += more
        if chunk:
            yield chunk

    def _size(self, wanted: Wanted) -> int:
        return len(grouped(wanted, self._both))
