"""The seam of a source: one method that yields what is new, and what the source says of itself.

A source is one file under `listener/sources/`, or another package's entry point in the group
`krasae.sources`. The file has a SPEC and a function `connect(options, context) -> Source`.
Fetching and parsing are apart in it: the parser is a pure function over bytes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from listener.model import Folding, Mention
from listener.settings import Section

Capability = Literal["stream", "poll", "counts", "backfill", "deletions", "own_posts"]


@dataclass(frozen=True, slots=True)
class Spec:
    """What a source says of itself, as data."""

    name: str
    title: str
    options: type[Section]
    capabilities: frozenset[Capability]
    interval_seconds: float = 300.0  # between two polls, unless the platform says otherwise


@dataclass(frozen=True, slots=True)
class Context:
    """What a source is given: its name in config.toml, the brands' queries, and the world.

    `now` is the clock (UTC ms). `wait` sleeps that many seconds and is true when the
    source is asked to stop; a source never sleeps by itself.
    """

    name: str
    folder: Path
    timezone: str
    queries: Mapping[str, str]
    now: Callable[[], int]
    wait: Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class Batch:
    """What came, and the `cursor` to resume from once this batch is stored.

    An empty batch is a heartbeat: the source is up, and nothing was said. `refused`
    counts what could not be read.
    """

    cursor: str
    mentions: tuple[Mention, ...] = ()
    foldings: tuple[Folding, ...] = field(default=())
    refused: int = 0


class Source(Protocol):
    """One connection to one platform."""

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """What is new since `cursor` (None: from the start).

        A polling source returns when it has caught up; a streaming source goes on until
        `wait` says stop. Raises SourceError.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
