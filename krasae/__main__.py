"""The `krasae` command."""

import signal
import sys
from contextlib import ExitStack
from types import FrameType


def main() -> None:
    """Run the command; our errors become one message and an exit code.

    After Ctrl-C it is that of an interrupt, whatever the interrupt broke: a library may turn
    it into an error of its own.
    """
    from krasae.cli import INTERRUPTED, interrupted, run

    asked: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, interrupt)
    code: int | None = None
    with ExitStack() as stack:
        stack.push(lambda *_: bool(asked))
        code = run()
    if code is None:
        code = interrupted()
    sys.exit(INTERRUPTED if asked and code == 1 else code)


if __name__ == "__main__":
    main()
