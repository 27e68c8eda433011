"""`krasae sources`: who is heard, who is silent, what was missed."""

from typing import TYPE_CHECKING, Any

import typer

from krasae.cli.options import CONFIG, Config, Json, now_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from listener.collect.health import Health
    from listener.collect.ledger import GapRecord

_STYLES = {
    "ok": "green",
    "new": "dim",
    "failing": "bold red",
    "overdue": "yellow",
    "silent": "bold red",
}
_SHOWN_GAPS = 10
_NEAR = 0.8  # of a cap: time to look


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(sources)


def sources(config: Config = CONFIG, as_json: Json = False) -> None:
    """Show who is heard, who is silent, what failed, what was missed.

    A source is "silent" when so much less than usual comes that chance would bring it once
    a year, and "overdue" when nobody has asked it for three intervals.
    """
    from krasae.cli.output import print_json, talk
    from krasae.workspace import open_workspace
    from listener.collect.health import healths
    from listener.collect.station import stations

    now = now_ms()
    with open_workspace(config) as workspace:
        found = healths(workspace.db, stations(workspace.settings.sources), now=now)
        zone = workspace.settings.workspace.timezone
    if as_json:
        print_json([_values(health) for health in found])
    elif not found:
        talk().print(
            "No source is configured: add a [[sources]] section to config.toml. "
            "docs/sources/ has one page for each kind; feeds, hackernews and google_trends "
            "need no key."
        )
    else:
        _print(found, zone, now)


def _print(found: "Sequence[Health]", zone: str, now: int) -> None:
    from rich.table import Table
    from rich.text import Text

    from krasae.cli.output import data
    from listener.printable import printable

    costs = any(health.spending for health in found)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("source", "type"):
        table.add_column(name, overflow="fold")
    for name in ("state", "heard", "last new"):
        table.add_column(name, no_wrap=True)
    for name in ("new/day", "usual", "asked", "gaps", *(["spent"] if costs else [])):
        table.add_column(name, justify="right", no_wrap=True)
    for health in found:
        record = health.record
        lost = len(health.open_gaps)
        table.add_row(
            health.station.name,
            health.station.type,
            Text(health.state, _STYLES[health.state]),
            _ago(record.heard_at if record else None, now),
            _ago(record.item_at if record else None, now),
            f"{health.items:,}",
            "?" if health.usual is None else f"{health.usual:,.0f}",
            f"{health.requests:,}",
            Text(str(lost), "yellow") if lost else "-",
            *([_spent(health)] if costs else []),
        )
    data().print(table)
    for health in found:
        for line in _remarks(health, zone, now):
            data().print(Text(printable(line)), soft_wrap=True)


def _spent(health: "Health") -> "Text":
    """How much of the cap is spent that is the nearest."""
    from rich.text import Text

    shares = [
        (spent / cap if cap else 1.0, period)
        for account in health.spending
        for spent, cap, period in (
            (account.today, account.budget.daily, "day"),
            (account.month, account.budget.monthly, "month"),
        )
        if cap is not None
    ]
    if not shares:
        return Text("no cap" if health.spending else "-")
    share, period = max(shares)
    return Text(f"{share:.0%} of {period}", "yellow" if share >= _NEAR else "")


def _remarks(health: "Health", zone: str, now: int) -> "list[str]":
    """What the table has no room for: errors, the silence in figures, costs, gaps."""
    from listener.collect.spending import of_cap

    lines = []
    name, record = health.station.name, health.record
    if record and record.error:
        again = f"{record.failures} times in a row" if record.failures > 1 else "last error"
        lines.append(f"{name}: {again}, {_ago(record.error_at, now)} ago: {record.error}")
    if health.silence:
        lines.append(
            f"{name}: silent for {_ago(health.silence.since, now)}, in which about "
            f"{health.silence.expected:,.0f} would have come "
            f"(by chance: {health.silence.probability:.1g})."
        )
    for account in health.spending:
        budget = account.budget
        lines.append(
            f"{name}: spent of its {budget.name}: "
            f"{of_cap(account.today, budget.daily, budget.currency)} today, "
            f"{of_cap(account.month, budget.monthly, budget.currency)} this month."
        )
    for gap in health.open_gaps[-_SHOWN_GAPS:]:
        when = f"since {_clock(gap.since, zone)}"
        if gap.until is not None:
            when = f"from {_clock(gap.since, zone)} to {_clock(gap.until, zone)}"
        lines.append(f"{name}: missed what was said {when}: {gap.cause}")
    return lines


def _values(health: "Health") -> "dict[str, Any]":
    from krasae.cli.spending import account_values

    record, silence = health.record, health.silence
    return {
        "source": health.station.name,
        "type": health.station.type,
        "title": health.station.spec.title,
        "capabilities": sorted(health.station.spec.capabilities),
        "state": health.state,
        "first_at": _iso(record.first_at if record else None),
        "heard_at": _iso(record.heard_at if record else None),
        "item_at": _iso(record.item_at if record else None),
        "next_at": _iso(record.next_at if record else None),
        "failures": record.failures if record else 0,
        "error": record.error if record else None,
        "error_at": _iso(record.error_at if record else None),
        "items_24h": health.items,
        "usual_24h": health.usual,
        "refused_24h": health.refused,
        "requests_24h": health.requests,
        "silence": silence
        and {
            "since": _iso(silence.since),
            "expected": silence.expected,
            "probability": silence.probability,
        },
        "gaps": [_gap_values(gap) for gap in record.gaps] if record else [],
        "spending": [account_values(account) for account in health.spending],
    }


def _gap_values(gap: "GapRecord") -> "dict[str, Any]":
    return {
        "since": _iso(gap.since),
        "until": _iso(gap.until),
        "cause": gap.cause,
        "repaired_at": _iso(gap.repaired_at),
    }


def _iso(moment: int | None) -> str | None:
    from alerts.message import iso

    return None if moment is None else iso(moment)


def _clock(moment: int, zone: str) -> str:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime.fromtimestamp(moment / 1000, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def _ago(moment: int | None, now: int) -> str:
    """How long ago, in the largest unit that says it: 40 s, 5 min, 3 h, 2 d."""
    return "never" if moment is None else _length(now - moment)


def _length(milliseconds: int) -> str:
    seconds = max(0, milliseconds) // 1000
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
