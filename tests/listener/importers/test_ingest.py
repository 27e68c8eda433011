"""Importing: what is new, known, updated, refused; what is written where; what breaks off."""

import gzip
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from krasae.schema import ROOMS
from listener.errors import InputError, StoreBusyError, StoreError
from listener.importers import (
    ImportReport,
    ImportStoppedError,
    Profile,
    WrongProfileError,
    import_file,
    load_profile,
)
from listener.store import AuthorKey, open_database

Take = Callable[..., ImportReport]
Rows = list[dict[str, Any]]
KEY = AuthorKey("a key for the tests, and for nothing else")
NOW = 1_767_225_600_000


def rows(number: int, **more: Any) -> Rows:
    return [
        {"id": str(n), "time": f"2014-01-01T00:00:{n % 60:02}Z", "text": f"post {n}", **more}
        for n in range(number)
    ]


def write(folder: Path, values: Rows, name: str = "posts.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(f"{json.dumps(value)}\n" for value in values), "utf-8")
    return path


def counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    return (report.read, report.new, report.known, report.updated, report.refused)


def contents(db: Database) -> list[tuple[Any, ...]]:
    return [
        *db.execute("SELECT * FROM mentions ORDER BY seq").fetchall(),
        *db.execute("SELECT * FROM authors ORDER BY id").fetchall(),
    ]


def test_importing_twice_adds_nothing(tmp_path: Path, take: Take, db: Database) -> None:
    path = write(tmp_path, rows(2500))
    assert counts(take(path)) == (2500, 2500, 0, 0, 0)
    before = contents(db)
    assert counts(take(path, now=NOW + 5)) == (2500, 0, 2500, 0, 0)
    assert contents(db) == before
    assert [row[0] for row in before] == list(range(1, 2501))


def test_rows_without_an_id_are_known_again(
    tmp_path: Path, take: Take, profile: Callable[..., Profile]
) -> None:
    by = profile(columns={"text": "text", "published_at": "time"})
    path = write(tmp_path, [*rows(10), *rows(3)])
    assert counts(take(path, by)) == (13, 10, 3, 0, 0)
    assert counts(take(path, by)) == (13, 0, 13, 0, 0)
    # The same posts from another export, in another format and order, are the same posts.
    lines = [f"{row['text']},{row['time'].replace('Z', '+00:00')}" for row in reversed(rows(10))]
    other = tmp_path / "posts.csv"
    other.write_text("\n".join(["text,time", *lines]))
    assert counts(take(other, by)) == (10, 0, 10, 0, 0)


def test_a_tweet_under_several_tickers_is_one_mention(
    tmp_path: Path, take: Take, db: Database
) -> None:
    tweet = {"created_at": "2014-01-01T00:00:00Z", "id": 1, "text": "a", "is_rt": 0}
    path = write(tmp_path, [{**tweet, "ticker": name} for name in ("GOOG", "AAPL", "GOOG")])
    assert counts(take(path, load_profile("stocknet"))) == (3, 1, 1, 1, 0)
    assert db.execute("SELECT labels FROM mentions").fetchall() == [('["AAPL","GOOG"]',)]
    assert counts(take(path, load_profile("stocknet"))) == (3, 0, 3, 0, 0)


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_rows_that_contradict_each_other_end_as_the_last(
    tmp_path: Path, take: Take, db: Database, batch: int
) -> None:
    post = rows(1)[0]
    path = write(tmp_path, [{**post, "text": text} for text in ("first", "second", "first")])
    assert counts(take(path, batch=batch)) == (3, 1, 0, 2, 0)
    assert db.execute("SELECT text, edited_at FROM mentions").fetchall() == [("first", NOW)]


def test_refused_rows_go_to_a_file_beside_the_input(tmp_path: Path, take: Take) -> None:
    values = rows(3)
    values[1] = {"id": 2**70, "text": "ไม่มีเวลา", "when": None}
    path = write(tmp_path, values)
    report = take(path)
    assert counts(report) == (3, 2, 0, 0, 1)
    refused = tmp_path / "posts.jsonl.refused.jsonl"
    assert report.refused_file == refused
    (line,) = refused.read_text("utf-8").splitlines()
    record = json.loads(line)
    assert (record["row"], record["code"]) == (2, "no-time")
    assert record["reason"] and record["remedy"]
    assert record["values"]["text"] == "ไม่มีเวลา"
    assert report.reasons == {"no-time": 1}


def test_refused_rows_that_were_put_right_can_be_imported(
    tmp_path: Path, take: Take, db: Database
) -> None:
    values = rows(3)
    values[1]["time"] = "someday"
    report = take(write(tmp_path, values))
    assert report.refused_file is not None
    fixed = report.refused_file.read_text("utf-8").replace("someday", "2014-01-05")
    report.refused_file.write_text(fixed, "utf-8")
    assert counts(take(report.refused_file)) == (1, 1, 0, 0, 0)
    found = db.execute("SELECT native_id FROM mentions ORDER BY seq").fetchall()
    assert [row[0] for row in found] == ["0", "2", "1"]


def test_a_refused_file_tells_about_the_last_import(tmp_path: Path, take: Take) -> None:
    path = write(tmp_path, [*rows(2), {"text": "no time"}])
    refused = tmp_path / "posts.jsonl.refused.jsonl"
    assert take(path).refused_file == refused
    assert take(path, dry_run=True).refused_file is None
    assert refused.exists()
    write(tmp_path, rows(2))
    assert take(path).refused_file is None
    assert not refused.exists()


def test_where_it_cannot_be_beside_the_input_it_is_beside_the_database(
    tmp_path: Path, take: Take
) -> None:
    path = write(tmp_path, [*rows(2), {"text": "no time"}])
    (tmp_path / "posts.jsonl.refused.jsonl").mkdir()
    report = take(path)
    assert report.refused_file == tmp_path / "workspace" / "posts.jsonl.refused.jsonl"
    assert report.refused_file.is_file()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(tmp_path: Path, take: Take) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    path = write(folder, [*rows(2), {"text": "no time"}])
    folder.chmod(0o500)
    try:
        report = take(path)
    finally:
        folder.chmod(0o700)
    assert report.refused_file == tmp_path / "workspace" / "posts.jsonl.refused.jsonl"


def test_when_refused_rows_can_be_written_nowhere_nothing_is_hidden(
    tmp_path: Path, take: Take, db: Database
) -> None:
    path = write(tmp_path, [*rows(2), {"text": "no time"}])
    for folder in (tmp_path, tmp_path / "workspace"):
        (folder / "posts.jsonl.refused.jsonl").mkdir()
    with pytest.raises(InputError, match="Refused rows cannot be written"):
        take(path)
    assert db.execute("SELECT outcome FROM runs").fetchall() == [("failed",)]


def test_a_dry_run_counts_exactly_and_writes_nothing(
    tmp_path: Path, take: Take, db: Database
) -> None:
    take(write(tmp_path, [{**row, "likes": 1} for row in rows(20)]), batch=7)
    before = contents(db)
    changed = [{**row, "text": "changed"} if row["id"] in "357" else row for row in rows(30)]
    again = [changed[3], changed[25], *rows(2)]
    path = write(tmp_path, [*changed, *again, {"text": "no time"}], "more.jsonl")
    dry = take(path, dry_run=True, batch=7)
    assert counts(dry) == (35, 10, 21, 3, 1)
    assert dry.examples[0].row == 35
    assert contents(db) == before
    assert db.execute("SELECT count(*) FROM runs").fetchone() == (1,)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "more.jsonl",
        "posts.jsonl",
        "workspace",
    ]
    assert counts(take(path, batch=7)) == counts(dry)


