"""Krasae with a mistake in it: a source's cursor is kept before what belongs to it.

    python -m tests.soak.forgetful listen

It takes its time between the two, so that a kill finds it there.
"""

import sys
import time
from typing import Any

from krasae.cli import run
from listener.collect.keep import StoreKeeper
from listener.source import Batch

_right = StoreKeeper.keep


def keep(self: StoreKeeper, station: Any, batch: Batch, *, since: Any, **more: Any) -> Any:
    """Two transactions instead of one."""
    _, position = _right(self, station, Batch(batch.cursor), since=since, **more)
    time.sleep(1.0)
    return _right(self, station, batch, since=position, **more)


if __name__ == "__main__":
    StoreKeeper.keep = keep  # type: ignore[method-assign]
    sys.exit(run())
