"""The command line as scripts see it: exit codes, and where what is printed."""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from alerts.errors import ChannelError, IssueError
from krasae import cli
from krasae.__main__ import main
from listener import errors


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, krasae: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command that does what it is given to do."""

    def run(action: Callable[[], object]) -> Any:
        module = ModuleType("krasae.cli.failing")

        def register(app: typer.Typer) -> None:
            @app.command("act")
            def act() -> None:
                action()

        module.register = register  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "krasae.cli.failing", module)
        monkeypatch.setattr(cli, "GROUPS", ("failing", "init"))
        return krasae("act")

    return run


def raising(error: BaseException) -> Callable[[], object]:
    def action() -> None:
        raise error

    return action


OURS = [
    (errors.KrasaeError("wrong", remedy="mend it"), 1),
    (errors.SettingsError("wrong", remedy="mend it"), 3),
    (errors.StoreError("wrong", remedy="mend it"), 4),
    (errors.NewerDatabaseError("wrong", remedy="mend it"), 4),
    (errors.StoreBusyError("wrong", remedy="mend it"), 4),
    (errors.CursorMovedError("wrong", remedy="mend it"), 4),
    (errors.InputError("wrong", remedy="mend it"), 5),
    (errors.QuerySyntaxError("wrong", query="a (", column=2, remedy="mend it"), 6),
    (errors.NotFoundError("wrong", remedy="mend it"), 7),
    (errors.PlugError("wrong", remedy="mend it"), 8),
    (ChannelError("wrong", remedy="mend it"), 9),
    (IssueError("wrong", remedy="mend it"), 10),
]


@pytest.mark.parametrize(("error", "code"), OURS, ids=lambda value: type(value).__name__)
def test_our_errors_are_a_message_and_a_code(
    failing: Callable[..., Any], error: errors.KrasaeError, code: int
) -> None:
    ran = failing(raising(error))
    assert ran.code == code
    assert ran.out == ""
    assert ran.err.startswith("krasae: wrong\n")
    assert ran.err.endswith("\nmend it\n")


def test_every_kind_of_error_has_its_exit_code() -> None:
    kinds = [errors.KrasaeError, *_below(errors.KrasaeError)]
    codes = [kind.exit_code for kind in kinds if "exit_code" in vars(kind)]
    assert len(codes) == len(set(codes))
    assert not {0, 2, 130} & {*codes}
    tree = (errors.__doc__ or "").splitlines()
    for kind in kinds:
        if kind.__module__ == "listener.errors":
            [line] = [line for line in tree if kind.__name__ in line.split()]
            assert "exit_code" not in vars(kind) or f" {kind.exit_code}" in line


def _below(kind: type[errors.KrasaeError]) -> list[type[errors.KrasaeError]]:
    return [deeper for one in kind.__subclasses__() for deeper in (one, *_below(one))]


def test_a_query_is_shown_with_a_caret(failing: Callable[..., Any]) -> None:
    ran = failing(raising(OURS[7][0]))
    assert ran.err == "krasae: wrong\n  a (\n    ^\nmend it\n"


def test_the_system_says_no(failing: Callable[..., Any]) -> None:
    ran = failing(lambda: Path("no/such/file").read_text())
    assert (ran.code, ran.err) == (1, "krasae: no/such/file: No such file or directory\n")


def test_a_damaged_database_is_a_store_error(failing: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("no database " * 100)
    ran = failing(lambda: sqlite3.connect(tmp_path / "x.db").execute("SELECT * FROM x"))
    assert ran.code == 4
    assert "file is not a database" in ran.err
    assert "Traceback" not in ran.err


def test_a_bug_of_ours_is_a_traceback(failing: Callable[..., Any]) -> None:
    with pytest.raises(ZeroDivisionError):
        failing(lambda: 1 / 0)
    with pytest.raises(sqlite3.OperationalError, match="syntax error"):
        failing(lambda: sqlite3.connect(":memory:").execute("SELEC"))


def test_interrupted(failing: Callable[..., Any]) -> None:
    ran = failing(lambda: os.kill(os.getpid(), signal.SIGINT))
    assert ran.code == 130
    assert ran.err == "krasae: interrupted; what was committed is kept.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--version"], 0, "krasae 0."),
        (["--help"], 0, "Usage: krasae"),
        (["init", "-h"], 0, "Usage: krasae init"),
        ([], 2, "Usage: krasae"),
        (["no-such-command"], 2, "No such command 'no-such-command'"),
        (["--no-such-option"], 2, "No such option: --no-such-option"),
        (["init", "--nmae", "x"], 2, "--name"),
    ],
)
def test_the_front_door(
    krasae: Callable[..., Any], arguments: list[str], code: int, says: str
) -> None:
    ran = krasae(*arguments)
    assert ran.code == code
    assert says in ran.out + ran.err
    assert not (ran.out and ran.err)


def test_every_file_of_commands_is_in_the_list() -> None:
    folder = Path(cli.__file__).parent
    groups = {p.stem for p in folder.glob("*.py") if "\ndef register(" in p.read_text("utf-8")}
    assert groups == set(cli.GROUPS)


def test_init(krasae: Callable[..., Any], tmp_path: Path) -> None:
    brand = 'Bar B Q="bar b q" OR บาร์บีคิวพลาซ่า'
    ran = krasae("init", "--brand", brand, "--competitor", "MK", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert [line for line in ran.out.splitlines() if line.startswith("  ")] == [
        "  krasae import posts.csv   # an export of posts: CSV, JSONL, XLSX or Parquet",
        "  krasae process --flush    # read them, count them, look for what is new",
        "  krasae alerts             # what a strategist should know",
    ]
    assert "docs/sources/" in ran.out
    assert krasae("init", cwd=tmp_path).code == 3
    assert krasae("doctor", cwd=tmp_path).code == 0
    ran = krasae("init", "--folder", "new", "--json", cwd=tmp_path)
    assert ran.code == 0
    assert ran.out.startswith('{"written":["new/krasae.db",')
    assert "everything you import is listened to as one stream" in ran.err
    assert krasae("init", "--folder", "other", "--brand", "X=(", cwd=tmp_path).code == 6
    assert not (tmp_path / "other").exists()


def test_init_asks_on_a_terminal(
    krasae: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["Plaza", "Asia/Bangkok", "th", "Bar B Q", "(", "bbq", "", "MK", "", ""]
    answers += ["bluesky, x", "news bluesky"]
    keyboard, screen = os.openpty()
    with os.fdopen(screen, "r", encoding="utf-8") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        os.write(keyboard, "".join(f"{answer}\n" for answer in answers).encode())
        ran = krasae("init", cwd=tmp_path)
    os.close(keyboard)
    assert ran.code == 0, ran.err
    assert "Once more, please." in ran.err
    text = (tmp_path / "config.toml").read_text("utf-8")
    assert 'query = "bbq"' in text
    assert "query = '\"MK\"'" in text
    assert 'language = "th"' in text


def test_an_interrupt_that_a_library_made_an_error_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> int:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as error:
            raise ValueError("a library's own") from error
        return 0

    monkeypatch.setattr("krasae.cli.run", run)
    before = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.value.code == 130
