"""XLSX workbooks, as Excel and other programs write them."""

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from listener.errors import InputError
from listener.importers import Profile

Reader = Callable[..., Any]
Rows = list[list[Any]]
HEADER = ["id", "time", "text"]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write rows as the first sheet of a workbook."""

    def writing(
        rows: Rows, name: str = "posts.xlsx", formats: dict[str, str] | None = None
    ) -> Path:
        book = Workbook()
        for row in rows:
            book.active.append(row)
        for cell, form in (formats or {}).items():
            book.active[cell].number_format = form
        path = tmp_path / name
        book.save(path)
        return path

    return writing


Writer = Callable[..., Path]


def test_dates_as_dates_serials_and_text(write: Writer, read: Reader) -> None:
    moment = datetime(2013, 12, 31, 23, 10, 8)
    path = write(
        [
            HEADER,
            [1, moment, "a date"],
            [2, 41639.9653703704, "a serial without a format"],
            ["3", "31/12/2556 23:10:08", "numbers and times as text"],
            [4, 41639.9653703704, "a serial with a Thai format"],
            [5, date(2013, 12, 31), "a day"],
        ],
        formats={"B5": "[$-D00041E]d/m/yyyy h:mm"},
    )
    found = read(path, zone="Asia/Bangkok").mentions
    assert [mention.native_id for mention in found] == ["1", "2", "3", "4", "5"]
    assert {mention.published_at for mention in found[:4]} == {1_388_506_208_000}
    assert found[4].published_at == 1_388_422_800_000


def test_a_day_and_a_time_in_two_columns(write: Writer, read: Reader, profile: Any) -> None:
    path = write(
        [["day", "clock", "text"], [datetime(2013, 12, 31), time(23, 10, 8), "a"]],
    )
    columns = {"text": "text", "published_at": ["day", "clock"]}
    assert read(path, profile(columns=columns)).mentions[0].published_at == 1_388_531_408_000


def test_formulas_give_their_stored_values(tmp_path: Path, write: Writer, read: Reader) -> None:
    path = write([HEADER, [1, "2014-01-01", '="a"&"b"'], [2, "2014-01-01", "c"]])
    # openpyxl writes formulas without values, as a program that does not calculate would.
    assert read(path).codes == [(2, "no-text")]
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    assert '<f>"a"&amp;"b"</f><v />' in sheet or '<f>"a"&amp;"b"</f><v></v>' in sheet
    for empty in ("<v />", "<v></v>"):
        sheet = sheet.replace(f'<f>"a"&amp;"b"</f>{empty}', '<f>"a"&amp;"b"</f><v>ab</v>')
    sheet = sheet.replace('<c r="C2">', '<c r="C2" t="str">')
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    calculated = tmp_path / "calculated.xlsx"
    with zipfile.ZipFile(calculated, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert read(calculated).texts == ["ab", "c"]


def test_a_formula_is_text_and_never_run(write: Writer, read: Reader) -> None:
    path = write([HEADER, [1, "2014-01-01", "'=cmd|' /C calc'!A0"], [2, "2014-01-01", "#REF!"]])
    result = read(path)
    assert result.texts == ["'=cmd|' /C calc'!A0"]
    assert result.codes == [(3, "no-text")]


def test_ids_that_excel_rounded_are_not_trusted(write: Writer, read: Reader) -> None:
    rows = [
        HEADER,
        [418157151946035200, "2014-01-01", "one"],
        [418157151946035200, "2014-01-01", "another, alike after rounding"],
        ["418157151946035200", "2014-01-01", "as text"],
        [4181, "2014-01-01", "a short one"],
    ]
    ids = [mention.native_id for mention in read(write(rows)).mentions]
    assert ids[2:] == ["418157151946035200", "4181"]
    assert ids[0].startswith("~")
    assert ids[1].startswith("~")
    assert ids[0] != ids[1]


def test_blank_rows_short_rows_and_a_late_header(
    write: Writer, read: Reader, profile: Callable[..., Profile]
) -> None:
    path = write(
        [["Report"], [], HEADER, [None, None, None], [1, "2014-01-01", "a", "beyond"], [2]],
    )
    result = read(path, profile(file={"header_row": 3}))
    assert (result.texts, result.codes) == (["a"], [(6, "no-text")])


def test_sheets(tmp_path: Path, read: Reader, profile: Callable[..., Profile]) -> None:
    book = Workbook()
    book.active.title = "hidden"
    book.active.append(["nothing"])
    for name in ("May", "มิถุนายน"):
        sheet = book.create_sheet(name)
        sheet.append(HEADER)
        sheet.append([1, "2014-01-01", name])
    book["hidden"].sheet_state = "hidden"
    book.active = 1
    path = tmp_path / "posts.xlsx"
    book.save(path)
    assert read(path).texts == ["May"]
    assert read(path, profile(file={"sheet": "มิถุนายน"})).texts == ["มิถุนายน"]
    with pytest.raises(InputError, match='no sheet "Mai"') as error:
        read(path, profile(file={"sheet": "Mai"}))
    assert "May" in error.value.remedy


def test_a_wrong_size_in_the_file_cuts_nothing_off(
    tmp_path: Path, write: Writer, read: Reader
) -> None:
    path = write([HEADER, *([n, "2014-01-01", f"post {n}"] for n in range(9))])
    wrong = tmp_path / "wrong.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(wrong, "w") as new:
        for name in old.namelist():
            new.writestr(
                name, old.read(name).replace(b'<dimension ref="A1:C10"', b'<dimension ref="A1"')
            )
    assert len(read(wrong).texts) == 9


def test_gzipped(tmp_path: Path, write: Writer, read: Reader) -> None:
    path = tmp_path / "posts.xlsx.gz"
    path.write_bytes(gzip.compress(write([HEADER, [1, "2014-01-01", "a"]]).read_bytes()))
    assert read(path).texts == ["a"]


def _zip(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,time,text\n1,2014-01-01,a\n", "not a sound Excel workbook"),
        (_zip(hello=b"world"), "not a sound Excel workbook"),
        (b"PK\x03\x04 and then nothing", "not a sound Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old .*xls.* or password-protected"),
        (_zip(xl__sharedStrings_xml=bytes(70 << 20)), "more text than fits in memory"),
        (_zip(xl__worksheets__sheet1_xml=bytes(70 << 20)), "more text than fits in memory"),
        (b"", "is empty"),
    ],
    ids=["a CSV", "a zip", "a cut zip", "old Excel", "many strings", "a swollen sheet", "empty"],
)
def test_what_is_no_workbook(tmp_path: Path, read: Reader, content: bytes, message: str) -> None:
    path = tmp_path / "posts.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(path)


def test_every_cut_of_a_workbook_is_an_input_error(
    tmp_path: Path, write: Writer, read: Reader
) -> None:
    whole = write([HEADER, *([n, "2014-01-01", f"post {n}"] for n in range(50))]).read_bytes()
    path = tmp_path / "cut.xlsx"
    for size in range(4, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:size])
        with pytest.raises(InputError):
            read(path)


def test_a_damaged_sheet_is_an_input_error(tmp_path: Path, write: Writer, read: Reader) -> None:
    path = write([HEADER, *([n, "2014-01-01", f"post {n}"] for n in range(50))])
    broken = tmp_path / "broken.xlsx"
    for find, put in ((b"</row>", b"</rod>"), (b'<c r="A3"', b'<c r="!!"'), (b"<v>2<", b"<v>?<")):
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(broken, "w") as new:
            for name in old.namelist():
                new.writestr(name, old.read(name).replace(find, put))
        with pytest.raises(InputError, match="not a sound Excel workbook"):
            read(broken)


def test_a_sheet_without_rows(write: Writer, read: Reader) -> None:
    with pytest.raises(InputError, match="is empty"):
        read(write([]))
    assert read(write([HEADER])).mentions == []
