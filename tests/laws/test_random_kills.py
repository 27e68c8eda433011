"""The whole pipeline, killed at random instants until it gets through, ends as if undisturbed."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from krasae import pipeline
from krasae.engine import local
from listener.stage import Stage
from tests.laws.corpus import NOW, corpus
from tests.laws.killing import contents
from tests.laws.workspaces import hear, workspace_in

_LONGEST_LIFE = 0.15  # of the time that an undisturbed run takes, on whatever machine
_MOST_KILLS = 60


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, ...]:
    """The pipeline's stages, models loaded once before all the forks."""
    with workspace_in(tmp_path_factory.mktemp("stages")) as workspace:
        return pipeline.build(workspace, flush=True)


def _run_in_child(folder: Path, stages: tuple[Stage, ...]) -> int:
    child = os.fork()
    if child == 0:
        code = 70
        try:
            with workspace_in(folder) as workspace:
                local.run(stages, workspace.db, now=NOW, limit=5)
            code = 0
        finally:
            os._exit(code)
    return child


def test_random_kills_change_nothing(tmp_path: Path, stages: tuple[Stage, ...]) -> None:
    for name in ("undisturbed", "killed"):
        with workspace_in(tmp_path / name) as workspace:
            hear(workspace, corpus())
    with workspace_in(tmp_path / "undisturbed") as workspace:
        started = time.perf_counter()
        local.run(stages, workspace.db, now=NOW, limit=5)
        longest = _LONGEST_LIFE * (time.perf_counter() - started)
    dice = random.Random(2014)
    killed = 0
    while True:
        child = _run_in_child(tmp_path / "killed", stages)
        if killed < _MOST_KILLS:
            time.sleep(dice.uniform(0, longest))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            break
        killed += 1
    assert killed >= 3, "the run was over before it could be killed"
    undisturbed, found = (
        contents(tmp_path / name / "krasae.db") for name in ("undisturbed", "killed")
    )
    assert found == undisturbed
