"""The soak run on a small scale, and the proof that it finds what it is made to find."""

import sys
import time
from pathlib import Path

from tests.soak.feeds import Feeds
from tests.soak.jetstream import Jetstream, Network
from tests.soak.soak import Plan, Soak


def now() -> int:
    return time.time_ns() // 1_000_000


def test_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path) -> None:
    platforms = [Jetstream(12_000, seed=3, started=now()), Feeds(80, seed=3, step=10)]
    plan = Plan(
        seed=3,
        kill_every=0.05,
        disturb_every=1.0,
        restart_every=8.0,
        storm=0.3,
        most_kills=3,
        gentle=0.0,
        longest=120,
    )
    outcome = Soak(tmp_path, platforms, plan).run()
    assert outcome.sound, outcome
    assert outcome.items == 12_080
    assert outcome.stored > 3_000
    assert outcome.deleted > 10
    assert outcome.done["kills"] > 0


def test_a_cursor_that_runs_ahead_is_found_out(tmp_path: Path) -> None:
    plan = Plan(
        seed=4,
        disturb_every=600.0,
        restart_every=600.0,
        most_kills=0,
        longest=60,
        command=(sys.executable, "-m", "tests.soak.forgetful"),
    )
    outcome = Soak(tmp_path, [Jetstream(3_000, seed=4, started=now())], plan).run()
    assert len(outcome.lost) >= 50  # a batch
    assert outcome.done["children"] == 2
    assert outcome.faults == ["a child ended by itself with -9"]


def test_the_events_are_the_same_whenever_they_are_made() -> None:
    one, other = (Network(5_000, seed=5, started=1_795_000_000_000, share=0.3) for _ in range(2))
    messages = [one.message(number, 0) for number in range(5_000)]
    assert messages == [other.message(number, 0) for number in reversed(range(5_000))][::-1]
    for number in (0, 1, 2, 777, 4_999):
        assert one.since(one.at(number)) == number - number % 2
        assert one.since(one.at(number) + 1) == min(5_000, number - number % 2 + 2)
