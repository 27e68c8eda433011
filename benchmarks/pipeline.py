"""The whole path on the bundled year: import, every stage; posts a second and peak memory.

    python -m benchmarks.pipeline

One process. The time of a stage is the processor's, so that a busy machine does not blur it;
`wall` is what a user waits. Models are loaded before the clock starts, and told apart.
"""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from krasae import pipeline
from krasae.demo import PROFILE, make_workspace, posts
from krasae.workspace import open_workspace
from listener.importers import import_file, load_profile
from listener.stage import run_to_end

_NOW = 1_800_000_000_000  # after the year that is replayed


def main() -> None:
    """Print one line for each part, and one for all."""
    print(f"{'part':<10}{'posts':>10}{'cpu s':>9}{'posts/s':>12}{'peak MB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        config = make_workspace(Path(folder) / "demo")
        with open_workspace(config) as workspace:
            total = wall = 0.0
            with _clock() as loading:
                stages = pipeline.build(workspace, flush=True)
            _line("(models)", 0, loading()[0])
            with _clock() as spent:
                report = import_file(
                    workspace.db,
                    posts(),
                    load_profile(PROFILE),
                    key=workspace.key,
                    source="bench",
                    timezone="UTC",
                    now=_NOW,
                )
            _line("import", report.read, spent()[0])
            total, wall = spent()
            for stage in stages:
                with _clock() as spent:
                    read = run_to_end(stage, workspace.db, now=_NOW)
                _line(stage.name, read, spent()[0])
                total, wall = total + spent()[0], wall + spent()[1]
            _line("in all", report.new, total)
            print(f"wall {wall:.1f} s, {report.new / wall:,.0f} posts/s")


@contextmanager
def _clock() -> Iterator[Callable[[], tuple[float, float]]]:
    started = time.process_time(), time.perf_counter()
    ended: list[float] = []

    def spent() -> tuple[float, float]:
        return ended[0] - started[0], ended[1] - started[1]

    yield spent
    ended += [time.process_time(), time.perf_counter()]


def _line(name: str, posts: int, seconds: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = f"{posts / seconds:,.0f}" if posts and seconds else "-"
    print(f"{name:<10}{posts or '':>10}{seconds:>9.2f}{rate:>12}{peak:>10,.0f}")


if __name__ == "__main__":
    main()
