"""What all tests share: a workspace, real data when there is some, golden files, no network."""

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from krasae.cli import run
from krasae.workspace import Workspace, open_workspace

GOLDEN = Path(__file__).parent / "golden"
AUTHOR_KEY = "a key for the tests, and for nothing else"
CONFIG = """\
[workspace]
name = "Tests"
timezone = "Asia/Bangkok"

[[brands]]
id = "apple"
name = "Apple"
query = "apple OR iphone OR $aapl"
own = true

[[brands]]
id = "bbq"
name = "Bar B Q Plaza"
query = '"bar b q" OR บาร์บีคิวพลาซ่า'
"""

# Derandomised everywhere: a red run is red again on the next try and on every machine.
settings.register_profile(
    "krasae",
    derandomize=True,
    deadline=None,
    max_examples=50,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("krasae")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files instead of comparing"
    )


@pytest.fixture(scope="session")
def krasae_data() -> Path:
    """The folder of real data in KRASAE_DATA; the test is skipped, saying so, without it."""
    folder = Path(os.environ.get("KRASAE_DATA", ""))
    if not os.environ.get("KRASAE_DATA") or not folder.is_dir():
        pytest.skip("KRASAE_DATA names no folder of real data")
    return folder


@pytest.fixture
def workspace_folder(tmp_path: Path) -> Path:
    """A folder with a small config.toml (two brands) and a .env with the author key."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "config.toml").write_text(CONFIG, "utf-8")
    (folder / ".env").write_text(f"KRASAE_AUTHOR_KEY='{AUTHOR_KEY}'\n", "utf-8")
    return folder


@pytest.fixture
def workspace(workspace_folder: Path) -> Iterator[Workspace]:
    """An open workspace with an empty, fully migrated database."""
    environment = {"KRASAE_AUTHOR_KEY": AUTHOR_KEY}
    with open_workspace(
        workspace_folder / "config.toml", create=True, environment=environment
    ) as opened:
        yield opened


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def krasae(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """`krasae("search", "iphone", cwd=folder)`: run the command in this process."""

    def command(*arguments: str | Path, cwd: Path | None = None) -> Ran:
        if cwd is not None:
            monkeypatch.chdir(cwd)
        monkeypatch.setattr("sys.argv", ["krasae", *map(str, arguments)])
        capsys.readouterr()
        code = run()
        return Ran(code, *capsys.readouterr())

    for name in [name for name in os.environ if name.startswith("KRASAE_")]:
        monkeypatch.delenv(name)
    return command


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden("schema.sql", text)`: text equals that file under tests/golden.

    `pytest --update-golden` writes the files anew; read the difference before you commit.
    """

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        assert path.exists(), f"{path} is missing: write it with pytest --update-golden"
        assert text == path.read_text("utf-8")

    return compare


def _is_here(host: str) -> bool:
    try:
        return host in ("", "localhost") or ip_address(host.partition("%")[0]).is_loopback
    except ValueError:  # another name
        return False


def _refuse_strangers(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    if not _is_here(name):
        raise AssertionError(f"a test tried to reach {name}")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection that is not to this machine fails the test."""

    def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                _refuse_strangers(address[0])
            return real(self, address)

        return connect

    def resolve(host: Any, *args: Any, **options: Any) -> Any:
        _refuse_strangers(host)
        return getaddrinfo(host, *args, **options)

    getaddrinfo = socket.getaddrinfo
    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