def test_a_dry_run_needs_no_right_to_write(tmp_path: Path, take: Take, db: Database) -> None:
    take(write(tmp_path, rows(5)))
    path = write(tmp_path, rows(8), "more.jsonl")
    reading = open_database(tmp_path / "workspace" / "krasae.db", ROOMS, read_only=True)
    by = load_profile("reddit").model_copy(
        update={"columns": {"text": ("text",), "published_at": ("time",), "native_id": ("id",)}}
    )
    report = import_file(reading, path, by, key=KEY, timezone="UTC", now=NOW, dry_run=True)
    reading.close()
    assert counts(report) == (8, 8, 0, 0, 0)  # another platform than before


def test_the_diary_of_runs(tmp_path: Path, take: Take, db: Database) -> None:
    take(write(tmp_path, [*rows(5), *rows(1), {"text": "no time"}]))
    (run,) = db.query("SELECT * FROM runs")
    assert run["what"] == "import posts.jsonl"
    assert run["outcome"] == "done"
    assert run["started_at"] == NOW <= run["ended_at"]
    assert [run[f"rows_{name}"] for name in ("read", "new", "known", "updated", "refused")] == [
        7, 5, 1, 0, 1,
    ]  # fmt: skip


def test_a_profile_for_another_file_stops_early(tmp_path: Path, take: Take, db: Database) -> None:
    path = write(tmp_path, [{"message": f"m {n}", "created": "2014-01-01"} for n in range(5000)])
    with pytest.raises(WrongProfileError) as error:
        take(path)
    assert "none of the first 200 rows fits" in error.value.message
    assert "200 of them are refused like row 1: there is no text" in error.value.message
    assert "--map text=message" in error.value.remedy
    assert "--map published_at=created" in error.value.remedy
    assert contents(db) == []
    assert db.execute("SELECT outcome FROM runs").fetchall() == [("failed",)]
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["posts.jsonl"]


