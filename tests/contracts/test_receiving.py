"""What every source that receives must hold to, found by its capability.

Its recording has `[[delivery]]` entries and a `[signature]`; see tests/recordings/replay.py.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from krasae.schema import ROOMS
from listener.collect.inbox import DeliveryKeeper, StoreInbox
from listener.collect.keep import StoreKeeper
from listener.collect.station import Surroundings, hear
from listener.errors import SourceError
from listener.source import Call
from listener.sources import SOURCES
from listener.store import open_database
from tests.recordings.replay import KEY, NOW, QUERIES, Delivered, Recording, Stage, served

PAGES = Path(__file__).parents[2] / "docs" / "sources"
RECEIVING = [
    name for name in SOURCES.built_in() if "receive" in SOURCES.load(name).SPEC.capabilities
]
NONSENSE = (
    b"",
    b"\x00\xff\xfe" * 50,
    b"null",
    b"[" * 2_000,
    b'{"a":' * 2_000,
    b'{"events": {"a": 1}, "entry": 7, "object": []}',
    b'[[[{"events": [null, 1, "x", [], {}]}]]]',
    b'{"text": "\\ud800 cut", "events": ["\\ud800"], "entry": ["\\ud800"]}',
    "{'text': 'ไม่ใช่ JSON'}".encode("cp874"),
)


@pytest.fixture(params=RECEIVING)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """The recording of every source that receives, served."""
    with served(Recording.load(request.param), tmp_path) as found:
        yield found


def genuine(stage: Stage) -> list[Delivered]:
    """The deliveries that are signed and kept."""
    return [one for one in stage.recording.deliveries if one.method == "POST" and one.kept]


def refused(stage: Stage, call: Call, *, now: int = NOW) -> bool:
    reply = stage.answer(call, now=now)
    assert stage.recording.secret not in reply.body
    return reply.status in (401, 403) and not reply.keep


@pytest.mark.parametrize("name", RECEIVING)
def test_its_recording_has_deliveries_and_its_page_the_address(name: str) -> None:
    recording = Recording.load(name)
    assert any(delivered.kept for delivered in recording.deliveries)
    assert recording.signature, "how is a delivery signed?"
    assert len(recording.secret) > 8
    page = (PAGES / f"{name}.md").read_text("utf-8")
    assert "/hooks/" in page
    assert "webhooks.md" in page


def test_what_its_platform_sends_is_answered_as_recorded(stage: Stage) -> None:
    for delivered in stage.recording.deliveries:
        reply = stage.answer(stage.call(delivered))
        filled = delivered.reply.replace("{secret}", stage.recording.secret)
        assert (reply.status, reply.keep) == (delivered.status, delivered.kept), delivered
        assert not filled or reply.body == filled
        assert 200 <= reply.status < 300 or not reply.keep


def test_what_is_changed_on_the_way_is_refused(stage: Stage) -> None:
    for delivered in genuine(stage):
        call = stage.call(delivered)
        for place in range(0, len(call.body), max(1, len(call.body) // 50)):
            flipped = bytearray(call.body)
            flipped[place] ^= 1
            assert refused(stage, replace(call, body=bytes(flipped)))
        assert refused(stage, replace(call, body=call.body + b" "))
        assert refused(stage, replace(call, body=call.body[:-1]))


def test_what_is_not_signed_or_wrongly_is_refused(stage: Stage) -> None:
    signature = stage.recording.signature
    assert signature
    for delivered in genuine(stage):
        call = stage.call(delivered)
        for name in (signature.header, *signature.headers):
            others = {key: value for key, value in call.headers.items() if key != name}
            assert refused(stage, replace(call, headers=others)), f"accepted without {name}"
        right = call.headers[signature.header]
        last = "A" if right[-2] != "A" else "B"
        for wrong in (
            "",
            " ",
            right[:-2] + last + right[-1],
            right[:-1],
            right + "=",
            "ลายเซ็น\ud800",
        ):
            headers = {**call.headers, signature.header: wrong}
            assert refused(stage, replace(call, headers=headers)), f"accepted with {wrong!r}"
        for secret in ("", "another-secret", stage.recording.secret + "x"):
            headers = {**call.headers, **signature.of(call.body, secret)}
            assert refused(stage, replace(call, headers=headers))
    assert refused(stage, Call("POST", {}, {}, b""))


def test_signed_nonsense_never_breaks_it(stage: Stage) -> None:
    """It is refused at the door, or counted, or says nothing."""
    for body in NONSENSE:
        reply = stage.answer(stage.call(Delivered(body)))
        assert 200 <= reply.status < 500
        if reply.keep:
            stage.deliver([body])
            check(stage)


def mutants(value: Any) -> Iterator[Any]:
    """The value with each part left out, and with each part of another type."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
        for key in value:
            yield {name: one for name, one in value.items() if name != key}
    elif isinstance(value, list):
        inner = list(enumerate(value))
        yield []
    for key, one in inner:
        for other in (None, [], {}, "\u200b", 10**18, -1, True, *mutants(one)):
            changed = value.copy()
            changed[key] = other
            yield changed


