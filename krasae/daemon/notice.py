"""What the daemon has to say: one line for what is worth one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Tone = Literal["note", "good", "bad"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One line about a source, a stage or a job; holds no secret. `remedy`: what to do."""

    about: str
    text: str
    tone: Tone = "note"
    remedy: str = ""


Tell = Callable[[Notice], None]


class Troubles:
    """Says once that something is wrong, not every time, and once that it is well again."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._told: dict[str, str] = {}

    def wrong(self, about: str, text: str, remedy: str = "") -> None:
        """It is wrong; told unless that was told already."""
        if self._told.get(about) != text:
            self._told[about] = text
            self._tell(Notice(about, text, "bad", remedy))

    def well(self, about: str, text: str) -> None:
        """It is well; told if it was not."""
        if self._told.pop(about, None) is not None:
            self._tell(Notice(about, text, "good"))
