"""Bluesky: Jetstream over a real websocket, cut wherever it can be cut."""

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from krasae.workspace import Workspace
from listener.collect.cursors import Position
from listener.collect.keep import StoreKeeper
from listener.collect.station import Surroundings, hear, stations
from listener.collect.watch import Watch
from listener.errors import BadPayloadError, SettingsError, SourceDownError, SourceError
from listener.fetch.matching import Wanted
from listener.model import Folding, FoldingKind, Mention
from listener.payloads.bluesky import read_event
from listener.settings import SourceSettings
from listener.source import Batch, Context, Stopped, Tally
from listener.store import fold
from tests.listener.collect.scripted import missing
from tests.recordings.replay import FOLDER, KEY, NOW, QUERIES

DID = "did:plc:kvwvcn5iqfooopmyzvb4qzba"
START = (NOW - 500_000) * 1000


def post(number: int, text: str = "iced tea", *, at: int | None = None, **more: Any) -> Any:
    """A post, one a second from START on."""
    record = {"$type": "app.bsky.feed.post", "text": f"{text} {number}", "langs": ["en"], **more}
    commit = {
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": f"3lb{number:06}",
        "record": record,
    }
    time = START + number * 1_000_000 if at is None else at
    return {"did": DID, "time_us": time, "kind": "commit", "commit": commit}


def native_id(number: int) -> str:
    return f"at://{DID}/app.bsky.feed.post/3lb{number:06}"


