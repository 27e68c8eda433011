"""What every source must hold to. Sources are found by file name: one without a recording fails.

A new source needs `tests/recordings/<name>/` (see tests/recordings/replay.py) and
`docs/sources/<name>.md`; nothing here has to be changed for it.
"""

import pkgutil
import re
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

import listener.sources
from listener.collect.keep import MemoryKeeper
from listener.collect.station import Surroundings
from listener.collect.watch import Watch
from listener.errors import (
    BadPayloadError,
    RateLimitedError,
    SourceAuthError,
    SourceDownError,
    SourceError,
    SourceGoneError,
)
from listener.fetch.fetcher import Limits
from listener.model import Mention
from listener.source import SourceOptions
from listener.sources import SOURCES
from tests.recordings.loopback import Answer, Loopback, zipped
from tests.recordings.replay import FOLDER, KEY, NOW, QUERIES, Recording, Stage, served

ROOT = Path(__file__).parents[2]
NAMES = sorted(
    module.name
    for module in pkgutil.iter_modules(listener.sources.__path__)
    if not module.name.startswith("_")
)
# Sources that cannot be asked these things, and why. The reason is tested where it can be.
ASK_NOBODY = {
    "files": "it reads files and makes no request",
    "line": "LINE calls us",
    "webhook": "whoever has something to tell calls us",
}
ASKING = [name for name in NAMES if name not in ASK_NOBODY]
STREAMING = [name for name in NAMES if {"stream", "poll"} <= SOURCES.load(name).SPEC.capabilities]


@pytest.fixture(params=NAMES)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Every source's recording, served."""
    with served(Recording.load(request.param), tmp_path) as found:
        yield found


