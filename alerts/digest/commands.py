"""The commands that list the rows behind a figure, as a shell takes them."""

import shlex
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from alerts.digest.model import Figure

_SHOWN = 20  # rows that a listing command shows unless it is told otherwise


def listed(count: int, command: str) -> Figure:
    """A count with the command that lists what was counted, all of it."""
    return Figure(count, f"{command} --limit {count}" if count > _SHOWN else command)


class Commands:
    """Writes `krasae ...` commands with times in the workspace's zone."""

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)

    def mentions(self, since: int, until: int, **filters: str) -> str:
        """Mentions published in [since, until); a filter is an option of `krasae search`."""
        options = [f"--{name} {shlex.quote(value)}" for name, value in filters.items() if value]
        return " ".join(["krasae search", *options, self._window(since, until)])

    def alerts(self, since: int, until: int) -> str:
        """Alerts raised in [since, until), but for those about sources."""
        return f"krasae alerts --state all --kind trends {self._window(since, until)}"

    def open_alerts(self, at: int) -> str:
        """Alerts that were open at a time, but for those about sources."""
        return f"krasae alerts --kind trends --at {self._moment(at)}"

    def queue(self, at: int, priority: int | None = None) -> str:
        """Issues that waited at a time."""
        only = f"--priority {priority} " if priority else ""
        return f"krasae issues {only}--at {self._moment(at)}"

    def issues(self, since: int, until: int) -> str:
        """Issues opened in [since, until)."""
        return f"krasae issues --state all {self._window(since, until)}"

    def _window(self, since: int, until: int) -> str:
        return f"--since {self._moment(since)} --until {self._moment(until)}"

    def _moment(self, at: int) -> str:
        local = datetime.fromtimestamp(at // 1000, UTC).astimezone(self._zone)
        return local.isoformat(timespec="minutes")


class Sources:
    """The commands behind the figures, numbered in the order in which the page names them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, command: str) -> int:
        """The number of a command, from 1."""
        return self._numbers.setdefault(command, len(self._numbers) + 1)

    def all(self) -> list[tuple[int, str]]:
        """(number, command), in order."""
        return [(number, command) for command, number in self._numbers.items()]