class Jetstream:
    """A server that knows events, and sends those from the cursor on, `at_once` at most."""

    def __init__(self, events: Sequence[Any], *, at_once: int = 10_000, close: int = 1001) -> None:
        self.events = list(events)
        self.at_once = at_once
        self.cursors: list[int] = []
        self._close = close

    def __call__(self, connection: ServerConnection) -> None:
        assert connection.request
        cursor = int(connection.request.path.partition("cursor=")[2])
        self.cursors.append(cursor)
        due = [event for event in self.events if not is_before(event, cursor)]
        try:
            for event in due[: self.at_once]:
                connection.send(event if isinstance(event, str) else orjson.dumps(event).decode())
            if len(due) > self.at_once:
                connection.close(self._close)
            connection.recv()  # nothing comes: until the client closes
        except ConnectionClosed:
            pass

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The address."""
        with serve(self, "127.0.0.1", 0) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/subscribe"
            server.shutdown()
            thread.join()


def is_before(event: Any, cursor: int) -> bool:
    return isinstance(event, dict) and event["time_us"] < cursor


def listened(
    *addresses: str,
    cursor: str | None = None,
    stop: Callable[[], bool] = lambda: False,
    streaming: bool = True,
    options: dict[str, Any] | None = None,
) -> Generator[Batch, None, None]:
    """The batches of one run."""
    chosen = {"addresses": list(addresses), "backlog_minutes": 60, **(options or {})}
    (station,) = stations([SourceSettings(name="sky", type="bluesky", options=chosen)])
    context = Surroundings(Path(), "UTC", QUERIES, KEY).context(
        station, now=lambda: NOW, wait=lambda _: stop()
    )
    fields = {name: getattr(context, name) for name in Context.__slots__}
    return hear(station, Context(**{**fields, "streaming": streaming}), cursor)


def until(count: int, batches: Iterator[Batch]) -> tuple[list[Mention], str]:
    """So many mentions, and the cursor after them."""
    mentions: list[Mention] = []
    for batch in batches:
        mentions += batch.mentions
        if len(mentions) >= count:
            return mentions, batch.cursor
    raise AssertionError(f"{len(mentions)} of {count} came")


@pytest.mark.parametrize("at_once", [1, 2, 7, 30])
def test_nothing_is_lost_or_repeated_over_disconnects(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also among posts of one microsecond."""
    monkeypatch.setattr("listener.fetch.basket._BEAT", 0.0)
    events = [post(number, at=START + number // 3 * 1_000_000) for number in range(40)]
    server = Jetstream(events, at_once=at_once + 3)
    said: list[str] = []
    cursor = None

    def complete() -> bool:
        return len(said) >= len(events)

    with server.serving() as address:
        for _ in range(60):
            run = listened(address, cursor=cursor, stop=complete)
            try:
                for batch in run:
                    said += [mention.native_id for mention in batch.mentions]
                    cursor = batch.cursor
            except SourceDownError:
                continue
            except Stopped:
                break
    assert said == [native_id(number) for number in range(40)]
    assert len(server.cursors) > 1


def test_reordered_and_repeated_events_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listener.fetch.basket._BEAT", 0.0)
    late = post(3)
    events = [post(1), post(5), late, post(5), post(6)]
    with Jetstream(events).serving() as address, closing(listened(address)) as batches:
        mentions, cursor = until(4, batches)
    numbers = [mention.native_id for mention in mentions]
    assert numbers == [native_id(number) for number in (1, 5, 3, 6)]
    assert orjson.loads(cursor)["at"] == START + 6_000_000


def test_of_two_edits_in_one_batch_the_later_one_stays(workspace: Workspace) -> None:
    """The first is of a stranger still; the second is wanted."""
    events = [post(1, "coffee"), post(2, "coffee"), post(3)]
    for event in events[1:]:
        event["commit"] |= {"operation": "update", "rkey": "3lb000001"}
    (station,) = stations([SourceSettings(name="sky", type="bluesky")])
    keeper, position = StoreKeeper(workspace.db, workspace.key), Position()
    with Jetstream(events).serving() as address:
        for batch in listened(address, streaming=False):
            _, position = keeper.keep(station, batch, since=position, tally=Tally(), now=NOW)
    assert workspace.db.execute("SELECT text FROM mentions").fetchall() == [("iced tea 3",)]


def test_another_instance_is_asked_ten_seconds_earlier() -> None:
    first, second = Jetstream([post(20)]), Jetstream([post(15), post(20), post(21)])
    with first.serving() as address, closing(listened(address)) as batches:
        _, cursor = until(1, batches)
    with second.serving() as other, closing(listened(address, other, cursor=cursor)) as batches:
        mentions, _ = until(3, batches)
    assert second.cursors == [START + 10_000_000]
    assert [mention.native_id for mention in mentions] == [native_id(n) for n in (15, 20, 21)]


def test_when_none_can_be_reached_the_first_one_says_so() -> None:
    with Jetstream([]).serving() as gone, Jetstream([]).serving() as too:
        pass
    with pytest.raises(SourceDownError, match="cannot be reached: no connection"):
        next(listened(gone, too))


def test_what_is_not_kept_any_more_is_a_gap_and_is_never_repaired() -> None:
    old = orjson.dumps(
        {"version": 1, "at": START - 90_000_000_000, "place": "", "seen": []}
    ).decode()
    with Jetstream([post(1), post(2)]).serving() as address:
        with closing(listened(address, cursor=old)) as batches:
            first = next(batches)
        with closing(listened(address, cursor=first.cursor)) as batches:
            after = next(batches)
    (gap,) = first.gaps
    assert (gap.since, gap.until) == ((START - 90_000_000_000) // 1000, START // 1000 + 1000)
    assert after.gaps == ()
    # What is heard after it repairs other gaps, and not this one.
    assert after.heard_until
    assert after.heard_until >= gap.until
    assert missing([first, after]) == [(gap.since, gap.until)]


def test_a_poll_ends_though_our_clock_is_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listener.sources.bluesky._QUIET", 0.3)
    with Jetstream([post(1)]).serving() as address:
        batches = list(listened(address, streaming=False))
    assert [mention.native_id for mention in batches[-1].mentions] == [native_id(1)]
    assert batches[-1].heard_until == START // 1000 + 1000


def test_a_stream_that_is_silent_though_connected_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listener.sources.bluesky._DEAD", 0.3)
    with (
        Jetstream([post(1)]).serving() as address,
        pytest.raises(SourceDownError, match="has said nothing"),
    ):
        list(listened(address))


def test_it_stops_when_asked_and_keeps_what_it_has() -> None:
    asked: list[bool] = []

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 1

    said: list[Mention] = []
    with Jetstream([post(1)]).serving() as address, pytest.raises(Stopped):
        for batch in listened(address, stop=stop):
            said += batch.mentions
    assert len(said) == 1


def test_a_message_of_a_megabyte_is_refused() -> None:
    huge = post(1, "x" * (1 << 20))
    with (
        Jetstream([huge]).serving() as address,
        pytest.raises(BadPayloadError, match="more than 1 MiB"),
    ):
        list(listened(address))


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1013])
def test_a_closed_connection_is_down(code: int) -> None:
    server = Jetstream([post(1), post(2)], at_once=1, close=code)
    with server.serving() as address, pytest.raises(SourceDownError, match=f"{code}"):
        list(listened(address))


def test_without_brands_it_says_so() -> None:
    (station,) = stations([SourceSettings(name="sky", type="bluesky", options={})])
    context = Surroundings(Path(), "UTC", {}, KEY).context(
        station, now=lambda: NOW, wait=lambda _: False
    )
    with pytest.raises(SettingsError, match="there is no brand"):
        next(hear(station, context, None))


def test_everything_is_everything() -> None:
    events = [post(1, "good morning"), post(2, "สวัสดี")]
    run = {"everything": True}
    with Jetstream(events).serving() as address, closing(listened(address, options=run)) as heard:
        assert len(until(2, heard)[0]) == 2


def test_it_says_how_many_posts_it_looked_at() -> None:
    events = [post(1, "good morning"), post(2), post(3, "สวัสดี"), post(4, "delete me")]
    with Jetstream([*events, post(5, at=NOW * 1000)]).serving() as address:
        batches = list(listened(address, streaming=False))
    assert sum(batch.seen or 0 for batch in batches) == 5
    assert [one.native_id for batch in batches for one in batch.mentions] == [
        native_id(2),
        native_id(5),
    ]


@pytest.mark.parametrize("address", ["ftp://x/", "jetstream", "ws://", "wss:jetstream"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="wss://"):
        stations([SourceSettings(name="s", type="bluesky", options={"addresses": [address]})])


# What is read of it.


def recorded() -> list[Any]:
    found = orjson.loads((FOLDER / "bluesky" / "events.json").read_bytes())
    return [event for event in found.values() if isinstance(event, dict)]


def mutants(value: Any) -> Iterator[Any]:
    """The value with each part of it, however deep, left out or replaced."""
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        yield {name: one for name, one in value.items() if name != key}
        for other in (None, [], {}, "text", "", -1, 10**18, 1.5, True, [[]], [{"index": 1}]):
            yield {**value, key: other}
        for changed in mutants(inner):
            yield {**value, key: changed}


def test_any_part_may_be_missing_or_of_another_type() -> None:
    tried = 0
    for event in recorded():
        for mutant in mutants(event):
            tried += 1
            found = read_event(orjson.dumps(mutant))
            if found and isinstance(found.said, Mention):
                assert found.said.text.strip()
                assert found.said.published_at > 1_000_000_000
                assert found.said.native_id.startswith("at://did:")
    assert tried > 2000


@pytest.mark.parametrize("message", ["", "{", "[]", "null", "3", b"\xff\xfe", '{"kind":"commit"}'])
def test_nonsense_is_no_event(message: str | bytes) -> None:
    assert read_event(message) is None


def facet(start: int, end: int, uri: str = "https://tea.example/a") -> dict[str, Any]:
    link = {"$type": "app.bsky.richtext.facet#link", "uri": uri}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [link]}


@pytest.mark.parametrize(
    ("facets", "expected"),
    [
        ([facet(7, 12)], "ชา https://tea.example/a 1"),
        ([facet(1, 12)], "ชา tea.e 1"),  # inside a character
        ([facet(7, 99)], "ชา tea.e 1"),
        ([facet(12, 7)], "ชา tea.e 1"),
        ([facet(7, 12, "javascript:alert(1)")], "ชา tea.e 1"),
        ([facet(7, 12), facet(4, 8)], "ชา https://tea.example/a 1"),  # they overlap
        (
            [facet(0, 6, "https://a.example/"), facet(7, 12)],
            "https://a.example/ https://tea.example/a 1",
        ),
    ],
)
def test_links_are_told_in_full(facets: list[Any], expected: str) -> None:
    record = {"text": "ชา tea.e 1", "facets": facets}
    event = post(1)
    event["commit"]["record"] = record
    found = read_event(orjson.dumps(event))
    assert found
    assert isinstance(found.said, Mention)
    assert found.said.text == expected


def test_deletions_of_strangers_leave_no_trace(workspace: Workspace) -> None:
    """Most of a stream's deletions are of posts that nobody has stored."""
    order = Folding(FoldingKind.DELETE, "bluesky", NOW, native_id(1), in_order=True)
    other = Folding(FoldingKind.DELETE, "bluesky", NOW, native_id(2))
    fold(workspace.db, [order, other], key=KEY)
    rows = workspace.db.execute("SELECT native_id FROM tombstones").fetchall()
    assert rows == [(native_id(2),)]


# What is wanted of it.


@pytest.mark.parametrize(
    ("query", "text", "language", "wanted"),
    [
        ("tea lang:th", "iced tea", "en", True),  # what a post declares may be wrong
        ("tea lang:th", "coffee", "th", False),
        ("tea -lang:en", "iced tea", "en", True),
        ("tea OR lang:th", "coffee", "en", True),
        ("(tea lang:th) OR coffee", "milk", "th", False),
        ("tea platform:bluesky", "tea", None, True),
        ("tea platform:x", "tea", None, False),
        ("tea -giveaway", "tea giveaway", None, False),
        ("ชาเย็น", "อยากกินชาเย็นมาก", None, True),
        (f'tea author:"{DID}"', "tea", None, True),
        ("tea author:someone", "tea", None, False),
        ("tea kind:reply", "tea", None, False),
    ],
)
def test_the_language_alone_is_left_to_later(
    query: str, text: str, language: str | None, wanted: bool
) -> None:
    mention = Mention("bluesky", "1", NOW, text, author=DID, language=language)
    assert Wanted({"b": query}, KEY)(mention) is wanted


def test_errors_of_an_address_out_of_the_environment_name_the_host_alone() -> None:
    secret = "s3cr3t"
    (station,) = stations([SourceSettings(name="s", type="bluesky", options={})])
    from pydantic import SecretStr

    with Jetstream([]).serving() as gone:
        pass
    address = SecretStr(f"{gone}/{secret}?key={secret}")
    options = type(station.options).model_validate({"addresses": [address]})
    context = Surroundings(Path(), "UTC", QUERIES, KEY).context(
        station, now=lambda: NOW, wait=lambda _: False
    )
    source = station.plug.connect(options, context)
    with pytest.raises(SourceError) as caught:
        list(source.batches(None))
    assert secret not in str(caught.value)


def test_the_store_has_every_post_once_over_disconnects_and_restarts(workspace: Workspace) -> None:
    """The whole way: server, source, watch, store; each restart begins from what is stored."""
    events: list[Any] = [post(number, at=START + number // 2 * 1000) for number in range(1200)]
    gone = {
        **post(5, at=START + 700_000),
        "commit": {"operation": "delete", "collection": "app.bsky.feed.post", "rkey": "3lb000005"},
    }
    events.append(gone)
    server = Jetstream(events, at_once=500)
    with server.serving() as address:
        options = {"addresses": [address], "backlog_minutes": 60}
        sources = stations([SourceSettings(name="sky", type="bluesky", options=options)])
        surroundings = Surroundings(workspace.folder, "UTC", QUERIES, KEY)
        began = time.monotonic()
        for stop_at in (300, 800, 1200):
            keeper = StoreKeeper(workspace.db, KEY)
            watch = Watch(
                sources,
                keeper,
                surroundings,
                now=lambda: NOW + int((time.monotonic() - began) * 1000),
            )
            for _ in watch.events():
                if stored(workspace) >= stop_at and (stop_at < 1200 or erased(workspace)):
                    watch.stop()
    rows = workspace.db.execute("SELECT native_id FROM mentions ORDER BY seq").fetchall()
    assert [row[0] for row in rows] == [native_id(number) for number in range(1200)]
    assert erased(workspace) == [native_id(5)]
    assert len(server.cursors) >= 3


def stored(workspace: Workspace) -> int:
    return int(workspace.db.execute("SELECT count(*) FROM mentions").fetchone()[0])


def erased(workspace: Workspace) -> list[str]:
    found = workspace.db.execute("SELECT native_id FROM mentions WHERE deleted_at IS NOT NULL")
    return [row[0] for row in found]
