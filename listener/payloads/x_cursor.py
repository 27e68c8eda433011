"""Where a source of type x stands: what its cursor holds. No secret, and no text of a post."""

import hashlib
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

_TOLD = 2500  # ten seconds of a stream as fast as X allows


class Place(BaseModel):
    """Where we are in a search or a timeline: all up to the id `since` is read, or passed over.

    A reading that was broken off had begun at `top` and come down to `until`. `sampled` is
    when some of its posts were last read to see what people say (UTC ms).
    """

    since: int = 0
    top: int = 0
    until: int = 0
    sampled: int = 0


class Window(BaseModel):
    """An hour that stood out, and how far its posts are read: by query, down to `until`."""

    brand: str
    hour: int
    query: int = 0
    until: int = 0
    read: int = 0


class Counted(BaseModel):
    """Up to when a brand's posts are counted (UTC ms), by which queries."""

    queries: str
    until: int


class Checking(BaseModel):
    """The compliance jobs of a day, which `began` (UTC ms): `job` runs since `job_at`.

    It asks after ids up to `upto` ("": to the last); up to `after` all were asked after.
    """

    began: int = 0
    job: str = ""
    job_at: int = 0
    upto: str = ""
    after: str = ""


class State(BaseModel):
    """All of it. `told` are the newest ids that were told."""

    version: Literal[1]
    places: dict[str, Place] = Field(default_factory=dict)
    counted: dict[str, Counted] = Field(default_factory=dict)
    windows: list[Window] = Field(default_factory=list)
    account: str = ""
    account_id: str = ""
    own_asked: int = 0
    own_at: int = 0
    checking: Checking = Field(default_factory=Checking)
    told: list[int] = Field(default_factory=list)
    connected: list[int] = Field(default_factory=list)

    def cursor(self) -> str:
        """The state as a cursor."""
        return self.model_dump_json(exclude_defaults=True)

    def place(self, key: str) -> Place:
        """The place of that name, a new one at first."""
        return self.places.setdefault(key, Place())

    def tell(self, ids: Sequence[int], *, above: int) -> None:
        """Remember the newest ids that were told, above the one up to which all are."""
        self.told = sorted(number for number in {*self.told, *ids} if number > above)[-_TOLD:]


def recalled(cursor: str | None) -> State:
    """The state of a cursor; a new one, if it cannot be read."""
    try:
        return State.model_validate_json(cursor or "")
    except ValidationError:
        return State(version=1)


def digest(*texts: str) -> str:
    """A short name for queries."""
    return hashlib.blake2b("\0".join(texts).encode(errors="replace"), digest_size=8).hexdigest()
