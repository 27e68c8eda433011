"""Options that many commands share, so that they read alike everywhere."""

import time
from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path,
    typer.Option(
        "--config", "-c", envvar="KRASAE_CONFIG", help="The workspace's configuration file."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
CONFIG = Path("config.toml")


def now_ms() -> int:
    """The clock, read once by a command and handed down. UTC epoch milliseconds."""
    return time.time_ns() // 1_000_000


def moment(text: str | None, timezone: str) -> int | None:
    """A date or time that was typed, as UTC ms; in `timezone` unless it names its own."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no date or time; write 2014-09-09 or 2014-09-09T17:00."
        ) from error
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(timezone))
    return round(at.timestamp() * 1000)
