"""How commands talk: data to stdout, talk to stderr."""

import sys
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


@cache
def talk() -> "Console":
    """The console for messages to a person (stderr)."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False)


@cache
def data() -> "Console":
    """The console for tables (stdout). Markup is off: texts from outside stay as they are."""
    from rich.console import Console

    return Console(highlight=False, markup=False)


def print_json(value: Any) -> None:
    """One JSON value on one line, UTF-8, keys in their order."""
    import orjson

    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def print_json_lines(values: Iterable[Any]) -> None:
    """One JSON value a line."""
    for value in values:
        print_json(value)


def progress() -> "Progress":
    """A progress bar on stderr that vanishes when stderr is not a terminal."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=talk(),
        disable=not talk().is_terminal,
    )
