"""Lists of an account at Meta, newest first, read from the top down to what is known.

Whoever follows a list remembers a time, the `floor`, and the ids at or after it: an item is new
if it is not older than the floor and not among those. So nothing is lost when items are added,
or vanish, while one reads.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from listener.model import Mention
from listener.payloads.meta import identity, moment
from listener.source import Batch, Gap

PAGES = 20  # of one list in one poll
_TOLD = 100  # ids of one list


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of a list; `more` may follow."""

    items: Sequence[Mapping[str, Any]]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """How far a list is read: a time (UTC ms), and ids. `state`: what its post said of it then."""

    floor: int = 0
    told: tuple[str, ...] = ()
    state: str = ""


def alone(item: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """An item with which no others hang together."""
    return (item,)


@dataclass(frozen=True, slots=True)
class Edge:
    """A list to follow. Times in ms.

    `parse` makes a mention of an item, or None; `when` is the field of its time; `flat` gives
    all that hangs together with one. An item may come `rewind` later than the newest one, and
    something new may hang at one that is `depth` older than all that.
    """

    path: str
    parameters: Mapping[str, str]
    when: str
    parse: Callable[[Mapping[str, Any]], Mention | None]
    rewind: int
    depth: int = 0
    flat: Callable[[Mapping[str, Any]], Iterable[Mapping[str, Any]]] = alone


def walked(leaves: Iterable[Leaf], edge: Edge, place: Place, *, now: int) -> tuple[Batch, Place]:
    """What is new in a list (a batch without its cursor), and how far it is read then.

    What lies between what is known and the last of so many pages is told as a gap; when nothing
    was known yet, it is the past, and left alone.
    """
    seen: dict[str, tuple[int, Mention | None]] = {}
    refused, whole, oldest = 0, True, now
    for leaf in leaves:
        times = [at for item in leaf.items if (at := moment(item.get(edge.when))) is not None]
        oldest = min([oldest, *times])
        for item in leaf.items:
            for one in edge.flat(item):
                native_id, at = identity(one.get("id")), moment(one.get(edge.when))
                if native_id is None or at is None:
                    refused += 1
                else:
                    seen.setdefault(native_id, (at, edge.parse(one)))
        whole = not leaf.more
        # Should a list begin with its oldest, all of it is read.
        if times and times[-1] <= times[0] and oldest < place.floor - edge.depth:
            whole = True
            break
    news = sorted(
        (at, native_id)
        for native_id, (at, _) in seen.items()
        if at >= place.floor and native_id not in place.told
    )
    mentions = (seen[native_id][1] for _, native_id in news)
    gaps: tuple[Gap, ...] = ()
    if not whole and place.floor:
        gaps = (Gap(place.floor, max(place.floor, oldest), "more came than one poll reads"),)
    fresh = tuple(mention for mention in mentions if mention)
    return Batch("", fresh, refused=refused, gaps=gaps), _moved(place, edge, seen, now)


def _moved(
    place: Place, edge: Edge, seen: Mapping[str, tuple[int, Mention | None]], now: int
) -> Place:
    """The floor rises to `rewind` below the newest; a time ahead of ours must not raise it."""
    times = sorted((at for at, _ in seen.values()), reverse=True)
    newest = min(times[0], now) if times else 0
    floor = max(place.floor, newest - edge.rewind)
    if sum(at >= floor for at in times) > _TOLD:
        floor = max(floor, min(times[_TOLD - 1], now))
    told = tuple(sorted(native_id for native_id, (at, _) in seen.items() if at >= floor))
    return replace(place, floor=floor, told=told)
