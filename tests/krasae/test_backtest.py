"""`krasae backtest`: on a file without a workspace, and on a workspace's history."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from krasae.cli import build
from krasae.demo import posts

Run = Callable[..., list[dict[str, Any]]]
KEYS = [
    "detected_at",
    "kind",
    "brand",
    "subject",
    "terms",
    "severity",
    "window",
    "observed",
    "expected",
    "lower",
    "upper",
    "score",
    "unique_authors",
    "duplicate_share",
    "reach",
    "mention_ids",
]


@pytest.fixture
def backtest(capfdbinary: pytest.CaptureFixture[bytes]) -> Iterator[Run]:
    """Run the command; the JSON objects that it prints."""

    def run(*arguments: str | Path) -> list[dict[str, Any]]:
        command = ["backtest", *map(str, arguments), "--json"]
        build()(command, standalone_mode=False)
        return [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]

    yield run


@pytest.fixture(scope="module")
def september(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled tweets of two tickers from 10 to 21 September 2014, as StockNet has them."""
    path = tmp_path_factory.mktemp("september") / "tweets.jsonl"
    with (
        gzip.open(posts(), "rt", encoding="utf-8") as lines,
        path.open("w", encoding="utf-8") as out,
    ):
        for line in lines:
            row = json.loads(line)
            if row["ticker"] in ("BABA", "HD") and "2014-09-10" <= row["created_at"] < "2014-09-22":
                out.write(line)
    return path


def test_a_file_needs_no_workspace(backtest: Run, september: Path, tmp_path: Path) -> None:
    config = tmp_path / "nowhere" / "config.toml"
    alerts = backtest("--input", september, "--profile", "stocknet", "--config", config)
    assert alerts
    for alert in alerts:
        assert list(alert) == KEYS
        assert alert["brand"] in ("BABA", "HD")
        assert alert["mention_ids"]
        assert alert["window"][0] < alert["window"][1] <= alert["detected_at"]
    assert any(
        alert["brand"] == "BABA" and alert["detected_at"][:10] in ("2014-09-18", "2014-09-19")
        for alert in alerts
    )
    assert not list(tmp_path.iterdir()), "it must write nothing"


def test_a_file_cut_short_gives_the_same_earlier_alerts(
    backtest: Run, september: Path, tmp_path: Path
) -> None:
    whole = backtest("--input", september, "--profile", "stocknet")
    cut = "2014-09-19T16:00:00Z"
    short = tmp_path / "short.jsonl"
    with short.open("w", encoding="utf-8") as out:
        out.writelines(
            line
            for line in september.read_text("utf-8").splitlines(keepends=True)
            if json.loads(line)["created_at"] <= cut
        )
    known = backtest("--input", short, "--profile", "stocknet")
    assert [one for one in known if one["detected_at"] <= cut] == [
        one for one in whole if one["detected_at"] <= cut
    ]
    limited = backtest("--input", september, "--profile", "stocknet", "--to", cut)
    assert [one for one in limited if one["detected_at"] <= cut] == [
        one for one in whole if one["detected_at"] <= cut
    ]


def test_a_smaller_budget_raises_no_more(backtest: Run, september: Path) -> None:
    options = ("--input", september, "--profile", "stocknet", "--alarms-per-week")
    assert len(backtest(*options, "0.1")) <= len(backtest(*options, "10"))


def test_wrong_usage_is_said(krasae: Any, september: Path, tmp_path: Path) -> None:
    alone = krasae("backtest", "--input", str(september), cwd=tmp_path)
    assert alone.code == 2
    assert "--profile" in alone.err
    unknown = krasae("backtest", "--input", str(september), "--profile", "stoknet", cwd=tmp_path)
    assert unknown.code != 0
    assert "stocknet" in unknown.err
    budget = krasae(
        *("backtest", "--input", str(september), "--profile", "stocknet"),
        *("--alarms-per-week", "0"),
        cwd=tmp_path,
    )
    assert budget.code == 2
    assert "--alarms-per-week" in budget.err
    missing = krasae("backtest", "--input", "gone.jsonl", "--profile", "stocknet", cwd=tmp_path)
    assert missing.code == 5
