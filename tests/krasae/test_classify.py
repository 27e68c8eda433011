"""`krasae classify`: the same rows, in the same order, whatever stands in them."""

import csv
import gzip
import io
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krasae.classify import COLUMNS, RowClassifier
from krasae.rows import Delimited, JsonLines
from krasae.texts import BATCH
from listener.importers.profile import FileRules
from listener.importers.tables import open_table
from nlp.enrich import Enricher
from nlp.settings import NlpSettings
from tests.nlp.strategies import texts

Command = Callable[..., Any]
ENRICHER = Enricher(NlpSettings())
STORY = "Amazon in talks to buy Groupon for billions, sources close to the deal tell us today"
ROWS = [
    {"id": "a", "text": STORY, "likes": 3},
    {"id": "b", "text": "ของอร่อยมาก ชอบสุดๆ แต่บริการแย่มาก"},
    {"text": f"RT @x: {STORY} http://t.co/x"},
    {"id": 7, "text": "เปิดกี่โมงคะ"},
    {"text": "เปิดกี่โมงคะ"},
]


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def written(folder: Path, text: str | bytes, name: str = "posts.jsonl") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.split("\n")[:-1]]


def classified(path: Path) -> list[dict[str, Any]]:
    """The rows by a classifier whose models are loaded already."""
    with open_table(path, FileRules()) as table:
        return [row for batch in RowClassifier(ENRICHER).classified(table) for row in batch]


def test_the_same_rows_with_what_they_mean(krasae: Command, tmp_path: Path) -> None:
    ran = krasae("classify", written(tmp_path, lines(*ROWS)))
    rows = read(ran.out)
    assert ran.code == 0
    assert "5 rows, 1 of them near-copies" in ran.err
    assert [{key: row[key] for key in row if key not in COLUMNS} for row in rows] == ROWS
    assert [tuple(row)[-len(COLUMNS) :] for row in rows] == [COLUMNS] * 5
    assert [row["language"] for row in rows] == ["en", "th", "en", "th", "th"]
    assert rows[0]["entities"][0] == {"name": "Amazon", "kind": "brand"}
    assert rows[1]["aspects"] == {"taste": "positive", "service": "negative"}
    assert [row["duplicate_of"] for row in rows] == [None, None, "a", None, None]
    assert rows[3]["intent"] == "question"


def test_a_copy_without_an_id_names_the_row(krasae: Command, tmp_path: Path) -> None:
    ran = krasae("classify", written(tmp_path, lines({"text": "ok"}, {"text": STORY}, ROWS[2])))
    assert [row["duplicate_of"] for row in read(ran.out)] == [None, None, 2]


@pytest.mark.parametrize(
    ("name", "called"), [(0, 0), (True, 2), ("", 2), (None, 2), (1.5, 2), ("x" * 300, 2)]
)
def test_ids_that_are_none(tmp_path: Path, name: Any, called: int) -> None:
    path = written(tmp_path, lines({"text": "ok"}, {"id": name, "text": STORY}, ROWS[2]))
    assert classified(path)[2]["duplicate_of"] == called


def test_columns_called_like_ours_are_kept(krasae: Command, tmp_path: Path) -> None:
    row = {"text": "hi", "language": "a", "given_language": "b", "error": "c"}
    [said] = read(krasae("classify", written(tmp_path, lines(row))).out)
    kept = [said[key] for key in ("given_given_language", "given_language", "given_error")]
    assert kept == ["a", "b", "c"]
    assert said["language"] == "en"
    assert "error" not in said


def test_csv_in_and_out(krasae: Command, tmp_path: Path) -> None:
    table = 'id;text;note\n=1;"' + STORY + '";=SUM(A1)\n2;"Also ""' + STORY + '""";\n'
    ran = krasae("classify", written(tmp_path, table, "posts.csv"))
    [first, second] = csv.DictReader(io.StringIO(ran.out))
    assert (first["id"], first["note"]) == ("=1", "=SUM(A1)")  # the user's own, as they were
    assert second["text"] == f'Also "{STORY}"'
    assert second["duplicate_of"] == "'=1"  # ours does nothing in a spreadsheet
    assert json.loads(first["entities"])[0]["name"] == "Amazon"
    assert list(first) == ["id", "text", "note", *COLUMNS, "error"]


