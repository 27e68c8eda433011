"""The command line: a command parses, calls a room, prints. One file per command group.

Every file named in GROUPS has a `register(app)`. It imports only typer and the standard
library at the top, and the rooms inside its functions: `krasae --help` must be quick.
"""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated

import typer

INTERRUPTED = 130
GROUPS = (
    "init",
    "doctor",
    "imports",
    "process",
    "sources",
    "spending",
    "listen",
    "run",
    "search",
    "label",
    "learn",
    "alerts",
    "issues",
    "digest",
    "classify",
    "anomalies",
    "topics",
    "models",
    "backtest",
    "erase",
    "demo",
)


def build() -> typer.Typer:
    """The application with all its commands."""
    app = typer.Typer(
        name="krasae",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_root)
    for group in GROUPS:
        import_module(f"krasae.cli.{group}").register(app)
    return app


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"krasae {version('krasae')}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Social listening and trend detection, in Thai and English, on your own machine."""


def run() -> int:
    """Run the command line; the exit code.

    Errors that a person can act on become a message and the exit code of their kind; a
    traceback means a bug of ours.
    """
    from listener.errors import KrasaeError

    try:
        with _explained():
            build()(prog_name="krasae")
    except KrasaeError as error:
        return _fail(str(error), error.exit_code)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}", KrasaeError.exit_code)
    except SystemExit as end:  # typer's: after a command, --help, a usage error, Ctrl-C
        if end.code == INTERRUPTED:
            return interrupted()
        return end.code if isinstance(end.code, int) else 0
    return 0


def interrupted() -> int:
    """Say that Ctrl-C ended it; the exit code."""
    return _fail("interrupted; what was committed is kept.", INTERRUPTED)


@contextmanager
def _explained() -> Iterator[None]:
    """SQLite's errors as ours, without importing the store when there are none."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        from listener.store.database import explained

        with explained():
            raise error from None


def _fail(message: str, code: int) -> int:
    print(f"krasae: {message}", file=sys.stderr)
    return code
