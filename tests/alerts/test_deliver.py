"""Delivery: at least once, in order, condensed; a channel that is down delays only itself."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlite_utils import Database

from alerts.channels import Channel, Context, connect
from alerts.deliver import GIVE_UP_AFTER, LEASE, DeliverStage, retry_at
from alerts.digest.exports import forget
from alerts.errors import ChannelError
from alerts.message import Edition, Message
from alerts.settings import ChannelSettings
from alerts.stage import AlertStage
from krasae.schema import ROOMS
from listener.model import DAY_MS, HOUR_MS
from listener.stage import IDLE, run_to_end
from listener.store import open_database, transaction
from listener.store.erase import erase_within
from tests.alerts.making import SIGNAL, database, life, put_signals, say, tables
from tests.laws.killing import copy, kill_points, run_and_kill
from trends.model import EventState as State

NOW = SIGNAL.detected_at
MINUTE = 60_000


class Pigeon:
    """A channel that keeps what it carries, and fails as it is told."""

    def __init__(self, failures: Sequence[Exception] = (), *, down: bool = False) -> None:
        self.carried: list[Message] = []
        self.tried: list[str] = []
        self.failures = list(failures)
        self.down = down

    def send(self, message: Message) -> None:
        self.tried.append(message.key)
        if self.failures:
            raise self.failures.pop(0)
        if self.down:
            raise ChannelError("The loft is closed.")
        self.carried.append(message)

    @property
    def keys(self) -> list[str]:
        return [message.key for message in self.carried]


def channels(*names: str) -> list[ChannelSettings]:
    return [ChannelSettings(name=name, type="pigeon") for name in names]


def delivery(**pigeons: Channel) -> DeliverStage:
    def find(settings: ChannelSettings, context: Context) -> Channel:
        return pigeons[settings.name]

    return DeliverStage(
        channels(*pigeons), Path(), Edition(brands={"apple": "Apple"}), connect=find
    )


def raised(db: Database, *events: int, to: Sequence[str] = ("team",)) -> None:
    """Events become alerts and their first messages wait."""
    for event in events:
        put_signals(db, life((State.OPEN, 5, 1.0), event=event))
    run_to_end(AlertStage(channels(*to)), db, now=NOW)


def states(db: Database) -> list[tuple[Any, ...]]:
    return db.execute("SELECT channel, key, state, attempts FROM outbox ORDER BY id").fetchall()


def test_what_is_due_is_sent_once() -> None:
    db, pigeon = database(), Pigeon()
    raised(db, 1, 2)
    stage = delivery(team=pigeon)
    assert stage.backlog(db) == 2
    assert stage.step(db, limit=10, now=NOW).written == 2
    assert stage.step(db, limit=10, now=NOW + DAY_MS) == IDLE
    assert pigeon.keys == ["1:open:0", "2:open:0"]
    assert stage.backlog(db) == 0


def test_a_channel_that_is_no_longer_configured_waits_for_nobody() -> None:
    db = database()
    raised(db, 1, to=("old", "team"))
    stage = delivery(team=Pigeon())
    assert stage.backlog(db) == 1
    run_to_end(stage, db, now=NOW)
    assert stage.backlog(db) == 0


def test_a_failure_is_tried_again_later_and_later() -> None:
    assert [retry_at(0, n) // MINUTE for n in (1, 2, 3, 6, 7, 500)] == [1, 2, 4, 32, 60, 60]
    db, pigeon = database(), Pigeon([ChannelError("no"), ChannelError("not yet")])
    raised(db, 1)
    stage = delivery(team=pigeon)
    for minutes in (0, 0.5, 1, 2, 3, 4):
        run_to_end(stage, db, now=NOW + round(minutes * MINUTE))
    assert pigeon.tried == ["1:open:0"] * 3
    assert states(db) == [("team", "1:open:0", "sent", 3)]


def test_a_channel_that_fails_stops_no_other() -> None:
    db, good, bad = database(), Pigeon(), Pigeon(down=True)
    raised(db, 1, 2, to=("bad", "good"))
    run_to_end(delivery(bad=bad, good=good), db, now=NOW)
    assert good.keys == ["1:open:0", "2:open:0"]
    assert bad.carried == []


def test_a_channel_that_was_down_for_a_day_tells_everything_in_order() -> None:
    db, pigeon = database(), Pigeon(down=True)
    raised(db, *range(1, 31))
    stage = delivery(team=pigeon)
    for minutes in range(0, 24 * 60, 7):
        run_to_end(stage, db, now=NOW + minutes * MINUTE)
    assert len(pigeon.tried) < 200  # two are tried at a time, not all thirty
    pigeon.down = False
    run_to_end(stage, db, now=NOW + DAY_MS + HOUR_MS)
    assert pigeon.keys == [f"{event}:open:0" for event in range(1, 31)]


def test_a_message_that_a_channel_never_takes_does_not_hold_up_the_others() -> None:
    class Picky(Pigeon):
        def send(self, message: Message) -> None:
            if message.key == "1:open:0":
                raise ChannelError("Too long.")
            super().send(message)

    db, pigeon = database(), Picky()
    raised(db, 1, 2, 3)
    run_to_end(delivery(team=pigeon), db, now=NOW)
    assert pigeon.keys == ["2:open:0", "3:open:0"]
    run_to_end(delivery(team=pigeon), db, now=NOW + GIVE_UP_AFTER + 1)
    assert states(db)[0][2] == "given_up"


def test_what_piled_up_about_one_alert_is_one_message() -> None:
    db, pigeon = database(), Pigeon()
    put_signals(db, life((State.OPEN, 5, 1.0), (State.GROWING, 8, 2.0), (State.CLOSED, 1, 0.0)))
    run_to_end(AlertStage(channels("team")), db, now=NOW)
    run_to_end(delivery(team=pigeon), db, now=NOW)
    assert pigeon.keys == ["77:close:2"]
    assert pigeon.carried[0].title.startswith("[8] Over: Apple: 5.2 times")
    assert pigeon.carried[0].values["what"] == ["open", "update", "close"]
    assert [state for _, _, state, _ in states(db)] == ["condensed", "condensed", "sent"]


def test_an_error_keeps_no_secret() -> None:
    db = database()
    leaky = RuntimeError("cannot reach https://hooks.example/T0P53CR3T")
    pigeon = Pigeon([leaky])
    raised(db, 1)
    run_to_end(delivery(team=pigeon), db, now=NOW)
    [(error,)] = db.execute("SELECT last_error FROM outbox").fetchall()
    assert error == "RuntimeError in channel team"


def test_a_channel_that_cannot_be_connected_is_a_failure_like_any_other() -> None:
    db = database()
    raised(db, 1)
    broken = [ChannelSettings(name="team", type="folder", options={"pth": "out"})]
    run_to_end(DeliverStage(broken, Path()), db, now=NOW)
    [(state, error)] = db.execute("SELECT state, last_error FROM outbox").fetchall()
    assert state == "pending"
    assert "pth" in error


def test_two_processes_do_not_send_twice() -> None:
    db, inner = database(), Pigeon()

    class Slow(Pigeon):
        """While it carries, the other process looks for work."""

        def send(self, message: Message) -> None:
            delivery(team=inner).step(db, limit=10, now=NOW)
            super().send(message)

    outer = Slow()
    raised(db, 1, 2)
    run_to_end(delivery(team=outer), db, now=NOW)
    assert sorted(outer.keys + inner.keys) == ["1:open:0", "2:open:0"]


def test_a_kill_before_any_statement_loses_no_message(tmp_path: Path) -> None:
    db = open_database(tmp_path / "start.db", ROOMS, create=True)
    say(db, "iPhone!")
    put_signals(db, life((State.OPEN, 5, 1.0)))
    put_signals(db, life((State.OPEN, 5, 1.0), (State.GROWING, 8, 2.0), event=78))
    out = tmp_path / "out"
    settings = [ChannelSettings(name="out", type="folder", options={"path": str(out)})]
    run_to_end(AlertStage(settings), db, now=NOW)
    db.close()

    def job(now: int) -> Callable[[Database], None]:
        return lambda db: (run_to_end(DeliverStage(settings, tmp_path), db, now=now), None)[1]

    points = kill_points(job(NOW), copy(tmp_path / "start.db", tmp_path / "undisturbed.db"))
    wanted = sorted(path.name for path in out.iterdir())
    assert len(wanted) == 4
    for before in points:
        for path in out.iterdir():
            path.unlink()
        killed = copy(tmp_path / "start.db", tmp_path / "killed.db")
        assert run_and_kill(job(NOW), killed, before)
        resumed = open_database(killed, ROOMS)
        job(NOW + LEASE)(resumed)  # what the dead process had claimed is free again by then
        assert [state for _, _, state, _ in states(resumed)] == ["sent", "condensed", "sent"]
        assert sorted(path.name for path in out.iterdir()) == wanted
        resumed.close()


@pytest.fixture
def folder_channel(tmp_path: Path) -> Iterator[tuple[Database, Path]]:
    """A delivered alert whose message lies in a folder, quoting three mentions."""
    db = database()
    for number in range(1, 4):
        say(db, f"screen bends {number} <b>", author=f"a{number}", url=f"https://x.com/{number}")
    raised(db, 77, to=())
    settings = [ChannelSettings(name="out", type="folder", options={"path": "out"})]
    db.execute("DELETE FROM cursors")
    run_to_end(AlertStage(settings), db, now=NOW)
    yield db, tmp_path
    db.close()


def test_what_was_erased_never_leaves(folder_channel: tuple[Database, Path]) -> None:
    db, folder = folder_channel
    with transaction(db) as connection:
        erase_within(connection, [2])
    settings = [ChannelSettings(name="out", type="folder", options={"path": "out"})]
    run_to_end(DeliverStage(settings, folder), db, now=NOW)
    text = (folder / "out" / "77-open-0.txt").read_text("utf-8")
    assert "screen bends 1" in text
    assert "screen bends 2" not in text


def test_an_erasure_reaches_the_files_that_were_written(
    folder_channel: tuple[Database, Path],
) -> None:
    db, folder = folder_channel
    settings = [ChannelSettings(name="out", type="folder", options={"path": "out"})]
    run_to_end(DeliverStage(settings, folder), db, now=NOW)
    values = orjson.loads((folder / "out" / "77-open-0.json").read_bytes())
    assert next(one["text"] for one in values["read_first"]).startswith("screen bends")
    assert len(forget(db, [2])) == 2
    assert list((folder / "out").iterdir()) == []


def test_the_kept_rows_say_nothing_of_what_was_sent() -> None:
    db = database()
    say(db, "a very private matter", author="somsri")
    raised(db, 1)
    run_to_end(delivery(team=Pigeon()), db, now=NOW)
    assert "private" not in repr(tables(db, "outbox"))


def test_a_channel_comes_from_its_settings(tmp_path: Path) -> None:
    settings = ChannelSettings(name="out", type="folder", options={"path": "out"})
    connect(settings, Context(tmp_path)).send(Message("1:open:0", "title", "text", {}))
    assert (tmp_path / "out" / "1-open-0.txt").read_text("utf-8") == "title\n\ntext"
