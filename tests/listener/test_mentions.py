"""The log: appending, knowing again, folding edits and deletions."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from krasae.schema import ROOMS
from listener.errors import SettingsError
from listener.model import Folding, FoldingKind, Mention, clean_text
from listener.store import AuthorKey, Stored, append, fold, open_database

KEY = AuthorKey("a key for tests only")


def fresh() -> Database:
    return open_database(":memory:", ROOMS, create=True)


def put(db: Database, *mentions: Mention, now: int = 10) -> Stored:
    return append(db, mentions, source="test", key=KEY, now=now)


def rows(db: Database) -> list[dict[str, object]]:
    return list(db.query("SELECT * FROM mentions ORDER BY seq"))


def test_the_same_batch_twice_adds_nothing() -> None:
    db = fresh()
    mentions = [Mention("x", str(i), i, "ทดสอบ", author="somsri") for i in range(5)]
    assert put(db, *mentions) == Stored(new=5)
    before = rows(db)
    assert put(db, *mentions, now=99) == Stored(known=5)
    assert rows(db) == before


def test_a_later_row_adds_what_it_knows_and_removes_nothing() -> None:
    db = fresh()
    put(db, Mention("x", "1", 5, "one", likes=3, labels=("AAPL",)))
    stored = put(db, Mention("x", "1", 5, "one", views=70, labels=("GOOG",)), now=11)
    assert stored == Stored(updated=1)
    [row] = rows(db)
    assert (row["likes"], row["views"], row["labels"]) == (3, 70, '["AAPL","GOOG"]')
    assert row["edited_at"] is None


def test_one_batch_may_hold_the_same_mention_twice() -> None:
    db = fresh()
    tweets = [Mention("x", "1", 5, "one", labels=(ticker,)) for ticker in ("AAPL", "GOOG")]
    assert put(db, *tweets) == Stored(new=1, updated=1)
    assert rows(db)[0]["labels"] == '["AAPL","GOOG"]'


def test_an_edit_is_a_change_and_not_a_second_row() -> None:
    db = fresh()
    put(db, Mention("x", "1", 5, "one"))
    edit = Folding(FoldingKind.EDIT, "x", at=20, native_id="1", text="two")
    assert fold(db, [edit], key=KEY) == 1
    [row] = rows(db)
    assert (row["text"], row["edited_at"]) == ("two", 20)
    assert db.execute("SELECT mention_seq FROM changes").fetchall() == [(1,)]
    older = Folding(FoldingKind.EDIT, "x", at=15, native_id="1", text="between")
    assert fold(db, [older], key=KEY) == 0
    # Told in order it is the newest, though we met the one before it later than it was made.
    assert fold(db, [replace(older, in_order=True)], key=KEY) == 1
    assert rows(db)[0]["text"] == "between"


def test_what_is_told_again_as_it_was_undoes_no_edit() -> None:
    """Neither a known one, nor one that was not known when the mention came edited already."""
    db = fresh()
    post = Mention("x", "1", 5, "one", as_of=5)
    put(db, post, replace(post, native_id="2", text="edited before it came", as_of=None))
    fold(db, [Folding(FoldingKind.EDIT, "x", at=20, native_id="1", text="two")], key=KEY)
    again = [replace(post, likes=9, as_of=19), replace(post, native_id="2", likes=9, as_of=9)]
    assert put(db, *again, now=30) == Stored(updated=2)
    told = [(row["text"], row["edited_at"], row["likes"]) for row in rows(db)]
    assert told == [("two", 20, 9), ("edited before it came", None, 9)]
    put(db, replace(post, text="three", as_of=21), now=31)
    assert (rows(db)[0]["text"], rows(db)[0]["edited_at"]) == ("three", 21)
    put(db, replace(post, text="as it is now", as_of=None), now=32)
    assert (rows(db)[0]["text"], rows(db)[0]["edited_at"]) == ("as it is now", 32)


def test_a_deletion_erases_the_text_and_stays() -> None:
    db = fresh()
    post = Mention("x", "1", 5, "regret", url="https://example.com/1")
    put(db, post)
    deletion = Folding(FoldingKind.DELETE, "x", at=20, native_id="1")
    assert fold(db, [deletion], key=KEY) == 1
    put(db, post)
    [row] = rows(db)
    assert (row["text"], row["url"], row["deleted_at"]) == ("", None, 20)


def test_a_deletion_may_overtake_its_mention() -> None:
    db = fresh()
    assert fold(db, [Folding(FoldingKind.DELETE, "x", at=20, native_id="1")], key=KEY) == 0
    put(db, Mention("x", "1", 5, "regret"))
    [row] = rows(db)
    assert (row["text"], row["deleted_at"]) == ("", 20)


def test_an_author_who_leaves_takes_all_texts() -> None:
    db = fresh()
    put(db, Mention("x", "1", 5, "a", author="somsri"), Mention("x", "2", 5, "b", author="other"))
    leaving = Folding(FoldingKind.AUTHOR_DELETE, "x", at=20, author="somsri")
    assert fold(db, [leaving], key=KEY) == 1
    assert [row["text"] for row in rows(db)] == ["", "b"]


def test_an_erased_number_is_not_given_again() -> None:
    db = fresh()
    put(db, Mention("x", "1", 5, "a"), Mention("x", "2", 5, "b"))
    db.execute("DELETE FROM mentions WHERE seq = 2")
    put(db, Mention("x", "3", 5, "c"))
    assert [row["seq"] for row in rows(db)] == [1, 3]


def test_authors_are_kept_without_a_name_unless_asked() -> None:
    db = fresh()
    put(db, Mention("x", "1", 5, "a", author="somsri"))
    [author] = db.query("SELECT * FROM authors")
    assert author["name"] is None
    assert "somsri" not in repr(list(db.query("SELECT * FROM mentions")))
    named = AuthorKey("a key for tests only", hashed=False)
    append(db, [Mention("x", "2", 5, "a", author="ploy")], source="t", key=named, now=1)
    assert db.execute("SELECT name FROM authors WHERE name IS NOT NULL").fetchall() == [("ploy",)]


def test_another_key_gives_another_author() -> None:
    other = AuthorKey("another key for tests")
    assert KEY.author_id("x", "somsri") != other.author_id("x", "somsri")
    assert KEY.author_id("x", "somsri") != KEY.author_id("bluesky", "somsri")
    with pytest.raises(SettingsError, match="KRASAE_AUTHOR_KEY"):
        AuthorKey("short")


def test_texts_that_utf8_cannot_carry_are_kept_readable() -> None:
    assert clean_text("a\x00b") == "a\N{REPLACEMENT CHARACTER}b"
    assert clean_text("a\ud800b") == "a\N{REPLACEMENT CHARACTER}b"
    assert clean_text("\ud83d\ude00") == "😀"


@given(
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from("ab")), max_size=12), st.integers(1, 5)
)
def test_rows_do_not_depend_on_how_they_are_batched(
    posts: Sequence[tuple[int, str]], size: int
) -> None:
    mentions = [
        Mention("x", str(number), number, "text", author=label, labels=(label,))
        for number, label in posts
    ]
    whole, parts = fresh(), fresh()
    put(whole, *mentions)
    for first in range(0, len(mentions), size):
        put(parts, *mentions[first : first + size])
    assert rows(whole) == rows(parts)
    assert (
        whole.execute("SELECT * FROM authors").fetchall()
        == parts.execute("SELECT * FROM authors").fetchall()
    )
