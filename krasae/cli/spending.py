"""`krasae spending`: what listening costs, and how far the caps are."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from krasae.cli.options import CONFIG, Config, Json, moment, now_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from listener.collect.spending import Account, Expense

_NEAR = 0.8  # of a cap: time to look


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(spending)


def spending(
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="From this date on; from the first of this month, if left out, or, by month, "
            "from the beginning.",
        ),
    ] = None,
    by_month: Annotated[
        bool, typer.Option("--month", help="A line a month, instead of a line a day.")
    ] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Show what listening costs, and what the caps leave.

    By day and request, with where the month is heading. A platform's quota is a budget as
    well. Every request is in the ledger before it is made; one that was never answered counts
    with the most that it may have cost.
    """
    from krasae.cli.output import print_json, talk
    from krasae.workspace import open_workspace
    from listener.collect.periods import month_of
    from listener.collect.spending import accounts, expenses

    now = now_ms()
    with open_workspace(config) as workspace:
        zone = workspace.settings.workspace.timezone
        start = moment(since, zone)
        if start is None:
            start = 0 if by_month else month_of(now, zone).start
        budgets = accounts(workspace.db, now=now)
        lines = expenses(workspace.db, since=start, monthly=by_month)
    if as_json:
        print_json(
            {
                "budgets": [account_values(account) for account in budgets],
                "expenses": [_expense_values(line) for line in lines],
            }
        )
    elif not budgets:
        talk().print(
            "Nothing was spent: no source that costs has been listened to yet. Those that do, "
            "such as x and youtube, say what they cost and how to cap it in docs/sources/."
        )
    else:
        _print_budgets(budgets)
        _print_expenses(lines, by_month=by_month)


def _print_budgets(budgets: "Sequence[Account]") -> None:
    from rich.table import Table

    from krasae.cli.output import data
    from listener.collect.spending import in_words

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("source", "budget"):
        table.add_column(name, overflow="fold")
    for name in ("today", "this month", "month's pace"):
        table.add_column(name, justify="right")
    for account in budgets:
        budget = account.budget
        table.add_row(
            account.source,
            budget.name,
            _of_cap(account.today, budget.daily, budget.currency),
            _of_cap(account.month, budget.monthly, budget.currency),
            in_words(account.projected, budget.currency),
        )
    data().print(table)


def _print_expenses(lines: "Sequence[Expense]", *, by_month: bool) -> None:
    from rich.table import Table

    from krasae.cli.output import data, talk
    from listener.collect.spending import in_words

    if not lines:
        talk().print("Nothing was spent since then; --since names an earlier date.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("month" if by_month else "day", no_wrap=True)
    for name in ("source", "budget", "for"):
        table.add_column(name, overflow="fold")
    for name in ("requests", "spent"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in lines:
        table.add_row(
            line.period,
            line.source,
            line.budget,
            line.what,
            f"{line.requests:,}",
            in_words(line.amount, line.currency),
        )
    data().print()
    data().print(table)


def _of_cap(spent: int, cap: int | None, currency: str) -> "Text":
    from rich.text import Text

    from listener.collect.spending import of_cap

    style = ""
    if cap is not None and spent >= _NEAR * cap:
        style = "bold red" if spent >= cap else "yellow"
    return Text(of_cap(spent, cap, currency), style)


def account_values(account: "Account") -> "dict[str, Any]":
    """An account as JSON; amounts in its currency."""
    budget = account.budget
    return {
        "source": account.source,
        "budget": budget.name,
        "currency": budget.currency,
        "timezone": budget.timezone,
        "today": _amount(account.today),
        "daily_cap": _amount(budget.daily),
        "month": _amount(account.month),
        "monthly_cap": _amount(budget.monthly),
        "month_projected": _amount(account.projected),
    }


def _expense_values(line: "Expense") -> "dict[str, Any]":
    return {
        "period": line.period,
        "source": line.source,
        "budget": line.budget,
        "for": line.what,
        "requests": line.requests,
        "amount": _amount(line.amount),
        "currency": line.currency,
    }


def _amount(millionths: int | None) -> float | None:
    return None if millionths is None else millionths / 1_000_000
