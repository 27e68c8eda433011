"""The local engine: every stage in turn, in this process, until nothing is pending."""

from collections.abc import Callable, Sequence

from sqlite_utils import Database

from listener.stage import DEFAULT_BATCH, Stage, Step, steps

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
