"""Where we are in Jetstream's events, and what is still to be searched for. Pure."""

import hashlib
from dataclasses import asdict, dataclass, replace

import orjson
from pydantic import SecretStr

from listener.fetch.addresses import plain
from listener.payloads.bluesky import Event

_VERSION = 1
_REWIND = 10_000_000  # us; two instances' clocks differ by less


@dataclass(frozen=True, slots=True)
class Past:
    """A time (ms) that is to be searched: which query is the `next`, and whether all was found.

    It is a `gap`, or else it was before we listened. Searching waits until `due` (ms).
    """

    since: int
    until: int
    next: int = 0
    whole: bool = True
    gap: bool = False
    due: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """Where we are in an instance's events: `at` (us), with the keys of those `seen` at it.

    `place` stands for the instance, `past` is what is to be searched for.
    """

    at: int
    place: str = ""
    seen: tuple[str, ...] = ()
    past: Past | None = None

    @classmethod
    def recall(cls, cursor: str | None) -> "State | None":
        """The state of a cursor, if it can be read."""
        try:
            stored = orjson.loads(cursor or "null")
            if stored.pop("version") != _VERSION:
                return None
            past = stored.get("past")
            return cls(
                int(stored["at"]),
                str(stored["place"]),
                tuple(stored["seen"]),
                Past(**past) if past else None,
            )
        except (orjson.JSONDecodeError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def cursor(self) -> str:
        """The cursor."""
        return orjson.dumps({"version": _VERSION, **asdict(self)}).decode()

    def after(self, event: Event) -> "State":
        """Where we are once this event is heard."""
        if event.at < self.at:
            return self
        seen = (*self.seen, event.key) if event.at == self.at else (event.key,)
        return State(event.at, self.place, seen, self.past)

    def at_instance(self, address: str | SecretStr) -> "State":
        """Where to begin at an instance: at another one a little earlier."""
        place = hashlib.blake2b(plain(address).encode(), digest_size=8).hexdigest()
        if self.place in ("", place):
            return replace(self, place=place)
        return replace(self, at=max(0, self.at - _REWIND), place=place, seen=())