@pytest.fixture(params=ASKING)
def asking(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """The recording of every source that asks a platform, served; its patience is short."""
    with served(Recording.load(request.param), tmp_path) as found:
        yield found


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = partial(Limits, connect=1.0, read=0.1, total=0.5, body=1 << 20)
    monkeypatch.setattr("listener.fetch.fetcher.Limits", hasty)


def drop_server(value: Any, stage: Stage) -> Any:
    """The same without the port, which differs from run to run."""
    return orjson.loads(orjson.dumps(value).replace(stage.server.url.encode(), b"{server}"))


@pytest.mark.parametrize("name", NAMES)
def test_it_has_a_recording_and_a_page(name: str) -> None:
    assert (FOLDER / name / "recording.toml").exists(), f"{name} has no recording"
    assert (FOLDER / name / "expected.json").exists(), f"{name}: pytest --update-golden"
    page = (ROOT / "docs" / "sources" / f"{name}.md").read_text("utf-8")
    for head in ("gives", "needs", "costs", "loses", "terms"):
        assert re.search(rf"^\| {head}", page, re.MULTILINE), f"docs: {name} says nothing of {head}"
    for option in SOURCES.load(name).SPEC.options.model_fields:
        assert f"`{option}`" in page, f"docs: {name} does not explain {option}"


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_is(name: str) -> None:
    spec = SOURCES.load(name).SPEC
    assert spec.name == name
    assert spec.title
    assert spec.interval_seconds >= 10
    assert {"stream", "poll"} & spec.capabilities
    assert issubclass(spec.options, SourceOptions)
    assert all(field.description for field in spec.options.model_fields.values())


def test_it_gives_what_is_expected(stage: Stage, request: pytest.FixtureRequest) -> None:
    found = drop_server(stage.hear().as_json(), stage)
    path = stage.recording.folder / "expected.json"
    if request.config.getoption("--update-golden"):
        path.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    assert found == orjson.loads(path.read_bytes())


def test_the_same_traffic_gives_the_same(stage: Stage) -> None:
    assert stage.hear() == stage.hear()


@pytest.mark.parametrize("name", STREAMING)
def test_who_can_stream_is_polled_to_its_end_where_that_is_wanted(
    name: str, tmp_path: Path
) -> None:
    with served(Recording.load(name), tmp_path) as stage:
        stage.deliver([])
        surroundings = Surroundings(stage.folder, "Asia/Bangkok", QUERIES, KEY)
        watch = Watch(
            [stage.station], MemoryKeeper(), surroundings, now=lambda: NOW, streaming=False
        )
        timer = Timer(30, watch.stop)
        timer.start()
        heard: list[Mention] = []
        ends = []
        for event in watch.events():
            if event.batch is None:
                ends.append(event.error)
                watch.stop()
            else:
                heard += event.batch.mentions
        timer.cancel()
        assert ends == [None]
        assert heard == stage.hear().mentions


def test_every_recorded_answer_and_file_is_used(stage: Stage, tmp_path: Path) -> None:
    everything = stage.hear().mentions
    assert set(stage.recording.answers) <= set(stage.server.paths)
    for name in stage.recording.unused():
        hidden = tmp_path / "hidden"
        (stage.folder / name).rename(hidden)
        assert stage.hear().mentions != everything, f"{name} is not used"
        hidden.rename(stage.folder / name)


def test_mentions_are_sound(stage: Stage) -> None:
    heard = stage.hear()
    assert heard.mentions
    for mention in heard.mentions:
        assert isinstance(mention, Mention)
        assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*", mention.platform)
        assert 0 < len(mention.native_id) < 2000
        assert type(mention.published_at) is int
        assert mention.published_at > 1_000_000_000, "milliseconds, not seconds"
        assert mention.text.strip()
        assert not re.search("<[a-z]+[ >]", mention.text), "HTML is left in the text"
        assert mention.author is None or mention.author.strip()
        assert mention.url is None or re.match("https?://", mention.url)
        assert mention.language is None or re.fullmatch("[a-z]{2,3}", mention.language)
        assert orjson.dumps(mention.text)
    ids = [(mention.platform, mention.native_id) for mention in heard.mentions]
    assert len(ids) == len(set(ids)), "one run says a mention twice"


def test_each_batch_can_be_resumed_from(stage: Stage) -> None:
    """Nothing is lost and nothing said twice, wherever it was cut."""
    whole = stage.hear()
    for cut in range(1, len(whole.batches) + 1):
        before = whole.batches[:cut]
        after = stage.hear(before[-1].cursor)
        said = [mention for batch in (*before, *after.batches) for mention in batch.mentions]
        assert sorted(map(repr, said)) == sorted(map(repr, whole.mentions)), f"cut after {cut}"
        folded = [folding for batch in (*before, *after.batches) for folding in batch.foldings]
        assert sorted(map(repr, folded)) == sorted(map(repr, whole.foldings))


def test_a_later_poll_of_the_same_says_nothing(stage: Stage) -> None:
    end = stage.hear().batches[-1].cursor
    later = stage.hear(end, now=NOW + 60_000)
    assert later.mentions == []
    assert later.foldings == []
    assert later.batches, "not even a heartbeat"


@pytest.mark.parametrize("cursor", ["", "?", "{}", "null", "[1]", '{"version":1}', '"x"', "7"])
def test_a_cursor_it_cannot_read_counts_as_none(stage: Stage, cursor: str) -> None:
    assert stage.hear(cursor) == stage.hear()


def test_options_and_surroundings_stay_as_they_are(stage: Stage) -> None:
    before = deepcopy(stage.recording.options)
    options = stage.station.options.model_copy(deep=True)
    stage.hear()
    assert stage.recording.options == before
    assert stage.station.options == options


@pytest.mark.parametrize("name", sorted(ASK_NOBODY))
def test_who_asks_nobody_asks_nobody(name: str, tmp_path: Path) -> None:
    recording = Recording.load(name)
    assert not recording.answers
    with served(recording, tmp_path) as found:
        found.hear()
        assert found.server.asked == []


def answer_all(server: Loopback, answer: Answer) -> None:
    """Answer everything alike."""
    change_all(server, lambda _: answer)


def change_all(server: Loopback, change: Callable[[Answer], Answer]) -> None:
    """Change every answer."""
    for path, known in list(server.answers.items()):
        assert isinstance(known, Answer)
        server.answers[path] = change(known)


SECONDS = {"retry-after": "120"}


@pytest.mark.parametrize(
    ("status", "headers", "error", "again"),
    [
        (401, {}, SourceAuthError, None),
        (403, {}, SourceAuthError, None),
        (404, {}, SourceGoneError, None),
        (410, {}, SourceGoneError, None),
        (400, {}, SourceError, None),
        (429, SECONDS, RateLimitedError, 120_000),
        (429, {}, RateLimitedError, 60_000),
        (429, {"retry-after": "Tue, 24 Nov 2026 12:05:00 GMT"}, RateLimitedError, 300_000),
        (500, {}, SourceDownError, None),
        (502, {}, SourceDownError, None),
        (503, SECONDS, SourceDownError, 120_000),
        (301, {}, SourceError, None),
    ],
)
def test_refusals_become_our_errors(
    asking: Stage, status: int, headers: dict[str, str], error: type[SourceError], again: int | None
) -> None:
    # The server's clock is ours: its Date would else be that of today.
    told = {"date": "Tue, 24 Nov 2026 12:00:00 GMT", **headers}
    answer_all(asking.server, Answer(b"no", status, told))
    with pytest.raises(error) as caught:
        asking.hear()
    assert caught.value.remedy
    assert caught.value.retry_at == (None if again is None else NOW + again)


def cut_short(handler: Any) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n<?xml")


@pytest.mark.usefixtures("_hasty")
def test_what_breaks_off_or_hangs_is_down(asking: Stage) -> None:
    def hang(handler: Any) -> None:
        asking.server.over.wait(5)

    for raw in (cut_short, hang, lambda handler: handler.wfile.write(b"\x00\x01 hello\r\n\r\n")):
        answer_all(asking.server, Answer(raw=raw))
        with pytest.raises(SourceDownError):
            asking.hear()


def test_a_dead_server_is_down(asking: Stage) -> None:
    asking.server.__exit__(None, None, None)
    try:
        with pytest.raises(SourceDownError, match="cannot be reached: no connection"):
            asking.hear()
    finally:
        asking.server.__init__()  # type: ignore[misc]
        asking.server.__enter__()


@pytest.mark.usefixtures("_hasty")
def test_a_bomb_does_not_unfold(asking: Stage) -> None:
    bomb = zipped(b"\x20" * (50 << 20))
    assert len(bomb.body) < 100_000
    answer_all(asking.server, bomb)
    with pytest.raises(BadPayloadError, match="more than 1 MiB"):
        asking.hear()


def test_packed_answers_are_unpacked(asking: Stage) -> None:
    plain = asking.hear().mentions

    def packed(known: Answer) -> Answer:
        small = zipped(known.body)
        return replace(known, body=small.body, headers={**known.headers, **small.headers})

    change_all(asking.server, packed)
    assert asking.hear().mentions == plain


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff\xfe" * 50,
        b"<html><title>Just a moment...</title><p>Are you a robot?</html>",
        b"<rss><channel><item><title>broken",
        b"<a>" * 2_000,
        b"[" * 2_000,
        b'{"items": {"a": 1}, "data": "not what you think"}',
        b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">'
        b"]><rss><channel><item><title>&b;</title></item></channel></rss>",
        "<rss><channel><item><title>\ufffe\ud83d</title></item>".encode(errors="surrogatepass"),
    ],
)
def test_nonsense_is_refused_or_says_little(asking: Stage, body: bytes) -> None:
    change_all(asking.server, lambda known: replace(known, body=body, status=200))
    try:
        heard = asking.hear()
    except SourceError:
        return
    for mention in heard.mentions:
        assert mention.text.strip()


