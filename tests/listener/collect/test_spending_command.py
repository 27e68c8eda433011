"""`krasae spending`, and what `krasae sources` says of costs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from krasae.cli.options import now_ms
from krasae.workspace import Workspace
from listener.collect.periods import day_of, month_of
from listener.collect.purse import StorePurse
from listener.errors import SpendingCapError
from listener.model import DAY_MS
from listener.source import Budget

UNIT = 1_000_000
QUOTA = Budget("quota", "units", daily=10 * UNIT, timezone="America/Los_Angeles")
MONEY = Budget("money", "USD", monthly=50 * UNIT, timezone="Asia/Bangkok")
SOURCES = """
[[sources]]
name = "hn"
type = "hackernews"

[[sources]]
name = "board"
type = "hackernews"
"""


@pytest.fixture
def folder(workspace: Workspace) -> Path:
    config = workspace.folder / "config.toml"
    config.write_text(config.read_text("utf-8") + SOURCES, "utf-8")
    return workspace.folder


def spend(workspace: Workspace, budget: Budget, what: str, *costs: int, at: int) -> None:
    path = workspace.folder / workspace.settings.workspace.database
    purse = StorePurse(path, "hn", lambda: at, budget)
    for cost in costs:
        purse.settle(purse.reserve(what, cost), cost)


def test_nothing_was_spent(krasae: Callable[..., Any], folder: Path) -> None:
    ran = krasae("spending", cwd=folder)
    assert (ran.code, ran.out) == (0, "")
    assert "no source that costs" in ran.err
    assert json.loads(krasae("spending", "--json").out) == {"budgets": [], "expenses": []}
    assert "spent" not in krasae("sources").out


def test_what_was_spent_on_what(
    krasae: Callable[..., Any],
    folder: Path,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    now = now_ms()
    spend(workspace, QUOTA, "comments", UNIT, UNIT, at=now)
    spend(workspace, MONEY, "recent search", 5_000, 12_500, at=now)
    ran = krasae("spending", cwd=folder)
    assert ran.code == 0
    today = day_of(now, "Asia/Bangkok").name
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert any(line.startswith("hn quota 2 of 10 units") for line in lines)
    assert any(line.startswith("hn money 0.0175 USD 0.0175 of 50.00 USD") for line in lines)
    assert f"{today} hn money recent search 2 0.0175 USD" in lines

    values = json.loads(krasae("spending", "--json").out)
    [money, quota] = values["budgets"]
    assert quota.pop("month_projected") >= 2
    assert quota == {
        "source": "hn",
        "budget": "quota",
        "currency": "units",
        "timezone": "America/Los_Angeles",
        "today": 2.0,
        "daily_cap": 10.0,
        "month": 2.0,
        "monthly_cap": None,
    }
    assert (money["month"], money["monthly_cap"]) == (0.0175, 50.0)
    assert {
        "period": today,
        "source": "hn",
        "budget": "money",
        "for": "recent search",
        "requests": 2,
        "amount": 0.0175,
        "currency": "USD",
    } in values["expenses"]


def test_since_when_and_by_month(
    krasae: Callable[..., Any], folder: Path, workspace: Workspace
) -> None:
    long_ago = now_ms() - 100 * DAY_MS
    spend(workspace, MONEY, "counts", UNIT, UNIT, at=long_ago)
    spend(workspace, MONEY, "counts", UNIT, at=long_ago + DAY_MS)
    month = month_of(long_ago, "Asia/Bangkok").name
    lines = json.loads(krasae("spending", "--month", "--json", cwd=folder).out)["expenses"]
    assert [line["period"] for line in lines][-1] == month
    assert sum(line["amount"] for line in lines) == 3.0
    assert sum(line["requests"] for line in lines) == 3
    ran = krasae("spending")
    assert "--since names an earlier date" in ran.err
    day = day_of(long_ago + DAY_MS, "Asia/Bangkok").name
    [line] = json.loads(krasae("spending", "--since", day, "--json").out)["expenses"]
    assert (line["period"], line["amount"]) == (day, 1.0)
    assert krasae("spending", "--since", "yesterday").code == 2


def test_the_sources_show_what_they_cost(
    krasae: Callable[..., Any],
    folder: Path,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    now = now_ms()
    spend(workspace, QUOTA, "comments", *[UNIT] * 9, at=now)
    with pytest.raises(SpendingCapError):
        spend(workspace, QUOTA, "search", 2 * UNIT, at=now)
    out = krasae("sources", cwd=folder).out
    assert "90% of day" in out
    assert "hn: spent of its quota: 9 of 10 units today, 9 units this month." in out
    [health, other] = json.loads(krasae("sources", "--json").out)
    assert health["spending"][0]["today"] == 9.0
    assert other["spending"] == []