def test_a_column_that_a_header_lacks(tmp_path: Path, take: Take) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("message,time\nhello,2014-01-01\n")
    with pytest.raises(WrongProfileError, match='no column "text"') as error:
        take(path)
    assert '"message"' in error.value.remedy


def test_a_short_file_of_which_nothing_fits_says_so(tmp_path: Path, take: Take) -> None:
    report = take(write(tmp_path, [{"message": "m", "created": "2014-01-01"}] * 3))
    assert counts(report) == (3, 0, 0, 0, 3)
    assert "--map text=message" in report.hint


def test_a_file_that_breaks_off_keeps_what_came_before(
    tmp_path: Path, take: Take, db: Database
) -> None:
    content = "".join(f"{json.dumps(row)}\n" for row in rows(20_000)).encode()
    path = tmp_path / "posts.jsonl.gz"
    path.write_bytes(gzip.compress(content)[:-3000])
    with pytest.raises(ImportStoppedError) as error:
        take(path)
    report = error.value.report
    assert 10_000 < report.new == report.read < 20_000
    assert f"The {report.new:,} rows before were imported." in error.value.message
    assert len(contents(db)) == report.new
    run = db.execute("SELECT outcome, rows_read FROM runs").fetchone()
    assert run == ("failed", report.read)
    path.write_bytes(gzip.compress(content))
    whole = take(path)
    assert counts(whole) == (20_000, 20_000 - report.new, report.new, 0, 0)
    assert [row[0] for row in contents(db)] == list(range(1, 20_001))


def test_a_short_file_that_breaks_off(tmp_path: Path, take: Take) -> None:
    content = "".join(f"{json.dumps({**row, 'x': os.urandom(30).hex()})}\n" for row in rows(300))
    path = tmp_path / "posts.jsonl.gz"
    path.write_bytes(gzip.compress(content.encode())[:-900])
    with pytest.raises(ImportStoppedError, match="rows before were imported") as error:
        take(path)
    assert 100 < error.value.report.new < 300
    with pytest.raises(ImportStoppedError, match="rows before would be imported"):
        take(path, dry_run=True)


@pytest.mark.parametrize("name", ["missing.csv", "folder", "queue", "n" * 300])
def test_what_is_no_file(tmp_path: Path, take: Take, name: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "queue")
    with pytest.raises(InputError, match=re.escape(str(tmp_path / name))):
        take(tmp_path / name)


def test_a_name_that_is_no_utf8(tmp_path: Path, take: Take, db: Database) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.jsonl")
    path.write_text(json.dumps(rows(1)[0]))
    report = take(path)
    assert db.execute("SELECT what FROM runs").fetchone() == ("import caf\ufffd.jsonl",)
    assert "caf\ufffd.jsonl" in report.as_json()["file"]