def mutants(body: bytes) -> Iterator[bytes]:
    """The answer with each field left out, and with each value of another type."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        yield from _xml_mutants(body)
        return
    if isinstance(value, dict):
        for place, key in enumerate(value):
            yield orjson.dumps({name: one for name, one in value.items() if name != key})
            other = (None, [], "text", 10**18, -1)[place % 5]
            yield orjson.dumps({**value, key: other})


def _xml_mutants(body: bytes) -> Iterator[bytes]:
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError):
        return
    for parent in root.iter():
        for place, child in enumerate(list(parent)):
            parent.remove(child)
            yield ElementTree.tostring(root)
            parent.insert(place, child)
            text, child.text = child.text, "\u200b 999999999999999999 ก"
            yield ElementTree.tostring(root)
            child.text = text


def test_any_field_may_be_missing_or_of_another_type(asking: Stage) -> None:
    """Only our errors may come of it, and what is said stays sound."""
    tried = 0
    for path, known in list(asking.server.answers.items()):
        assert isinstance(known, Answer)
        for body in mutants(known.body):
            asking.server.answers[path] = replace(known, body=body)
            tried += 1
            try:
                heard = asking.hear()
            except SourceError:
                continue
            for mention in heard.mentions:
                assert mention.text.strip()
                assert mention.native_id
                assert type(mention.published_at) is int
        asking.server.answers[path] = known
    assert tried > 20


def test_secrets_are_not_in_errors(asking: Stage) -> None:
    """An address out of the environment, with a key in it, is named by its host alone."""
    secret = "s3cr3t-in-the-path"
    address = SecretStr(f"{asking.server.url}/{secret}/{{query}}{{country}}?key={secret}")
    fields = asking.station.options.model_dump()
    changed = {
        name: (address,) if name in ("addresses", "searches") else address
        for name in ("addresses", "searches", "address")
        if name in fields
    }
    assert changed, "a source without an address: list it here with its own secret"
    options = type(asking.station.options).model_validate({**fields, **changed})
    hidden = replace(asking, station=replace(asking.station, options=options))
    for status in (401, 404, 429, 500, 302):
        refusal = Answer(b"", status, {"location": f"http://x:x@/{secret}"})
        asking.server.answers = defaultdict(lambda answer=refusal: answer)
        with pytest.raises(SourceError) as caught:
            hidden.hear()
        assert any(secret in path for path in asking.server.paths)
        assert secret not in str(caught.value)
    assert secret not in repr(hidden.station)
