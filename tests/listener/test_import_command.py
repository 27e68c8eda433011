"""`krasae import` and `krasae profiles` as a person, and a script, use them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from krasae.cli import imports
from krasae.workspace import Workspace

Run = Callable[..., Result]
THAI = (
    "วันที่,เวลา,ช่องทาง,ชื่อผู้ใช้,ข้อความ,จำนวนไลก์,หมายเหตุ\n"
    '31/12/2556,23:10 น.,เฟซบุ๊ก,สมชาย,อร่อยมาก,"1,234",x\n'
    "1/1/2557,09:00 น.,Pantip,สมหญิง,แพงไปหน่อย,5,y\n"
)


@pytest.fixture
def run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in the workspace's folder."""
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setenv("COLUMNS", "200")
    app = typer.Typer()
    imports.register(app)

    def running(*arguments: object, **options: Any) -> Result:
        return CliRunner().invoke(app, [str(part) for part in arguments], **options)

    return running


@pytest.fixture
def thai(workspace: Workspace) -> Path:
    """A small Thai export in CP874, without ids."""
    path = workspace.folder / "posts.csv"
    path.write_bytes(THAI.encode("cp874"))
    return path


def rows(workspace: Workspace) -> list[tuple[Any, ...]]:
    return workspace.db.execute(
        "SELECT platform, text, likes, published_at, source FROM mentions ORDER BY seq"
    ).fetchall()


def test_a_guess_is_shown_before_it_is_used(run: Run, workspace: Workspace, thai: Path) -> None:
    result = run("import", thai)
    assert result.exit_code == 0
    assert result.stdout == (
        "posts.csv: 2 rows read: 2 new, 0 already known, 0 updated, 0 refused\n"
    )
    assert "posts.csv is CSV, CP874. This is how it will be read:" in result.stderr
    assert "วันที่ + เวลา" in result.stderr
    assert "31/12/2556 23:10 น." in result.stderr
    assert "Not used: หมายเหตุ" in result.stderr
    assert "The first time comes out as 2013-12-31 23:10:00 in Asia/Bangkok." in result.stderr
    assert rows(workspace) == [
        ("facebook", "อร่อยมาก", 1234, 1_388_506_200_000, "import"),
        ("pantip", "แพงไปหน่อย", 5, 1_388_541_600_000, "import"),
    ]
    again = run("import", thai)
    assert again.stdout == (
        "posts.csv: 2 rows read: 0 new, 2 already known, 0 updated, 0 refused\n"
    )


def test_json_for_scripts_and_the_exit_code_of_refusals(
    run: Run, workspace: Workspace, thai: Path
) -> None:
    thai.write_text(THAI + "2/1/2557,,Pantip,ใคร,,,\n", "utf-8-sig")
    result = run("import", "--json", "--source", "zocial", thai)
    assert result.exit_code == 12
    refused = workspace.folder / "posts.csv.refused.jsonl"
    assert json.loads(result.stdout) == {
        "file": str(thai),
        "format": "csv",
        "encoding": "utf-8",
        "profile": "columns",
        "dry_run": False,
        "read": 3,
        "new": 2,
        "updated": 0,
        "known": 0,
        "refused": 1,
        "reasons": {"no-text": 1},
        "notes": {},
        "refused_file": str(refused),
    }
    assert json.loads(refused.read_text("utf-8"))["row"] == 4
    assert {row[4] for row in rows(workspace)} == {"zocial"}


def test_a_dry_run(run: Run, workspace: Workspace, thai: Path) -> None:
    result = run("import", "--dry-run", "--save-profile", "mine", thai)
    assert result.exit_code == 0
    assert result.stdout.startswith("posts.csv (dry run, nothing written): 2 rows read: 2 new,")
    assert rows(workspace) == []
    assert not (workspace.folder / "profiles").exists()


def test_maps_saved_as_a_profile(run: Run, workspace: Workspace) -> None:
    path = workspace.folder / "other.csv"
    path.write_text("a,b,c\nhello,2014-01-01,x1\n")
    result = run("import", path)
    assert result.exit_code == 5
    assert "no column looks like text or like published_at" in result.stderr
    options = ["--map", "text=a", "-m", "time=b", "-m", "id=c", "--platform", "forum"]
    assert run("import", path, *options, "--save-profile", "mine").exit_code == 0
    assert rows(workspace)[0][:2] == ("forum", "hello")
    again = run("import", path, "--profile", "mine", "--json")
    assert json.loads(again.stdout)["known"] == 1
    assert "This is how" not in again.stderr
    listed = run("profiles").stdout
    assert "mine" in listed
    # Where the table wraps depends on how long the folder's name is.
    assert all(part in listed for part in ("text=a,", "published_at=b,", "native_id=c"))
    lines = [json.loads(line) for line in run("profiles", "--json").stdout.splitlines()]
    assert {line["name"] for line in lines} == {"hackernews", "mine", "reddit", "stocknet"}
    assert lines[-1]["columns"]["text"] == ["a"]


