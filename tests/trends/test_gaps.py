"""What is missing is not zero: outages of sources leave the baseline and the alarms alone."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from benchmarks.streams import START, Quiet, burst, numbered
from listener.model import DAY_MS, HOUR_MS
from listener.stage import run_to_end
from tests.trends.made import NOW, database, fill
from trends import state
from trends.counting import SeenInMemory, count_bucket
from trends.detection import Detection
from trends.gaps import Gap, Missing
from trends.model import EventState, Observation, Signal, SignalKind
from trends.replay import closed_buckets, replay
from trends.season import Cut
from trends.settings import TrendSettings
from trends.stage import CountStage, DetectStage, stored_gaps
from trends.stage.rows import signal_row

SETTINGS = TrendSettings(alarms_per_week=3)
CUT = Cut.of(60)
LATENESS = 15 * 60_000
WEEKS = 4
DIED, CAME_BACK = START + 20 * DAY_MS + 9 * HOUR_MS, START + 22 * DAY_MS + 9 * HOUR_MS


def two_sources(seed: int = 1, weeks: int = WEEKS) -> list[Observation]:
    """A quiet stream that two sources share; brand-1 comes from the first nearly alone."""
    quiet = Quiet(brands=2, rates=(3.0, 6.0)).observations(seed, weeks)
    share = {"brand-0": 5, "brand-1": 9}
    return [
        replace(one, source="first" if one.seq % 10 < share.get(one.brands[0], 5) else "second")
        for one in quiet
    ]


def without(
    stream: Iterable[Observation], *sources: str, until: int = CAME_BACK
) -> list[Observation]:
    """The stream as it is heard when these sources are dead, for two days if not longer."""
    return [
        one for one in stream if one.source not in sources or not DIED <= one.published_at < until
    ]


def outage(source: str, **changes: Any) -> Gap:
    """The ledger of it: noted with the first failure, ten minutes after the last answer."""
    return replace(Gap(source, DIED, CAME_BACK, DIED + 600_000), **changes)


def detected(stream: Sequence[Observation], gaps: Sequence[Gap]) -> tuple[Detection, list[Signal]]:
    detection, seen = Detection(SETTINGS, {}, gaps=gaps), SeenInMemory()
    signals: list[Signal] = []
    for number, group in closed_buckets(stream, SETTINGS, flush=True):
        signals += detection.step(number, count_bucket(seen, group))
    return detection, signals


def expected_daily(detection: Detection, brand: str) -> float:
    """What the detection expects of a brand in a day at the stream's end."""
    assert detection.at is not None
    day = range(detection.at - 24, detection.at)
    series = detection.baseline.series(brand)
    return detection.baseline.expect(series, len(CUT.windows) - 1, day).mean


def false_surges(signals: Iterable[Signal]) -> list[Signal]:
    return [one for one in signals if one.detected_at >= DIED and one.kind is SignalKind.SURGE]


def variance_ratio(detection: Detection, brand: str) -> float:
    """How restless the detection thinks a brand's days are."""
    series = detection.baseline.series(brand)
    return detection.baseline.variance_ratio(series, len(CUT.windows) - 1)


@pytest.fixture(scope="module")
def stream() -> list[Observation]:
    return two_sources()


@pytest.fixture(scope="module")
def whole(stream: list[Observation]) -> Detection:
    """As it is without an outage."""
    detection, signals = detected(stream, ())
    assert false_surges(signals) == []
    return detection


@pytest.mark.parametrize("dead", [("first",), ("second",), ("first", "second")])
def test_an_outage_of_two_days_neither_alarms_nor_dents_the_baseline(
    dead: tuple[str, ...], stream: list[Observation], whole: Detection
) -> None:
    gone, signals = detected(without(stream, *dead), [outage(source) for source in dead])
    assert false_surges(signals) == []
    for brand in ("brand-0", "brand-1"):
        usual = expected_daily(whole, brand)
        assert expected_daily(gone, brand) == pytest.approx(usual, rel=0.05)
        assert variance_ratio(gone, brand) < 1.3 * variance_ratio(whole, brand)


def test_without_the_ledger_the_same_outage_makes_the_baseline_deaf(
    stream: list[Observation], whole: Detection
) -> None:
    """The proof that the test above can fail."""
    gone, _ = detected(without(stream, "first"), ())
    assert variance_ratio(gone, "brand-1") > 1.5 * variance_ratio(whole, "brand-1")


def test_who_returns_after_weeks_is_no_surge() -> None:
    """No alarm but what the noise brings without any outage; without the ledger there are more."""
    back, stream = DIED + 20 * DAY_MS, two_sources(weeks=7)
    gone = without(stream, "first", until=back)

    def alarms(heard: list[Observation], gaps: Sequence[Gap]) -> set[tuple[str, int]]:
        _, signals = detected(heard, gaps)
        return {(one.brand, one.detected_at) for one in false_surges(signals) if _is_raised(one)}

    usual = alarms(stream, ())
    assert alarms(gone, [outage("first", until=back)]) <= usual
    assert len(alarms(gone, ()) - usual) >= 2


