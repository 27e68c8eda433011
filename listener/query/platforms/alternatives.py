"""Queries for platforms that know no OR: each alternative is asked by itself."""

from collections.abc import Sequence
from itertools import product

from listener.printable import printable
from listener.query.platforms.wanted import AllOf, AnyOf, Asked, Wanted, written

# Where several conditions with alternatives must all hold, alternatives multiply, and each
# costs a request at every poll.
MOST = 8

Alternative = tuple[Asked, ...]


class Alternatives:
    """`longest` characters a query; what does not fit, or multiplies too much, is left out."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self.left_out: list[str] = []

    def queries(self, wanted: Wanted) -> tuple[str, ...]:
        """A query for each alternative; every condition of `wanted` stands alone."""
        found = dict.fromkeys(map(self._line, self._of(wanted)))
        return tuple(found)

    def _of(self, wanted: Wanted) -> list[Alternative]:
        match wanted:
            case Asked():
                return [(wanted,)]
            case AnyOf(parts):
                return [found for part in parts for found in self._of(part)]
            case AllOf(parts):
                return self._combined(parts)
            case _:
                return []

    def _combined(self, parts: Sequence[Wanted]) -> list[Alternative]:
        combined: list[Alternative] = []
        for part, found in sorted(((part, self._of(part)) for part in parts), key=_count):
            if not combined:
                combined = found
            elif len(combined) == 1 or len(combined) * len(found) <= MOST:
                combined = [(*one, *other) for one, other in product(combined, found)]
            else:
                self._leave_out(part, f"it would take more than {MOST} queries")
        return combined

    def _line(self, alternative: Alternative) -> str:
        line = ""
        for asked in dict.fromkeys(alternative):
            longer = f"{line} {asked.text}" if line else asked.text
            if len(longer) > self._longest:
                self._leave_out(asked, f"the query has {self._longest} characters at most")
            else:
                line = longer
        return line

    def _leave_out(self, wanted: Wanted, why: str) -> None:
        self.left_out.append(f"{printable(written(wanted), width=100)}: left out, {why}")


def _count(found: tuple[Wanted, list[Alternative]]) -> int:
    return len(found[1])
