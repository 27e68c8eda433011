"""`krasae listen`: hear sources now, and see what they say."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from krasae.cli.options import CONFIG, Config, Json, now_ms

if TYPE_CHECKING:
    from rich.text import Text

    from krasae.workspace import Workspace
    from listener.collect.station import Station
    from listener.collect.watch import Event
    from listener.model import Mention

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_WIDTH = 400
_SENTIMENT = {"negative": ("-", "bold red"), "positive": ("+", "bold green")}


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
        bool, typer.Option("--once", help="End when each source has caught up, or failed, once.")
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
    """Listen to sources and print their mentions as they come, with brands and sentiment.

    Nothing is fetched but from the sources in config.toml.
    """
    from krasae.cli.output import talk
    from krasae.pipeline import surroundings
    from krasae.workspace import open_workspace
    from listener.collect.keep import MemoryKeeper, StoreKeeper
    from listener.collect.watch import Watch

    seconds = None if for_ is None else _seconds(for_)
    with open_workspace(config) as workspace:
        chosen = _chosen(workspace, names or [])
        keeper = StoreKeeper(workspace.db, workspace.key) if store else MemoryKeeper()
        watch = Watch(chosen, keeper, surroundings(workspace), now=now_ms)
        talk().print(f"Listening to {', '.join(one.name for one in chosen)}. Ctrl-C ends it.")
        report = _Report(workspace, as_json)
        with _until(watch.stop, seconds):
            for event in watch.events():
                report.take(event)
                if once and report.ended >= {station.name for station in chosen}:
                    watch.stop()
    report.end(store)


def _chosen(workspace: "Workspace", names: list[str]) -> "list[Station]":
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
    return [known[name] for name in dict.fromkeys(names)] or list(known.values())


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

    def __init__(self, workspace: "Workspace", as_json: bool) -> None:
        from zoneinfo import ZoneInfo

        from listener.query import BrandMatcher
        from nlp.enrich import Enricher

        settings = workspace.settings
        self._as_json = as_json
        self._zone = ZoneInfo(settings.workspace.timezone)
        self._names = {brand.id: brand.name for brand in settings.brands}
        queries = {brand.id: brand.query for brand in settings.brands}
        self._matcher = BrandMatcher(queries, workspace.key)
        self._enricher = Enricher(settings.nlp)
        self._key = workspace.key
        self.heard = self.matched = self.new = self.refused = 0
        self.well: set[str] = set()
        self.ended: set[str] = set()
        self.errors: dict[str, Any] = {}

    def take(self, event: "Event") -> None:
        """Print an event."""
        from krasae.cli.output import talk
        from listener.printable import printable

        if event.error:
            self.errors[event.station.name] = event.error
            talk().print(f"{event.station.name}: {printable(event.error.message)}", style="red")
            if event.error.remedy:
                talk().print(f"  {event.error.remedy}", style="dim")
        if event.batch is None:
            self.ended.add(event.station.name)
            return
        self.well.add(event.station.name)
        self.new += event.stored.new
        self.refused += event.batch.refused
        if event.batch.problem:
            talk().print(f"{event.station.name}: {printable(event.batch.problem)}", style="yellow")
        texts = [mention.text for mention in event.batch.mentions]
        meanings = self._enricher.enrich(texts)
        for mention, meaning in zip(event.batch.mentions, meanings, strict=True):
            self._print(mention, meaning.sentiment, event.station.name)

    def _print(self, mention: "Mention", sentiment: str, source: str) -> None:
        from krasae.cli.output import data, print_json

        brands = self._brands(mention)
        self.heard += 1
        self.matched += bool(brands)
        if self._as_json:
            print_json(
                {
                    "source": source,
                    "platform": mention.platform,
                    "id": mention.native_id,
                    "published_at": _iso(mention.published_at),
                    "kind": mention.kind,
                    "text": mention.text,
                    "url": mention.url,
                    "brands": list(brands),
                    "sentiment": sentiment,
                }
            )
        else:
            data().print(self._line(mention, brands, sentiment), soft_wrap=True)

    def _line(self, mention: "Mention", brands: tuple[str, ...], sentiment: str) -> "Text":
        from datetime import datetime

        from rich.text import Text

        from listener.printable import printable

        moment = datetime.fromtimestamp(mention.published_at / 1000, self._zone)
        mark, style = _SENTIMENT.get(sentiment, ("·", "dim"))
        line = Text.assemble(
            (moment.strftime("%m-%d %H:%M "), "dim"),
            (f"{mark} ", style),
            (f"{printable(mention.platform)} ", "cyan"),
        )
        for brand in brands:
            line.append(f"[{printable(self._names[brand])}] ", "bold magenta")
        line.append(printable(mention.text, width=_WIDTH), "" if brands else "dim")
        if mention.url:
            line.append(f" {printable(mention.url)}", "blue")
        return line

    def _brands(self, mention: "Mention") -> tuple[str, ...]:
        from listener.query import Document

        author = mention.author
        return self._matcher.match(
            Document(
                text=mention.text,
                platform=mention.platform,
                language=mention.language,
                author_id=self._key.author_id(mention.platform, author) if author else None,
                followers=mention.followers,
                url=mention.url,
                labels=mention.labels,
                kind=mention.kind,
            )
        )

    def end(self, stored: bool) -> None:
        """The sum. Raises the error of a source when none was heard at all."""
        from krasae.cli.output import talk

        kept = f"{self.new:,} new ones are stored" if stored else "nothing was stored"
        refused = f"; {self.refused:,} could not be read" if self.refused else ""
        talk().print(
            f"Heard {self.heard:,} mentions, {self.matched:,} of a brand; {kept}{refused}."
        )
        if self.errors and not self.well:
            raise next(iter(self.errors.values()))


def _iso(moment: int) -> str:
    from alerts.message import iso

    return iso(moment)
