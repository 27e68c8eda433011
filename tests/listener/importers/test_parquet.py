"""Parquet files, by pyarrow."""

import gzip
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from listener.errors import InputError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
Reader = Callable[..., Any]
MOMENT = datetime(2013, 12, 31, 23, 10, 8, tzinfo=UTC)
MS = 1_388_531_408_000


def write(folder: Path, **columns: Any) -> Path:
    path = folder / "posts.parquet"
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Bangkok", "+07:00"])
def test_timestamps_with_a_zone(tmp_path: Path, read: Reader, unit: str, zone: str) -> None:
    time = pa.array([MOMENT], pa.timestamp(unit, zone))
    path = write(tmp_path, id=[1], time=time, text=["a"])
    assert read(path, zone="America/New_York").mentions[0].published_at == MS


def test_timestamps_to_the_nanosecond(tmp_path: Path, read: Reader) -> None:
    time = pa.array([MS * 1_000_000 + 123_456_789], pa.timestamp("ns", "UTC"))
    assert read(write(tmp_path, id=[1], time=time, text=["a"])).mentions[0].published_at == MS + 123


def test_timestamps_without_a_zone_are_in_the_workspaces(tmp_path: Path, read: Reader) -> None:
    time = pa.array([MOMENT.replace(tzinfo=None)], pa.timestamp("ns"))
    path = write(tmp_path, id=[1], time=time, text=["a"])
    assert read(path).mentions[0].published_at == MS
    assert read(path, zone="Asia/Bangkok").mentions[0].published_at == MS - 7 * 3_600_000


def test_columns_of_every_kind(tmp_path: Path, read: Reader, profile: Any) -> None:
    path = write(
        tmp_path,
        id=pa.array([418157151946035219], pa.uint64()),
        time=pa.array([MS // 1000], pa.int32()),
        text=pa.array(["a\x00b"]).dictionary_encode(),
        followers=pa.array([Decimal("1234")]),
        tags=[["x", "y"]],
        user=[{"name": "สมชาย"}],
        likes=pa.array([1.0]),
    )
    columns = {
        "text": "text",
        "published_at": "time",
        "native_id": "id",
        "followers": "followers",
        "labels": "tags",
        "author": "user.name",
        "likes": "likes",
    }
    mention = read(path, profile(columns=columns)).mentions[0]
    assert mention.native_id == "418157151946035219"
    assert (mention.text, mention.author, mention.labels) == ("a\ufffdb", "สมชาย", ("x", "y"))
    assert (mention.followers, mention.likes) == (1234, 1)


def test_missing_values_and_row_numbers(tmp_path: Path, read: Reader) -> None:
    path = write(tmp_path, id=["1", "2", "3"], time=["2014-01-01", None, "x"], text=["a", "b", "c"])
    result = read(path)
    assert (result.texts, result.codes) == (["a"], [(2, "no-time"), (3, "bad-time")])


def test_a_text_of_ten_megabytes(tmp_path: Path, read: Reader) -> None:
    path = write(tmp_path, id=["1", "2"], time=["2014-01-01"] * 2, text=["x" * 10_000_000, "b"])
    result = read(path)
    assert (result.texts, result.codes) == (["b"], [(1, "too-long")])


def test_gzipped_and_without_a_telling_name(tmp_path: Path, read: Reader) -> None:
    content = write(tmp_path, id=["1"], time=["2014-01-01"], text=["a"]).read_bytes()
    packed, bare = tmp_path / "posts.parquet.gz", tmp_path / "export"
    packed.write_bytes(gzip.compress(content))
    bare.write_bytes(content)
    assert read(packed).texts == read(bare).texts == ["a"]


def test_damaged_files(tmp_path: Path, read: Reader) -> None:
    path = write(tmp_path, id=["1"] * 999, time=["2014-01-01"] * 999, text=["a"] * 999)
    whole = path.read_bytes()
    for content in (whole[:-50], whole[:4] + bytes(60) + whole[64:], b"PAR1", b"id,time\n1,2\n"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="not a sound Parquet file"):
            read(path)


def test_without_pyarrow_it_says_what_to_install(
    tmp_path: Path, read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, id=["1"], time=["2014-01-01"], text=["a"])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError) as error:
        read(path)
    assert "pip install 'krasae[parquet]'" in error.value.remedy
