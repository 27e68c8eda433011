"""Two processes on one database do nothing twice."""

import multiprocessing
from pathlib import Path

from tests.laws.corpus import corpus
from tests.laws.killing import contents
from tests.laws.workspaces import hear, run_all, workspace_in


def _work(folder: Path) -> None:
    with workspace_in(folder) as workspace:
        run_all(workspace, limit=7)


def test_two_daemons_do_nothing_twice(tmp_path: Path) -> None:
    for name in ("alone", "shared"):
        with workspace_in(tmp_path / name) as workspace:
            hear(workspace, corpus())
    _work(tmp_path / "alone")
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=_work, args=(tmp_path / "shared",)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(120)
        assert process.exitcode == 0
    shared, alone = (contents(tmp_path / name / "krasae.db") for name in ("shared", "alone"))
    assert shared == alone
