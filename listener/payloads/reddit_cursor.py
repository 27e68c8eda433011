"""Where we are in Reddit's listings, what was told of them, and what a page changes in it. Pure.

Times are in seconds, as Reddit's are.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field

import orjson

from listener.model import Folding, FoldingKind, Mention
from listener.payloads.reddit import PLATFORM, Thing

# What a moderator lets through late takes the place at which it was written.
REWIND = 600
_VERSION = 1
_KNOWN = 5000  # mentions that are looked at again


@dataclass(slots=True)
class Place:
    """Where we are in a line: its `newest` second, and what was `told` near it, written when."""

    newest: int
    told: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """A mention that was told: when it was written, last edited, and last looked at."""

    created: int
    edited: int
    checked: int


@dataclass(slots=True)
class Basket:
    """What is collected for the next batch."""

    mentions: list[Mention] = field(default_factory=list)
    foldings: list[Folding] = field(default_factory=list)
    refused: int = 0


@dataclass(slots=True)
class State:
    """All that the cursor holds."""

    places: dict[str, Place] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)

    @classmethod
    def recall(cls, cursor: str | None) -> "State":
        """The state of a cursor; an empty one if it cannot be read."""
        try:
            stored = orjson.loads(cursor or "null")
            if stored["version"] != _VERSION:
                return cls()
            return cls(
                {
                    str(key): Place(
                        int(place["newest"]),
                        {str(name): int(at) for name, at in place["told"].items()},
                    )
                    for key, place in stored["places"].items()
                },
                {str(name): Known(*map(int, at)) for name, at in stored["known"].items()},
            )
        except (orjson.JSONDecodeError, ValueError, TypeError, KeyError, AttributeError):
            return cls()

    def cursor(self, lines: AbstractSet[str]) -> str:
        """The cursor; of places, those of these lines."""
        stored = {
            "version": _VERSION,
            "places": {key: asdict(one) for key, one in self.places.items() if key in lines},
            "known": {
                name: (known.created, known.edited, known.checked)
                for name, known in self.known.items()
            },
        }
        return orjson.dumps(stored).decode()

    def take(
        self,
        line: str,
        things: Iterable[Thing],
        *,
        since: int,
        now: int,
        wanted: Callable[[Mention], bool],
    ) -> Basket:
        """What is new in a line, oldest first; a new line begins at `since`."""
        place, basket = self.places.setdefault(line, Place(since)), Basket()
        for thing in sorted(things, key=lambda thing: (thing.created, thing.native_id)):
            place.newest = max(place.newest, min(thing.created, now))
            name = thing.native_id
            if name in self.known:
                self._follow(thing, basket, now)
            elif name in place.told:
                continue
            elif thing.mention and wanted(thing.mention):
                basket.mentions.append(thing.mention)
                self.known[name] = Known(thing.created, thing.edited, now)
            elif thing.gone:  # the store may know it all the same, from a feed
                basket.foldings.append(_deletion(name, now, in_order=True))
            else:
                continue
            place.told[name] = thing.created
        near = place.newest - REWIND
        place.told = {name: created for name, created in place.told.items() if created >= near}
        return basket

    def due(self, *, oldest: int, checked: int) -> list[str]:
        """What was written after `oldest`, and not looked at since `checked`."""
        return [
            name
            for name, known in self.known.items()
            if known.created > oldest and known.checked <= checked
        ]

    def look_again(self, names: Sequence[str], things: Iterable[Thing], *, now: int) -> Basket:
        """What has become of known mentions; those that are as they were come with new scores.

        What Reddit does not speak of is left as it is: it may be hidden for a while only.
        """
        basket = Basket()
        for name in names:
            self.known[name].checked = now
        for thing in {thing.native_id: thing for thing in things}.values():
            if thing.native_id in names and self._follow(thing, basket, now) and thing.mention:
                basket.mentions.append(thing.mention)
        return basket

    def forget(self, oldest: int) -> None:
        """Let go of mentions that were written before `oldest`, and of more than can be known."""
        newest = sorted(self.known.items(), key=lambda item: item[1].created)[-_KNOWN:]
        self.known = {name: known for name, known in newest if known.created > oldest}

    def _follow(self, thing: Thing, basket: Basket, now: int) -> bool:
        """Tell what has become of a known mention. Whether its words are as they were."""
        known, name = self.known[thing.native_id], thing.native_id
        if thing.gone:
            basket.foldings.append(_deletion(name, now))
            del self.known[name]
        elif thing.edited > known.edited and thing.mention:
            at, text = thing.edited * 1000, thing.mention.text
            edit = Folding(FoldingKind.EDIT, PLATFORM, at, name, text=text, in_order=True)
            basket.foldings.append(edit)
            known.edited = thing.edited
        else:
            return True
        return False


def _deletion(name: str, now: int, *, in_order: bool | None = None) -> Folding:
    return Folding(FoldingKind.DELETE, PLATFORM, now * 1000, name, in_order=in_order)
