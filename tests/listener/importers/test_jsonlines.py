"""JSON lines and JSON arrays, whole and broken."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.errors import InputError
from listener.importers import Profile
from listener.importers.profile import FileRules
from listener.importers.rows import MAX_ROW
from listener.importers.tables import open_table

Reader = Callable[..., Any]


def write(folder: Path, content: str | bytes, name: str = "posts.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def line(text: str, number: int = 1, **options: Any) -> str:
    return json.dumps({"id": number, "time": "2014-01-01", "text": text}, **options)


@pytest.fixture(params=["jsonl", "json"])
def write_rows(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[list[str]], Path]:
    """Write the same rows as JSON lines and as an array."""

    def writing(rows: list[str]) -> Path:
        if request.param == "json":
            return write(tmp_path, f" [{','.join(rows)}]\n", "posts.json")
        return write(tmp_path, "\n".join(rows) + "\n")

    return writing


Writer = Callable[[list[str]], Path]


def test_rows(write_rows: Writer, read: Reader) -> None:
    path = write_rows([line("a"), line('{"b": [1, "]"]} \\ " ,'), line("ไทย", ensure_ascii=False)])
    result = read(path)
    assert result.texts == ["a", '{"b": [1, "]"]} \\ " ,', "ไทย"]
    assert result.refusals == []


def test_separators_of_unicode_end_no_row(write_rows: Writer, read: Reader) -> None:
    text = "a\u2028b\u2029c\u0085d\x7f"
    path = write_rows([line(text, ensure_ascii=False), line(text)])
    assert read(path).texts == [text, text]


def test_lone_surrogates_and_nul_are_replaced(write_rows: Writer, read: Reader) -> None:
    path = write_rows([line("a\ud800b"), line("a\x00b"), line("😀"), line("\udc00\ud83d")])
    assert read(path).texts == ["a\ufffdb", "a\ufffdb", "😀", "\ufffd\ufffd"]


def test_surrogates_in_ids_and_names(write_rows: Writer, read: Reader, profile: Any) -> None:
    row = {"id": "x\ud800", "time": "2014-01-01", "text": "a", "by": "n\x00", "\udc00": 1}
    columns = {"text": "text", "published_at": "time", "native_id": "id", "author": "by"}
    mention = read(write_rows([json.dumps(row)]), profile(columns=columns)).mentions[0]
    assert (mention.native_id, mention.author) == ("x\ufffd", "n\ufffd")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("{'id': 1}", "bad-json"),
        ('{"id": 1, "text": "a}', "bad-json"),
        ("[1, 2]", "bad-json"),
        ("7", "bad-json"),
        ("null", "bad-json"),
        ('{"id": 1} trailing', "bad-json"),
        ("[" * 100_000, "bad-json"),
        ('{"time": "2014-01-01"}', "no-text"),
        ('{"text": "a"}', "no-time"),
        ('{"text": null, "time": "2014-01-01"}', "no-text"),
        ('{"text": {"a": 1}, "time": "2014-01-01"}', "no-text"),
        ('{"text": "a", "time": "soon"}', "bad-time"),
        ('{"text": "a", "time": "2026-01-03"}', "future"),
        ('{"text": "a", "time": 5}', "too-old"),
        ('{"text": "a", "time": ' + "9" * 5000 + "}", "bad-json"),
    ],
)
def test_a_bad_line_is_refused_alone(tmp_path: Path, read: Reader, row: str, code: str) -> None:
    result = read(write(tmp_path, f"{line('a')}\n{row}\n\n{line('b')}\n"))
    assert result.texts == ["a", "b"]
    assert result.codes == [(2, code)]


def test_a_bad_element_of_an_array_is_refused_alone(tmp_path: Path, read: Reader) -> None:
    elements = [line("a"), '{"text": nothing}', "7", "[1, {}]", line("b")]
    result = read(write(tmp_path, f"[{', '.join(elements)}]", "posts.json"))
    assert result.texts == ["a", "b"]
    assert result.codes == [(2, "bad-json"), (3, "bad-json"), (4, "bad-json")]


def test_what_strict_json_refuses_and_exports_hold(tmp_path: Path, read: Reader) -> None:
    path = write(
        tmp_path,
        '{"id": NaN, "time": "2014-01-01", "text": "a", "x": Infinity}\n'
        '{"id": 2, "time": "2014-01-01", "text": "tab\there"}\n',
    )
    assert read(path).texts == ["a", "tab\there"]


def test_a_row_of_ten_megabytes(write_rows: Writer, read: Reader) -> None:
    result = read(write_rows([line("a"), line("x" * 10_000_000), line("b")]))
    assert result.texts == ["a", "b"]
    assert result.codes == [(2, "too-long")]


def test_invalid_utf8(tmp_path: Path, read: Reader) -> None:
    bad = line("caf?").encode().replace(b"?", b"\xe9")
    worse = line("????").encode().replace(b"?", b"\xff")
    good = line("สวัสดีครับ", ensure_ascii=False).encode()
    result = read(write(tmp_path, b"\n".join([good, bad, worse])))
    assert result.texts == ["สวัสดีครับ", "caf\ufffd"]
    assert result.codes == [(3, "bad-encoding")]


def test_inner_objects_are_reached_by_a_path(
    tmp_path: Path, read: Reader, profile: Callable[..., Profile]
) -> None:
    row = {"t": "2014-01-01", "data": {"text": "a"}, "user": {"id": 7}, "user.id": None}
    columns = {"text": "data.text", "published_at": "t", "author": "user.id"}
    found = read(write(tmp_path, json.dumps(row)), profile(columns=columns)).mentions[0]
    assert (found.text, found.author) == ("a", None)
    del row["user.id"]
    found = read(write(tmp_path, json.dumps(row)), profile(columns=columns)).mentions[0]
    assert found.author == "7"


def test_a_file_without_a_telling_name(tmp_path: Path, read: Reader) -> None:
    assert read(write(tmp_path, line("a"), "export")).texts == ["a"]
    assert read(write(tmp_path, f"\n [{line('a')}]", "export")).texts == ["a"]


@pytest.mark.parametrize("content", ["", " \n\n", "\ufeff"])
def test_an_empty_file(tmp_path: Path, read: Reader, content: str) -> None:
    with pytest.raises(InputError, match="is empty"):
        read(write(tmp_path, content))


def test_an_array_that_is_cut_off(tmp_path: Path, read: Reader) -> None:
    path = write(tmp_path, f'[{line("a")}, {line("b")}, {{"text": "c', "posts.json")
    with pytest.raises(InputError, match="is not closed"):
        read(path)
    assert read(write(tmp_path, "[]", "posts.json")).mentions == []


def test_a_truncated_gzip_gives_what_it_has(tmp_path: Path, profile: Any) -> None:
    from listener.importers import read_mentions

    rows = "\n".join(line(f"post {number}", number) for number in range(20_000))
    path = write(tmp_path, gzip.compress(rows.encode())[:-4000], "posts.jsonl.gz")
    found = []
    with pytest.raises(InputError, match="cut short"):
        for mention in read_mentions(path, profile(), timezone="UTC", now=1_767_225_600_000):
            found.append(mention)
    assert len(found) > 10_000


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(), values, max_size=4), max_size=6), st.booleans())
def test_arrays_are_cut_where_their_elements_end(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], ascii_only: bool
) -> None:
    path = tmp_path_factory.mktemp("json") / "posts.json"
    text = json.dumps(rows, ensure_ascii=ascii_only, indent=1)
    path.write_bytes(text.encode())
    with open_table(path, FileRules()) as table:
        found = [taken[1] for taken in table.rows() if isinstance(taken, tuple)]
    assert found == json.loads(text.replace("\\u0000", "\ufffd"))


def test_the_limit_of_a_row_is_the_same_in_both_forms(write_rows: Writer, read: Reader) -> None:
    room = MAX_ROW - len(line(""))
    result = read(write_rows([line("x" * room), line("x" * (room + 1))]))
    assert [len(text) for text in result.texts] == [room]
    assert result.codes == [(2, "too-long")]