def test_another_process_that_writes(tmp_path: Path, take: Take, db: Database) -> None:
    other = open_database(tmp_path / "workspace" / "krasae.db", ROOMS)
    other.execute("BEGIN IMMEDIATE")
    db.execute("PRAGMA busy_timeout = 20")
    with pytest.raises(StoreBusyError, match="locked"):
        take(write(tmp_path, rows(3)))
    other.execute("ROLLBACK")
    other.close()
    assert counts(take(write(tmp_path, rows(3)))) == (3, 3, 0, 0, 0)


def test_two_imports_at_once_lose_and_double_nothing(
    tmp_path: Path, take: Take, db: Database
) -> None:
    """A second connection imports overlapping rows between two batches of the first."""
    other = open_database(tmp_path / "workspace" / "krasae.db", ROOMS)
    second = write(tmp_path, rows(60)[30:], "second.jsonl")
    done: list[ImportReport] = []

    def meanwhile(progress: Any) -> None:
        if not done:
            by = load_profile("reddit").model_copy(update={"platform": "import", "columns": {
                "text": ("text",), "published_at": ("time",), "native_id": ("id",)}})  # fmt: skip
            done.append(import_file(other, second, by, key=KEY, timezone="UTC", now=NOW))

    first = take(write(tmp_path, rows(40)), batch=10, on_progress=meanwhile)
    other.close()
    assert (first.new, first.known, done[0].new) == (30, 10, 30)
    assert sorted(int(row[2]) for row in contents(db)) == list(range(60))
    assert [row[0] for row in contents(db)] == list(range(1, 61))


def test_a_full_disk(tmp_path: Path, take: Take, db: Database) -> None:
    """SQLite's own limit of pages stands in for the disk; it raises the very same error."""
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages + 80}")
    path = write(tmp_path, rows(5000))
    with pytest.raises(StoreError, match="full") as error:
        take(path)
    assert "Free some space" in error.value.remedy
    stored = len(contents(db))
    assert stored in (1000, 2000, 3000, 4000)
    run = db.execute("SELECT outcome, rows_new FROM runs").fetchone()
    assert run == (None, stored)
    db.execute("PRAGMA max_page_count = 1073741823")
    report = take(path)
    assert (report.new, report.known) == (5000 - stored, stored)


def test_progress_is_told(tmp_path: Path, take: Take) -> None:
    steps: list[Any] = []
    take(write(tmp_path, rows(25)), batch=10, on_progress=steps.append)
    assert [step.rows for step in steps] == [10, 20, 25]
    assert steps[-1].done == steps[-1].total == (tmp_path / "posts.jsonl").stat().st_size


def test_long_rows_are_not_held_by_the_thousand(tmp_path: Path, take: Take) -> None:
    steps: list[Any] = []
    long = [{**row, "text": "x" * 1_000_000} for row in rows(20)]
    refused = [{**row, "time": "soon"} for row in long]
    report = take(write(tmp_path, long + refused), on_progress=steps.append)
    assert counts(report) == (40, 20, 0, 0, 20)
    assert [step.rows for step in steps] == [9, 18, 27, 36, 40]


def test_the_cache_is_given_back(tmp_path: Path, take: Take, db: Database) -> None:
    before = db.execute("PRAGMA cache_size").fetchone()
    take(write(tmp_path, rows(5)))
    assert db.execute("PRAGMA cache_size").fetchone() == before


def test_real_files_twice(krasae_data: Path, tmp_path: Path, take: Take, db: Database) -> None:
    path = tmp_path / "tweets.jsonl.gz"
    path.write_bytes((krasae_data / "stocknet" / "tweets_2014.jsonl.gz").read_bytes())
    assert counts(take(path, load_profile("stocknet"))) == (51_142, 41_877, 34, 9_231, 0)
    assert counts(take(path, load_profile("stocknet"))) == (51_142, 0, 51_142, 0, 0)
