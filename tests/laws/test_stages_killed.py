"""Kill each stage before each of its SQL statements; resumed, it ends as if undisturbed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from krasae import pipeline
from listener.stage import Stage, run_to_end
from tests.laws.corpus import NOW, corpus
from tests.laws.killing import contents, copy, wrong_after_kills
from tests.laws.workspaces import hear, run_all, workspace_in
from tests.nlp.topic_stage.making import keep_fit

# Rows in a step: small enough for several steps a stage, large enough for the suite's time.
LIMITS = {
    "enrich": 15, "topics": 15, "count": 15, "detect": 15, "alert": 2, "flag": 15, "index": 15,
}  # fmt: skip
BURST = 40  # of the corpus' last mentions: few enough for a kill before every write


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, ...]:
    """The pipeline's own stages, models loaded before the fork."""
    with workspace_in(tmp_path_factory.mktemp("pipeline")) as workspace:
        return pipeline.build(workspace, flush=True)


@pytest.fixture(scope="module")
def prepared(
    stages: tuple[Stage, ...], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """A database in which everything before a stage is done."""
    folder = tmp_path_factory.mktemp("prepared")
    done: dict[str, Path] = {}
    with workspace_in(folder) as workspace:
        hear(workspace, corpus()[:-BURST])
        run_all(workspace, flush=False)
        keep_fit(workspace, "alibaba")
        hear(workspace, corpus()[-BURST:])
    for stage in stages:
        done[stage.name] = copy(folder / "krasae.db", folder / f"before-{stage.name}.db")
        with workspace_in(folder) as workspace:
            run_to_end(stage, workspace.db, now=NOW)
    return done.__getitem__


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_a_stage_survives_every_kill(
    name: str, stages: tuple[Stage, ...], prepared: Callable[[str], Path], tmp_path: Path
) -> None:
    [stage] = [stage for stage in stages if stage.name == name]

    def job(db: Database) -> None:
        run_to_end(stage, db, now=NOW, limit=LIMITS[name])

    start = prepared(name)
    before = contents(start)
    assert list(wrong_after_kills(job, start, tmp_path)) == []
    assert contents(tmp_path / "undisturbed.db") != before, f"{name} had nothing to do"
