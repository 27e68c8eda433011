"""The stages and the replay are one: whatever the steps, restarts and order of arrival."""

import pickle
import random
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlite_utils import Database

from listener.errors import InputError, SettingsError
from listener.stage import run_to_end
from listener.store import position
from tests.laws.killing import contents, wrong_after_kills
from tests.trends.made import NOW, PLANTED_AT, database, eventful, fill, observation
from trends import state
from trends.counting import SeenInMemory, count_bucket
from trends.detection import Detection
from trends.model import EventState, Observation, Signal
from trends.replay import closed_buckets, replay
from trends.settings import TrendSettings
from trends.stage import CountStage, DetectStage, stored_observations
from trends.stage.rows import signal_row
from trends.vocabulary import Level

SETTINGS = TrendSettings(alarms_per_week=5)


@pytest.fixture(scope="module")
def stream() -> list[Observation]:
    return eventful()


@pytest.fixture(scope="module")
def replayed(stream: list[Observation]) -> list[Signal]:
    signals = list(replay(stream, SETTINGS))
    kinds = {signal.kind.value for signal in signals}
    assert kinds >= {"emerging", "risk", "inauthentic"}, "the laws need something to hold for"
    return signals


def run(db: Database, *, limit: int = 1000, flush: bool = True) -> None:
    for stage in (CountStage(SETTINGS, flush=flush), DetectStage(SETTINGS)):
        run_to_end(stage, db, now=NOW, limit=limit)


def stored(db: Database) -> list[tuple[Any, ...]]:
    return [tuple(row)[1:] for row in db.execute("SELECT * FROM signals ORDER BY id")]


def as_rows(signals: list[Signal]) -> list[tuple[Any, ...]]:
    return [tuple(signal_row(signal)) for signal in signals]


@pytest.mark.parametrize("limit", [40, 1000, 10**9])
def test_the_stages_give_what_the_replay_gives(
    limit: int, stream: list[Observation], replayed: list[Signal]
) -> None:
    db = database(":memory:", stream)
    run(db, limit=limit)
    assert stored(db) == as_rows(replayed)
    assert CountStage(SETTINGS).backlog(db) == DetectStage(SETTINGS).backlog(db) == 0


def test_a_restart_before_every_step_changes_nothing(
    stream: list[Observation], tmp_path: Path
) -> None:
    whole, restarted = database(tmp_path / "whole.db", stream), database(tmp_path / "re.db", stream)
    run(whole)
    run_to_end(CountStage(SETTINGS, flush=True), restarted, now=NOW, limit=100)
    while DetectStage(SETTINGS).step(restarted, limit=100, now=NOW).read:
        pass
    whole.close()
    restarted.close()
    first, second = contents(tmp_path / "whole.db"), contents(tmp_path / "re.db")
    forgotten_later = first.pop("term_levels"), second.pop("term_levels")
    assert first == second
    assert forgotten_later[0]


def test_live_arrival_in_any_order_within_the_lateness(
    stream: list[Observation], replayed: list[Signal]
) -> None:
    dice = random.Random(7)
    late = {one.seq: one.published_at + dice.randrange(15 * 60_000) for one in stream}
    arriving = sorted(stream, key=lambda one: late[one.seq])
    assert arriving != stream
    db = database(":memory:")
    for first in range(0, len(arriving), 150):
        fill(db, arriving[first : first + 150])
        run(db, flush=False, limit=200)
    run(db)
    told = db.execute(
        "SELECT event, kind, brand, series, state, detected_at, observed, score, severity, terms "
        "FROM signals ORDER BY id"
    )
    assert [tuple(row) for row in told] == [
        (
            one.event,
            one.kind,
            one.brand,
            one.series,
            one.state,
            one.detected_at,
            one.observed,
            one.score,
            one.severity,
            orjson.dumps(one.terms).decode(),
        )
        for one in replayed
    ]
    assert db.execute("SELECT sum(late) FROM brand_counts").fetchone()[0] == 0


@pytest.mark.parametrize("days", [-1, 0.4, 3, 5])
def test_nothing_is_told_from_the_future(
    days: float, stream: list[Observation], replayed: list[Signal]
) -> None:
    until = PLANTED_AT + round(days * 86_400_000)
    cut = [one for one in stream if one.published_at < until]
    told = list(replay(cut, SETTINGS, flush=False))
    assert told == replayed[: len(told)]
    latest = cut[-1].published_at
    assert [one for one in replayed if one.detected_at <= latest] == told


def test_a_detection_that_is_put_to_sleep_goes_on_alike(stream: list[Observation]) -> None:
    levels: dict[int, Level] = {}
    awake, seen = Detection(SETTINGS, levels), SeenInMemory()
    copy: Detection | None = None
    for place, (number, group) in enumerate(closed_buckets(stream, SETTINGS, flush=True)):
        counted = count_bucket(seen, group)
        if place == 400:
            copy = pickle.loads(pickle.dumps(awake))
        told = awake.step(number, counted)
        if copy is not None:
            assert copy.step(number, counted) == told
    assert copy is not None
    assert state.dump(copy) == state.dump(awake)


def test_input_must_be_in_order_of_time() -> None:
    with pytest.raises(InputError, match="not in order of time"):
        list(replay([observation(1, 600), observation(2, 10)], SETTINGS))


def test_no_input_no_signals() -> None:
    assert list(replay([], SETTINGS)) == []
    db = database(":memory:")
    run(db)
    assert stored(db) == []


