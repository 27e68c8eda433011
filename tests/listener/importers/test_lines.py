"""Encodings: found out by mark, by content, or as stated; damage stays where it is."""

import codecs
import gzip
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.errors import InputError
from listener.importers import Profile
from listener.importers.lines import CHUNK, Lines, Overlong
from listener.importers.profile import FileRules
from listener.importers.rows import MAX_ROW
from listener.importers.source import Source
from listener.importers.tables import open_table

Reader = Callable[..., Any]
THAI = "id,time,text\n1,2014-01-01,สวัสดีครับ วันนี้อร่อยมาก 555\n2,2014-01-02,ราคาเท่าไหร่คะ\n"
TEXTS = ["สวัสดีครับ วันนี้อร่อยมาก 555", "ราคาเท่าไหร่คะ"]


def write(folder: Path, content: bytes, name: str = "posts.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def encoding_of(path: Path) -> str | None:
    with open_table(path, FileRules()) as table:
        list(table.rows())
        return table.encoding


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (THAI.encode(), "utf-8"),
        (codecs.BOM_UTF8 + THAI.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + THAI.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + THAI.encode("utf-16-be"), "utf-16-be"),
        (THAI.encode("utf-16-le"), "utf-16-le"),
        (THAI.encode("utf-16-be"), "utf-16-be"),
        (THAI.encode("tis-620"), "cp874"),
        (THAI.encode("cp874"), "cp874"),
    ],
)
def test_encodings_are_found_out(
    tmp_path: Path, read: Reader, content: bytes, encoding: str
) -> None:
    path = write(tmp_path, content)
    assert read(path).texts == TEXTS
    assert encoding_of(path) == encoding
    assert read(write(tmp_path, gzip.compress(content), "posts.csv.gz")).texts == TEXTS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "cp874"])
def test_json_lines_too(tmp_path: Path, read: Reader, encoding: str) -> None:
    line = '{"id": 1, "time": "2014-01-01", "text": "สวัสดีครับ"}\n'
    assert read(write(tmp_path, line.encode(encoding), "posts.jsonl")).texts == ["สวัสดีครับ"]
    assert read(write(tmp_path, f"[{line}]".encode(encoding), "p.json")).texts == ["สวัสดีครับ"]


def test_thai_that_begins_late_is_still_found_out(tmp_path: Path, read: Reader) -> None:
    rows = "".join(f"{number},2014-01-01,plain words\n" for number in range(CHUNK // 20))
    for encoding in ("utf-8", "cp874"):
        path = write(tmp_path, f"id,time,text\n{rows}x,2014-01-01,อร่อย\n".encode(encoding))
        assert path.stat().st_size > CHUNK
        assert read(path).texts[-1] == "อร่อย"


def test_a_bad_byte_deep_in_a_file_costs_one_character(tmp_path: Path, read: Reader) -> None:
    good = b"".join(f"{n},2014-01-01,อร่อย {n}\n".encode() for n in range(20_000))
    path = write(
        tmp_path, b"id,time,text\n" + good + b"x,2014-01-01,caf\xe9 ok\ny,2014-01-01,last\n"
    )
    result = read(path)
    assert result.texts[-2:] == ["caf\ufffd ok", "last"]
    assert result.refusals == []
    assert encoding_of(path) == "utf-8"
    with open_table(path, FileRules()) as table:
        list(table.rows())
        assert table.notes == {"rows with damaged characters, replaced by \ufffd": 1}


def test_a_bad_byte_near_the_beginning_does_not_change_the_encoding(
    tmp_path: Path, read: Reader
) -> None:
    path = write(tmp_path, THAI.encode() + b"3,2014-01-01,\xff\xe0\n")
    assert read(path).texts[:2] == TEXTS


def test_a_row_in_another_encoding_is_refused(tmp_path: Path, read: Reader) -> None:
    path = write(
        tmp_path,
        THAI.encode() * 5 + "9,2014-01-01,สวัสดีครับ\n".encode("cp874") + b"10,2014-01-01,a\n",
    )
    result = read(path)
    assert (result.refusals[-1].code, result.texts[-1]) == ("bad-encoding", "a")


def test_the_encoding_can_be_stated(
    tmp_path: Path, read: Reader, profile: Callable[..., Profile]
) -> None:
    path = write(tmp_path, "id,time,text\n1,2014-01-01,café “déjà”\n".encode("cp1252"))
    assert read(path, profile(file={"encoding": "cp1252"})).texts == ["café “déjà”"]
    for bad in ("klingon", "rot13", "zip"):
        with pytest.raises(InputError, match=f'no encoding "{bad}"'):
            read(path, profile(file={"encoding": bad}))


def test_a_file_without_line_ends_is_given_up(tmp_path: Path, read: Reader) -> None:
    # 300 MB of one letter, in 300 kB of gzip: read in pieces, never held.
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'{"text": "')
        for _ in range(300):
            file.write(b"x" * 1_000_000)
    with pytest.raises(InputError, match="no line end"):
        read(path)


@pytest.mark.parametrize("length", [MAX_ROW - 1, MAX_ROW, MAX_ROW + 1, 3 * MAX_ROW])
def test_long_lines(tmp_path: Path, length: int) -> None:
    path = write(tmp_path, b"a\n" + b"x" * length + b"\nb\n")
    with Source(path) as source:
        found = list(Lines(source))
    middle = found[1]
    assert (found[0], found[2]) == (b"a", b"b")
    if length > MAX_ROW:
        assert isinstance(middle, Overlong)
        assert middle.length == length
    else:
        assert middle == b"x" * length


@given(st.lists(st.text(st.characters(exclude_characters="\n\r")), min_size=1, max_size=30))
def test_lines_are_what_stands_between_line_ends(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.mktemp("lines") / "text"
    encoded = [line.encode("utf-8", "replace") for line in lines]
    path.write_bytes(b"\n".join([b"first", *encoded, b"last\n"]))
    with Source(path) as source:
        assert list(Lines(source, "utf-8")) == [b"first", *encoded, b"last"]


def test_thai_posts_are_told_apart_one_by_one(krasae_data: Path, tmp_path: Path) -> None:
    """A whole file of one real post each: the hardest case, nothing but a few words to go by."""
    import orjson

    with gzip.open(krasae_data / "wisesight" / "train.jsonl.gz") as file:
        texts = [orjson.loads(line)["text"] for line in file]
    texts = [text for text in texts if not text.isascii() and text.isprintable()]
    wrong = 0
    for text in random.Random(1).sample(texts, 400):
        for encoding in ("utf-8", "cp874"):
            try:
                content = text.encode(encoding)
            except UnicodeEncodeError:
                continue
            path = write(tmp_path, b"text\n" + content + b"\n")
            wrong += encoding_of(path) != encoding
    assert wrong <= 2