def test_a_named_profile_that_fits_is_named(run: Run, workspace: Workspace) -> None:
    path = workspace.folder / "stories.jsonl"
    story = {"id": 1, "time": 1454122784, "title": "a", "by": "b", "score": 1, "descendants": 0}
    path.write_text(json.dumps(story))
    result = run("import", path, "--dry-run")
    assert "It looks like hackernews; --profile hackernews reads it so." in result.stderr
    assert "looks like reddit" not in result.stderr


def test_a_guess_that_nothing_proves_says_so(run: Run, workspace: Workspace) -> None:
    path = workspace.folder / "posts.csv"
    path.write_text("text,date\nhello,5/6/2014\n")
    result = run("import", path)
    assert "The first time comes out as 2014-06-05 00:00:00" in result.stderr
    assert "Note: dates like 5/6/2014 are read day first; nothing in the file" in result.stderr
    assert "2014-05-06" in run("import", path, "--month-first", "--dry-run").stderr


def test_errors_are_told_and_other_files_go_on(run: Run, workspace: Workspace, thai: Path) -> None:
    missing, empty = workspace.folder / "missing.csv", workspace.folder / "empty.jsonl"
    empty.write_text("")
    result = run("import", missing, empty, thai)
    assert result.exit_code == 5
    assert f"krasae: {missing} cannot be opened: No such file or directory." in result.stderr
    assert f"{empty} is empty." in result.stderr
    assert len(rows(workspace)) == 2
    as_json = run("import", "--json", missing, thai)
    first, second = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert first["error"].startswith(str(missing))
    assert second["known"] == 2


def test_a_wrong_profile_says_what_would_fit(run: Run, workspace: Workspace) -> None:
    path = workspace.folder / "posts.jsonl"
    path.write_text('{"message": "hello", "created": "2014-01-01"}\n' * 300)
    result = run("import", path, "--profile", "reddit")
    assert result.exit_code == 5
    assert "none of the first 200 rows fits" in result.stderr
    assert "A guess: --map text=message --map published_at=created" in result.stderr
    path.write_text('{"message": "hello", "created": "2014-01-01"}\n' * 3)
    result = run("import", path, "--profile", "reddit")
    assert result.exit_code == 12
    assert "No row fits." in result.stderr


def test_hostile_names_and_texts_do_not_reach_the_terminal(run: Run, workspace: Workspace) -> None:
    path = workspace.folder / "evil.csv"
    path.write_text("time,text,\x1b[31mred\n2014-01-01,\x1b]0;title\x07 hi,1\n\x1b[2Jx,hello,2\n")
    result = run("import", path)
    assert result.exit_code == 12
    assert "\x1b[31m" not in result.output
    assert "\x1b]0" not in result.output
    assert "\x1b[2J" not in result.output


@pytest.mark.parametrize("option", [["--profile", "redit"], ["--save-profile", "../x"]])
def test_errors_of_other_kinds_end_the_command(run: Run, thai: Path, option: list[str]) -> None:
    from listener.errors import NotFoundError, SettingsError

    result = run("import", thai, *option)
    assert isinstance(result.exception, NotFoundError | SettingsError)


def test_the_real_command(workspace_folder: Path, workspace: Workspace, thai: Path) -> None:
    """A process of its own, no terminal: nothing is asked, and the exit codes are those told."""
    command = [sys.executable, "-m", "krasae", "import", "--config", "config.toml", str(thai)]
    options: Any = {"cwd": workspace_folder, "capture_output": True, "encoding": "utf-8"}
    done = subprocess.run(command, check=False, **options)
    assert done.stdout == (
        "posts.csv: 2 rows read: 2 new, 0 already known, 0 updated, 0 refused\n"
    ), done.stderr
    assert done.returncode == 0
    thai.write_bytes(b"")
    done = subprocess.run(command, check=False, **options)
    assert (done.returncode, done.stdout) == (5, "")


def test_a_history_that_retention_would_erase_is_told_of(run: Run, thai: Path) -> None:
    assert "older than [retention] allows (730 days" in " ".join(run("import", thai).stderr.split())
