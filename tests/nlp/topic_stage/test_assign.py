"""The topics stage: new mentions get their topic, changed ones another, nothing without a fit."""

from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from krasae import pipeline
from krasae.schema import ROOMS
from krasae.workspace import Workspace
from listener.errors import CursorMovedError
from listener.model import Folding, FoldingKind
from listener.stage import IDLE, run_to_end
from listener.store import fold, open_database, position
from nlp.topic_stage import TopicStage
from tests.laws.killing import contents, copy, wrong_after_kills
from tests.nlp.topic_stage.making import NOW, SAYINGS, enrich, hear, keep_fit, posts, topic_of

OLD = posts(*["battery", "price"] * 20)


def rows(db: Database) -> list[Any]:
    return db.execute("SELECT * FROM mention_topics ORDER BY brand, mention_seq").fetchall()


def test_new_mentions_get_their_topic(fitted: Workspace) -> None:
    assert len(rows(fitted.db)) == 40
    hear(fitted, posts("price", "battery", "lovely iphone weather", first=40))
    run_to_end(TopicStage("shipped"), fitted.db, now=NOW)
    assert [topic_of(fitted, str(number)) for number in (40, 41, 42)] == ["price", "battery", None]
    assert len(rows(fitted.db)) == 42


def test_without_a_fit_nothing_happens(workspace: Workspace) -> None:
    hear(workspace, OLD)
    stage = TopicStage("shipped")
    assert stage.backlog(workspace.db) == 0
    assert stage.step(workspace.db, limit=10, now=NOW) == IDLE
    assert position(workspace.db, "topics") == 0


def test_a_brand_without_a_fit_has_no_topics(fitted: Workspace) -> None:
    hear(fitted, posts("the price at bar b q is a price to pay for a phone", first=40))
    run_to_end(TopicStage("shipped"), fitted.db, now=NOW)
    assert topic_of(fitted, "40", "bbq") is None


def test_a_fit_of_another_embedding_waits(fitted: Workspace) -> None:
    hear(fitted, posts("price", first=40))
    stage = TopicStage("minilm")  # not even loaded
    assert stage.backlog(fitted.db) == 0
    assert stage.step(fitted.db, limit=10, now=NOW) == IDLE


def test_what_waits_is_counted(fitted: Workspace) -> None:
    hear(fitted, posts("price", "battery", first=40))
    stage = TopicStage("shipped")
    assert stage.backlog(fitted.db) == 2
    assert run_to_end(stage, fitted.db, now=NOW) == 2
    assert stage.backlog(fitted.db) == 0


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_batches_change_nothing(fitted: Workspace, limit: int) -> None:
    hear(fitted, posts(*["price", "battery", "lovely iphone weather"] * 3, first=40))
    run_to_end(TopicStage("shipped"), fitted.db, now=NOW, limit=limit)
    found = rows(fitted.db)
    fitted.db.execute("UPDATE cursors SET position = 40 WHERE stage = 'topics'")
    run_to_end(TopicStage("shipped"), fitted.db, now=NOW)
    assert rows(fitted.db) == found
    assert len(found) == 46


def test_what_the_fit_said_stays(fitted: Workspace) -> None:
    """A fit weighs its own posts; passing by them again, the stage leaves them alone."""
    before = rows(fitted.db)
    fitted.db.execute("UPDATE cursors SET position = 0 WHERE stage = 'topics'")
    run_to_end(TopicStage("shipped"), fitted.db, now=NOW, limit=7)
    assert rows(fitted.db) == before


def test_edits_and_deletions_are_followed(fitted: Workspace) -> None:
    changes = [
        Folding(FoldingKind.EDIT, "x", NOW, native_id="0", text=SAYINGS["price"]),
        Folding(FoldingKind.EDIT, "x", NOW, native_id="1", text="lovely weather, says my iphone"),
        Folding(FoldingKind.DELETE, "x", NOW, native_id="2"),
    ]
    assert topic_of(fitted, "0") == "battery"
    fold(fitted.db, changes, key=fitted.key)
    stage = TopicStage("shipped")
    assert stage.step(fitted.db, limit=10, now=NOW) == IDLE  # not enriched yet
    enrich(fitted)
    assert run_to_end(stage, fitted.db, now=NOW, limit=2) == 3
    assert [topic_of(fitted, str(number)) for number in range(4)] == ["price", None, None, "price"]


def test_a_mention_that_loses_its_brand_loses_its_topic(fitted: Workspace) -> None:
    text = SAYINGS["battery"].replace("iphone", "phone")
    edit = Folding(FoldingKind.EDIT, "x", NOW, native_id="0", text=text)
    fold(fitted.db, [edit], key=fitted.key)
    enrich(fitted)
    run_to_end(TopicStage("shipped"), fitted.db, now=NOW)
    assert topic_of(fitted, "0") is None


def test_a_fit_in_the_middle_of_a_step(fitted: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process fits between reading and writing: the step is given up, and done anew."""
    hear(fitted, posts("price", first=40))
    stage = TopicStage("shipped")
    assign, fits = stage._assign, []

    def refitted(*args: Any, **options: Any) -> Any:
        if not fits:
            fits.append(keep_fit(fitted))
        return assign(*args, **options)

    monkeypatch.setattr(stage, "_assign", refitted)
    with pytest.raises(CursorMovedError):
        stage.step(fitted.db, limit=10, now=NOW)
    run_to_end(stage, fitted.db, now=NOW)
    assert topic_of(fitted, "40") == "price"


def test_a_topic_that_was_taken_back_gets_nobody(fitted: Workspace) -> None:
    stage = TopicStage("shipped")
    run_to_end(stage, fitted.db, now=NOW)
    fitted.db.execute("DELETE FROM topics WHERE terms ->> 0 = 'price'")
    for number, one in enumerate((stage, TopicStage("shipped")), 40):  # long at work, and new
        hear(fitted, posts("price", first=number))
        run_to_end(one, fitted.db, now=NOW)
    assert rows(fitted.db)[-1][1] <= 40


def test_the_whole_stream(workspace: Workspace) -> None:
    hear(workspace, OLD)
    keep_fit(workspace, "")
    hear(workspace, posts("price", first=40))
    run_to_end(TopicStage("shipped", whole_stream=True), workspace.db, now=NOW)
    assert topic_of(workspace, "40", "") == "price"


def test_every_kill_is_survived(fitted: Workspace, tmp_path: Path) -> None:
    """New mentions and changes: killed before each statement and resumed, it ends the same."""
    hear(fitted, posts(*["price", "battery"] * 3, first=40))
    changes = [
        Folding(FoldingKind.EDIT, "x", NOW, native_id=str(number), text=SAYINGS["price"])
        for number in range(0, 8, 2)
    ] + [Folding(FoldingKind.DELETE, "x", NOW, native_id="9")]
    fold(fitted.db, changes, key=fitted.key)
    enrich(fitted)
    fitted.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    stage = TopicStage("shipped")
    start = copy(fitted.folder / "krasae.db", tmp_path / "start.db")
    db = open_database(copy(start, tmp_path / "warm.db"), ROOMS)
    run_to_end(stage, db, now=NOW)  # the embedding is loaded before the forks
    db.close()

    def job(db: Database) -> None:
        run_to_end(stage, db, now=NOW, limit=2)

    assert list(wrong_after_kills(job, start, tmp_path)) == []
    assert contents(tmp_path / "undisturbed.db") != contents(start)


def test_it_is_in_the_pipeline(workspace: Workspace) -> None:
    names = [stage.name for stage in pipeline.build(workspace)]
    assert names.index("topics") == names.index("enrich") + 1
