"""What listening costs, read from the ledger: by budget, and by kind of request and day.

Amounts are millionths of a currency. A request that was not settled counts with the most that
it may have cost.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sqlite_utils import Database

from listener.collect.periods import day_of, month_of
from listener.model import DAY_MS
from listener.source import Budget

_HUNDREDTH = 10_000  # of a currency


@dataclass(frozen=True, slots=True)
class Account:
    """One budget of a source: spent this day and this month, and where the month is heading."""

    source: str
    budget: Budget
    today: int
    month: int
    projected: int


@dataclass(frozen=True, slots=True)
class Expense:
    """What one kind of request cost in one day or month, of the budget's time zone."""

    source: str
    budget: str
    currency: str
    what: str
    period: str
    requests: int
    amount: int


def spent_since(connection: sqlite3.Connection, source: str, budget: Budget, start: int) -> int:
    """What was spent of a budget since a moment (UTC ms), in its currency.

    A day of which a part is older counts in full: a cap holds though its time zone was changed.
    """
    ((spent,),) = connection.execute(
        """
        SELECT (
            SELECT coalesce(sum(coalesce(cost, reserved)), 0) FROM source_spending
            WHERE source = :source AND budget = :budget AND at >= :start AND currency = :currency
        ) + (
            SELECT coalesce(sum(cost), 0) FROM source_spending_days
            WHERE source = :source AND budget = :budget AND last_at >= :start
                AND day > :earliest AND currency = :currency
        )
        """,
        {
            "source": source,
            "budget": budget.name,
            "currency": budget.currency,
            "start": start,
            "earliest": start - 2 * DAY_MS,  # no day is that long
        },
    ).fetchall()
    return int(spent)


def accounts(db: Database, *, now: int) -> tuple[Account, ...]:
    """Every budget that was ever drawn on, with the caps that held then. `now` in UTC ms."""
    rows = db.execute(
        "SELECT source, budget, currency, daily, monthly, timezone, first_at FROM source_budgets "
        "ORDER BY source, budget"
    ).fetchall()
    found = []
    for source, name, currency, daily, monthly, timezone, first_at in rows:
        budget = Budget(name, currency, daily, monthly, timezone)
        month = month_of(now, timezone)
        spent = spent_since(db.conn, source, budget, month.start)
        found.append(
            Account(
                source,
                budget,
                spent_since(db.conn, source, budget, day_of(now, timezone).start),
                spent,
                projected(spent, since=max(month.start, first_at), now=now, until=month.end),
            )
        )
    return tuple(found)


def projected(spent: int, *, since: int, now: int, until: int) -> int:
    """What will be spent by `until` if it goes on as it did since `since` (UTC ms).

    Less than a day says little of the pace: it is taken for a whole one. To the hundredth.
    """
    coming = spent * max(0, until - now) // max(now - since, DAY_MS)
    return spent + coming - coming % _HUNDREDTH


def expenses(db: Database, *, since: int, monthly: bool = False) -> tuple[Expense, ...]:
    """What was spent since a moment (UTC ms), newest first: a line a day and kind of request."""
    sums: dict[tuple[str, ...], list[int]] = {}
    for source, budget, currency, what, at, timezone, requests, amount in _rows(db, since):
        period = month_of(at, timezone) if monthly else day_of(at, timezone)
        line = sums.setdefault((period.name, source, budget, currency, what), [0, 0])
        line[0] += requests
        line[1] += amount
    found = [
        Expense(source, budget, currency, what, period, requests, amount)
        for (period, source, budget, currency, what), (requests, amount) in sorted(sums.items())
    ]
    return tuple(sorted(found, key=lambda expense: expense.period, reverse=True))


def _rows(db: Database, since: int) -> Iterator[tuple[str, str, str, str, int, str, int, int]]:
    # A day is placed by its last request, as its caps are.
    yield from db.execute(
        """
        SELECT lines.source, lines.budget, lines.currency, what, at, timezone, requests, amount
        FROM (
            SELECT source, budget, currency, what, last_at AS at, requests, cost AS amount
            FROM source_spending_days WHERE last_at >= :since
            UNION ALL
            SELECT source, budget, currency, what, at, 1, coalesce(cost, reserved)
            FROM source_spending WHERE at >= :since
        ) AS lines
        JOIN source_budgets USING (source, budget)
        """,
        {"since": since},
    ).fetchall()


def in_words(amount: int, currency: str) -> str:
    """An amount as it is read: "1,250 units", "0.50 USD", "0.005 USD"."""
    text = f"{Decimal(amount).scaleb(-6):,.6f}".rstrip("0")
    whole, _, part = text.partition(".")
    if currency != "units":
        part = part.ljust(2, "0")
    return f"{whole}.{part} {currency}" if part else f"{whole} {currency}"


def of_cap(spent: int, cap: int | None, currency: str) -> str:
    """What was spent, and of how much: "3.20 of 5.00 USD"; the amount alone where nothing caps."""
    if cap is None:
        return in_words(spent, currency)
    return f"{in_words(spent, currency).removesuffix(f' {currency}')} of {in_words(cap, currency)}"
