"""`krasae topics`: of a brand, of a file, of all; as a person and as a program see them."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from krasae.topic_file import COLUMNS, FileTopics
from krasae.workspace import Workspace
from nlp.settings import NlpSettings
from nlp.topic_stage.fits import latest
from tests.nlp.topic_stage.making import (
    NOW,
    SAYINGS,
    by_word,
    hear,
    keep_fit,
    posts,
    shipped,
)

Command = Callable[..., Any]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fits by hand, and the shipped embedding loaded once."""
    for module in ("topics", "topic_file"):
        monkeypatch.setattr(f"krasae.{module}.fit", by_word)
        monkeypatch.setattr(f"krasae.{module}.embedding", lambda *_: shipped())


@pytest.fixture
def folder(workspace: Workspace) -> Path:
    """A workspace with forty posts of Apple, one of them hostile, and no fit yet."""
    hostile = "the price\x1b[31m of my iphone\u202e is\na price"
    hear(workspace, [*posts(hostile), *posts(*["battery", "price"] * 20, first=1)])
    return workspace.folder


# Of a brand.


def test_the_first_time_it_is_fitted(krasae: Command, folder: Path, workspace: Workspace) -> None:
    ran = krasae("topics", "--brand", "apple", cwd=folder)
    assert ran.code == 0
    assert "Finding the topics of 41 posts" in ran.err
    assert "Apple: 2 topics in 41 posts." in ran.err
    lines = ran.out.splitlines()
    assert lines[0].startswith("Apple since ")
    assert lines[0].endswith("2 topics in 41 posts; 0% of them belong to none.")
    assert [line for line in lines if "battery, iphone" in line]
    assert "iphone" in lines
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
    again = krasae("topics", "--brand", "Apple", cwd=folder)
    assert again.out == ran.out
    assert "Finding" not in again.err


def test_fitted_anew_it_says_what_became_of_the_topics(
    krasae: Command, folder: Path, workspace: Workspace
) -> None:
    krasae("topics", "--brand", "apple", cwd=folder)
    hear(workspace, posts(*["camera"] * 30, first=41))
    ran = krasae("topics", "--brand", "apple", "--refit", cwd=folder)
    assert "Apple: 3 topics in 71 posts: 2 as before, 1 new, 0 gone." in ran.err
    [camera] = [line for line in ran.out.splitlines() if "camera, iphone" in line]
    assert camera.endswith("new")
    few = krasae("topics", "--brand", "apple", "--days", "1", cwd=folder)
    assert few.code == 5
    assert "Apple has 24 posts in 1 day:" in few.err
    days = krasae("topics", "--brand", "apple", "--days", "2", cwd=folder)
    assert "3 topics in 48 posts: 3 as before" in days.err


def test_a_brand_as_json(krasae: Command, folder: Path, workspace: Workspace) -> None:
    hear(workspace, posts("lovely iphone weather", first=41))
    said = json.loads(krasae("topics", "--brand", "apple", "--json", cwd=folder).out)
    assert (said["brand"], said["name"], said["posts"]) == ("apple", "Apple", 42)
    assert said["without_topic"] == 1
    assert said["fit"]["mentions"] == 42
    assert said["fit"]["churn"] is None
    assert said["groups"] == [{"id": 1, "label": "iphone"}]
    price, battery = said["topics"]
    assert (price["label"], price["terms"]) == ("price, iphone", ["price", "iphone"])
    assert (price["size"], battery["size"]) == (21, 20)
    assert price["parent"] == 1
    assert len(price["over_time"]) == len(said["over_time"]["starts"])
    assert sum(price["over_time"]) == 21
    assert sum(price["sentiment"].values()) == 21
    first = price["representatives"][0]
    assert first["mention"] == 1
    assert first["text"].startswith("the price\x1b[31m")  # as it was; JSON escapes it
    assert first["published_at"]
    rows = {row["mention"]: row["topic"] for row in said["rows"]}
    assert (rows[1], rows[2], rows[42]) == (price["id"], battery["id"], None)
    assert len(rows) == 42


def test_what_came_since_the_fit_counts(
    krasae: Command, folder: Path, workspace: Workspace
) -> None:
    keep_fit(workspace)
    hear(workspace, posts("price", "price", first=41))
    krasae("process", cwd=folder)
    said = json.loads(krasae("topics", "--brand", "apple", "--json", cwd=folder).out)
    assert [topic["size"] for topic in said["topics"]] == [23, 20]
    assert said["fit"]["mentions"] == 41


