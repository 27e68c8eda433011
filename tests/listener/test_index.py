"""The index stage: the index is what the log says, whatever happens in which order."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from krasae.schema import ROOMS
from listener.errors import CursorMovedError
from listener.index import IndexStage, waiting
from listener.model import Folding, FoldingKind, Mention
from listener.query.normalise import folded_otherwise
from listener.stage import Stage, Step, run_to_end
from listener.store import AuthorKey, append, fold, open_database, position
from listener.store.erase import erase_within
from tests.listener.query.strategies import texts

KEY = AuthorKey("a key for the tests, and for nothing else")


def fresh(path: Path | str = ":memory:") -> Database:
    return open_database(path, ROOMS, create=True)


def put(db: Database, *said: str, first: int = 0) -> None:
    mentions = [
        Mention("x", str(number), number, text, author=f"author {number % 3}")
        for number, text in enumerate(said, start=first)
    ]
    append(db, mentions, source="test", key=KEY, now=1)


def edit(db: Database, native_id: int, text: str) -> None:
    fold(db, [Folding(FoldingKind.EDIT, "x", at=5, native_id=str(native_id), text=text)], key=KEY)


def delete(db: Database, native_id: int) -> None:
    fold(db, [Folding(FoldingKind.DELETE, "x", at=5, native_id=str(native_id))], key=KEY)


def found(db: Database, match: str) -> list[int]:
    rows = db.execute("SELECT rowid FROM mentions_fts WHERE mentions_fts MATCH ?", [match])
    return sorted(row[0] for row in rows)


def check(db: Database) -> None:
    """The index agrees with the texts that it was given, and those with the log."""
    db.execute("INSERT INTO mentions_fts (mentions_fts, rank) VALUES ('integrity-check', 0)")
    indexed = db.execute("SELECT rowid FROM mentions_fts_docsize ORDER BY rowid").fetchall()
    expected = db.execute(
        "SELECT seq FROM mentions WHERE seq <= ? ORDER BY seq", [position(db, "index")]
    ).fetchall()
    assert indexed == expected
    # integrity-check of what is not indexed yet would miss it, so: only when all is.
    if not db.execute("SELECT 1 FROM mentions WHERE seq > ?", [position(db, "index")]).fetchone():
        db.execute("INSERT INTO mentions_fts (mentions_fts, rank) VALUES ('integrity-check', 1)")


def check_folded(db: Database) -> None:
    """Each folded text is that of its mention, and none is missing."""
    kept = dict(db.execute("SELECT mention_seq, folded FROM folded_texts").fetchall())
    log = db.execute("SELECT seq, text FROM mentions").fetchall()
    assert kept == {
        seq: folded for seq, text in log if (folded := folded_otherwise(text)) is not None
    }


def test_it_is_a_stage() -> None:
    stage = IndexStage()
    assert isinstance(stage, Stage)
    assert (stage.name, stage.needs) == ("index", ())


def test_feeds_the_index_in_batches() -> None:
    db = fresh()
    put(db, "ซื้อ iPhone", "Café", "soooo good", "")
    stage = IndexStage()
    assert stage.backlog(db) == 4
    assert stage.step(db, limit=3, now=9) == Step(read=3, written=3)
    assert stage.backlog(db) == waiting(db) == 1
    assert stage.step(db, limit=3, now=9) == Step(read=1, written=1)
    assert stage.step(db, limit=3, now=9) == Step(read=0)
    assert found(db, '"iphone"') == [1]
    assert found(db, '"cafe"') == [2]
    assert found(db, '"sooo"') == found(db, '"so good"') == [3]
    check(db)
    check_folded(db)


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_batch_size_does_not_matter(limit: int) -> None:
    db = fresh()
    put(db, *(f"word{number} ดีมาก Café" for number in range(7)))
    assert run_to_end(IndexStage(), db, now=9, limit=limit) == 7
    assert found(db, '"ดีมาก"') == [1, 2, 3, 4, 5, 6, 7]
    assert found(db, '"word3"') == [4]
    check(db)
    check_folded(db)


def test_edits_before_and_after_indexing() -> None:
    db = fresh()
    put(db, "apple", "apple", "Café", "Café")
    edit(db, 0, "orange")
    edit(db, 2, "orange")
    assert found(db, '"apple"') == []
    run_to_end(IndexStage(), db, now=9)
    assert found(db, '"apple"') == [2]
    assert found(db, '"orange"') == [1, 3]
    edit(db, 1, "Crème Brûlée")
    edit(db, 3, "plain")
    assert found(db, '"apple"') == found(db, '"cafe"') == []
    assert waiting(db) == 2
    check(db)
    run_to_end(IndexStage(), db, now=9)
    assert found(db, '"creme brulee"') == [2]
    assert found(db, '"plain"') == [4]
    check(db)
    check_folded(db)


def test_deletions_before_and_after_indexing() -> None:
    db = fresh()
    put(db, "apple", "Café", "apple", "Café")
    delete(db, 0)
    delete(db, 1)
    run_to_end(IndexStage(), db, now=9)
    delete(db, 2)
    delete(db, 3)
    run_to_end(IndexStage(), db, now=9)
    assert found(db, '"apple" OR "cafe"') == []
    assert db.execute("SELECT count(*) FROM folded_texts").fetchone() == (0,)
    check(db)
    check_folded(db)


def test_erasure_before_and_after_indexing() -> None:
    db = fresh()
    put(db, "apple", "Café", "apple", "Café")
    with db.conn:
        erase_within(db.conn, [1, 2])
    run_to_end(IndexStage(), db, now=9)
    assert found(db, '"apple" OR "cafe"') == [3, 4]
    with db.conn:
        erase_within(db.conn, [3, 4])
    assert found(db, '"apple" OR "cafe"') == []
    assert db.execute("SELECT count(*) FROM folded_texts").fetchone() == (0,)
    check(db)


def test_the_same_edit_again_does_nothing() -> None:
    db = fresh()
    put(db, "Café")
    run_to_end(IndexStage(), db, now=9)
    db.execute("UPDATE mentions SET labels = '[\"a\"]' WHERE seq = 1")
    assert IndexStage().step(db, limit=10, now=9) == Step(read=1, written=0)
    check(db)
    check_folded(db)


def test_another_process_that_was_first_stops_this_one(tmp_path: Path) -> None:
    mine = fresh(tmp_path / "krasae.db")
    put(mine, "apple", "Café")
    other = fresh(tmp_path / "krasae.db")

    def overtake(statement: str) -> None:
        if statement.startswith("BEGIN") and not position(other, "index"):
            run_to_end(IndexStage(), other, now=9)

    mine.conn.set_trace_callback(overtake)
    with pytest.raises(CursorMovedError):
        IndexStage().step(mine, limit=1, now=9)
    mine.conn.set_trace_callback(None)
    assert found(mine, '"apple"') == [1]
    check(mine)
    check_folded(mine)
    mine.close()
    other.close()


def test_an_edit_at_the_last_moment_is_indexed(tmp_path: Path) -> None:
    mine = fresh(tmp_path / "krasae.db")
    put(mine, "apple", "Café")
    other = fresh(tmp_path / "krasae.db")

    def interfere(statement: str) -> None:
        if statement.startswith("BEGIN") and not waiting(other) > 2:
            edit(other, 0, "Crème")
            edit(other, 1, "orange")

    mine.conn.set_trace_callback(interfere)
    IndexStage().step(mine, limit=10, now=9)
    mine.conn.set_trace_callback(None)
    assert found(mine, '"creme"') == [1]
    assert found(mine, '"orange"') == [2]
    check(mine)
    check_folded(mine)
    mine.close()
    other.close()


_operations = st.lists(
    st.tuples(st.just("put"), texts, texts)
    | st.tuples(st.just("edit"), st.integers(0, 9), texts)
    | st.tuples(st.sampled_from(("delete", "erase", "step")), st.integers(1, 9), st.just("")),
    max_size=12,
)


@settings(max_examples=40)
@given(_operations)
def test_anything_in_any_order(operations: list[tuple[str, object, str]]) -> None:
    db = fresh()
    stored = 0
    for what, argument, text in operations:
        if what == "put":
            put(db, str(argument), text, first=stored)
            stored += 2
        elif what == "edit":
            edit(db, int(str(argument)), text)
        elif what == "delete":
            delete(db, int(str(argument)))
        elif what == "erase":
            with db.conn:
                erase_within(db.conn, [int(str(argument))])
        else:
            IndexStage().step(db, limit=int(str(argument)), now=9)
        check(db)
    run_to_end(IndexStage(), db, now=9, limit=2)
    check(db)
    check_folded(db)
    assert waiting(db) == 0
    db.close()
