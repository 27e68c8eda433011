"""The local engine: every stage in turn, in this process, until nothing is pending."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from listener.errors import KrasaeError
from listener.stage import DEFAULT_BATCH, Stage, Step, steps
from listener.store.database import explained

OnStep = Callable[[Stage, Step], None]


def run(
    stages: Sequence[Stage],
    db: Database,
    *,
    now: int,
    limit: int = DEFAULT_BATCH,
    on_step: OnStep | None = None,
) -> dict[str, Step]:
    """Run every stage to its end, in order; what each of them read and wrote."""
    done: dict[str, Step] = {}
    for stage in stages:
        read = written = 0
        for step in steps(stage, db, now=now, limit=limit):
            read += step.read
            written += step.written
            if on_step:
                on_step(stage, step)
        done[stage.name] = Step(read, written)
    return done


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Whatever goes wrong inside comes out as a KrasaeError without secrets, for who goes on."""
    try:
        with explained():
            yield
    except KrasaeError:
        raise
    except Exception as error:  # the rim: one stage's bug must not end all that runs beside it
        # Its text may quote what somebody wrote, or a key: only its kind and place are kept.
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        raise KrasaeError(
            f"{type(error).__name__} in {what} ({place}).",
            remedy="This is a bug: report it. It is tried again, and the rest goes on.",
        ) from error