def test_another_seed_and_a_limit(krasae: Command, folder: Path) -> None:
    ran = krasae("topics", "--brand", "apple", "--seed", "7", "--limit", "1", cwd=folder)
    assert "battery, iphone" not in ran.out
    assert "1 smaller topics are not shown" in ran.err


def test_too_few_posts(krasae: Command, folder: Path, workspace: Workspace) -> None:
    ran = krasae("topics", "--brand", "bbq", cwd=folder)
    assert (ran.code, ran.out) == (5, "")
    assert "Bar B Q Plaza has 0 posts in 30 days" in ran.err
    assert latest(workspace.db, "bbq") is None


def test_the_fits_of_all_brands(krasae: Command, folder: Path) -> None:
    assert "No brand has topics yet" in krasae("topics", cwd=folder).err
    krasae("topics", "--brand", "apple", cwd=folder)
    ran = krasae("topics", cwd=folder)
    assert "Apple" in ran.out
    assert "--brand apple" in ran.err
    [fit] = [json.loads(line) for line in krasae("topics", "--json", cwd=folder).out.splitlines()]
    assert (fit["brand"], fit["mentions"]) == ("apple", 41)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--brand", "apple", "posts.csv"),
        ("--refit", "posts.csv"),
        ("--refit",),
        ("--brand", "apple", "--out", "x.csv"),
        ("--time-column", "when"),
        ("posts.csv", "--format", "xml"),
    ],
)
def test_what_does_not_go_together(krasae: Command, folder: Path, arguments: tuple[str]) -> None:
    assert krasae("topics", *arguments, cwd=folder).code == 2


def test_no_such_brand(krasae: Command, folder: Path) -> None:
    ran = krasae("topics", "--brand", "pear", cwd=folder)
    assert ran.code == 7
    assert "apple, bbq" in ran.err


# Of a file.

ROWS: list[dict[str, Any]] = [
    {"id": number, "text": f"{SAYINGS[theme]} {number}", "date": f"2024-05-{1 + number // 2:02}"}
    for number, theme in enumerate(["battery", "price"] * 20)
]


def written(folder: Path, *rows: Any, name: str = "posts.jsonl") -> Path:
    path = folder / name
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    opening: Any = gzip.open if name.endswith(".gz") else open
    with opening(path, "wb") as file:
        file.write(text.encode())
    return path


def test_a_file_as_a_person_sees_it(krasae: Command, tmp_path: Path) -> None:
    ran = krasae("topics", written(tmp_path, *ROWS, name="posts.jsonl.gz"))
    assert ran.code == 0
    assert "Finding the topics of 40 texts" in ran.err
    assert "2 topics in 40 texts; 0% of them belong to none." in ran.out
    assert "trend" in ran.out
    assert "neg/pos" not in ran.out
    assert "battery again 0  #1" in ran.out


def test_a_file_without_times_has_no_trend(krasae: Command, tmp_path: Path) -> None:
    rows = [{"text": row["text"], "when": row["date"]} for row in ROWS]
    path = written(tmp_path, *rows)
    assert "trend" not in krasae("topics", path).out
    assert "trend" in krasae("topics", path, "--time-column", "when").out
    ran = krasae("topics", path, "--time-column", "wehn")
    assert ran.code == 5
    assert 'Did you mean "when"?' in ran.err


def test_a_file_as_json(krasae: Command, tmp_path: Path) -> None:
    path = written(tmp_path, *ROWS, {"text": "quite another thing entirely"}, {"x": 1})
    ran = krasae("topics", path, "--json")
    said = json.loads(ran.out)
    assert ran.code == 12
    assert said["posts"] == 41
    assert [topic["size"] for topic in said["topics"]] == [20, 20]
    assert said["topics"][0]["representatives"][0] == {"row": 1, "text": ROWS[0]["text"]}
    assert said["over_time"]["bucket_seconds"] == 86_400
    assert sum(said["topics"][0]["over_time"]) == 20
    assert said["rows"][0] == {"row": 1, "topic": 1, "similarity": 0.9}
    assert said["rows"][40] == {"row": 41, "topic": None, "similarity": None}
    assert said["rows"][41]["error"] == 'row 42: "text" is missing'