def _is_raised(signal: Signal) -> bool:
    return signal.state is EventState.OPEN


def test_a_surge_in_what_is_left_is_found_while_a_source_is_dead(
    stream: list[Observation],
) -> None:
    """Half of the stream is expected, so half of what would have been needed stands out."""
    at = DIED + 20 * HOUR_MS
    loud = [replace(one, source="second") for one in burst("brand-0", at, 70, terms=())]
    louder = numbered([*without(stream, "first"), *loud])
    _, with_ledger = detected(louder, [outage("first")])
    found = [one for one in false_surges(with_ledger) if one.brand == "brand-0"]
    assert found
    _, without_it = detected(louder, ())
    scores = [one.score for one in false_surges(without_it) if one.brand == "brand-0"]
    assert max(one.score for one in found) > max(scores, default=0.0)


def test_what_little_comes_of_a_brand_whose_source_is_dead_is_no_surge(
    stream: list[Observation],
) -> None:
    stream = [
        replace(one, source="first" if one.brands == ("brand-0",) else "second") for one in stream
    ]
    leaks = [
        replace(one, source="second")
        for one in burst("brand-0", DIED + 20 * HOUR_MS, 12, hours=12.0, terms=())
    ]
    _, signals = detected(numbered([*without(stream, "first"), *leaks]), [outage("first")])
    assert false_surges(signals) == []


def test_a_backfill_that_comes_late_is_missing_and_no_surge(
    stream: list[Observation], whole: Detection
) -> None:
    """The gap is repaired when it is over; what it brought is late and not counted."""
    gap = outage("first", repaired_at=CAME_BACK + 60_000)
    gone, signals = detected(without(stream, "first"), [gap])
    assert false_surges(signals) == []
    usual = expected_daily(whole, "brand-1")
    assert expected_daily(gone, "brand-1") == pytest.approx(usual, rel=0.05)


def test_a_backfill_in_time_is_no_surge_either(stream: list[Observation], whole: Detection) -> None:
    """The sole source comes back with all that was said: nothing closed in the meantime."""
    sole = [replace(one, source="first") for one in stream]
    back, signals = detected(sole, [outage("first", repaired_at=CAME_BACK + 60_000)])
    assert false_surges(signals) == []
    for brand in ("brand-0", "brand-1"):
        expected = expected_daily(whole, brand)
        assert expected_daily(back, brand) == pytest.approx(expected, rel=0.05)


def test_files_have_no_ledger_and_nothing_changes_for_them() -> None:
    named = [replace(one, source="import posts.csv") for one in _SHORT]
    gaps = [Gap("first", _FIRST + DAY_MS, None, _FIRST + DAY_MS)]
    assert list(replay(named, SETTINGS, gaps=gaps)) == list(replay(_SHORT, SETTINGS))


