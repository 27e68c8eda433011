"""Lists that move: what is new in them, what was lost, and lists that fail."""

from pathlib import Path

import orjson
import pytest

from listener.errors import SourceDownError, SourceGoneError
from listener.fetch.fetcher import Page
from listener.fetch.listings import Listing, Listings, Place
from listener.model import Mention
from listener.source import Batch, Context, Gap

NOW = 1_795_521_600_000
HOUR = 3_600_000
DAY = 24 * HOUR

Item = tuple[str, str, int]  # id, text, hours ago


class Web:
    """Pages by address, as JSON; an error instead of a page is raised."""

    def __init__(self) -> None:
        self.pages: dict[str, list[Item] | Exception] = {}
        self.asked: list[str] = []
        self.tags: list[str | None] = []
        self.now = NOW

    def get(self, address: str, *, etag: str | None = None, modified: str | None = None) -> Page:
        self.asked.append(address)
        self.tags.append(etag)
        found = self.pages[address]
        if isinstance(found, Exception):
            raise found
        body = orjson.dumps(found)
        tag = str(hash(body))
        if tag == etag:
            return Page(304, address, b"", {})
        return Page(200, address, body, {"etag": tag})

    def close(self) -> None: ...

    def poll(self, cursor: str | None = None, *, rolling: bool = True) -> list[Batch]:
        context = Context("it", Path(), "UTC", {}, lambda: self.now, lambda _: False)
        places = [Place(address) for address in self.pages]
        source = Listings(context, self, places, parse, rolling=rolling)  # type: ignore[arg-type]
        return list(source.batches(cursor))


def parse(page: Page, place: Place, now: int) -> Listing:
    items: list[Item] = orjson.loads(page.body)
    return Listing(
        tuple(Mention("rss", key, NOW - ago * HOUR, text) for key, text, ago in items),
        whole=not any(text == "broken" for _, text, _ in items),
        rest=HOUR if any(text == "rest" for _, text, _ in items) else 0,
    )


def texts(batches: list[Batch]) -> list[str]:
    return [mention.text for batch in batches for mention in batch.mentions]


def test_only_what_is_new_or_changed_is_said() -> None:
    web = Web()
    web.pages["a"] = [("1", "one", 3), ("2", "two", 2)]
    first = web.poll()
    assert texts(first) == ["one", "two"]
    assert texts(web.poll(first[-1].cursor)) == []
    web.pages["a"] = [("2", "two, edited", 2), ("3", "three", 1)]
    second = web.poll(first[-1].cursor)
    assert texts(second) == ["two, edited", "three"]
    assert web.tags[1] is not None
    assert not any(batch.gaps for batch in second)


def test_an_item_that_comes_back_is_not_said_again() -> None:
    web = Web()
    web.pages["a"] = [("1", "one", 3), ("2", "two", 2)]
    cursor = web.poll()[-1].cursor
    web.pages["a"] = [("2", "two", 2)]
    cursor = web.poll(cursor)[-1].cursor
    web.pages["a"] = [("1", "one", 3), ("2", "two", 2)]
    assert texts(web.poll(cursor)) == []


def test_ids_that_change_with_every_poll_say_nothing_twice() -> None:
    web = Web()
    web.pages["a"] = [("x1", "one", 3), ("x2", "two", 2)]
    cursor = web.poll()[-1].cursor
    web.pages["a"] = [("y1", "one", 3), ("y2", "two", 2)]
    batches = web.poll(cursor)
    assert texts(batches) == []
    assert not any(batch.gaps for batch in batches)


def test_a_list_that_moved_on_has_lost_something() -> None:
    web = Web()
    web.pages["a"] = [("1", "one", 3), ("2", "two", 2)]
    cursor = web.poll()[-1].cursor
    web.now = NOW + 10 * HOUR
    web.pages["a"] = [("8", "eight", -7), ("9", "nine", -8)]
    gap = Gap(NOW, NOW + 7 * HOUR, "://?a had moved on before it was asked again")
    [batch, _] = web.poll(cursor)
    assert texts([batch]) == ["eight", "nine"]
    assert [(found.since, found.until) for found in batch.gaps] == [(gap.since, gap.until)]
    assert "had moved on" in batch.gaps[0].cause
    assert not any(batch.gaps for batch in web.poll(cursor, rolling=False))
    web.pages["a"] = [("0", "older", 9)]  # another list altogether, but nothing was missed
    assert not any(batch.gaps for batch in web.poll(cursor))


def test_a_page_that_broke_off_is_asked_for_again() -> None:
    web = Web()
    web.pages["a"] = [("1", "one", 3), ("2", "broken", 2)]
    cursor = web.poll()[-1].cursor
    web.poll(cursor)
    assert web.tags == [None, None]


def test_a_list_that_fails_is_asked_less_often_and_the_others_go_on() -> None:
    web = Web()
    web.pages = {"a": SourceGoneError("There is nothing at a."), "b": [("1", "one", 1)]}
    batches = web.poll()
    assert texts(batches) == ["one"]
    assert batches[-1].problem == "There is nothing at a."
    cursor, waits = batches[-1].cursor, []
    for _ in range(9):
        before = len([address for address in web.asked if address == "a"])
        waited = 0
        while len([address for address in web.asked if address == "a"]) == before:
            web.now += HOUR // 2
            waited += HOUR // 2
            cursor = web.poll(cursor)[-1].cursor
        waits.append(waited)
    assert waits[0] == HOUR // 2
    assert waits == sorted(waits)
    assert waits[-1] == DAY
    web.pages["a"] = [("2", "two", 1)]
    web.now += DAY
    assert texts(web.poll(cursor)) == ["two"]


def test_a_wait_that_was_asked_for_is_kept() -> None:
    web = Web()
    web.pages = {"a": SourceDownError("Down.", retry_at=NOW + DAY), "b": [("1", "one", 1)]}
    cursor = web.poll()[-1].cursor
    web.now = NOW + DAY - 1
    web.poll(cursor)
    assert web.asked == ["a", "b", "b"]


def test_a_list_that_rests_is_left_alone_for_so_long() -> None:
    web = Web()
    web.pages = {"a": [("1", "rest", 1)], "b": [("2", "two", 1)]}
    cursor = web.poll()[-1].cursor
    for minutes, asked in ((50, False), (5, True), (50, False), (5, True)):  # then it is unchanged
        web.now += minutes * 60_000
        web.asked.clear()
        cursor = web.poll(cursor)[-1].cursor
        assert web.asked == ["a", "b"][not asked :]
    web.pages["a"] = [("3", "three", 0)]
    web.now += HOUR
    batches = web.poll(cursor)
    assert texts(batches) == ["three"]
    web.asked.clear()
    web.poll(batches[-1].cursor)
    assert web.asked == ["a", "b"]


def test_when_all_fail_the_first_error_is_raised() -> None:
    web = Web()
    web.pages = {"a": SourceDownError("A is down."), "b": SourceDownError("B is down.")}
    with pytest.raises(SourceDownError, match="A is down"):
        web.poll()


def test_two_that_fail_are_told_together() -> None:
    web = Web()
    web.pages = {"a": SourceDownError("A."), "b": SourceDownError("B."), "c": []}
    assert web.poll()[-1].problem == "A. (and 1 more)"


def test_a_list_that_is_no_longer_configured_is_forgotten() -> None:
    web = Web()
    web.pages = {"a": [("1", "one", 1)], "b": [("2", "two", 1)]}
    cursor = web.poll()[-1].cursor
    del web.pages["b"]
    assert len(orjson.loads(web.poll(cursor)[-1].cursor)["lists"]) == 1
