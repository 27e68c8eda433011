"""`krasae sources` and `krasae listen`, as a person and a script use them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from krasae.cli import listen, sources
from krasae.workspace import Workspace, open_workspace
from listener.collect.station import stations
from listener.collect.watch import Event
from listener.errors import NotFoundError, SourceAuthError
from listener.model import Mention
from listener.source import Batch
from tests.recordings.loopback import Answer, Loopback

Run = Callable[..., Result]
SECRET = "k3y-that-nobody-may-see"
FEED = """\
<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>ข่าว</title>
<item><guid>tag:1</guid><title>บาร์บีคิวพลาซ่า\u200b เปิดใหม่ \u202e อร่อยมาก</title>
<link>https://news.example/1</link><pubDate>Tue, 03 Mar 2026 03:00:00 GMT</pubDate></item>
<item><guid>tag:2</guid><title>weather</title></item></channel></rss>
"""


@pytest.fixture
def server() -> Iterator[Loopback]:
    feed = Answer(FEED.encode(), headers={"content-type": "text/xml"})
    with Loopback({"/feed": feed, f"/feed?key={SECRET}": feed}) as found:
        yield found


@pytest.fixture
def run(workspace_folder: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command in a workspace whose sources are on this machine."""
    config = workspace_folder / "config.toml"
    config.write_text(
        config.read_text("utf-8")
        + f"""
[[sources]]
name = "news"
type = "feeds"
options = {{ addresses = ["{server.url}/feed"] }}

[[sources]]
name = "private"
type = "feeds"
options = {{ addresses = ["env:PRIVATE_FEED"], platform = "board" }}

[[sources]]
name = "closed"
type = "feeds"
options = {{ addresses = ["{server.url}/closed"] }}
""",
        "utf-8",
    )
    monkeypatch.chdir(workspace_folder)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("PRIVATE_FEED", f"{server.url}/feed?key={SECRET}")
    server.answers["/closed"] = Answer(status=403)
    with open_workspace(config, create=True):
        pass
    app = typer.Typer()
    sources.register(app)
    listen.register(app)

    def running(*arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(app, list(arguments), **options)

    yield running


def opened() -> Iterator[Workspace]:
    with open_workspace(Path("config.toml")) as workspace:
        yield workspace


def stored(query: str) -> list[tuple[Any, ...]]:
    [rows] = [workspace.db.execute(query).fetchall() for workspace in opened()]
    return rows


def test_what_is_heard_is_shown_and_stored(run: Run) -> None:
    result = run("listen", "news", "--once")
    assert result.exit_code == 0, result.output
    line = result.stdout.splitlines()[0]
    assert line.startswith("03-03 10:00 ")  # in the workspace's zone
    assert "[Bar B Q Plaza]" in line
    assert "https://news.example/1" in line
    assert "\u200b" not in result.stdout
    assert "\u202e" not in result.stdout
    assert "Heard 2 mentions, 1 of a brand; 2 new ones are stored." in result.stderr
    assert stored("SELECT count(*) FROM mentions") == [(2,)]
    again = run("listen", "news", "--once")
    assert "Heard 0 mentions" in again.stderr


def test_without_storing_nothing_is_stored(run: Run) -> None:
    for _ in range(2):
        result = run("listen", "news", "--once", "--no-store", "--json")
        heard = [json.loads(line) for line in result.stdout.splitlines()]
        assert [one["id"] for one in heard] == ["tag:1", "tag:2"]
        assert heard[0]["brands"] == ["bbq"]
        assert heard[0]["published_at"] == "2026-03-03T03:00:00Z"
        assert heard[0]["sentiment"] in ("negative", "neutral", "positive")
        assert "nothing was stored" in result.stderr
    assert stored("SELECT count(*) FROM mentions") == [(0,)]
    assert stored("SELECT count(*) FROM source_health") == [(0,)]


def test_a_source_that_refuses_stops_no_other(run: Run) -> None:
    result = run("listen", "--once")
    assert result.exit_code == 0
    assert "closed: http://127.0.0.1" in result.stderr
    assert "refuses us (403)" in result.stderr
    assert stored("SELECT count(*) FROM mentions") == [(4,)]
    alone = run("listen", "closed", "--once")
    assert alone.exit_code == SourceAuthError.exit_code
    assert alone.stderr.count("refuses us (403)") == 1


def test_how_sources_are(run: Run) -> None:
    assert "new" in run("sources").stdout
    run("listen", "--once")
    result = run("sources")
    lines = {line.split()[0]: line.split() for line in result.stdout.splitlines() if line}
    assert lines["source"][1:3] == ["type", "state"]
    assert lines["news"][1:3] == ["feeds", "ok"]
    assert lines["closed"][1:3] == ["feeds", "failing"]
    assert "closed: last error" in result.stdout
    assert "missed" in result.stdout
    found = {one["source"]: one for one in json.loads(run("sources", "--json").stdout)}
    assert found["news"]["items_24h"] == 2
    assert found["news"]["requests_24h"] == 1
    assert found["news"]["usual_24h"] is None
    assert found["closed"]["state"] == "failing"
    assert found["closed"]["gaps"][0]["until"] is None
    assert found["news"]["heard_at"].endswith("Z")


def test_secrets_appear_nowhere(run: Run, server: Loopback) -> None:
    """Not in the database and its log, not in what is printed, well or not."""
    said = ""
    for answer in (
        server.answers[f"/feed?key={SECRET}"],
        Answer(status=401),
        Answer(b"<html>no feed</html>"),
        Answer(status=302, headers={"location": f"http://10.0.0.1/{SECRET}"}),
    ):
        server.answers[f"/feed?key={SECRET}"] = answer
        result = run("listen", "private", "--once")
        said += f"{result.output}{result.exception!r}"
    said += run("sources").output + run("sources", "--json").output
    assert "private: http://127.0.0.1" in said
    assert SECRET not in said
    for path in Path().glob("krasae.db*"):
        assert SECRET.encode() not in path.read_bytes()


def test_nobody_is_asked_who_is_not_configured(run: Run, server: Loopback) -> None:
    for names in (["pantip"], ["hackernews"]):
        result = run("listen", *names)
        assert isinstance(result.exception, NotFoundError)
        assert "There are: news, private, closed." in str(result.exception)
    assert server.asked == []


@pytest.mark.parametrize("length", ["10", "m", "-5s", "1y", "5 minutes"])
def test_a_length_of_time_that_is_none(run: Run, length: str) -> None:
    result = run("listen", "news", "--for", length)
    assert result.exit_code == 2
    assert "no length of time" in result.output


MORE = """
[[sources]]
name = "fediverse"
type = "mastodon"
options = {{ address = "{server}", hashtags = ["tea"] }}

[[sources]]
name = "reviews"
type = "webhook"
options = {{ secrets = ["env:PRIVATE_FEED"] }}
"""


@pytest.fixture
def more(run: Run, server: Loopback) -> Run:
    """Two more sources: one that can be streamed and polled, one that only receives."""
    with Path("config.toml").open("a", encoding="utf-8") as config:
        config.write(MORE.format(server=server.url))
    return run


def test_once_what_can_stream_is_polled(more: Run, server: Loopback) -> None:
    path = "/api/v1/timelines/tag/tea?limit=40"
    server.answers[path] = Answer(b"[]", headers={"content-type": "application/json"})
    result = more("listen", "fediverse", "--once")
    assert result.exit_code == 0, result.output
    assert server.paths.count(path) == 1


def test_once_what_has_no_end_is_refused(more: Run, server: Loopback) -> None:
    result = more("listen", "--once")
    assert result.exit_code == 2
    said = " ".join(result.output.replace("│", " ").split())
    assert "reviews cannot be asked" in said
    assert "krasae listen news private closed fediverse --once" in said
    assert "or the others" not in more("listen", "reviews", "--once").output
    assert server.paths == []


def test_the_status_line_counts_what_was_looked_at(more: Run) -> None:
    assert more("sources").exit_code == 0
    tea = Mention("x", "1", 1, "บาร์บีคิวพลาซ่า")
    [said] = [_said(workspace, tea) for workspace in opened()]
    assert said == [
        "news up · 1 mentions heard, 1 of a brand",
        "news up · 1,235 posts heard, 1 of a brand",
    ]


def _said(workspace: Workspace, mention: Mention) -> list[str]:
    """What is shown after a batch of a source that tells all, and after one of a sieve's."""
    news = stations(workspace.settings.sources)[0]
    report = listen._Report(workspace, True, ["news"])
    said = []
    for batch in (Batch("1", mentions=(mention,)), Batch("2", seen=1234)):
        report.take(Event(news, batch))
        said.append(report.state())
    return said


def test_no_source_yet(workspace_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace_folder)
    with open_workspace(Path("config.toml"), create=True):
        pass
    app = typer.Typer()
    sources.register(app)
    listen.register(app)
    result = CliRunner().invoke(app, ["sources"])
    assert result.exit_code == 0
    assert "need no key" in result.output
    refused = CliRunner().invoke(app, ["listen"])
    assert isinstance(refused.exception, NotFoundError)


def test_it_ends_on_sigterm(run: Run) -> None:
    """As a service is stopped: what was heard is stored, exit code 0."""
    import os
    import signal
    import subprocess
    import sys

    process = subprocess.Popen(
        [sys.executable, "-m", "krasae", "listen", "news"],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "are stored" in said
    assert stored("SELECT count(*) FROM mentions") == [(2,)]
