"""Krasae with a mistake in it: a source's cursor is kept before what belongs to it.

    python -m tests.soak.forgetful listen

It dies once between the two, as if it were killed there.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from krasae.cli import run
from listener.collect.keep import StoreKeeper
from listener.source import Batch

_right = StoreKeeper.keep
_DIED = Path("died")  # in the workspace's folder


def keep(self: StoreKeeper, station: Any, batch: Batch, *, since: Any, **more: Any) -> Any:
    """Two transactions instead of one."""
    _, position = _right(self, station, Batch(batch.cursor), since=since, **more)
    if batch.mentions and not _DIED.exists():
        _DIED.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return _right(self, station, batch, since=position, **more)


if __name__ == "__main__":
    StoreKeeper.keep = keep  # type: ignore[method-assign]
    sys.exit(run())