def test_a_bucket_closes_when_the_watermark_passes_its_end() -> None:
    db = database(":memory:", [observation(1, 10), observation(2, 74, brands=("b",))])
    stage = CountStage(SETTINGS)
    assert stage.step(db, limit=10, now=NOW).read == 0
    fill(db, [observation(3, 75, brands=("b",))])
    assert stage.step(db, limit=10, now=NOW).read == 1
    assert position(db, "count") == observation(1).published_at + 3_600_000


def test_who_comes_too_late_is_counted_as_that_and_nowhere_else() -> None:
    db = database(":memory:", [observation(1, 10, brands=("b",)), observation(2, 200)])
    run(db, flush=False)
    before = db.execute("SELECT * FROM brand_counts").fetchall()
    fill(db, [observation(3, 20, brands=("b", "c")), observation(4, 30, brands=("b",))])
    run(db, flush=False)
    run(db, flush=False)
    late = db.execute("SELECT brand, mentions, fresh, late FROM brand_counts ORDER BY brand")
    assert late.fetchall() == [("b", 1, 1, 2), ("c", 0, 0, 1)]
    assert len(before) == 1
    assert db.execute("SELECT count(*) FROM counted").fetchone()[0] == 1


def test_a_date_in_the_future_closes_nothing() -> None:
    future = (NOW - observation(1).published_at) / 60_000 + 10**6
    said = [observation(1, 10), observation(2, 20), observation(3, future)]
    db = database(":memory:", [*(_of("b", one) for one in said)])
    run(db)
    assert db.execute("SELECT sum(mentions) FROM brand_counts").fetchone()[0] == 2
    assert position(db, "count") < NOW


def _of(brand: str, one: Observation) -> Observation:
    return observation(one.seq, brands=(brand,), published_at=one.published_at)


def test_off_brand_mentions_are_not_counted_unless_the_whole_stream_is() -> None:
    said = [observation(1, 10, brands=()), observation(2, 20, brands=("b",))]
    db = database(":memory:", said)
    run(db)
    assert db.execute("SELECT brand, mentions FROM brand_counts").fetchall() == [("b", 1)]
    db = database(":memory:", said)
    run_to_end(CountStage(SETTINGS, flush=True, whole_stream=True), db, now=NOW)
    assert db.execute("SELECT brand, mentions FROM brand_counts").fetchall() == [("", 2)]


def test_deleted_mentions_are_not_counted() -> None:
    db = database(
        ":memory:", [observation(1, 10, brands=("b",)), observation(2, 11, brands=("b",))]
    )
    db.execute("UPDATE mentions SET deleted_at = 1 WHERE seq = 1")
    run(db)
    assert db.execute("SELECT sum(mentions) FROM brand_counts").fetchone()[0] == 1
    left = stored_observations(db, since=0, until=NOW)
    assert [one.native_id for one in left] == ["000000002"]


def test_other_buckets_than_before_are_refused(stream: list[Observation]) -> None:
    db = database(":memory:", stream[:300])
    run(db)
    fill(db, [observation(10**6, 60 * 24 * 40, brands=("b",))])
    other = TrendSettings(bucket_minutes=30)
    run_to_end(CountStage(other, flush=True), db, now=NOW)
    with pytest.raises(SettingsError, match=r"bucket_minutes is 30.*60 minutes"):
        run_to_end(DetectStage(other), db, now=NOW)


def test_erased_authors_leave_the_state(stream: list[Observation]) -> None:
    db = database(":memory:", stream[:500])
    run(db)
    [[author]] = db.execute("SELECT author_id FROM seen_authors LIMIT 1").fetchall()
    db.execute("DELETE FROM mentions WHERE author_id = ?", [author])
    db.execute("DELETE FROM authors WHERE id = ?", [author])
    assert db.execute("SELECT * FROM seen_authors WHERE author_id = ?", [author]).fetchall() == []
    texts = " ".join(row[0] for row in db.execute("SELECT state FROM detection"))
    assert str(author) not in texts


def test_a_kill_at_any_statement_is_made_good(stream: list[Observation], tmp_path: Path) -> None:
    start = tmp_path / "start.db"
    part = [one for one in stream if one.published_at < PLANTED_AT + 86_400_000]
    db = database(start, part)
    run_to_end(CountStage(SETTINGS), db, now=NOW, limit=10**6)
    run_to_end(DetectStage(SETTINGS), db, now=NOW, limit=len(part) - 20)
    db.close()

    def job(db: Database) -> None:
        run(db, limit=200)

    (tmp_path / "scratch").mkdir()
    assert list(wrong_after_kills(job, start, tmp_path / "scratch")) == []


def test_states_only_go_on(replayed: list[Signal]) -> None:
    last: dict[int, Signal] = {}
    for signal in replayed:
        before = last.get(signal.event)
        if before is None:
            assert signal.state is EventState.OPEN
        else:
            assert before.state is not EventState.CLOSED
            assert signal.detected_at >= before.detected_at
            assert signal.score >= before.score
            assert (signal.kind, signal.brand) == (before.kind, before.brand)
        last[signal.event] = signal
    assert [signal.event for signal in last.values()] == list(range(1, len(last) + 1))


def test_signals_say_what_they_count(replayed: list[Signal]) -> None:
    for signal in replayed:
        assert signal.window_start < signal.window_end <= signal.bucket + 3_600_000
        assert signal.lower <= signal.expected <= signal.upper + 1
        assert signal.observed > signal.expected
        assert 1 <= signal.severity <= 10
        assert signal.mentions >= signal.unique_authors > 0
        assert 0 < len(signal.mention_seqs) <= signal.mentions
        assert 1 <= len(signal.history) <= 72
        assert 0 <= signal.duplicate_share <= 1
