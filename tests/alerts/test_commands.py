"""`krasae alerts` and `krasae issues`, as a person and as a program see them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from alerts.message import Edition, write_message
from alerts.outbox import What
from alerts.settings import AlertSettings, ChannelSettings
from alerts.stage import AlertStage, DeliverStage, FlagStage
from krasae.workspace import Workspace
from listener.model import HOUR_MS, MentionKind
from listener.stage import run_to_end
from listener.store import transaction
from tests.alerts.making import NINE_SEPTEMBER, SIGNAL, life, put_signals, say
from tests.conftest import Ran
from trends.model import EventState as State
from trends.model import SignalKind

Krasae = Callable[..., Ran]
NOW = SIGNAL.detected_at + 3 * HOUR_MS


@pytest.fixture
def folder(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a surge that is told to a team, a risk, and a queue of three."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("USER", "nok")
    db = workspace.db
    said = [
        ("ดูสด iPhone 6 อยู่ครับ #applelive", "a1", 120, None),
        ("The iPhone 6 is here, and it is huge", "a2", 2_400_000, "https://x.com/i/status/2"),
        ("RT: The iPhone 6 is here, and it is huge", "a3", 12, "https://x.com/i/status/3"),
    ]
    for number, (text, author, followers, url) in enumerate(said):
        say(
            db,
            text,
            author=author,
            followers=followers,
            url=url,
            at=NINE_SEPTEMBER + number * HOUR_MS,
            terms=("iphone", "iphone 6"),
            kind=MentionKind.REPOST if number == 2 else MentionKind.POST,
        )
    angry: dict[str, Any] = {"sentiment": "negative", "probability": 0.97}
    say(
        db, "My photos leaked \x1b[31mfrom\u202e iCloud\n!!!", risks=("privacy",), copies=7, **angry
    )
    say(db, "my photos leaked from icloud", author="b2", copies=7, followers=88_000, **angry)
    say(db, "Worst keynote ever", author="b3", followers=25_000, **angry)
    steps = ((State.OPEN, 5, 2.0), (State.GROWING, 8, 4.5), (State.FADING, 4, 1.0))
    put_signals(db, life(*steps))
    put_signals(
        db,
        life(
            (State.OPEN, 6, 2.0),
            (State.CLOSED, 2, 1.0),
            event=78,
            kind=SignalKind.RISK,
            series="privacy",
            expected=0.3,
            observed=2.0,
            terms=("icloud", "photos"),
            mention_seqs=(4, 5),
        ),
    )
    team = [ChannelSettings(name="team", type="folder", min_severity=6, options={"path": "out"})]
    run_to_end(AlertStage(team), db, now=NOW)
    run_to_end(FlagStage(AlertSettings()), db, now=NOW)
    run_to_end(DeliverStage(team, workspace.folder), db, now=NOW)
    return workspace.folder


def lines(out: str) -> list[Any]:
    return [orjson.loads(line) for line in out.splitlines()]


def test_the_list_of_alerts(folder: Path, krasae: Krasae, golden: Callable[..., None]) -> None:
    ran = krasae("alerts", cwd=folder)
    assert ran.code == 0
    assert "1 of 1 open alerts" in ran.err
    golden("alerts/list.txt", ran.out)
    both = krasae("alerts", "--state", "all", "--lang", "th", cwd=folder)
    golden("alerts/list.th.txt", both.out)


def test_the_list_for_programs(folder: Path, krasae: Krasae) -> None:
    found = lines(krasae("alerts", "--state", "all", "--json", cwd=folder).out)
    assert [alert["id"] for alert in found] == [2, 1]
    assert found[1]["subject"].startswith("Apple: 5.2 times the usual number of authors")
    assert found[1]["detected_at"] == "2014-09-09T23:15:00Z"
    assert (found[1]["severity"], found[1]["peak_severity"]) == (4, 8)


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--kind", "risk"], [2]),
        (["--brand", "bbq"], []),
        (["--severity", "7"], [1]),
        (["--since", "2014-09-10T06:15"], [2, 1]),  # Bangkok
        (["--since", "2014-09-10T06:16"], []),
        (["--until", "2014-09-09T23:16+00:00"], [2, 1]),
        (["--until", "2014-09-10"], []),
        (["--limit", "1"], [2]),
    ],
)
def test_the_list_is_filtered(
    folder: Path, krasae: Krasae, options: list[str], ids: list[int]
) -> None:
    ran = krasae("alerts", "--state", "all", "--json", *options, cwd=folder)
    assert [alert["id"] for alert in lines(ran.out)] == ids


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--kind", "sruge"], "surge, emerging, risk, inauthentic"),
        (["--state", "shut"], "open, all"),
        (["--since", "soon"], "2014-09-09T17:00"),
        (["--lang", "de"], "th or en"),
    ],
)
def test_a_wrong_option_names_the_right_ones(
    folder: Path, krasae: Krasae, options: list[str], hint: str
) -> None:
    ran = krasae("alerts", *options, cwd=folder)
    assert ran.code == 2
    assert hint in " ".join(ran.err.split())


@pytest.mark.parametrize("language", ["en", "th"])
def test_one_alert_in_full(
    folder: Path, krasae: Krasae, golden: Callable[..., None], language: str
) -> None:
    for number in (1, 2):
        ran = krasae("alerts", "show", str(number), "--lang", language, cwd=folder)
        assert (ran.code, ran.err) == (0, "")
        golden(f"alerts/show{number}.{language}.txt", ran.out)


@pytest.mark.parametrize("language", ["en", "th"])
def test_a_message_as_people_get_it(
    folder: Path, workspace: Workspace, golden: Callable[..., None], language: str
) -> None:
    settings = workspace.settings
    edition = Edition.of(settings.workspace, settings.brands, language)
    message = write_message(workspace.db, 1, [What.OPEN, What.UPDATE], "77:update:1", edition)
    golden(f"alerts/message.{language}.txt", f"{message.title}\n\n{message.text}")
    assert message.quoted == (2, 1, 3)
    update = write_message(workspace.db, 1, [What.UPDATE], "77:update:1", edition)
    assert update.title != message.title


def test_one_alert_in_full_for_programs(folder: Path, krasae: Krasae) -> None:
    [alert] = lines(krasae("alerts", "show", "1", "--json", cwd=folder).out)
    assert alert["as_raised"]["severity"] == 5
    assert [one["seq"] for one in alert["read_first"]] == [2, 1, 3]
    assert alert["sources"][0]["mentions"] == 6
    assert [turn["state"] for turn in alert["life"]] == ["open", "growing", "fading"]
    assert [(one["key"], one["state"]) for one in alert["messages"]] == [("77:open:0", "sent")]
    assert alert["rows"][0] == "krasae alerts rows 1"
    [risk] = lines(krasae("alerts", "show", "2", "--json", cwd=folder).out)
    assert risk["issue"] == 1


def test_one_alert_as_it_was_known_at_a_time(folder: Path, krasae: Krasae) -> None:
    today = orjson.loads(krasae("alerts", "show", "1", "--json", cwd=folder).out)
    turns = today["life"]
    assert len(turns) == 3
    for number, turn in enumerate(turns):
        at = turn["at"].replace("Z", ".001+00:00")
        then = orjson.loads(krasae("alerts", "show", "1", "--json", "--at", at, cwd=folder).out)
        listed = lines(krasae("alerts", "--state", "all", "--json", "--at", at, cwd=folder).out)
        assert then["life"] == turns[: number + 1]
        assert (then["severity"], then["state"]) == (turn["severity"], turn["state"])
        assert then["label"] is None
        assert then["messages"] == []
        same = next(alert for alert in listed if alert["id"] == 1)
        assert {name: then[name] for name in same} == same
    ran = krasae("alerts", "show", "1", "--at", turns[0]["at"], cwd=folder)
    assert ran.code != 0
    assert "was not known yet" in ran.err


def test_the_topic_of_most_of_its_mentions(
    folder: Path, workspace: Workspace, krasae: Krasae
) -> None:
    db = workspace.db
    alert, seqs = 1, [row[0] for row in db.execute(_ROWS, [1])]
    assert lines(krasae("alerts", "show", "1", "--json", cwd=folder).out)[0]["topic"] is None
    label = "iphone 6\x1b[31m, live"
    db.execute("INSERT INTO topics VALUES ('apple', 7, ?, '[]', 'en', 1, NULL, 2, 1, 1)", [label])
    for seq in seqs[: len(seqs) // 2]:
        db.execute("INSERT INTO mention_topics VALUES ('apple', ?, 7, 0.8, NULL)", [seq])
    [half] = lines(krasae("alerts", "show", str(alert), "--json", cwd=folder).out)
    assert half["topic"] is None
    for seq in seqs[len(seqs) // 2 :]:
        db.execute("INSERT INTO mention_topics VALUES ('apple', ?, 7, 0.8, NULL)", [seq])
    [most] = lines(krasae("alerts", "show", str(alert), "--json", cwd=folder).out)
    assert most["topic"] == {"id": 7, "label": label}
    out = krasae("alerts", "show", str(alert), "--lang", "th", cwd=folder).out
    [line] = [line for line in out.splitlines() if "หัวข้อสนทนา" in line]
    assert line.endswith("iphone 6\ufffd[31m, live")


_ROWS = "SELECT mention_seq FROM alert_mentions WHERE alert_id = ?"


def test_the_rows_behind_an_alert(folder: Path, krasae: Krasae) -> None:
    ran = krasae("alerts", "rows", "1", "--json", cwd=folder)
    assert [row["native_id"] for row in lines(ran.out)] == ["id2", "id1", "id3"]
    told = krasae("alerts", "rows", "1", cwd=folder)
    assert "ดูสด iPhone 6 อยู่ครับ #applelive" in told.out
    assert "3 of 240 mentions" in told.err


def test_an_alert_that_is_not_there(folder: Path, krasae: Krasae) -> None:
    for command in (["show", "9"], ["rows", "9"], ["label", "9", "noise"]):
        ran = krasae("alerts", *command, cwd=folder)
        assert ran.code == 7
        assert "no alert 9" in ran.err


def test_a_verdict(folder: Path, krasae: Krasae) -> None:
    assert krasae("alerts", "label", "1", "useful", cwd=folder).code == 0
    assert lines(krasae("alerts", "show", "1", "--json", cwd=folder).out)[0]["label"] == "useful"
    assert "useful" in krasae("alerts", "show", "1", cwd=folder).out


def test_no_alerts_is_said(workspace: Workspace, krasae: Krasae) -> None:
    ran = krasae("alerts", cwd=workspace.folder)
    assert (ran.code, ran.out) == (0, "")
    assert "No open alerts" in ran.err
    assert "No open issues" in krasae("issues", cwd=workspace.folder).err


def test_the_queue(folder: Path, krasae: Krasae, golden: Callable[..., None]) -> None:
    ran = krasae("issues", cwd=folder)
    assert "3 of 3 open issues" in ran.err
    golden("alerts/issues.txt", ran.out)
    golden("alerts/issue.th.txt", krasae("issues", "show", "2", "--lang", "th", cwd=folder).out)
    golden("alerts/issue.txt", krasae("issues", "show", "2", cwd=folder).out)


def test_the_queue_for_programs(folder: Path, krasae: Krasae) -> None:
    found = lines(krasae("issues", "--json", cwd=folder).out)
    assert [(one["id"], one["priority"], one["reason"]) for one in found] == [
        (2, 1, "risk"),
        (1, 2, "alert"),
        (3, 2, "negative"),
    ]
    chosen = krasae("issues", "--priority", "2", "--brand", "apple", "--json", cwd=folder)
    assert [one["id"] for one in lines(chosen.out)] == [1, 3]
    [full] = lines(krasae("issues", "show", "2", "--json", cwd=folder).out)
    assert [one["seq"] for one in full["mentions_to_read"]] == [5, 4]
    assert full["log"] == []


def test_an_issue_from_new_to_resolved_and_back(folder: Path, krasae: Krasae) -> None:
    def issues(*arguments: str) -> Ran:
        return krasae("issues", *arguments, cwd=folder)

    refused = issues("resolve", "2")
    assert refused.code == 10
    assert "It allows acknowledge or assign or dismiss." in refused.err
    assert issues("ack", "2").err == "Issue 2: new → acknowledged.\n"
    assigned = issues("assign", "2", "somchai", "--by", "lead", "--note", "ask legal", "--json")
    assert (lines(assigned.out)[0]["assignee"], lines(assigned.out)[0]["version"]) == ("somchai", 3)
    stale = issues("dismiss", "2", "--reason", "a joke", "--version", "2")
    assert stale.code == 10
    assert "lead: assign (ask legal)" in stale.err
    assert issues("resolve", "2", "--note", "answered").code == 0
    assert issues("reopen", "2").code == 0
    assert issues("dismiss", "2", "--reason", "a joke").code == 0
    [full] = lines(issues("show", "2", "--json").out)
    assert [(one["who"], one["action"]) for one in full["log"]] == [
        ("nok", "acknowledge"),
        ("lead", "assign"),
        ("nok", "resolve"),
        ("nok", "reopen"),
        ("nok", "dismiss"),
    ]
    assert [one["id"] for one in lines(issues("--state", "dismissed", "--json").out)] == [2]
    assert len(lines(issues("--state", "all", "--json").out)) == 3
    assert "lead: acknowledged → assigned (somchai). ask legal" in issues("show", "2").out


def test_a_change_by_nobody_is_refused(
    folder: Path, krasae: Krasae, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("USER")
    monkeypatch.delenv("USERNAME", raising=False)
    ran = krasae("issues", "ack", "2", cwd=folder)
    assert ran.code == 2
    assert "--by NAME" in ran.err


def test_an_issue_that_is_not_there(folder: Path, krasae: Krasae) -> None:
    for command in (["show", "9"], ["ack", "9"], ["dismiss", "9", "--reason", "x"]):
        assert krasae("issues", *command, cwd=folder).code == 7


def test_nothing_that_is_printed_commands_the_terminal(folder: Path, krasae: Krasae) -> None:
    shown = [
        krasae(*command, cwd=folder).out
        for command in (
            ("alerts", "--state", "all"),
            ("alerts", "show", "2"),
            ("alerts", "rows", "2"),
            ("issues",),
            ("issues", "show", "2"),
        )
    ]
    assert sum("photos leaked" in out for out in shown) == 4
    assert sum("\ufffd" in out for out in shown) == 3
    for out in shown:
        assert not [c for c in out if c in "\x1b\u202e\r\x07" or ("\x00" <= c < " " and c != "\n")]


def test_deleted_mentions_are_not_shown(folder: Path, workspace: Workspace, krasae: Krasae) -> None:
    with transaction(workspace.db) as connection:
        connection.execute("UPDATE mentions SET text = '', url = NULL, deleted_at = 1")
    shown = krasae("issues", cwd=folder).out + krasae("issues", "show", "3", cwd=folder).out
    assert shown.count("(its mentions were deleted)") == 3
    assert "keynote" not in shown
    assert "iPhone" not in krasae("alerts", "show", "1", cwd=folder).out
