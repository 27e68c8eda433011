"""How a sentence is put together on a page and in plain text: figures, escaping, joining."""

from collections.abc import Iterable
from typing import Protocol

from markupsafe import Markup, escape

from alerts.digest.commands import Sources

_FIGURE = Markup(
    '<a class="number" style="color:inherit" href="#s{number}" title="{command}">{shown}</a>'
)


class Medium(Protocol):
    """What the wording needs of the thing that it is written on."""

    sources: Sources

    def fill(self, pattern: str, **values: object) -> str:
        """A sentence with its values."""
        ...

    def figure(self, shown: str, command: str) -> str:
        """A figure that leads to the command which lists its rows."""
        ...

    def joined(self, parts: Iterable[str]) -> str:
        """Short pieces in a row."""
        ...


class Page:
    """HTML: everything is escaped that is not markup already."""

    def __init__(self) -> None:
        self.sources = Sources()

    def fill(self, pattern: str, **values: object) -> str:
        return escape(pattern).format(**values)

    def figure(self, shown: str, command: str) -> str:
        return _FIGURE.format(number=self.sources.number(command), command=command, shown=shown)

    def joined(self, parts: Iterable[str]) -> str:
        return Markup(" · ").join(parts)


class Plain:
    """Plain text: a figure is followed by the number of its command, 12[3]."""

    def __init__(self) -> None:
        self.sources = Sources()

    def fill(self, pattern: str, **values: object) -> str:
        return pattern.format(**values)

    def figure(self, shown: str, command: str) -> str:
        return f"{shown}[{self.sources.number(command)}]"

    def joined(self, parts: Iterable[str]) -> str:
        return " · ".join(parts)
