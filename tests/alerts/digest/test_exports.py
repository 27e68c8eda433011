"""Written files that quote mentions are known, so that an erasure reaches them."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from alerts.digest.exports import forget, write
from listener.errors import InputError
from tests.alerts.making import database


def put(db: Database, path: Path, *quoted: int, content: bytes = b"said") -> Path:
    return write(db, path, content, kind="digest", quoted=quoted, now=1)


def known(db: Database) -> list[tuple[str, int]]:
    rows = db.execute(
        "SELECT path, mention_seq FROM exports JOIN export_mentions ON export_id = id "
        "ORDER BY path, mention_seq"
    )
    return [(Path(path).name, seq) for path, seq in rows]


def test_forgetting_deletes_the_files_that_quote(tmp_path: Path) -> None:
    db = database()
    one = put(db, tmp_path / "deep" / "one.html", 1, 2)
    two = put(db, tmp_path / "two.html", 2, 3)
    three = put(db, tmp_path / "three.html")
    assert forget(db, [1]) == [one]
    assert not one.exists() and two.exists() and three.exists()
    assert known(db) == [("two.html", 2), ("two.html", 3)]
    assert forget(db, [1]) == []
    assert forget(db, [3, 2]) == [two]


def test_a_file_written_again_quotes_only_what_it_quotes_now(tmp_path: Path) -> None:
    db = database()
    path = put(db, tmp_path / "a.html", 1, content=b"one")
    assert put(db, tmp_path / "a.html", 2, content=b"two") == path
    assert (path.read_bytes(), known(db)) == (b"two", [("a.html", 2)])
    assert forget(db, [1]) == []


def test_a_file_that_was_moved_away_is_struck_off(tmp_path: Path) -> None:
    db = database()
    put(db, tmp_path / "a.html", 1).rename(tmp_path / "elsewhere.html")
    assert forget(db, [1]) == []
    assert known(db) == []


def test_the_register_comes_before_the_file(tmp_path: Path) -> None:
    # Killed between the two, or the disk full: an erasure must still find what was begun.
    db = database()
    (tmp_path / "a.html").mkdir()  # cannot be replaced by a file
    with pytest.raises(InputError, match="cannot be written"):
        put(db, tmp_path / "a.html", 7)
    assert known(db) == [("a.html", 7)]
    part = tmp_path / ".a.html.part"
    assert part.exists()
    (tmp_path / "a.html").rmdir()
    assert forget(db, [7]) == []
    assert not part.exists()


def test_a_folder_that_is_a_file_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        put(database(), tmp_path / "file" / "a.html")


def test_what_cannot_be_deleted_stops_the_erasure(tmp_path: Path) -> None:
    db = database()
    path = put(db, tmp_path / "a.html", 1)
    path.unlink()
    path.mkdir()  # what stands there now cannot be unlinked
    with pytest.raises(InputError, match="nothing was erased yet"):
        forget(db, [1])
    assert known(db) == [("a.html", 1)]