@pytest.mark.parametrize(
    ("gap", "at", "missing"),
    [
        (Gap("it", 0, None, 0), 40, (0, 1, 2)),
        (Gap("it", 0, None, 50 * HOUR_MS), 40, ()),  # nobody knew
        (Gap("it", 0, HOUR_MS, 0), 40, (0,)),
        (Gap("it", HOUR_MS // 2, HOUR_MS * 7 // 4, 0), 40, (0, 1)),  # half of a bucket is enough
        (Gap("it", HOUR_MS * 2 // 3, HOUR_MS * 5 // 4, 0), 40, ()),
        (Gap("it", 0, 3 * HOUR_MS, 0, repaired_at=HOUR_MS), 40, ()),
        (Gap("it", 0, 3 * HOUR_MS, 0, repaired_at=2 * HOUR_MS), 40, (0,)),  # late for the first
        (Gap("it", 0, 3 * HOUR_MS, 0, repaired_at=41 * HOUR_MS), 40, (0, 1, 2)),
    ],
)
def test_which_buckets_a_gap_leaves_missing(gap: Gap, at: int, missing: tuple[int, ...]) -> None:
    known = Missing([gap], CUT, LATENESS, at * HOUR_MS)
    assert tuple(bucket for bucket in range(3) if known.sources(bucket) == ("it",)) == missing


def test_several_short_gaps_add_up() -> None:
    twenty = HOUR_MS // 3
    gaps = [Gap("it", 0, twenty, 0), Gap("it", 2 * twenty, HOUR_MS, 0)]
    assert Missing(gaps, CUT, LATENESS, DAY_MS).sources(0) == ("it",)
    assert Missing(gaps[:1], CUT, LATENESS, DAY_MS).sources(0) == ()


# -- replay equals live, and nobody sees the future, with gaps in the ledger -----------------

_SHORT = sorted(two_sources()[: 24 * 40], key=lambda one: one.order)
_FIRST, _LAST = _SHORT[0].published_at, _SHORT[-1].published_at
_TIMES = st.integers(_FIRST, _LAST)


@st.composite
def ledgers(draw: st.DrawFn) -> list[Gap]:
    """Any gaps that a ledger may hold, in the order in which they became known."""
    gaps = []
    for _ in range(draw(st.integers(1, 6))):
        since = draw(_TIMES)
        known_at = since + draw(st.integers(0, 3 * DAY_MS))
        lasted = draw(st.none() | st.integers(0, 5 * DAY_MS))
        until = None if lasted is None else known_at + lasted
        repaired = None if until is None else draw(st.none() | st.integers(until, until + DAY_MS))
        source = draw(st.sampled_from(["first", "second", "third"]))
        gaps.append(Gap(source, since, until, known_at, repaired))
    return sorted(gaps, key=lambda gap: gap.known_at)


def note(db: Database, gaps: Iterable[Gap], *, now: int) -> None:
    """Bring the ledger to what is known at `now`."""
    db.execute("DELETE FROM source_gaps")
    with db.conn:
        db.conn.executemany(
            "INSERT INTO source_gaps (source, since, until, known_at, repaired_at, cause) "
            "VALUES (?, ?, ?, ?, ?, 'test')",
            [
                (
                    gap.source,
                    gap.since,
                    gap.until if gap.until is not None and gap.until <= now else None,
                    gap.known_at,
                    gap.repaired_at if gap.repaired_at and gap.repaired_at <= now else None,
                )
                for gap in gaps
                if gap.known_at <= now
            ],
        )


@settings(max_examples=15, deadline=None)
@given(gaps=ledgers(), every=st.integers(80, 500))
def test_live_in_steps_with_a_growing_ledger_equals_the_replay(gaps: list[Gap], every: int) -> None:
    replayed = list(replay(_SHORT, SETTINGS, gaps=gaps))
    db = database(":memory:")
    for first in range(0, len(_SHORT), every):
        part = _SHORT[first : first + every]
        fill(db, part)
        note(db, gaps, now=part[-1].published_at)
        for stage in (CountStage(SETTINGS), DetectStage(SETTINGS)):
            run_to_end(stage, db, now=NOW, limit=200)
    note(db, gaps, now=NOW)
    assert stored_gaps(db) == gaps
    for stage in (CountStage(SETTINGS, flush=True), DetectStage(SETTINGS)):
        run_to_end(stage, db, now=NOW)
    told = [tuple(row)[1:] for row in db.execute("SELECT * FROM signals ORDER BY id")]
    assert told == [tuple(signal_row(one)) for one in replayed]
    whole, _ = detected(_SHORT, gaps)
    kept = dict(db.execute("SELECT part, state FROM detection").fetchall())
    assert kept == {part: text.decode() for part, text in state.dump(whole).items()}


@settings(max_examples=15, deadline=None)
@given(gaps=ledgers(), cut=_TIMES)
def test_what_is_known_later_changes_nothing_before(gaps: list[Gap], cut: int) -> None:
    whole = list(replay(_SHORT, SETTINGS, gaps=gaps))
    known = [
        replace(
            gap,
            until=gap.until if gap.until is not None and gap.until <= cut else None,
            repaired_at=gap.repaired_at if gap.repaired_at and gap.repaired_at <= cut else None,
        )
        for gap in gaps
        if gap.known_at <= cut
    ]
    part = [one for one in _SHORT if one.published_at <= cut]
    told = list(replay(part, SETTINGS, gaps=known, flush=False))
    assert told == whole[: len(told)]


def test_the_state_holds_what_each_source_brings() -> None:
    detection, _ = detected(_SHORT, [])
    kept = json.loads(state.dump(detection)["brand/brand-1"])
    assert kept["sources"]["first"] > 5 * kept["sources"]["second"]
    assert sum(kept["sources"].values()) == pytest.approx(kept["level"])


def test_a_state_of_an_older_release_is_read() -> None:
    detection, _ = detected(_SHORT, [])
    parts = state.dump(detection)
    for part in parts:
        values = json.loads(parts[part])
        for series in (values, values.get("baseline", {}).get("stream", {})):
            if "spreads" in series:
                del series["sources"], series["deficit"]
                series["spreads"] = [spread[:5] for spread in series["spreads"]]
        parts[part] = json.dumps(values).encode()
    restored = state.load(SETTINGS, {}, parts, ())
    series = restored.baseline.series("brand-1")
    assert series.sources == {}
    assert restored.baseline.coverage(series, ("first",)) == 1.0
    assert [astuple(spread)[5] for spread in series.spreads] == [0.0] * len(series.spreads)