def test_from_one_form_to_the_other(krasae: Command, tmp_path: Path) -> None:
    path = written(tmp_path, lines({"text": "hi", "tags": ["a"]}, {"text": "ho", "more": True}))
    ran = krasae("classify", path, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [(row["tags"], row["more"]) for row in rows] == [('["a"]', ""), ("", "True")]
    back = krasae("classify", written(tmp_path, ran.out, "back.csv"), "--format", "jsonl")
    assert [row["given_language"] for row in read(back.out)] == ["en", "en"]


def test_columns_that_later_rows_alone_have(krasae: Command, tmp_path: Path) -> None:
    many = [{"text": "hi"}] * BATCH + [{"text": "ho", "late": 1, "later": 2}]
    ran = krasae("classify", written(tmp_path, lines(*many)), "--format", "csv")
    assert "2 values have no column" in ran.err
    assert len(list(csv.reader(io.StringIO(ran.out)))) == BATCH + 2


def test_a_pipe_gzipped_or_not(
    krasae: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = lines(*ROWS).encode()
    plain = krasae("classify", written(tmp_path, content))
    for piped in (content, gzip.compress(content)):
        stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(piped)))  # type: ignore[arg-type]
        monkeypatch.setattr("sys.stdin", stdin)
        assert krasae("classify", "-").out == plain.out


def test_a_file_is_put_in_its_place_when_it_is_complete(krasae: Command, tmp_path: Path) -> None:
    path = written(tmp_path, lines(*ROWS))
    out = tmp_path / "out.csv.gz"
    assert krasae("classify", path, "--out", out).out == ""
    with gzip.open(out, "rt", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 5
    assert krasae("classify", path, "--out", path).code == 0  # over itself
    assert len(read(path.read_text("utf-8"))) == 5
    broken = written(tmp_path, gzip.compress(lines(*ROWS).encode())[:40], "cut.jsonl.gz")
    assert krasae("classify", broken, "--out", tmp_path / "none.jsonl").code == 5
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "cut.jsonl.gz",
        "out.csv.gz",
        "posts.jsonl",
    ]


def test_the_labels_of_wisesight(krasae: Command, tmp_path: Path) -> None:
    path = written(tmp_path, lines(*ROWS, {"text": "ไม่ไปอีกแล้ว แย่มาก ห่วย"}, {"text": "ok"}))
    labels = [
        row["sentiment"] for row in read(krasae("classify", path, "--label-set", "wisesight").out)
    ]
    assert set(labels) <= {"pos", "neu", "neg", "q"}
    assert labels[-2] == "neg"
    assert labels[3] == labels[4]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"{broken", "not JSON"),
        (b"[1, 2]", "not an object"),
        (b'{"x": 1}', '"text" is missing'),
        (b'{"text": null}', '"text" is no text'),
        (b'{"text": NaN}', '"text" is no text'),
        (b'{"text": {"a": 1}}', '"text" is no text'),
        (b'{"text": "\xff\xfe\xfd\xfc\xfb"}', "encoding"),
        (b'{"text": "' + b"a" * (1 << 20) + b'"}', "at most"),
    ],
)
def test_a_bad_row_has_an_error_and_the_rest_goes_on(
    krasae: Command, tmp_path: Path, line: bytes, error: str
) -> None:
    good = lines(ROWS[0]).encode()
    ran = krasae("classify", written(tmp_path, good + line + b"\n" + good))
    [first, bad, last] = read(ran.out)
    assert ran.code == 12
    assert error in bad["error"]
    assert bad["sentiment"] is None
    assert "1 rows have an error" in ran.err
    assert (first["sentiment"], last["duplicate_of"]) == (last["sentiment"], "a")


def test_bad_rows_of_a_csv_keep_their_place(krasae: Command, tmp_path: Path) -> None:
    table = 'id,text\n1,fine\n2,too,many,cells\n3,"never closed\n4,fine\n5\n'
    ran = krasae("classify", written(tmp_path, table, "posts.csv"))
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [row["id"] for row in rows] == ["1", "2", "", "4", "5"]
    assert [bool(row["error"]) for row in rows] == [False, True, True, False, False]
    assert rows[2]["text"] == '3,"never closed'
    assert rows[4]["language"] == "und"  # a short row lacks its text: nothing is said
    assert ran.code == 12


