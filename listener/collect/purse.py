"""The purse that lasts: a budget's ledger in the database, whoever draws on it, and how often.

A request is in the ledger, and on the disk, before it is made: who is killed in between has
spent it. Reserving reads and writes in one transaction that nobody else can be in, so that two
processes do not spend the same money.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from listener.collect.periods import Period, day_of, month_of
from listener.collect.spending import in_words, spent_since
from listener.errors import SpendingCapError
from listener.model import DAY_MS
from listener.source import Budget
from listener.store.database import BUSY_TIMEOUT_MS, explained, transaction

_IN_FLIGHT = 2 * DAY_MS  # no request takes longer to be settled


@dataclass(frozen=True, slots=True)
class _Limit:
    """A cap, and what of it is spent."""

    name: str
    cap: int
    spent: int
    renewed_at: int

    @property
    def left(self) -> int:
        return max(0, self.cap - self.spent)


class StorePurse:
    """One budget of one source. `now` is the clock (UTC ms). It may be used from any thread.

    Its connection lives no longer than a call: a purse need not be closed. Another currency
    is another budget, though its name is the same.
    """

    def __init__(self, database: Path, source: str, now: Callable[[], int], budget: Budget) -> None:
        self._database = database
        self._source = source
        self._budget = budget
        self._now = now

    def reserve(self, what: str, most: int) -> int:
        """Set aside; raises SpendingCapError, with `retry_at` the moment of the next day or month.

        Raises StoreError when the ledger cannot be written: then the request must not be made.
        """
        now = self._now()
        with self._opened() as db, transaction(db) as connection:
            self._sum_up(connection, now)
            self._keep_budget(connection, now)
            limits = self._limits(connection, now)
            over = [limit for limit in limits if most > limit.left]
            if not over:
                ((number,),) = connection.execute(
                    "INSERT INTO source_spending (source, budget, currency, what, at, reserved) "
                    "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                    [self._source, self._budget.name, self._budget.currency, what, now, most],
                ).fetchall()
                return int(number)
        raise self._refusal(what, most, max(over, key=lambda limit: limit.renewed_at))

    def settle(self, number: int, cost: int) -> None:
        """What it did cost."""
        with self._opened() as db, transaction(db) as connection:
            connection.execute(
                "UPDATE source_spending SET cost = max(0, min(?, coalesce(cost, reserved))) "
                "WHERE id = ? AND source = ?",
                [cost, number, self._source],
            )

    def left(self) -> int | None:
        """What may be spent still."""
        with self._opened() as db, explained(self._database):
            limits = self._limits(db.conn, self._now())
        return min((limit.left for limit in limits), default=None)

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        with explained(self._database):
            connection = sqlite3.connect(
                f"{self._database.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None
            )
        with closing(connection):
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            connection.execute("PRAGMA synchronous = FULL")  # money outlives a power cut
            yield Database(connection, use_counts_table=False)

    def _limits(self, connection: sqlite3.Connection, now: int) -> list[_Limit]:
        budget = self._budget
        caps: list[tuple[str, int | None, Period]] = [
            ("day", budget.daily, day_of(now, budget.timezone)),
            ("month", budget.monthly, month_of(now, budget.timezone)),
        ]
        return [
            _Limit(
                name, cap, spent_since(connection, self._source, budget, period.start), period.end
            )
            for name, cap, period in caps
            if cap is not None
        ]

    def _refusal(self, what: str, most: int, limit: _Limit) -> SpendingCapError:
        budget, currency = self._budget, self._budget.currency
        return SpendingCapError(
            f"The {budget.name} budget of source {self._source} is used up: "
            f"{in_words(limit.spent, currency)} of {in_words(limit.cap, currency)} for this "
            f"{limit.name} are spent, and {what} may cost {in_words(most, currency)}.",
            remedy=f"It goes on by itself with the next {limit.name}; or raise the cap in this "
            "source's options. `krasae spending` shows what was spent on what.",
            retry_at=limit.renewed_at,
        )

    def _keep_budget(self, connection: sqlite3.Connection, now: int) -> None:
        """So that what is left can be shown by who does not know the source's options."""
        budget = self._budget
        connection.execute(
            """
            INSERT INTO source_budgets
                (source, budget, currency, daily, monthly, timezone, first_at)
            VALUES (:source, :budget, :currency, :daily, :monthly, :timezone, :now)
            ON CONFLICT (source, budget) DO UPDATE SET currency = excluded.currency,
                daily = excluded.daily, monthly = excluded.monthly, timezone = excluded.timezone
            WHERE (currency, daily, monthly, timezone)
                IS NOT (excluded.currency, excluded.daily, excluded.monthly, excluded.timezone)
            """,
            {
                "source": self._source,
                "budget": budget.name,
                "currency": budget.currency,
                "daily": budget.daily,
                "monthly": budget.monthly,
                "timezone": budget.timezone,
                "now": now,
            },
        )

    def _sum_up(self, connection: sqlite3.Connection, now: int) -> None:
        """A day that is over becomes a row for each kind of request; what is in flight stays.

        A poll a minute is half a million requests a year, and each of them asks for the sum.
        """
        zone = self._budget.timezone
        today = day_of(now, zone).start
        values: dict[str, str | int] = {
            "source": self._source,
            "budget": self._budget.name,
            "dead": now - _IN_FLIGHT,
        }
        while True:
            ((oldest,),) = connection.execute(
                """
                SELECT min(at) FROM source_spending
                WHERE source = :source AND budget = :budget AND at < :today
                    AND (cost IS NOT NULL OR at < :dead)
                """,
                {**values, "today": today},
            ).fetchall()
            if oldest is None:
                return
            day = day_of(oldest, zone)
            _move(
                connection,
                {**values, "since": oldest, "until": min(day.end, today), "day": day.start},
            )


def _move(connection: sqlite3.Connection, values: Mapping[str, str | int]) -> None:
    connection.execute(
        """
        INSERT INTO source_spending_days
            (source, budget, currency, what, day, last_at, requests, cost)
        SELECT source, budget, currency, what, :day, max(at), count(*),
            sum(coalesce(cost, reserved))
        FROM source_spending
        WHERE source = :source AND budget = :budget AND at >= :since AND at < :until
            AND (cost IS NOT NULL OR at < :dead)
        GROUP BY currency, what
        ON CONFLICT (source, budget, day, currency, what) DO UPDATE SET
            last_at = max(last_at, excluded.last_at), requests = requests + excluded.requests,
            cost = cost + excluded.cost
        """,
        values,
    )
    connection.execute(
        """
        DELETE FROM source_spending
        WHERE source = :source AND budget = :budget AND at >= :since AND at < :until
            AND (cost IS NOT NULL OR at < :dead)
        """,
        values,
    )
