"""The line at the foot of a terminal: there while one waits, gone when something is printed."""

import io
import threading

from rich.console import Console

from krasae.cli.status_line import StatusLine


def shown(*, terminal: bool) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=40)
    told = threading.Event()

    def words() -> str:
        told.set()
        return "bluesky up · 0 mentions heard, none of a brand until now"

    line = StatusLine(console, words)
    with line.shown():
        if terminal:
            assert told.wait(60)
        with line.aside():
            file.write("a mention\n")
    return file.getvalue()


def test_on_a_terminal() -> None:
    text = shown(terminal=True)
    assert "bluesky up · 0 mentions heard" in text
    assert "until now" not in text  # it never wraps
    assert "\r\x1b[2Ka mention\n" in text
    assert text.endswith("\r\x1b[2K")


def test_in_a_pipe_there_is_none() -> None:
    assert shown(terminal=False) == "a mention\n"
