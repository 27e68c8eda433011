"""`krasae run`: the daemon, as a person and a service start it."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from krasae.cli.options import CONFIG, Config, Json, now_ms

if TYPE_CHECKING:
    from krasae.daemon.notice import Notice

_STYLES = {"note": "", "good": "green", "bad": "bold red"}
_INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(run)


def run(
    config: Config = CONFIG,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Print every mention that is heard, too."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Listen, read, detect, tell and sum up, until it is stopped.

    The stages run every few seconds, the digest and the retention once a day; [daemon] in
    config.toml says when. Ctrl-C or SIGTERM stops it within ten seconds; a second Ctrl-C at
    once. Nothing is lost or done twice, however it ends.
    """
    from krasae.cli.output import talk
    from krasae.daemon.daemon import Daemon
    from krasae.workspace import open_workspace

    with open_workspace(config) as workspace:
        heard = None
        if verbose:
            from krasae.cli.mention_view import MentionView

            heard = MentionView(workspace, as_json).show
        zone = workspace.settings.workspace.timezone
        daemon = Daemon(workspace, now=now_ms, tell=_telling(as_json, zone), heard=heard)
        with _signals(daemon.stop):
            daemon.run()
    if not as_json:
        talk().print("Stopped; what was heard is stored.")


def _telling(as_json: bool, zone: str) -> "Callable[[Notice], None]":
    """How notices are printed: JSON to stdout, or lines to stderr with the zone's time."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from alerts.message import iso
    from krasae.cli.output import print_json, talk
    from listener.printable import printable

    dated = "JOURNAL_STREAM" not in os.environ  # systemd's journal has its own times

    def tell(notice: "Notice") -> None:
        if as_json:
            print_json(
                {
                    "at": iso(now_ms()),
                    "about": notice.about,
                    "tone": notice.tone,
                    "text": notice.text,
                    "remedy": notice.remedy or None,
                }
            )
            return
        from rich.text import Text

        line = Text()
        if dated:
            now = datetime.fromtimestamp(now_ms() / 1000, ZoneInfo(zone))
            line.append(f"{now:%m-%d %H:%M:%S} ", "dim")
        line.append(f"{printable(notice.about)}: ", "cyan")
        line.append(printable(notice.text), _STYLES[notice.tone])
        if notice.remedy:
            line.append(f" {printable(notice.remedy)}", "dim")
        talk().print(line, soft_wrap=True)

    return tell


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """SIGTERM and the first SIGINT stop; the second SIGINT ends it there and then."""
    import signal

    asked: list[int] = []

    def take(number: int, _: object) -> None:
        if signal.SIGINT in asked and number == signal.SIGINT:
            sys.stderr.flush()
            os._exit(_INTERRUPTED)
        asked.append(number)
        if len(asked) > 1:
            return
        if number == signal.SIGINT:  # not by print, which may be in the middle of a line
            os.write(sys.stderr.fileno(), b"Stopping. Ctrl-C once more ends it at once.\n")
        stop()

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, take) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
