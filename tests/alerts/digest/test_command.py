"""`krasae digest` on a workspace of its own."""

from pathlib import Path

import orjson
import pytest
from click.testing import Result
from typer.testing import CliRunner

from alerts.digest.exports import forget
from krasae.cli import build
from krasae.workspace import Workspace, open_workspace
from listener.model import HOUR_MS, Mention
from listener.store import append
from tests.alerts.digest.making import TENTH
from tests.conftest import AUTHOR_KEY


@pytest.fixture
def folder(workspace: Workspace) -> Path:
    """The workspace's folder, with one mention in the digest of 10 September 2014."""
    mention = Mention("x", "1", TENTH.end - HOUR_MS, "iphone?", "somsri")
    append(workspace.db, [mention], source="stream", key=workspace.key, now=TENTH.end)
    return workspace.folder


def run(folder: Path, *arguments: str) -> Result:
    command = ["digest", "--config", str(folder / "config.toml"), *arguments]
    return CliRunner(env={"KRASAE_AUTHOR_KEY": AUTHOR_KEY}).invoke(build(), command)


def test_it_writes_both_forms_and_prints_their_paths(folder: Path) -> None:
    result = run(folder, "--date", "2014-09-10")
    assert result.exit_code == 0
    names = ["digest-2014-09-10.en.html", "digest-2014-09-10.en.txt"]
    assert result.stdout.split() == [str(folder / "digests" / name) for name in names]
    assert "A calm day" in result.stderr
    assert sorted(path.name for path in (folder / "digests").iterdir()) == names


def test_it_writes_the_same_bytes_again(folder: Path) -> None:
    first, second = (run(folder, "--date", "2014-09-10", "--out", str(folder / n)) for n in "ab")
    for one, other in zip(first.stdout.split(), second.stdout.split(), strict=True):
        assert Path(one).read_bytes() == Path(other).read_bytes()


def test_json_and_thai(folder: Path) -> None:
    result = run(folder, "--date", "2014-09-10", "--lang", "th", "--json")
    values = orjson.loads(result.stdout)
    assert values["date"] == "2014-09-10"
    assert values["headline"] == "วันสงบ ไม่มีอะไรผิดปกติ"
    assert all(".th." in path and Path(path).exists() for path in values["files"])


def test_without_a_date_it_is_the_latest_and_says_where_the_last_mention_is(folder: Path) -> None:
    result = run(folder)
    assert result.exit_code == 0
    assert "krasae digest --date 2014-09-10" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--date", "2557-09-10"), "write 2014"),
        (("--date", "10/9/2014"), "is not a date"),
        (("--lang", "de"), "is not one of"),
    ],
)
def test_wrong_usage_writes_nothing(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run(folder, *arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert not (folder / "digests").exists()


def test_written_digests_are_forgotten_with_what_they_quote(folder: Path) -> None:
    with open_workspace(folder / "config.toml") as workspace:
        workspace.db.execute(
            "INSERT INTO enrichments (mention_seq, language, sentiment, "
            "sentiment_probability, intent, duplicate_key, risks, terms) "
            "VALUES (1, 'en', 'neutral', 0.5, 'question', 0, '[]', '[]')"
        )
        workspace.db.execute("INSERT INTO brand_matches VALUES ('apple', 1)")
    written = [Path(path) for path in run(folder, "--date", "2014-09-10").stdout.split()]
    assert all("iphone?" in path.read_text("utf-8") for path in written)
    with open_workspace(folder / "config.toml") as workspace:
        assert forget(workspace.db, [1]) == written
    assert not any(path.exists() for path in written)
