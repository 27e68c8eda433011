"""The enrich stage on a real database: in order, once, and again when something changed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from krasae.schema import ROOMS
from listener.errors import CursorMovedError
from listener.model import Folding, FoldingKind, Mention
from listener.query import BrandMatcher
from listener.stage import IDLE, Stage, run_to_end
from listener.store import AuthorKey, advance, append, fold, open_database, position
from nlp.enrich import Enricher
from nlp.settings import NlpSettings
from nlp.stage import CHANGES, ENRICH, EnrichStage

KEY = AuthorKey("a key for the tests, and for nothing else")
BRANDS = {
    "apple": "apple OR iphone OR $aapl",
    "bbq": "บาร์บีคิวพลาซ่า",
    "thai": "lang:th",
    "tagged": "label:TAG",
}
ENRICHER = Enricher(NlpSettings())
STAGE = EnrichStage(ENRICHER, BrandMatcher(BRANDS, KEY))
POSTS = (
    "Apple unveils the iPhone 6 today in Cupertino http://t.co/abc",
    "บาร์บีคิวพลาซ่าอร่อยมากค่ะ",
    "nothing about anyone",
    "My iPhone got hacked, worst day ever",
    "😂😂",
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "krasae.db", ROOMS, create=True)
    hear(opened, POSTS)
    yield opened
    opened.close()


def hear(db: Database, posts: tuple[str, ...], *, first: int = 0, **known: Any) -> None:
    mentions = [
        Mention("x", str(first + number), 1000 + number, text, author="ann", **known)
        for number, text in enumerate(posts)
    ]
    append(db, mentions, source="test", key=KEY, now=5)


def edit(db: Database, native_id: str, text: str, at: int = 9000) -> None:
    fold(db, [Folding(FoldingKind.EDIT, "x", at, native_id=native_id, text=text)], key=KEY)


def tables(db: Database) -> tuple[list[Any], list[Any]]:
    return (
        db.execute("SELECT * FROM enrichments ORDER BY mention_seq").fetchall(),
        db.execute("SELECT mention_seq, brand FROM brand_matches ORDER BY 1, 2").fetchall(),
    )


def brands(db: Database, seq: int) -> list[str]:
    return [brand for at, brand in tables(db)[1] if at == seq]


def test_it_is_a_stage() -> None:
    assert isinstance(STAGE, Stage)
    assert (STAGE.name, STAGE.needs) == ("enrich", ())


def test_every_mention_once_in_order(db: Database) -> None:
    assert STAGE.backlog(db) == 5
    assert run_to_end(STAGE, db, now=9) == 5
    assert STAGE.backlog(db) == 0
    assert STAGE.step(db, limit=10, now=9) == IDLE
    rows, matches = tables(db)
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5]
    assert matches == [(1, "apple"), (2, "bbq"), (2, "thai"), (4, "apple")]
    assert rows[3][1:3] == ("en", "negative")
    assert rows[3][6] == '["privacy"]'
    assert rows[0][5] != 0
    assert json.loads(rows[0][9]) == [
        {"name": "Apple", "kind": "brand"},
        {"name": "iPhone", "kind": "product"},
    ]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_results_do_not_depend_on_the_limit(db: Database, limit: int, tmp_path: Path) -> None:
    run_to_end(STAGE, db, now=9, limit=limit)
    edit(db, "0", "Apple is boring")
    edit(db, "2", "บาร์บีคิวพลาซ่าแพง")
    run_to_end(STAGE, db, now=9, limit=limit)
    with_limit = tables(db)
    other = open_database(tmp_path / "other.db", ROOMS, create=True)
    hear(other, POSTS)
    edit(other, "0", "Apple is boring")
    edit(other, "2", "บาร์บีคิวพลาซ่าแพง")
    run_to_end(STAGE, other, now=9)
    assert with_limit == tables(other)
    other.close()


def test_an_edited_mention_is_done_again(db: Database) -> None:
    run_to_end(STAGE, db, now=9)
    edit(db, "0", "บาร์บีคิวพลาซ่า")
    edit(db, "0", "บาร์บีคิวพลาซ่า ท้องเสียเลย", at=9500)
    assert STAGE.backlog(db) == 2
    step = STAGE.step(db, limit=10, now=9)
    assert (step.read, step.written) == (2, 1)
    rows, _ = tables(db)
    assert (rows[0][1], rows[0][6]) == ("th", '["safety"]')
    assert brands(db, 1) == ["bbq", "thai"]
    assert STAGE.step(db, limit=10, now=9) == IDLE


def test_new_labels_are_matched(db: Database) -> None:
    run_to_end(STAGE, db, now=9)
    hear(db, POSTS[:1], labels=("TAG",))
    run_to_end(STAGE, db, now=9)
    assert brands(db, 1) == ["apple", "tagged"]


def test_nothing_is_left_of_a_deleted_mention(db: Database) -> None:
    hear(db, ("Apple recalls everything",), first=50, labels=("TAG",))
    run_to_end(STAGE, db, now=9)
    assert brands(db, 6) == ["apple", "tagged"]
    fold(db, [Folding(FoldingKind.DELETE, "x", 9000, native_id="50")], key=KEY)
    run_to_end(STAGE, db, now=9)
    rows, _ = tables(db)
    assert rows[5] == (6, "und", "neutral", 1.0, "other", 0, "[]", "[]", "{}", "[]")
    assert brands(db, 6) == []


def test_a_mention_deleted_before_it_was_enriched_is_about_nobody(db: Database) -> None:
    hear(db, ("Apple recalls everything",), first=50, labels=("TAG",))
    fold(db, [Folding(FoldingKind.DELETE, "x", 9000, native_id="50")], key=KEY)
    run_to_end(STAGE, db, now=9)
    assert brands(db, 6) == []


def test_an_erased_mention_is_passed_over(db: Database) -> None:
    run_to_end(STAGE, db, now=9, limit=2)
    edit(db, "0", "gone soon")
    db.conn.execute("DELETE FROM mentions WHERE seq IN (1, 3)")
    run_to_end(STAGE, db, now=9)
    assert [row[0] for row in tables(db)[0]] == [2, 4, 5]


class _Interrupted(EnrichStage):
    """A stage during whose computing something else happens to the database."""

    def __init__(self, db: Database, happening: str) -> None:
        super().__init__(ENRICHER, BrandMatcher(BRANDS, KEY))
        self._db, self._happening = db, happening

    def _enrich(self, db: Database, rows: Any) -> Any:
        enriched = super()._enrich(db, rows)
        self._db.conn.executescript(self._happening)
        return enriched


def test_erased_while_it_was_enriched(db: Database) -> None:
    stage = _Interrupted(db, "DELETE FROM mentions WHERE seq = 2")
    stage.step(db, limit=100, now=9)
    assert [row[0] for row in tables(db)[0]] == [1, 3, 4, 5]
    assert brands(db, 2) == []


def test_edited_while_it_was_enriched(db: Database) -> None:
    text = "บาร์บีคิวพลาซ่า"
    stage = _Interrupted(db, f"UPDATE mentions SET text = '{text}' WHERE seq = 1")
    stage.step(db, limit=100, now=9)
    assert brands(db, 1) == ["apple"]  # from the text as it was read
    run_to_end(STAGE, db, now=9)
    assert brands(db, 1) == ["bbq", "thai"]


def test_another_process_was_first(db: Database) -> None:
    other = "INSERT INTO cursors VALUES ('enrich', 3)"
    with pytest.raises(CursorMovedError):
        _Interrupted(db, other).step(db, limit=100, now=9)
    assert tables(db) == ([], [])


def test_a_change_ahead_waits_for_its_mention(db: Database) -> None:
    run_to_end(STAGE, db, now=9)
    edit(db, "0", "Apple again")
    hear(db, ("a new one", "and another"), first=50)
    edit(db, "50", "Apple, edited before it was enriched")
    edit(db, "1", "nothing")
    stage = EnrichStage(ENRICHER, BrandMatcher(BRANDS, KEY))
    assert stage._changed(db, 100).read == 1  # the first; the second is ahead, the third behind it
    assert position(db, CHANGES) == 1
    run_to_end(STAGE, db, now=9)
    assert (position(db, ENRICH), position(db, CHANGES)) == (7, 3)
    assert [brands(db, seq) for seq in (1, 2, 6)] == [["apple"], [], ["apple"]]


def test_statements_use_the_indices(db: Database) -> None:
    run_to_end(STAGE, db, now=9)
    edit(db, "0", "Apple again")
    seen: list[str] = []
    db.conn.set_trace_callback(seen.append)
    STAGE.backlog(db)
    run_to_end(STAGE, db, now=9)
    db.conn.set_trace_callback(None)
    plans = [
        row[3]
        for sql in seen
        if sql.lstrip().startswith(("SELECT", "INSERT", "DELETE", "UPDATE"))
        for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")
    ]
    scans = {plan for plan in plans if plan.startswith("SCAN")}
    assert scans <= {"SCAN CONSTANT ROW", "SCAN json_each VIRTUAL TABLE INDEX 1:"}
    assert any("mentions USING INTEGER PRIMARY KEY" in plan for plan in plans)


def test_the_cursor_moves_with_the_results(db: Database) -> None:
    STAGE.step(db, limit=2, now=9)
    assert position(db, ENRICH) == 2
    with pytest.raises(CursorMovedError), advance(db, ENRICH, since=0, to=2):
        pass
