"""`krasae listen`: hear sources now, and see what they say."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from krasae.cli.options import CONFIG, Config, Json, now_ms

if TYPE_CHECKING:
    from krasae.workspace import Workspace
    from listener.collect.station import Station
    from listener.collect.watch import Event

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(listen)


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", text.strip(), re.ASCII)
    if not match:
        raise typer.BadParameter(f"{text!r} is no length of time such as 30s, 10m or 2h")
    return float(match[1]) * _UNITS[match[2]]


def listen(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="Sources, as config.toml names them; all, if none is named.",
        ),
    ] = None,
    for_: Annotated[
        str | None,
        typer.Option("--for", help="How long, such as 30s, 10m or 2h; else until Ctrl-C."),
    ] = None,
    once: Annotated[
        bool,
        typer.Option(
            "--once",
            help="End when each source has caught up, or failed, once. Streams are polled "
            "instead, and no door is opened for webhooks.",
        ),
    ] = False,
    store: Annotated[
        bool,
        typer.Option(
            help="Keep what is heard, and go on after what was heard before. With --no-store "
            "nothing is kept, and a source begins as for the first time."
        ),
    ] = True,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Listen to sources now, and print their mentions as they come.

    Each with its time, sentiment, platform, brands and link. Nothing is fetched but from the
    sources in config.toml.
    """
    from krasae.cli.output import talk
    from krasae.cli.status_line import StatusLine
    from krasae.pipeline import surroundings
    from krasae.workspace import open_workspace
    from listener.collect.keep import MemoryKeeper, StoreKeeper
    from listener.collect.watch import Watch

    seconds = None if for_ is None else _seconds(for_)
    with open_workspace(config) as workspace:
        chosen = _chosen(workspace, names or [], once=once)
        keeper = StoreKeeper(workspace.db, workspace.key) if store else MemoryKeeper()
        around = surroundings(workspace)
        watch = Watch(chosen, keeper, around, now=now_ms, streaming=not once)
        talk().print(f"Listening to {', '.join(one.name for one in chosen)}. Ctrl-C ends it.")
        report = _Report(workspace, as_json, [station.name for station in chosen])
        line = StatusLine(talk(), report.state)
        with (
            _received(workspace, chosen if store and not once else []),
            _until(watch.stop, seconds),
            line.shown(),
        ):
            for event in watch.events():
                with line.aside():
                    report.take(event)
                if once and report.ended >= {station.name for station in chosen}:
                    watch.stop()
    report.end(store)


def _chosen(workspace: "Workspace", names: list[str], *, once: bool) -> "list[Station]":
    """The stations of these names, or all; for `once` those that can be asked."""
    from listener.collect.station import stations
    from listener.errors import NotFoundError

    known = {station.name: station for station in stations(workspace.settings.sources)}
    if missing := [name for name in names if name not in known]:
        there = f"There are: {', '.join(known)}." if known else "None is configured yet."
        raise NotFoundError(
            f"There is no source named {missing[0]} in config.toml.",
            remedy=f"{there} Add a [[sources]] section with a name and a type; docs/sources/ "
            "has one page for each type.",
        )
    if not known:
        raise NotFoundError(
            "No source is configured.",
            remedy="Add a [[sources]] section to config.toml; docs/sources/ has one page for "
            "each type. feeds, hackernews and google_trends need no key.",
        )
    chosen = [known[name] for name in dict.fromkeys(names)] or list(known.values())
    endless = [station.name for station in chosen if not station.polls]
    if once and endless:
        asked = [station.name for station in chosen if station.polls]
        others = f", or the others: `krasae listen {' '.join(asked)} --once`" if asked else ""
        raise typer.BadParameter(
            f"{', '.join(endless)} cannot be asked, only listened to: there is no end to wait for. "
            f"Leave out --once, or end it after a while with --for 10m{others}.",
            param_hint="--once",
        )
    return chosen


@contextmanager
def _received(workspace: "Workspace", chosen: "list[Station]") -> Iterator[None]:
    """Open the door for sources that receive, and say where it is."""
    from krasae.cli.output import talk
    from listener.printable import printable
    from listener.receive import receiving

    database = workspace.folder / workspace.settings.workspace.database

    def told(name: str, words: str) -> None:
        talk().print(f"{name}: {printable(words)}", style="yellow")

    receiver = workspace.settings.receiver
    with receiving(chosen, receiver, database, now=now_ms, told=told) as addresses:
        for name, address in addresses.items():
            talk().print(f"{name} receives at {address} (docs/webhooks.md).", soft_wrap=True)
        yield


@contextmanager
def _until(stop: Callable[[], None], seconds: float | None) -> Iterator[None]:
    """Call `stop` at SIGINT, at SIGTERM, or after so many seconds."""
    import signal
    from threading import Timer

    timer = Timer(seconds, stop) if seconds is not None else None
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop()) for number in signals]
    try:
        if timer:
            timer.daemon = True
            timer.start()
        yield
    finally:
        if timer:
            timer.cancel()
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


class _Report:
    """Prints what happens, and at the end how much it was."""

    def __init__(self, workspace: "Workspace", as_json: bool, names: list[str]) -> None:
        from krasae.cli.mention_view import MentionView

        self._how = dict.fromkeys(names, "connecting")
        self._view = MentionView(workspace, as_json)
        self.heard = self.matched = self.new = self.refused = 0
        self._looked_at, self._what = 0, "mentions"
        self.well: set[str] = set()
        self.ended: set[str] = set()
        self.errors: dict[str, Any] = {}

    def take(self, event: "Event") -> None:
        """Print an event."""
        from krasae.cli.output import talk
        from listener.printable import printable

        name = event.station.name
        self._how[name] = "up" if event.batch else "failing" if event.error else "caught up"
        if event.error:
            self.errors[name] = event.error
            said = printable(event.error.message)
            talk().print(f"{name}: {said}", style="red", soft_wrap=True)
            if event.error.remedy:
                talk().print(f"  {event.error.remedy}", style="dim", soft_wrap=True)
        if event.batch is None:
            self.ended.add(name)
            return
        if not event.batch.problem:
            self.well.add(name)
        self.new += event.stored.new
        self.refused += event.batch.refused
        if event.batch.problem:
            problem = printable(event.batch.problem)
            talk().print(f"{name}: {problem}", style="yellow", soft_wrap=True)
        heard, matched = self._view.show(event)
        self._looked_at += heard if event.batch.seen is None else event.batch.seen
        self._what = self._what if event.batch.seen is None else "posts"
        self.heard += heard
        self.matched += matched

    def state(self) -> str:
        """How the sources are, and what came until now, in one line."""
        how = ", ".join(f"{name} {how}" for name, how in self._how.items())
        return f"{how} · {self._looked_at:,} {self._what} heard, {self.matched:,} of a brand"

    def end(self, stored: bool) -> None:
        """The sum. If none was heard, the exit code is that of an error, which was told."""
        from krasae.cli.output import talk

        kept = f"{self.new:,} new ones are stored" if stored else "nothing was stored"
        refused = f"; {self.refused:,} could not be read" if self.refused else ""
        talk().print(
            f"Heard {self.heard:,} mentions, {self.matched:,} of a brand; {kept}{refused}."
        )
        if self.errors and not self.well:
            raise typer.Exit(next(iter(self.errors.values())).exit_code)
