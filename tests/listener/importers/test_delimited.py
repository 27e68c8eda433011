"""CSV and TSV: every form people export, and every way in which they are broken."""

import csv
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.errors import InputError
from listener.importers import Profile
from listener.importers.delimited import MAX_LINES
from listener.importers.profile import FileRules
from listener.importers.rows import MAX_ROW, Refusal
from listener.importers.tables import open_table

Reader = Callable[..., Any]
HEADER = "id,time,text\n"


def write(folder: Path, content: str | bytes, name: str = "posts.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_plain_file(tmp_path: Path, read: Reader) -> None:
    path = write(tmp_path, HEADER + '1,2014-01-01,สวัสดี\n2,2014-01-02,"a, ""b""\nc"\n')
    assert read(path).texts == ["สวัสดี", 'a, "b"\nc']


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found_out(tmp_path: Path, read: Reader, delimiter: str) -> None:
    rows = [["id", "time", "text"], ["1", "2014-01-01", "a,b;c|d\te"]]
    path = tmp_path / "posts.txt"
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    assert read(path).texts == ["a,b;c|d\te"]


def test_excels_own_delimiter_line(tmp_path: Path, read: Reader) -> None:
    path = write(tmp_path, "sep=;\r\nid;time;text\r\n1;2014-01-01;a,b\r\n")
    assert read(path).texts == ["a,b"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings(tmp_path: Path, read: Reader, ending: str) -> None:
    path = write(tmp_path, ending.join(["id,time,text", "1,2014-01-01,a", "2,2014-01-01,b"]))
    assert read(path).texts == ["a", "b"]


def test_gzip_is_told_by_its_content(tmp_path: Path, read: Reader) -> None:
    content = gzip.compress((HEADER + "1,2014-01-01,a\n").encode())
    assert read(write(tmp_path, content, "posts.csv.gz")).texts == ["a"]
    assert read(write(tmp_path, content, "posts.csv")).texts == ["a"]


def test_a_quote_out_of_place_spoils_one_row(tmp_path: Path, read: Reader) -> None:
    path = write(
        tmp_path,
        HEADER + '1,2014-01-01,"a "quoted" word"\n2,2014-01-01,b\n3,2014-01-01,c "d" e\n',
    )
    result = read(path)
    assert result.texts == ["b", 'c "d" e']
    assert result.codes == [(2, "bad-quoting")]
    assert result.refusals[0].values == '1,2014-01-01,"a "quoted" word"'


def test_an_unclosed_quote_swallows_nothing(tmp_path: Path, read: Reader) -> None:
    rows = "".join(f"{number},2014-01-01,post {number}\n" for number in range(2, 50))
    result = read(write(tmp_path, HEADER + '1,2014-01-01,"never closed\n' + rows))
    assert len(result.mentions) == 48
    assert result.codes == [(2, "bad-quoting")]
    assert "not closed" in result.refusals[0].reason


def test_an_unclosed_quote_before_a_quoted_row(tmp_path: Path, read: Reader) -> None:
    path = write(
        tmp_path,
        HEADER + '1,2014-01-01,"never closed\n2,2014-01-01,"hello, world"\n3,2014-01-01,"x\ny"\n',
    )
    result = read(path)
    assert result.texts == ["hello, world", "x\ny"]
    assert result.codes == [(2, "bad-quoting")]


def test_an_unclosed_quote_that_another_closes(tmp_path: Path, read: Reader) -> None:
    path = write(tmp_path, HEADER + '1,"2014-01-01,open\n2,2014-01-01,"\n3,2014-01-01,c\n')
    result = read(path)
    assert result.texts == ["c"]
    assert result.codes == [(2, "wrong-columns"), (3, "bad-quoting")]
    # Two rows that are one by the rules of CSV stay one: nobody can tell.
    path = write(tmp_path, HEADER + '1,2014-01-01,"open\n2,2014-01-01,"\n')
    assert read(path).texts == ["open\n2,2014-01-01,"]


def test_a_row_of_too_many_lines(tmp_path: Path, read: Reader) -> None:
    long = '1,2014-01-01,"' + "x\n" * MAX_LINES + '"\n'
    result = read(write(tmp_path, HEADER + "0,2014-01-01,a\n" + long + "2,2014-01-01,b\n"))
    assert result.texts == ["a", "b"]
    assert result.codes[0] == (3, "bad-quoting")


def test_rows_with_more_or_fewer_columns(tmp_path: Path, read: Reader) -> None:
    path = write(
        tmp_path,
        HEADER + "1,2014-01-01,a,b\n2,2014-01-01,b,,\n3,2014-01-01\n\n , ,\n4,2014-01-01,d\n",
    )
    result = read(path)
    assert result.texts == ["b", "d"]
    assert result.codes == [(2, "wrong-columns"), (4, "no-text"), (6, "no-text")]
    assert "4 columns, the header 3" in result.refusals[0].reason


def test_a_line_of_ten_megabytes(tmp_path: Path, read: Reader) -> None:
    path = write(
        tmp_path,
        HEADER + "1,2014-01-01," + "x" * 10_000_000 + "\n2,2014-01-01,b\n",
    )
    result = read(path)
    assert result.texts == ["b"]
    assert result.codes == [(2, "too-long")]
    assert f"{10_000_013:,} bytes" in result.refusals[0].reason
    assert len(str(result.refusals[0].values)) <= 1000


def test_a_long_line_ends_an_open_quote(tmp_path: Path, read: Reader) -> None:
    path = write(
        tmp_path,
        HEADER + '1,2014-01-01,"open\n2,2014-01-01,' + "x" * (MAX_ROW + 9) + "\n3,2014-01-01,c\n",
    )
    result = read(path)
    assert result.texts == ["c"]
    assert result.codes == [(2, "bad-quoting"), (3, "too-long")]


def test_nul_bytes_and_marks_from_right_to_left(tmp_path: Path, read: Reader) -> None:
    path = write(tmp_path, HEADER + "1,2014-01-01,a\x00b\n2,2014-01-01,\u202eevil\u200f\n")
    assert read(path).texts == ["a\ufffdb", "\u202eevil\u200f"]


def test_separators_of_unicode_end_no_line(tmp_path: Path, read: Reader) -> None:
    text = "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg"
    assert read(write(tmp_path, f"{HEADER}1,2014-01-01,{text}\n")).texts == [text]


def test_a_header_alone_has_no_rows(tmp_path: Path, read: Reader) -> None:
    assert read(write(tmp_path, HEADER)).mentions == []
    assert read(write(tmp_path, "id,time,text")).mentions == []


@pytest.mark.parametrize("content", [b"", b"\n\n \n", gzip.compress(b"", mtime=0), b"\xef\xbb\xbf"])
def test_an_empty_file(tmp_path: Path, read: Reader, content: bytes) -> None:
    with pytest.raises(InputError, match="is empty"):
        read(write(tmp_path, content))


def test_a_header_that_is_no_text(tmp_path: Path, read: Reader) -> None:
    with pytest.raises(InputError, match="should be a header"):
        read(write(tmp_path, "x" * (MAX_ROW + 1) + "\n1,2,3\n"))
    with pytest.raises(InputError, match="should be a header"):
        read(write(tmp_path, 'id,"time,text\n1,2,3\n'))


def test_duplicate_names_are_told_apart(
    tmp_path: Path, read: Reader, profile: Callable[..., Profile]
) -> None:
    path = write(tmp_path, "id,time,text,,Text,text\n1,2014-01-01,a,b,c,d\n")
    with open_table(path, FileRules()) as table:
        assert table.columns == ("id", "time", "text", "column 4", "Text", "text (2)")
        assert list(table.notes) == ['column "text" is there again; here it is called "text (2)"']
    assert read(path).texts == ["a"]
    columns = {"text": "text (2)", "published_at": "time"}
    assert read(path, profile(columns=columns)).texts == ["d"]


def test_a_header_of_very_many_columns(tmp_path: Path) -> None:
    path = write(tmp_path, "a," * 200_000 + "a\n")
    with open_table(path, FileRules()) as table:
        assert len(set(table.columns)) == 200_001
        assert table.columns[-1] == "a (200001)"
        assert len(table.notes) <= 20


def test_a_header_further_down(
    tmp_path: Path, read: Reader, profile: Callable[..., Profile]
) -> None:
    path = write(tmp_path, f"Report of May\nfrom our tool\n{HEADER}1,2014-01-01,a\n")
    result = read(path, profile(file={"header_row": 3}))
    assert (result.texts, result.codes) == (["a"], [])


def test_quotes_can_be_plain_characters(
    tmp_path: Path, read: Reader, profile: Callable[..., Profile]
) -> None:
    path = write(tmp_path, 'id\ttime\ttext\n1\t2014-01-01\t"so" he said\n', "posts.tsv")
    assert read(path).codes == [(2, "bad-quoting")]
    assert read(path, profile(file={"quotes": False})).texts == ['"so" he said']


cells = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=20
).map(lambda text: text.strip(" "))


@given(rows=st.lists(st.tuples(cells, cells, cells), max_size=8), data=st.data())
def test_what_csv_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("csv") / "posts.csv"
    delimiter = data.draw(st.sampled_from(",;\t|"))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerows([["a", "b", "c"], *rows])
    with open_table(path, FileRules(delimiter=delimiter)) as table:
        found = list(table.rows())
    assert not any(isinstance(taken, Refusal) for taken in found)
    assert [tuple(taken[1].values()) for taken in found if isinstance(taken, tuple)] == rows


@given(st.text(alphabet='a",\n\r;', max_size=60))
def test_no_line_is_lost_in_broken_quoting(
    tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "posts.csv"
    path.write_bytes(f"x,y\n{content}\n1,2\n".encode())
    with open_table(path, FileRules()) as table:
        found = list(table.rows())
    last = found[-1]
    assert isinstance(last, tuple)
    assert last[1] == {"x": "1", "y": "2"}
