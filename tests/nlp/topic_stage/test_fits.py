"""Keeping a fit: what is kept of it, what of the fit before, and what came in between."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from krasae.schema import ROOMS
from krasae.workspace import Workspace
from listener.errors import StoreBusyError
from listener.model import DAY_MS, HOUR_MS, Folding, FoldingKind
from listener.store import append, fold, open_database, position
from listener.store.erase import erase_within
from nlp.topic_stage import reading
from nlp.topic_stage.fits import Found, count_topics, current, keep, latest, model_of
from nlp.topic_stage.window import mentions_in, sampled, window
from nlp.topics.model import Churn, TopicModel
from tests.laws.killing import contents, copy, wrong_after_kills
from tests.nlp.topic_stage.making import (
    NOW,
    START,
    enrich,
    found_for,
    hear,
    keep_fit,
    posts,
    topic_of,
)


def blob(db: Database) -> bytes:
    (stored,) = db.execute("SELECT model FROM topic_fits WHERE model IS NOT NULL").fetchone()
    return bytes(stored)


def test_a_model_comes_back_with_its_words(fitted: Workspace) -> None:
    fit = latest(fitted.db, "apple")
    assert fit is not None
    assert (fit.mentions, fit.fitted, fit.outliers, fit.churn) == (40, 40, 0.0, None)
    assert (fit.since, fit.until) == (fit.until - 30 * DAY_MS, START + 39 * HOUR_MS + 1)
    model = model_of(fitted.db, fit)
    assert model is not None
    assert [(topic.label, topic.terms) for topic in model.topics] == [
        ("battery, iphone", ("battery", "iphone")),  # a term that nobody said is not kept
        ("price, iphone", ("price", "iphone")),
    ]
    assert [group.label for group in model.groups] == ["iphone"]
    assert model.centroids.shape == (2, 256)
    assert current(fitted.db) == [fit]


def test_the_stored_model_holds_no_word(fitted: Workspace) -> None:
    bare = TopicModel.from_bytes(blob(fitted.db))
    assert {topic.label for topic in bare.topics} == {""}
    assert {topic.terms for topic in bare.topics} == {()}
    assert {topic.representatives for topic in bare.topics} == {()}
    assert {group.label for group in bare.groups} == {""}


def test_what_was_taken_back_is_not_in_a_loaded_model(fitted: Workspace) -> None:
    fitted.db.execute("DELETE FROM topics WHERE id = 1")
    fitted.db.execute("DELETE FROM topic_groups")
    fit = latest(fitted.db, "apple")
    assert fit is not None
    model = model_of(fitted.db, fit)
    assert model is not None
    assert [topic.id for topic in model.topics] == [2]
    assert len(model.centroids) == len(model.nearest) == 1
    assert model.groups == ()


def test_the_next_fit_goes_on_with_the_topics(fitted: Workspace) -> None:
    before = latest(fitted.db, "apple")
    hear(fitted, posts(*["price", "camera"] * 30, first=800))  # a month later
    fit = keep_fit(fitted)
    assert before is not None
    assert fit.churn == Churn(kept=(2,), new=(3,), gone=(1,))
    assert count_topics(fitted.db, fit) == 2
    rows = fitted.db.execute("SELECT id, first_fit, last_fit FROM topics ORDER BY id").fetchall()
    # by_word forgets what is gone, so its rows go, too
    assert rows == [(2, before.id, fit.id), (3, fit.id, fit.id)]
    assert [new for _, new in reading.topics_in(fitted.db, fit)] == [False, True]
    assert model_of(fitted.db, before) is None
    assert current(fitted.db) == [fit]
    assert topic_of(fitted, "1") == "price"  # before the window, as it was


def test_two_fits_at_once(fitted: Workspace) -> None:
    first, second = found_for(fitted, "apple"), found_for(fitted, "apple")
    kept = keep(fitted.db, first, now=NOW)
    with pytest.raises(StoreBusyError, match="meanwhile"):
        keep(fitted.db, second, now=NOW)
    assert current(fitted.db) == [kept]


def test_another_embedding_begins_anew(fitted: Workspace) -> None:
    found = replace(found_for(fitted, "apple"), embedding="minilm", anew=True)
    fit = keep(fitted.db, replace(found, fit=replace(found.fit, churn=None)), now=NOW)
    firsts = fitted.db.execute("SELECT DISTINCT first_fit FROM topics").fetchall()
    assert firsts == [(fit.id,)]
    assert fit.churn is None


def test_what_is_erased_meanwhile_is_not_written(fitted: Workspace) -> None:
    found = found_for(fitted, "apple")
    erase_within(fitted.db.conn, [1, 2])
    fold(fitted.db, [Folding(FoldingKind.DELETE, "x", NOW, native_id="2")], key=fitted.key)
    keep(fitted.db, found, now=NOW)
    seqs = fitted.db.execute("SELECT mention_seq FROM mention_topics ORDER BY 1").fetchall()
    assert [seq for (seq,) in seqs] == list(range(4, 41))


def test_the_stage_goes_on_from_what_the_fit_knew(fitted: Workspace) -> None:
    found = found_for(fitted, "apple")
    hear(fitted, posts("price", first=40))
    fold(fitted.db, [Folding(FoldingKind.DELETE, "x", NOW, native_id="2")], key=fitted.key)
    enrich(fitted)
    fitted.db.execute("UPDATE cursors SET position = 41 WHERE stage LIKE 'topics%'")
    keep(fitted.db, found, now=NOW)
    assert position(fitted.db, "topics") == 40
    assert position(fitted.db, "topics.changes") == 0


def test_a_sample_is_fitted_and_the_rest_assigned(workspace: Workspace) -> None:
    hear(workspace, posts(*["battery", "price"] * 40))
    fit = keep_fit(workspace, most=50)
    assert (fit.mentions, fit.fitted) == (80, 50)
    assert all(topic_of(workspace, str(number)) == "battery" for number in range(0, 80, 2))


def test_kept_as_a_whole_or_not_at_all(fitted: Workspace, tmp_path: Path) -> None:
    hear(fitted, posts(*["price", "camera"] * 10, first=40))
    found = found_for(fitted, "apple")
    fitted.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    start = copy(fitted.folder / "krasae.db", tmp_path / "start.db")

    def job(db: Database) -> None:
        last = latest(db, "apple")
        if last and last.id == found.latest:  # else it was kept before the kill
            keep(db, found, now=NOW)

    assert list(wrong_after_kills(job, start, tmp_path)) == []
    assert contents(tmp_path / "undisturbed.db") != contents(start)


def test_the_window(workspace: Workspace) -> None:
    assert window(workspace.db, "apple", days=1, now=NOW) is None
    future = replace(posts("price")[0], native_id="later", published_at=NOW + DAY_MS)
    hear(workspace, [*posts(*["battery"] * 60), *posts("no such thing", first=60), future])
    gone = Folding(FoldingKind.DELETE, "x", NOW, native_id="59")
    fold(workspace.db, [gone], key=workspace.key)
    append(workspace.db, posts("price", first=61), source="t", key=workspace.key, now=NOW)
    looked = window(workspace.db, "apple", days=1, now=NOW)
    assert looked is not None  # of apple, there, enriched, and not from the future
    assert looked.until == START + 58 * HOUR_MS + 1
    assert mentions_in(workspace.db, looked) == list(range(36, 60))
    whole = window(workspace.db, "", days=1, now=NOW)
    assert whole is not None
    assert mentions_in(workspace.db, whole)[-1] == 61


def test_a_sample_depends_on_the_seqs_alone() -> None:
    seqs = list(range(5, 60_005))
    sample = sampled(seqs, 1000)
    assert sample == sorted(sample) == sampled(seqs[::-1], 1000)
    assert len(set(sample)) == 1000
    assert sampled(seqs[:900], 1000) == seqs[:900]
    later = sampled(list(range(2005, 62_005)), 1000)
    assert len({one for one in sample if one >= 2005} - set(later)) < 60
    # spread over all of the time
    assert all(
        70 < sum(start <= one < start + 6000 for one in sample) < 130
        for start in range(5, 60_000, 6000)
    )


def test_a_fit_of_a_closed_database_can_be_read_alone(fitted: Workspace) -> None:
    db = open_database(fitted.folder / "krasae.db", ROOMS, read_only=True)
    fit = latest(db, "apple")
    assert fit is not None
    assert model_of(db, fit) is not None
    db.close()


def test_found_can_be_sent(fitted: Workspace) -> None:
    """It comes out of a child process."""
    import pickle

    found = pickle.loads(pickle.dumps(found_for(fitted, "apple")))
    assert isinstance(found, Found)
    assert keep(fitted.db, found, now=NOW).id == 2
