"""The law of the purse: listening stops before the cap, whoever is killed and whoever races."""

import multiprocessing
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from krasae.schema import ROOMS
from listener.collect.periods import day_of, month_of
from listener.collect.purse import StorePurse
from listener.collect.spending import Expense, accounts, expenses, in_words, projected
from listener.collect.stage import CollectStage
from listener.collect.station import Surroundings
from listener.errors import SpendingCapError, StoreError
from listener.model import DAY_MS, HOUR_MS
from listener.source import Batch, Budget, Context, PocketPurse, Purse, Source, SourceOptions
from listener.stage import run_to_end
from listener.store import open_database
from tests.listener.collect.racing import CAP, spend_all
from tests.listener.collect.scripted import KEY, NOW, health, station

ZONES = ("Asia/Bangkok", "America/Los_Angeles", "Asia/Kathmandu", "UTC")
UNIT = 1_000_000
NAMES = count()


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "krasae.db"
    open_database(path, ROOMS, create=True).close()
    return path


@pytest.fixture
def db(database: Path) -> Iterator[Database]:
    opened = open_database(database, ROOMS)
    yield opened
    opened.close()


@dataclass
class Clock:
    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class Request:
    at: int
    cost: int


@dataclass
class Ledger:
    """What the law says, kept in a list."""

    budget: Budget
    requests: list[Request] = field(default_factory=list)

    def left(self, now: int) -> int | None:
        caps = []
        for cap, format_ in ((self.budget.daily, "%Y-%m-%d"), (self.budget.monthly, "%Y-%m")):
            if cap is not None:
                period = self._named(now, format_)
                same = [one for one in self.requests if self._named(one.at, format_) == period]
                caps.append(cap - sum(one.cost for one in same))
        return min(caps, default=None)

    def _named(self, moment: int, format_: str) -> str:
        zone = ZoneInfo(self.budget.timezone)
        return datetime.fromtimestamp(moment / 1000, UTC).astimezone(zone).strftime(format_)


caps = st.none() | st.integers(0, 60)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), st.integers(0, 25)),
        st.tuples(st.just("settle"), st.integers(-5, 40)),
        st.tuples(st.just("later"), st.sampled_from([1, HOUR_MS, 7 * HOUR_MS, DAY_MS, 9 * DAY_MS])),
    ),
    min_size=1,
    max_size=25,
)


@given(caps, caps, st.sampled_from(ZONES), st.integers(0, 366 * 24), steps)
def test_never_over_a_cap_and_never_short_of_it(
    database: Path,
    daily: int | None,
    monthly: int | None,
    zone: str,
    hour: int,
    steps: list[tuple[str, int]],
) -> None:
    budget = Budget("money", "USD", daily, monthly, zone)
    clock = Clock(at("2026-01-01T00:00") + hour * HOUR_MS)
    purse = StorePurse(database, f"source {next(NAMES)}", clock, budget)
    law = Ledger(budget)
    open_requests: list[tuple[int, Request]] = []
    for what, size in steps:
        left = law.left(clock.now)
        if what == "later":
            clock.now += size
        elif what == "settle" and open_requests:
            number, request = open_requests.pop(0)
            if clock.now - request.at < DAY_MS:  # later than that it counts in full
                purse.settle(number, size)
                request.cost = max(0, min(size, request.cost))
        elif what == "reserve" and left is not None and size > left:
            with pytest.raises(SpendingCapError) as caught:
                purse.reserve("a request", size)
            assert caught.value.retry_at is not None
            assert caught.value.retry_at > clock.now
        elif what == "reserve":
            request = Request(clock.now, size)
            open_requests.append((purse.reserve("a request", size), request))
            law.requests.append(request)
        left = law.left(clock.now)
        assert left is None or left >= 0
        assert purse.left() == left


def spent(database: Path) -> int:
    db = open_database(database, ROOMS)
    [account] = accounts(db, now=NOW)
    db.close()
    return account.today


