"""Hacker News by its numbers: none passed over, gaps told, changes folded in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from listener.collect.station import hear, stations
from listener.errors import BadPayloadError
from listener.model import FoldingKind, Mention
from listener.settings import SourceSettings
from listener.source import Batch
from listener.sources.hackernews import parse_item
from tests.listener.collect.scripted import NOW, SURROUNDINGS
from tests.recordings.loopback import Answer, Loopback

MINUTE = 60_000
HOUR = 60 * MINUTE


class HackerNews:
    """The API, with items that a test adds, changes and takes away."""

    def __init__(self, server: Loopback) -> None:
        self.server = server
        self.options: dict[str, Any] = {"address": f"{server.url}/v0", "backlog": 3}
        self.newest = 0
        self.update()

    def item(self, number: int, **changes: Any) -> None:
        item = {"id": number, "type": "comment", "by": "a", "time": NOW // 1000 - 9}
        self.put(number, {**item, "text": f"text {number}", "parent": 1, **changes})

    def put(self, number: int, value: Any) -> None:
        self.server.answers[f"/v0/item/{number}.json"] = Answer(orjson.dumps(value))
        self.newest = max(self.newest, number)
        self.server.answers["/v0/maxitem.json"] = Answer(orjson.dumps(self.newest))

    def update(self, *numbers: int) -> None:
        body = orjson.dumps({"items": numbers, "profiles": []})
        self.server.answers["/v0/updates.json"] = Answer(body)

    def poll(self, cursor: str | None = None, *, now: int = NOW) -> list[Batch]:
        settings = SourceSettings(name="hn", type="hackernews", options=self.options)
        [station] = stations([settings])
        context = SURROUNDINGS.context(station, now=lambda: now, wait=lambda _: False)
        return list(hear(station, context, cursor))


@pytest.fixture
def api() -> Iterator[HackerNews]:
    with Loopback() as server:
        yield HackerNews(server)


def said(batches: list[Batch]) -> list[str]:
    return [mention.native_id for batch in batches for mention in batch.mentions]


def test_it_begins_with_the_latest_and_passes_none_over(api: HackerNews) -> None:
    for number in range(1, 251):
        api.item(number)
    first = api.poll()
    assert said(first) == ["248", "249", "250"]
    for number in range(251, 600):
        api.item(number)
    second = api.poll(first[-1].cursor)
    assert said(second) == [str(number) for number in range(251, 600)]
    assert [len(batch.mentions) for batch in second] == [0, 100, 100, 100, 49]
    assert said(api.poll(second[-1].cursor)) == []


def test_an_item_that_is_not_there_yet_is_asked_for_again(api: HackerNews) -> None:
    api.put(1, None)
    api.item(2)
    api.put(3, None)
    batches = api.poll()
    assert said(batches) == ["2"]
    api.item(1)
    batches = api.poll(batches[-1].cursor, now=NOW + MINUTE)
    assert said(batches) == ["1"]
    batches = api.poll(batches[-1].cursor, now=NOW + HOUR)
    assert sum(batch.refused for batch in batches) == 1
    api.item(3)
    assert said(api.poll(batches[-1].cursor, now=NOW + 2 * HOUR)) == []


def test_one_unreadable_item_does_not_hold_up_the_rest(api: HackerNews) -> None:
    api.item(1)
    api.item(2)
    api.server.answers["/v0/item/1.json"] = Answer(b"{ not json")
    batches = api.poll()
    assert said(batches) == ["2"]
    assert batches[-1].cursor != batches[0].cursor


def test_too_long_a_pause_is_a_gap(api: HackerNews) -> None:
    api.options["most_missed"] = 100
    api.item(1)
    cursor = api.poll()[-1].cursor
    for number in range(2, 302):
        api.item(number)
    batches = api.poll(cursor, now=NOW + HOUR)
    assert said(batches) == [str(number) for number in range(202, 302)]
    [gap] = batches[0].gaps
    assert (gap.since, gap.until) == (NOW, NOW + HOUR)
    assert "more than 100 items" in gap.cause


def test_changes_of_what_was_heard_are_followed(api: HackerNews) -> None:
    for number in range(1, 6):
        api.item(number)
    cursor = api.poll()[-1].cursor
    api.item(4, text="better")
    api.put(5, {"id": 5, "deleted": True, "type": "comment", "time": NOW // 1000})
    api.item(1, text="from before we listened")
    api.update(1, 4, 5, 99)
    batches = api.poll(cursor, now=NOW + MINUTE)
    assert said(batches) == ["4"]
    [folding] = batches[0].foldings
    assert (folding.kind, folding.native_id, folding.at) == (FoldingKind.DELETE, "5", NOW + MINUTE)
    again = api.poll(batches[-1].cursor, now=NOW + 2 * MINUTE)
    assert said(again) == []
    assert not any(batch.foldings for batch in again)


def test_a_number_that_goes_back_is_waited_for(api: HackerNews) -> None:
    for number in range(1, 6):
        api.item(number)
    cursor = api.poll()[-1].cursor
    api.server.answers["/v0/maxitem.json"] = Answer(b"3")
    assert said(api.poll(cursor)) == []
    api.server.answers["/v0/maxitem.json"] = Answer(b'"five"')
    with pytest.raises(BadPayloadError, match="no number"):
        api.poll(cursor)


def test_stories_only(api: HackerNews) -> None:
    api.options["comments"] = False
    api.item(1)
    api.item(2, type="story", title="A &amp; B")
    api.item(3, type="comment", deleted=True)
    batches = api.poll()
    assert said(batches) == ["2"]


def test_what_an_item_is() -> None:
    item = {"id": 7, "type": "story", "by": "a", "time": 1_700_000_000, "title": "T", "score": 3}
    assert parse_item(item, now=NOW, comments=True) is not None
    for change in (
        {"dead": True},
        {"type": "pollopt"},
        {"title": ""},
        {"title": 5},
        {"time": None},
        {"time": -1},
        {"time": True},
        {"id": "7"},
    ):
        assert parse_item({**item, **change}, now=NOW, comments=True) is None


def test_real_stories_are_read_as_their_import_is(krasae_data: Path) -> None:
    """The same story, imported from a dump or heard live, is one mention."""
    import gzip
    from itertools import islice

    from listener.importers.profile import load_profile
    from listener.importers.reading import read_mentions

    path = krasae_data / "hackernews" / "stories_2016_2018.jsonl.gz"
    rows = read_mentions(path, load_profile("hackernews"), timezone="UTC", now=NOW)
    imported = list(islice(rows, 2000))
    with gzip.open(path) as lines:
        for line, other in zip(lines, imported, strict=False):
            live = parse_item({"type": "story", **orjson.loads(line)}, now=NOW, comments=True)
            assert live == (other if isinstance(other, Mention) else None)
