"""A platform that says what a test wrote down, and a source that reads it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlite_utils import Database

from krasae.schema import ROOMS
from listener.collect.keep import StoreKeeper
from listener.collect.station import Station, Surroundings
from listener.model import Folding, Mention
from listener.source import Batch, Capability, Context, Source, SourceOptions, Spec, Tally
from listener.store import AuthorKey, open_database

NOW = 1_795_521_600_000
KEY = AuthorKey("a key for tests only")
SURROUNDINGS = Surroundings(Path(), "UTC", {}, KEY)


def post(number: int, text: str = "a post", at: int = NOW - 1000) -> Mention:
    return Mention("x", str(number), at, f"{text} {number}", author=f"a{number % 3}")


@dataclass
class Platform:
    """`posts` are numbered from 0; the cursor is how many were read. `fault` raises at a number."""

    posts: list[Mention | Folding] = field(default_factory=list)
    size: int = 10
    fault: Callable[[int], None] = lambda _: None
    streaming: bool = False
    connections: int = 0
    cursors: list[str | None] = field(default_factory=list)
    closed: int = 0

    def connect(self, options: SourceOptions, context: Context) -> Source:
        self.connections += 1
        return _Reader(self, context)


class _Reader:
    def __init__(self, platform: Platform, context: Context) -> None:
        self._platform = platform
        self._context = context

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        platform = self._platform
        platform.cursors.append(cursor)
        done = int(cursor or 0)
        while True:
            while done < len(platform.posts):
                platform.fault(done)
                group = platform.posts[done : done + platform.size]
                done += len(group)
                self._context.tally.add()
                yield Batch(
                    str(done),
                    tuple(item for item in group if isinstance(item, Mention)),
                    tuple(item for item in group if isinstance(item, Folding)),
                )
            platform.fault(done)
            yield Batch(str(done))
            if not self._context.streaming or self._context.wait(0.01):
                return

    def close(self) -> None:
        self._platform.closed += 1


def station(
    platform: Any,
    name: str = "it",
    *capabilities: Capability,
    interval: float = 300.0,
    kind: str = "scripted",
) -> Station:
    spec = Spec(
        kind, kind, SourceOptions, frozenset(capabilities or ("poll", "backfill")), interval
    )
    plug = SimpleNamespace(SPEC=spec, connect=platform.connect)
    return Station(name, kind, spec, SourceOptions(), plug)


def fresh() -> Database:
    return open_database(":memory:", ROOMS, create=True)


def ids(db: Database) -> list[str]:
    return [row[0] for row in db.execute("SELECT native_id FROM mentions ORDER BY seq")]


def health(db: Database, source: str = "it") -> dict[str, Any]:
    [row] = db.query("SELECT * FROM source_health WHERE source = ?", [source])
    return dict(row)


def gaps(db: Database) -> list[tuple[Any, ...]]:
    rows = db.execute("SELECT since, until, cause, repaired_at FROM source_gaps ORDER BY id")
    return [tuple(row) for row in rows]


def missing(batches: Sequence[Batch]) -> list[tuple[int, int]]:
    """The gaps that stay open in the ledger when a stream says this. In order of time."""
    live = replace(station(Platform(), "it", "stream", "backfill"), streaming=True)
    with closing(fresh()) as db:
        keeper = StoreKeeper(db, KEY)
        at = keeper.position(live)
        for batch in batches:
            _, at = keeper.keep(live, batch, since=at, tally=Tally(), now=NOW)
        rows = db.execute(
            "SELECT since, until FROM source_gaps WHERE repaired_at IS NULL ORDER BY since"
        )
        return [(since, until) for since, until in rows]