def check(stage: Stage) -> None:
    """What waits is taken in to its end, and all that is said is sound."""
    heard = stage.hear()
    assert heard.batches[-1].cursor == stage.hear().batches[-1].cursor
    for mention in heard.mentions:
        assert mention.text.strip()
        assert mention.native_id
        assert type(mention.published_at) is int
        assert orjson.dumps([mention.text, mention.native_id, mention.author])
    for folding in heard.foldings:
        assert folding.native_id or folding.author
    taken = [batch.taken for batch in heard.batches if batch.taken is not None]
    assert taken[-1] == stage.inbox[-1].number


def test_any_field_may_be_missing_or_of_another_type(stage: Stage) -> None:
    tried = 0
    for delivered in genuine(stage):
        try:
            value = orjson.loads(delivered.body)
        except orjson.JSONDecodeError:
            continue
        bodies = [orjson.dumps(one) for one in mutants(value)]
        stage.deliver(bodies)
        tried += len(bodies)
        check(stage)
    assert tried > 50


def test_taken_in_again_from_the_start_says_the_same(stage: Stage) -> None:
    """A delivery that a platform repeats brings the ids that are known."""
    bodies = [delivered.body for delivered in genuine(stage)]
    once = {(one.platform, one.native_id) for one in stage.hear().mentions}
    stage.deliver([*bodies, *bodies])
    assert {(one.platform, one.native_id) for one in stage.hear().mentions} == once


def test_every_delivery_is_named_as_taken(stage: Stage) -> None:
    heard = stage.hear()
    taken = [batch.taken for batch in heard.batches if batch.taken is not None]
    assert taken == sorted(set(taken))
    assert taken[-1] == stage.inbox[-1].number


def test_deliveries_are_thrown_away_when_they_are_in_the_log(stage: Stage, tmp_path: Path) -> None:
    """Cut off after any batch, and begun anew: nothing is lost, nothing is left lying about."""
    expected = {(one.platform, one.native_id) for one in stage.hear().mentions}
    bodies = [delivered.body for delivered in genuine(stage)]
    database = tmp_path / "krasae.db"
    open_database(database, ROOMS, create=True).close()
    with closing(DeliveryKeeper(database, now=lambda: NOW)) as keeper:
        for body in bodies:
            keeper.keep("it", body)
    with closing(open_database(database, ROOMS)) as db:
        while True:
            waiting = len(StoreInbox(database, "it").after(0, 1000))
            if not waiting:
                break
            _take_one_delivery(stage, db, database)
            assert len(StoreInbox(database, "it").after(0, 1000)) < waiting
        rows = db.execute("SELECT platform, native_id FROM mentions").fetchall()
    assert len(rows) == len(set(rows))
    assert set(rows) == expected


def _take_one_delivery(stage: Stage, db: Any, database: Path) -> None:
    """Listen until one batch of deliveries is stored; a second batch is heard and lost."""
    keeper = StoreKeeper(db, KEY)
    position = keeper.position(stage.station)
    surroundings = Surroundings(stage.folder, "Asia/Bangkok", QUERIES, KEY, database)
    context = surroundings.context(stage.station, now=lambda: NOW, wait=lambda _: False)
    taken = 0
    with closing(hear(stage.station, context, position.cursor)) as batches:
        for batch in batches:
            taken += batch.taken is not None
            if taken > 1:
                return
            _, position = keeper.keep(
                stage.station, batch, since=position, tally=context.tally, now=NOW
            )


def test_secrets_are_nowhere(stage: Stage) -> None:
    secret = stage.recording.secret
    assert secret not in repr(stage.station)
    stage.deliver([b"not what it should be"])
    try:
        said = repr(stage.hear())
    except SourceError as error:
        said = str(error)
    assert secret not in said