def test_the_same_rows_with_their_topics(krasae: Command, tmp_path: Path) -> None:
    bad = {"text": None, "topic": "mine"}
    path = written(tmp_path, *ROWS, bad, {"text": "", "error": "theirs"})
    out = tmp_path / "out.jsonl"
    ran = krasae("topics", path, "--out", out)
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert ran.code == 12
    assert "1 rows have an error: 1 without a text." in ran.err
    assert str(out) in ran.err
    assert [{key: row[key] for key in ROWS[0]} for row in rows[:40]] == ROWS
    assert rows[0] | {"topic": 1, "topic_label": "battery, iphone"} == rows[0]
    assert rows[40]["given_topic"] == "mine"
    assert rows[40]["topic"] is None
    assert '"text" is no text' in rows[40]["error"]
    assert rows[41]["given_error"] == "theirs"
    assert "error" not in rows[41]


def test_csv_is_safe_in_a_spreadsheet(
    krasae: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.nlp.topic_stage.making.THEMES", ("=cmd", "price"))
    rows = [row | {"text": f"=cmd {row['text']}"} for row in ROWS]
    ran = krasae("topics", written(tmp_path, *rows), "--out", tmp_path / "out.csv")
    assert ran.code == 0
    [first, *others] = csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text("utf-8")))
    assert list(first) == ["id", "text", "date", *COLUMNS, "error"]
    assert first["topic_label"] == "'=cmd, iphone"
    assert len(others) == 39


def test_of_a_large_file_a_sample_is_fitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("krasae.topic_file.MOST", 35)
    monkeypatch.setattr("krasae.texts.BATCH", 20)
    sampled = FileTopics.__init__.__globals__["sampled"]
    monkeypatch.setattr("krasae.topic_file.sampled", lambda seqs: sampled(seqs, 35))
    rows = [{"text": f"{SAYINGS[theme]} {n}"} for n, theme in enumerate(["battery", "price"] * 60)]
    found = FileTopics(
        written(tmp_path, *rows),
        text_column="text",
        time_column=None,
        encoding=None,
        nlp=NlpSettings(),
        now=NOW,
    )
    assert found.read() == 120
    found.fit()
    assert found.fitted == 35
    labels = [row["topic_label"] for batch in found.rows() for row in batch]
    assert labels == ["battery, iphone", "price, iphone"] * 60
    assert [line.size for line in found.report().lines] == [60, 60]
    assert found.report().starts == ()


def test_files_that_cannot_be(krasae: Command, tmp_path: Path) -> None:
    assert krasae("topics", tmp_path / "none.csv").code == 5
    few = krasae("topics", written(tmp_path, *ROWS[:10]))
    assert (few.code, few.out) == (5, "")
    ran = krasae("topics", written(tmp_path, {"message": "hi"}))
    assert ran.code == 5
    assert "--text-column" in ran.err


def test_dates_are_read_as_the_file_proves(krasae: Command, tmp_path: Path) -> None:
    rows = [row | {"date": f"5/{1 + number // 2}/2024"} for number, row in enumerate(ROWS)]
    said = json.loads(krasae("topics", written(tmp_path, *rows), "--json").out)
    starts = said["over_time"]["starts"]
    assert (starts[0][:10], starts[-1][:10]) == ("2024-05-01", "2024-05-20")
    odd = [ROWS[0] | {"date": "never"}, ROWS[1] | {"date": "0001-01-01"}]
    ran = krasae("topics", written(tmp_path, *odd, *ROWS[2:]), "--json")
    assert sum(sum(topic["over_time"]) for topic in json.loads(ran.out)["topics"]) == 38


def test_a_workspaces_words_are_used(
    krasae: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[Any] = []

    def noting(*args: Any, **options: Any) -> Any:
        seen.append(options["words"])
        return by_word(*args, **options)

    monkeypatch.setattr("krasae.topic_file.fit", noting)
    config = folder / "config.toml"
    config.write_text(config.read_text("utf-8") + '\n[nlp]\nwords = ["wobbl"]\n', "utf-8")
    krasae("topics", written(tmp_path, *ROWS), "--config", config)
    krasae("topics", written(tmp_path, *ROWS))
    assert seen == [("wobbl",), ()]


def test_what_names_the_brand_names_no_topic(
    krasae: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def noting(*args: Any, **options: Any) -> Any:
        seen.append(options["stops"])
        return by_word(*args, **options)

    monkeypatch.setattr("krasae.topics.fit", noting)
    krasae("topics", "--brand", "apple", cwd=folder)
    assert seen == [{"apple", "iphone"}]  # said by all of them; $aapl by none
