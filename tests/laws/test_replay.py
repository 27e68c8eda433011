"""Replay equals live, whatever the batches and the order of arrival; and nobody sees the future."""

import random
from pathlib import Path
from typing import Any

import pytest

from krasae.backtest import of_workspace
from listener.model import Mention
from tests.laws.corpus import corpus
from tests.laws.workspaces import hear, run_all, workspace_in

_LATENESS_MS = 15 * 60_000
_HOUR_MS = 3_600_000

Found = list[tuple[Any, ...]]


def alerts_after(
    folder: Path, mentions: list[Mention], *, at_once: int = 10_000, limit: int = 1000
) -> Found:
    """The alerts of a workspace that heard the mentions so many at a time."""
    with workspace_in(folder) as workspace:
        for first in range(0, len(mentions), at_once):
            hear(workspace, mentions[first : first + at_once])
            run_all(workspace, flush=False, limit=limit)
        run_all(workspace)
        return workspace.db.execute(
            "SELECT event, kind, brand, detected_at, updated_at, observed, expected, lower, upper,"
            " score, severity, unique_authors, duplicate_share, reach, terms, history, state"
            " FROM alerts ORDER BY event"
        ).fetchall()


@pytest.fixture(scope="module")
def in_one_go(tmp_path_factory: pytest.TempPathFactory) -> Found:
    found = alerts_after(tmp_path_factory.mktemp("whole"), list(corpus()))
    assert found, "the corpus must raise an alert, or these laws say nothing"
    return found


@pytest.mark.parametrize(("at_once", "limit"), [(100, 1), (97, 100), (10_000, 1), (10_000, 10_000)])
def test_batches_change_nothing(at_once: int, limit: int, in_one_go: Found, tmp_path: Path) -> None:
    assert alerts_after(tmp_path, list(corpus()), at_once=at_once, limit=limit) == in_one_go


@pytest.mark.parametrize("seed", range(3))
def test_arrival_order_within_the_lateness_changes_nothing(
    seed: int, in_one_go: Found, tmp_path: Path
) -> None:
    dice = random.Random(seed)
    late = {
        mention.native_id: mention.published_at + dice.randrange(_LATENESS_MS)
        for mention in corpus()
    }
    arriving = sorted(corpus(), key=lambda mention: late[mention.native_id])
    assert arriving != list(corpus())
    assert alerts_after(tmp_path, arriving, at_once=50) == in_one_go


def test_the_backtest_finds_what_the_daemon_found(in_one_go: Found, tmp_path: Path) -> None:
    with workspace_in(tmp_path) as workspace:
        hear(workspace, corpus())
        run_all(workspace)
        before = workspace.db.execute("SELECT count(*), max(id) FROM signals").fetchall()
        replayed = list(of_workspace(workspace, since=None, until=None))
        assert workspace.db.execute("SELECT count(*), max(id) FROM signals").fetchall() == before
    live = [(row[1], row[2], row[3]) for row in in_one_go]
    assert [(one.kind, one.brand, one.detected_at) for one in replayed] == live


def test_cutting_the_input_changes_no_earlier_alert(tmp_path: Path) -> None:
    def raised(folder: Path, mentions: list[Mention]) -> list[Any]:
        with workspace_in(folder) as workspace:
            hear(workspace, mentions)
            run_all(workspace)
            return list(of_workspace(workspace, since=None, until=None))

    whole = raised(tmp_path / "whole", list(corpus()))
    assert whole
    for number, cut in enumerate(
        range(corpus()[0].published_at, corpus()[-1].published_at, 30 * _HOUR_MS)
    ):
        known = raised(tmp_path / str(number), [one for one in corpus() if one.published_at <= cut])
        assert [one for one in known if one.detected_at <= cut] == [
            one for one in whole if one.detected_at <= cut
        ]
