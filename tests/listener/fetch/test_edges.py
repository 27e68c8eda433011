"""Lists that are read from the newest down to what is known, and change meanwhile."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from listener.fetch.edges import PAGES, Edge, Leaf, Place, walked
from listener.model import DAY_MS, Mention
from listener.source import Batch
from tests.recordings.replay import NOW

MINUTE = 60_000
BEGUN = NOW - 300 * MINUTE


def item(number: int, at: int, **more: Any) -> dict[str, Any]:
    return {"id": str(number), "at": at, **more}


def parse(one: Mapping[str, Any]) -> Mention | None:
    if one.get("own"):
        return None
    return Mention("facebook", one["id"], one["at"], f"comment {one['id']}")


def edge(**more: Any) -> Edge:
    return Edge("1/comments", {}, "at", parse, 10 * MINUTE, **more)


def newest_first(one: Mapping[str, Any]) -> tuple[int, int]:
    return -one["at"], -int(one["id"])


def leaves(
    items: list[dict[str, Any]], size: int, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[Leaf]:
    """Pages of a list, newest first; the last item told is the cursor, even if it is gone."""
    begin = (-(10**15), 0)
    for _ in range(PAGES):
        rest = [one for one in sorted(items, key=newest_first) if newest_first(one) > begin]
        yield Leaf(rest[:size], len(rest) > size)
        if len(rest) <= size:
            return
        begin = newest_first(rest[size - 1])
        meanwhile()


def ids(batch: Batch) -> list[str]:
    return [mention.native_id for mention in batch.mentions]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 40),  # minutes until then
            st.lists(st.integers(0, 20), max_size=6),  # seconds between what is added
            st.booleans(),  # before the walk, or in the middle of it
            st.integers(0, 3),  # how many of the oldest or newest vanish
            st.booleans(),
        ),
        max_size=12,
    ),
    st.integers(1, 5),
)
def test_what_stays_is_told_once_however_the_list_shifts(
    steps: list[tuple[int, list[int], bool, int, bool]], size: int
) -> None:
    clock, items, place = BEGUN, list[dict[str, Any]](), Place()
    told: list[str] = []
    ever: set[str] = set()
    gone: set[str] = set()
    for minutes, added, at_once, vanishing, oldest in steps:
        clock += minutes * MINUTE

        def change(added: list[int] = added, count: int = vanishing, old: bool = oldest) -> None:
            nonlocal clock
            for seconds in added:
                clock += seconds * 1000
                items.append(item(len(ever), clock))
                ever.add(items[-1]["id"])
            added.clear()
            for _ in range(min(count, len(items))):
                gone.add(items.pop(0 if old else -1)["id"])

        if at_once:
            change()
        batch, place = walked(leaves(items, size, change), edge(), place, now=clock)
        assert not batch.gaps
        told += ids(batch)
        change()
        batch, place = walked(leaves(items, size), edge(), place, now=clock)
        told += ids(batch)
    assert len(told) == len(set(told))
    assert ever - gone <= set(told) <= ever


def test_it_reads_no_further_down_than_what_is_known() -> None:
    items = [item(number, BEGUN + number * 11 * MINUTE) for number in range(20)]
    _, place = walked(leaves(items, 5), edge(), Place(), now=NOW)
    items.append(item(20, BEGUN + 20 * 11 * MINUTE))
    read: list[Leaf] = []

    def noted() -> Iterator[Leaf]:
        for leaf in leaves(items, 5):
            read.append(leaf)
            yield leaf

    batch, place = walked(noted(), edge(), place, now=NOW)
    assert ids(batch) == ["20"]
    assert len(read) == 1
    assert place.told == ("20",)


def test_a_list_that_begins_with_the_oldest_is_read_to_its_end() -> None:
    items = [item(number, BEGUN + number * 11 * MINUTE) for number in range(8)]
    pages = [Leaf(items[:4], True), Leaf(items[4:])]
    _, place = walked([Leaf(items[:7])], edge(), Place(), now=NOW)
    batch, _ = walked(pages, edge(), place, now=NOW)
    assert ids(batch) == ["7"]


def test_more_than_a_poll_reads_is_a_gap_once_something_is_known() -> None:
    items = [item(number, BEGUN + number * 1000) for number in range(PAGES * 2 + 10)]
    batch, place = walked(leaves(items, 2), edge(), Place(), now=NOW)
    assert len(batch.mentions) == PAGES * 2
    assert not batch.gaps, "it is the past"
    since = place.floor
    items += [item(1000 + number, NOW + number * 1000) for number in range(PAGES * 2 + 10)]
    batch, _ = walked(leaves(items, 2), edge(), place, now=NOW + DAY_MS)
    (gap,) = batch.gaps
    assert (gap.since, gap.until) == (since, NOW + 10_000)
    assert len(batch.mentions) == PAGES * 2


def test_many_at_once_are_remembered_in_part_and_told_once() -> None:
    items = [item(number, BEGUN + number * 1000) for number in range(400)]
    batch, place = walked(leaves(items, 50), edge(), Place(), now=NOW)
    assert len(batch.mentions) == 400
    assert len(place.told) == 100
    batch, place = walked(leaves(items, 50), edge(), place, now=NOW)
    assert ids(batch) == []


def test_a_time_far_ahead_silences_nothing() -> None:
    items = [item(0, BEGUN), item(1, NOW + 1000 * DAY_MS)]
    batch, place = walked(leaves(items, 50), edge(), Place(), now=NOW)
    assert ids(batch) == ["0", "1"]
    items.append(item(2, NOW + MINUTE))
    batch, _ = walked(leaves(items, 50), edge(), place, now=NOW + MINUTE)
    assert ids(batch) == ["2"]


def test_a_reply_to_an_older_comment_is_found() -> None:
    old = item(0, BEGUN, replies=[])
    items = [old, item(3, BEGUN + 20 * MINUTE), item(1, BEGUN + 60 * MINUTE)]

    def flat(one: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return [one, *one.get("replies", [])]

    threads = edge(depth=120 * MINUTE, flat=flat)
    _, place = walked(leaves(items, 1), threads, Place(), now=NOW)
    old["replies"].append(item(2, BEGUN + 61 * MINUTE))
    batch, _ = walked(leaves(items, 1), threads, place, now=NOW)
    assert ids(batch) == ["2"]
    assert ids(walked(leaves(items, 1), edge(flat=flat), place, now=NOW)[0]) == []


def test_what_has_no_id_or_time_is_counted_and_our_own_is_not() -> None:
    page = [item(0, BEGUN), {"id": "1"}, {"at": BEGUN}, item(3, BEGUN, own=True)]
    batch, _ = walked([Leaf(page)], edge(), Place(), now=NOW)
    assert ids(batch) == ["0"]
    assert batch.refused == 2
