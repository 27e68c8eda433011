"""A watched folder: new and changed files, once; broken ones told."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from listener.collect.station import Surroundings, hear, stations
from listener.errors import NotFoundError
from listener.model import Mention
from listener.settings import SourceSettings
from listener.source import Batch
from tests.listener.collect.scripted import KEY, NOW

HEAD = "id,date,text,author\n"


class Folder:
    """A workspace's folder with a drop folder in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.options: dict[str, Any] = {"paths": ["drop/**/*.csv", "drop/*.csv.gz"]}
        self.clock = NOW - 3_600_000
        (path / "drop").mkdir()

    def put(self, name: str, text: str | bytes) -> Path:
        """Write a file, a minute after the last."""
        path = self.path / "drop" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        self.clock += 60_000
        os.utime(path, (self.clock / 1000, self.clock / 1000))
        return path

    def look(self, cursor: str | None = None) -> list[Batch]:
        [station] = stations([SourceSettings(name="drop", type="files", options=self.options)])
        surroundings = Surroundings(self.path, "Asia/Bangkok", {}, KEY)
        context = surroundings.context(station, now=lambda: NOW, wait=lambda _: False)
        return list(hear(station, context, cursor))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def rows(first: int, last: int, text: str = "text") -> str:
    return "".join(f"p{n},2026-11-20 10:00,{text} {n},a\n" for n in range(first, last))


def said(batches: list[Batch]) -> list[Mention]:
    return [mention for batch in batches for mention in batch.mentions]


def test_new_and_changed_files_are_read_once(folder: Folder) -> None:
    folder.put("a.csv", HEAD + rows(1, 4))
    folder.put("deep/b.csv", HEAD + rows(4, 6))
    first = folder.look()
    assert [mention.native_id for mention in said(first)] == ["p1", "p2", "p3", "p4", "p5"]
    assert said(folder.look(first[-1].cursor)) == []
    folder.put("a.csv", HEAD + rows(1, 5))
    second = folder.look(first[-1].cursor)
    assert [mention.native_id for mention in said(second)] == ["p1", "p2", "p3", "p4"]
    (folder.path / "drop" / "a.csv").unlink()
    assert said(folder.look(second[-1].cursor)) == []


def test_the_older_file_comes_first(folder: Folder) -> None:
    folder.put("z.csv", HEAD + rows(1, 2, "draft"))
    folder.put("a.csv", HEAD + rows(1, 2, "corrected"))
    assert [mention.text for mention in said(folder.look())] == ["draft 1", "corrected 1"]


def test_a_long_file_goes_on_in_its_middle(folder: Folder) -> None:
    folder.put("long.csv", HEAD + rows(0, 1200) + "x,,no time,a\n")
    whole = folder.look()
    assert [len(batch.mentions) for batch in whole] == [500, 500, 200, 0, 0]
    assert sum(batch.refused for batch in whole) == 1
    rest = folder.look(whole[0].cursor)
    assert [mention.native_id for mention in said(rest)] == [f"p{n}" for n in range(500, 1200)]
    folder.put("long.csv", HEAD + rows(0, 3))
    assert len(said(folder.look(whole[0].cursor))) == 3


def test_unfinished_files_are_left_alone(folder: Folder) -> None:
    folder.clock = NOW - 63_000
    fresh = folder.put("fresh.csv", HEAD + rows(1, 2))
    folder.options["paths"].append("drop/*")
    for name in ("x.csv.part", "x.csv.refused.jsonl", "x.tmp"):
        folder.put(name, "not yet")
        os.utime(folder.path / "drop" / name, (1_000_000_000, 1_000_000_000))
    assert said(folder.look()) == []
    os.utime(fresh, (NOW / 1000 - 6, NOW / 1000 - 6))
    assert len(said(folder.look())) == 1


def test_a_broken_file_is_told_and_stops_no_other(folder: Folder) -> None:
    packed = gzip.compress((HEAD + rows(0, 5000)).encode())
    folder.put("cut.csv.gz", packed[: len(packed) // 2])
    folder.put("empty.csv", "")
    folder.put("other.csv", "colour,shape\nred,round\n")
    folder.put("well.csv", HEAD + rows(9000, 9002))
    batches = folder.look()
    ids = [mention.native_id for mention in said(batches)]
    assert ids[-2:] == ["p9000", "p9001"]
    assert len(ids) > 500  # what could be read of the file that is cut short
    problem = batches[-1].problem
    assert problem
    assert "cut.csv.gz" in problem
    assert "in all)" in problem
    again = folder.look(batches[-1].cursor)
    assert again[-1].problem is None
    assert said(again) == []


def test_a_folder_that_is_not_there_is_told(folder: Folder) -> None:
    folder.put("a.csv", HEAD + rows(1, 3))
    folder.options["paths"] = ["drop/**/*.csv", "dorp/*.csv"]
    batches = folder.look()
    assert f"no folder {folder.path / 'dorp'}" in str(batches[-1].problem)
    assert len(said(batches)) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_tried_again(folder: Folder) -> None:
    closed = folder.put("closed.csv", HEAD + rows(1, 2))
    closed.chmod(0)
    batches = folder.look()
    assert "may not be read" in str(batches[-1].problem)
    closed.chmod(0o600)
    assert len(said(folder.look(batches[-1].cursor))) == 1


def test_profiles_are_found_where_import_finds_them(folder: Folder) -> None:
    folder.options |= {"profile": "mine", "platform": "pantip"}
    folder.put("a.csv", "when;what\n20/11/2569;hello\n")
    with pytest.raises(NotFoundError, match="mine"):
        folder.look()
    (folder.path / "profiles").mkdir()
    (folder.path / "profiles" / "mine.toml").write_text(
        '[columns]\ntext = "what"\npublished_at = "when"\n'
    )
    [mention] = said(folder.look())
    assert (mention.text, mention.platform) == ("hello", "pantip")


def test_names_of_any_kind(folder: Folder) -> None:
    folder.put("ส่งออก วันนี้.csv", HEAD + rows(1, 2))
    odd = os.fsdecode(b"drop/\xff\xfe.csv")
    (folder.path / odd).write_text(HEAD + rows(2, 3))
    os.utime(folder.path / odd, (1_000_000_000, 1_000_000_000))
    batches = folder.look()
    assert len(said(batches)) == 2
    assert said(folder.look(batches[-1].cursor)) == []
