"""A sign of life: one line at the foot of the terminal, while there is nothing to print."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_EVERY = 1.0  # seconds
_SIGNS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class StatusLine:
    """Shows what `words` says, anew every second; on a terminal only."""

    def __init__(self, console: "Console", words: Callable[[], str]) -> None:
        self._console = console
        self._words = words
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._turn = 0

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show it as long as this lasts."""
        if not self._console.is_terminal:
            yield
            return
        thread = threading.Thread(target=self._go_on, name="status line", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
            self._write("")

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take it away while something is printed."""
        with self._lock:
            if self._console.is_terminal:
                self._write("")
            yield

    def _go_on(self) -> None:
        while not self._over.wait(_EVERY):
            with self._lock:
                self._turn += 1
                line = f"{_SIGNS[self._turn % len(_SIGNS)]} {self._words()}"
                self._write(line[: self._console.width - 1])

    def _write(self, line: str) -> None:
        self._console.file.write(f"\r\x1b[2K\x1b[2m{line}\x1b[0m" if line else "\r\x1b[2K")
        self._console.file.flush()
