"""A station: one `[[sources]]` section, ready to be listened to."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from listener.collect.inbox import StoreInbox
from listener.collect.known import StoreKnown
from listener.collect.purse import StorePurse
from listener.errors import KrasaeError, PlugError, SettingsError, SourceError
from listener.refusals import in_one_line, in_words
from listener.settings import SourceSettings
from listener.source import (
    Batch,
    Context,
    EmptyInbox,
    NothingKnown,
    PocketPurse,
    Source,
    SourceOptions,
    Spec,
    Stopped,
)
from listener.sources import SOURCES
from listener.store import AuthorKey


@dataclass(frozen=True, slots=True)
class Station:
    """A configured source. Its `plug` is the module; None when that cannot be loaded.

    `streaming` says how it is listened to: for as long as possible, or until it caught up.
    """

    name: str
    type: str
    spec: Spec
    options: SourceOptions
    plug: Any
    fault: PlugError | None = None
    streaming: bool = False

    @property
    def interval(self) -> int:
        """Between two polls, in ms."""
        return int((self.options.interval_seconds or self.spec.interval_seconds) * 1000)

    @property
    def streams(self) -> bool:
        """Whether it can go on for as long as one listens."""
        return "stream" in self.spec.capabilities

    @property
    def polls(self) -> bool:
        """Whether it can be asked now and then."""
        return "poll" in self.spec.capabilities

    @property
    def receives(self) -> bool:
        """Whether its platform calls us."""
        return "receive" in self.spec.capabilities

    @property
    def only_receives(self) -> bool:
        """Whether all that it hears waits at our door until it is taken in."""
        return self.receives and not self.polls

    @property
    def backfills(self) -> bool:
        """Whether what was missed while it was away can be had later."""
        return "backfill" in self.spec.capabilities


def stations(sources: Sequence[SourceSettings]) -> tuple[Station, ...]:
    """The stations of a configuration. Raises SettingsError when options cannot be used.

    A source that cannot be loaded, because a library is missing or another's code is broken,
    is a station that fails when it is listened to: it must not silence the others.
    """
    return tuple(_station(source) for source in sources)


def _station(source: SourceSettings) -> Station:
    try:
        plug = SOURCES.load(source.type)
    except PlugError as error:
        unknown = Spec(source.type, source.type, SourceOptions, frozenset({"poll"}))
        return Station(source.name, source.type, unknown, SourceOptions(), None, error)
    spec: Spec = plug.SPEC
    try:
        options = spec.options.model_validate(dict(source.options))
    except ValidationError as error:
        # Without what was given: it may be a secret.
        found = in_words(error.errors(include_url=False, include_input=False), spec.options)
        raise SettingsError(
            f"Source {source.name}: its options cannot be used: {in_one_line(found)}",
            remedy=f"Correct config.toml; {_reading(source.type, spec)}",
        ) from error
    return Station(source.name, source.type, spec, options, plug)


def _reading(kind: str, spec: Spec) -> str:
    if kind in SOURCES.built_in():
        return f"docs/sources/{kind}.md explains every option."
    return f"{kind} has the options: {', '.join(spec.options.model_fields)}."


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all sources of a workspace are given alike. `queries` are the brands', by their id.

    `database` is where their ledgers and deliveries lie; None for who keeps nothing.
    """

    folder: Path
    timezone: str
    queries: Mapping[str, str]
    key: AuthorKey
    database: Path | None = None

    def context(
        self, station: Station, *, now: Callable[[], int], wait: Callable[[float], bool]
    ) -> Context:
        """The context of one run of a station."""
        return Context(
            name=station.name,
            folder=self.folder,
            timezone=self.timezone,
            queries=self.queries,
            now=now,
            wait=wait,
            streaming=station.streaming,
            key=self.key,
            purse=(
                partial(StorePurse, self.database, station.name, now)
                if self.database
                else PocketPurse
            ),
            inbox=StoreInbox(self.database, station.name) if self.database else EmptyInbox(),
            known=StoreKnown(self.database) if self.database else NothingKnown(),
        )


def hear(station: Station, context: Context, cursor: str | None) -> Generator[Batch, None, None]:
    """The batches of one run of a source.

    Whatever goes wrong in it comes out as a KrasaeError without secrets; Stopped goes through.
    """
    if station.fault:
        raise station.fault
    try:
        source: Source = station.plug.connect(station.options, context)
        try:
            yield from source.batches(cursor)
        finally:
            source.close()
    except (KrasaeError, Stopped):
        raise
    except Exception as error:  # the rim: a source is a platform's and other people's code
        # Its text may hold an address with a key: only its kind is kept.
        raise SourceError(
            f"{type(error).__name__} in source {station.name} (type {station.type}).",
            remedy="This is a bug in that source: report it. The other sources go on.",
        ) from error