def test_two_threads_do_not_spend_the_same_money(database: Path) -> None:
    threads = [Thread(target=spend_all, args=(database, each)) for each in (3, 5, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert CAP - 3 < spent(database) <= CAP  # less than the smallest request is left


def test_two_processes_do_not_spend_the_same_money(database: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=spend_all, args=(database, each)) for each in (3, 7)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
        assert process.exitcode == 0
    assert CAP - 3 < spent(database) <= CAP


class Traced(StorePurse):
    """Dies before its n-th statement; counts them."""

    statements = 0
    last: int | None = None

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        with super()._opened() as db:
            db.conn.set_trace_callback(self._strike)
            yield db

    def _strike(self, _: str) -> None:
        self.statements += 1
        if self.statements == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def two_days(database: Path, last: int | None, asked: Callable[[], int]) -> int:
    """A request yesterday, another today; `asked` is called where it would be made."""
    clock = Clock()
    purse = Traced(database, "x", clock, Budget("money", "USD", daily=50))
    purse.last = last
    for _ in range(2):
        number = purse.reserve("a request", 20)
        asked()
        purse.settle(number, 15)
        clock.now += DAY_MS
    return purse.statements


def test_what_was_asked_is_in_the_ledger_wherever_one_is_killed(tmp_path: Path) -> None:
    def fresh(name: str) -> Path:
        path = tmp_path / f"{name}.db"
        open_database(path, ROOMS, create=True).close()
        return path

    points = two_days(fresh("undisturbed"), None, lambda: 0)
    assert points > 20
    for last in range(1, points + 1):
        database = fresh(f"killed {last}")
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            two_days(database, last, partial(os.write, writer, b"!"))
            os._exit(70)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            asked = len(pipe.read())
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
        db = open_database(database, ROOMS)
        ledger = expenses(db, since=0)
        db.close()
        assert asked <= sum(line.requests for line in ledger) <= asked + 1
        assert sum(line.amount for line in ledger) >= 15 * asked


def test_a_day_begins_at_midnight_where_its_budget_is(database: Path) -> None:
    for zone, now, again in (
        ("Asia/Bangkok", "2026-11-25T23:59:59", "2026-11-26T00:00"),
        ("America/Los_Angeles", "2026-11-25T00:00:00", "2026-11-26T00:00"),
        ("America/Los_Angeles", "2026-03-08T01:00", "2026-03-09T00:00"),  # 23 hours long
        ("America/Los_Angeles", "2026-11-01T00:30", "2026-11-02T00:00"),  # 25
        ("America/Santiago", "2026-09-05T12:00", "2026-09-06T01:00"),  # midnight is skipped
        ("Asia/Bangkok", "2026-12-31T12:00", "2027-01-01T00:00"),
    ):
        clock = Clock(at(now, zone))
        purse = StorePurse(
            database, f"{zone} {now}", clock, Budget("quota", "units", 5, None, zone)
        )
        purse.reserve("search", 5)
        with pytest.raises(SpendingCapError) as caught:
            purse.reserve("search", 1)
        assert caught.value.retry_at == at(again, zone)
        clock.now = at(again, zone) - 1
        assert purse.left() == 0
        clock.now += 1
        assert purse.left() == 5
        purse.reserve("search", 5)


def test_a_month_is_longer_than_a_day(database: Path) -> None:
    clock = Clock(at("2026-11-25T12:00", "Asia/Bangkok"))
    budget = Budget("money", "USD", 4 * UNIT, 5 * UNIT, "Asia/Bangkok")
    purse = StorePurse(database, "x", clock, budget)
    purse.reserve("search", 3 * UNIT)
    with pytest.raises(SpendingCapError, match="for this day") as caught:
        purse.reserve("search", UNIT + 1)
    assert caught.value.retry_at == at("2026-11-26T00:00", "Asia/Bangkok")
    clock.now += DAY_MS
    with pytest.raises(SpendingCapError) as caught:
        purse.reserve("search", 2 * UNIT + 500)
    assert caught.value.retry_at == at("2026-12-01T00:00", "Asia/Bangkok")
    assert caught.value.message == (
        "The money budget of source x is used up: 3.00 USD of 5.00 USD for this month are "
        "spent, and search may cost 2.0005 USD."
    )
    assert "krasae spending" in caught.value.remedy


@given(st.sampled_from(ZONES), st.integers(at("2000-01-01T00:00"), at("2040-01-01T00:00")))
def test_days_and_months_have_no_holes(zone: str, moment: int) -> None:
    for period_of in (day_of, month_of):
        period = period_of(moment, zone)
        assert period.start <= moment < period.end
        assert period_of(period.start, zone) == period_of(period.end - 1, zone) == period
        assert period_of(period.end, zone).start == period.end


def test_days_that_are_over_are_summed_up(database: Path, db: Database) -> None:
    clock = Clock(at("2026-11-01T00:00", "Asia/Bangkok"))
    budget = Budget("quota", "units", None, 10_000 * UNIT, "Asia/Bangkok")
    purse = StorePurse(database, "tube", clock, budget)
    for _ in range(5):
        for what in ("comments", "comments", "videos"):
            purse.settle(purse.reserve(what, 2 * UNIT), UNIT)
        clock.now += DAY_MS
    purse.reserve("videos", UNIT)
    assert db["source_spending"].count == 1
    assert db["source_spending_days"].count == 10
    [account] = accounts(db, now=clock.now)
    assert (account.today, account.month) == (UNIT, 16 * UNIT)
    assert expenses(db, since=clock.now - DAY_MS) == (
        Expense("tube", "quota", "units", "videos", "2026-11-06", 1, UNIT),
        Expense("tube", "quota", "units", "comments", "2026-11-05", 2, 2 * UNIT),
        Expense("tube", "quota", "units", "videos", "2026-11-05", 1, UNIT),
    )
    assert expenses(db, since=0, monthly=True) == (
        Expense("tube", "quota", "units", "comments", "2026-11", 10, 10 * UNIT),
        Expense("tube", "quota", "units", "videos", "2026-11", 6, 6 * UNIT),
    )


def test_a_request_over_midnight_can_still_be_settled(database: Path, db: Database) -> None:
    clock = Clock(at("2026-11-25T23:59:59"))
    purse = StorePurse(database, "x", clock, Budget("money", "USD", monthly=10))
    slow, dead = purse.reserve("search", 5), purse.reserve("search", 2)
    clock.now += 2000
    purse.reserve("search", 1)
    purse.settle(slow, 3)
    assert purse.left() == 4
    clock.now += 3 * DAY_MS
    purse.reserve("search", 1)
    assert db["source_spending"].count == 1
    purse.settle(dead, 0)  # by now it counts
    assert purse.left() == 3


def test_a_time_zone_that_was_changed_lets_nobody_spend_twice(database: Path) -> None:
    clock = Clock(at("2026-11-25T23:00", "Asia/Bangkok"))
    here = StorePurse(database, "x", clock, Budget("money", "USD", 10, None, "Asia/Bangkok"))
    here.settle(here.reserve("search", 10), 10)
    clock.now += 2 * HOUR_MS
    here.reserve("search", 1)  # the day before is summed up
    there = StorePurse(
        database, "x", clock, Budget("money", "USD", 12, None, "America/Los_Angeles")
    )
    assert there.left() == 1


def test_sources_and_currencies_have_purses_of_their_own(database: Path) -> None:
    for source, currency in (("a", "USD"), ("b", "USD"), ("a", "THB")):
        purse = StorePurse(database, source, Clock(), Budget("money", currency, 10))
        purse.reserve("search", 10)
        assert purse.left() == 0
        assert StorePurse(database, source, Clock(), Budget("quota", currency)).left() is None


def test_no_ledger_no_request(tmp_path: Path, database: Path) -> None:
    missing = tmp_path / "no.db"
    with pytest.raises(StoreError):
        StorePurse(missing, "x", Clock(), Budget("money", "USD", 10)).reserve("search", 1)
    assert not missing.exists()
    writer = sqlite3.connect(database, isolation_level=None)
    writer.execute("DROP TABLE source_budgets")
    writer.close()
    with pytest.raises(sqlite3.OperationalError):
        StorePurse(database, "x", Clock(), Budget("money", "USD", 10)).reserve("search", 1)


@dataclass
class Metered:
    """A platform that costs 3 a poll."""

    purse: Purse | None = None
    asked: Counter[str] = field(default_factory=Counter)

    def connect(self, options: SourceOptions, context: Context) -> Source:
        self.purse = context.purse(Budget("money", "USD", daily=10 * UNIT, timezone="Asia/Bangkok"))
        return self

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        assert self.purse
        number = self.purse.reserve("search", 3 * UNIT)
        self.asked["search"] += 1
        self.purse.settle(number, 3 * UNIT)
        yield Batch(str(int(cursor or 0) + 1))

    def close(self) -> None:
        pass


def test_a_source_stops_before_its_cap_until_the_day_is_over(
    database: Path, db: Database, tmp_path: Path
) -> None:
    platform = Metered()
    where = Surroundings(tmp_path, "UTC", {}, KEY, database)
    stage = CollectStage([station(platform)], where)
    now = at("2026-11-25T12:00", "Asia/Bangkok")
    for _ in range(5):  # a new run of the program each, which remembers nothing
        run_to_end(stage, db, now=now)
        now += HOUR_MS
    assert platform.asked["search"] == 3
    assert health(db)["next_at"] == at("2026-11-26T00:00", "Asia/Bangkok")
    assert "9.00 USD of 10.00 USD" in health(db)["error"]
    run_to_end(stage, db, now=at("2026-11-26T00:00", "Asia/Bangkok"))
    assert platform.asked["search"] == 4
    where = Surroundings(tmp_path, "UTC", {}, KEY)
    context = where.context(station(platform), now=Clock(), wait=lambda _: False)
    assert isinstance(context.purse(Budget("money", "USD")), PocketPurse)


def test_the_pace_of_a_month() -> None:
    start, end = month_of(at("2026-11-05T00:00"), "UTC").start, at("2026-12-01T00:00")
    ten_days = start + 10 * DAY_MS
    assert projected(300 * UNIT, since=start, now=ten_days, until=end) == 900 * UNIT
    assert projected(UNIT, since=start, now=start, until=end) == 31 * UNIT  # a day's, at most
    assert projected(UNIT // 7, since=start, now=end - DAY_MS, until=end) == UNIT // 7
    assert projected(0, since=start, now=start, until=end) == 0
    assert projected(70, since=start, now=end, until=end) == 70


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (1_250 * UNIT, "units", "1,250 units"),
        (0, "units", "0 units"),
        (UNIT // 2, "units", "0.5 units"),
        (0, "USD", "0.00 USD"),
        (UNIT // 2, "USD", "0.50 USD"),
        (5_000, "USD", "0.005 USD"),
        (1_234_567_890_000, "THB", "1,234,567.89 THB"),
    ],
)
def test_amounts_in_words(amount: int, currency: str, words: str) -> None:
    assert in_words(amount, currency) == words