ODD = (
    "",
    " ",
    "😂" * 300,
    "http://t.co/x " * 50,
    "\u200b" * 100,
    "\u202eabc\u202d \u2066עברית\u2069 ไทย",
    "Z" + "\u0341" * 500,
    "ก" + "\u0e48" * 500,
    "a" * 1_000_000,
    "ก" * 150_000,
    "\x00\ud800",
    "=cmd|' /C calc'!A0",
)


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_odd_texts_have_an_answer(krasae: Command, tmp_path: Path, form: str) -> None:
    rows = [json.dumps({"text": text}) for text in ODD]
    path = written(tmp_path, "\n".join(rows) + "\n")
    ran = krasae("classify", path, "--format", form)
    csv.field_size_limit(10_000_000)
    found = read(ran.out) if form == "jsonl" else list(csv.DictReader(io.StringIO(ran.out)))
    assert ran.code == 0
    assert len(found) == len(ODD)
    assert all(row["language"] for row in found)


def test_no_such_column(krasae: Command, tmp_path: Path) -> None:
    ran = krasae("classify", written(tmp_path, "id,message\n1,hi\n", "posts.csv"))
    assert (ran.code, ran.out) == (5, "")
    assert '"message"' in ran.err
    assert "--text-column" in ran.err
    ran = krasae("classify", written(tmp_path, lines({"message": "hi"})))
    assert (ran.code, ran.out) == (5, "")
    ran = krasae("classify", tmp_path / "posts.csv", "--text-column", "message")
    assert ran.code == 0


def test_what_cannot_be(krasae: Command, tmp_path: Path) -> None:
    path = written(tmp_path, lines(*ROWS))
    assert krasae("classify", tmp_path / "nothing.csv").code == 5
    assert krasae("classify", written(tmp_path, "", "empty.jsonl")).code == 5
    assert krasae("classify", path, "--format", "xml").code == 2
    assert krasae("classify", path, "--label-set", "stars").code == 2
    assert krasae("classify", path, "--out", tmp_path / "no" / "folder.csv").code == 1


def test_a_reader_that_has_enough(tmp_path: Path) -> None:
    path = written(tmp_path, lines(*({"text": f"row {n} of many"} for n in range(6 * BATCH))))
    command = f"{sys.executable} -m krasae classify {path} | head -n 2"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert len(read(done.stdout)) == 2
    assert done.stderr == ""


def test_the_words_of_a_workspace(krasae: Command, workspace_folder: Path, tmp_path: Path) -> None:
    config = workspace_folder / "config.toml"
    more = '\n[nlp]\nentities = { product = ["GON Box"] }\n'
    config.write_text(config.read_text("utf-8") + more, "utf-8")
    path = written(tmp_path, lines({"text": "one gon box, please"}))
    ran = krasae("classify", path, "--config", config)
    assert read(ran.out)[0]["entities"] == [{"name": "GON Box", "kind": "product"}]
    assert read(krasae("classify", path).out)[0]["entities"] == []
    krasae("import", path, "--yes", cwd=workspace_folder)  # now there is a database too
    assert read(krasae("classify", path, "--config", config).out) == read(ran.out)


def answers(rows: list[str], folder: Path) -> list[dict[str, Any]]:
    path = folder / "posts.jsonl"
    path.write_text(lines(*({"text": text} for text in rows)).replace("\\u0000", ""), "utf-8")
    return classified(path)


@given(st.lists(texts, min_size=1, max_size=8))
@settings(max_examples=25)
def test_only_copies_depend_on_the_order(tmp_path: Path, batch: list[str]) -> None:
    batch = [text.encode("utf-8", "replace").decode() for text in batch]
    order = list(range(len(batch)))
    random.Random(len(batch)).shuffle(order)
    there = answers(batch, tmp_path)
    back = answers([batch[number] for number in order], tmp_path)
    for row in (*there, *back):
        del row["duplicate_of"]
    assert back == [there[number] for number in order]


def test_batches_are_small_where_texts_are_large(tmp_path: Path) -> None:
    path = written(tmp_path, lines(*([{"text": "a " * 300_000}] * 4)))
    with open_table(path, FileRules()) as table:
        assert [len(batch) for batch in RowClassifier(ENRICHER).classified(table)] == [2, 2]


def test_numbers_that_json_can_hold_and_we_cannot() -> None:
    file = io.BytesIO()
    JsonLines(file).write([{"id": 10**30, "text": "ก"}])
    Delimited(file, ours=("error",)).write([{"id": 10**30, "tags": [10**30]}])
    assert file.getvalue().decode().split("\n")[:2] == [
        '{"id": 1000000000000000000000000000000, "text": "ก"}',
        "id,tags,error",
    ]
