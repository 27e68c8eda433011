"""`krasae anomalies`: the same rows in the same order, each judged by those before it."""

import csv
import gzip
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Ran

Krasae = Callable[..., Ran]
FIRST = datetime(2026, 1, 5, tzinfo=UTC)


def daily(days: int = 120, burst: int = 100) -> list[tuple[str, str]]:
    """Visits of a site, with a day on which eight times as many came."""
    random = np.random.default_rng(1)
    rows = []
    for day in range(days):
        at = FIRST + timedelta(days=day)
        visits = int(random.poisson(90 if at.weekday() < 5 else 50)) * (8 if day == burst else 1)
        rows.append((f"{at:%Y-%m-%d}", str(visits)))
    return rows


def write(path: Path, rows: list[tuple[str, str]], head: str = "timestamp,value") -> Path:
    path.write_text("\n".join([head, *(",".join(row) for row in rows)]) + "\n", "utf-8")
    return path


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_day_that_stands_out_is_told_once(krasae: Krasae, tmp_path: Path) -> None:
    rows = daily()
    ran = krasae("anomalies", write(tmp_path / "visits.csv", rows))
    found = table(ran.out)
    assert ran.code == 0
    assert [(row["timestamp"], row["value"]) for row in found] == rows
    assert [number for number, row in enumerate(found) if row["alert"] == "1"] == [100]
    for row in found:
        assert float(row["lower"]) <= float(row["expected"]) <= float(row["upper"])
        assert (float(row["anomaly_score"]) >= 0.5) == (row["alert"] == "1")
    assert "1 alerts" in ran.err or "1 alert" in ran.err


def test_a_file_cut_short_gives_the_same_first_rows(krasae: Krasae, tmp_path: Path) -> None:
    rows = daily()
    whole = table(krasae("anomalies", write(tmp_path / "whole.csv", rows)).out)
    short = table(krasae("anomalies", write(tmp_path / "short.csv", rows[:101])).out)
    assert whole[:101] == short


def test_columns_are_named_and_files_may_be_zipped(krasae: Krasae, tmp_path: Path) -> None:
    plain = write(tmp_path / "tv.csv", daily(), head="day,rating")
    zipped = tmp_path / "tv.csv.gz"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    out = tmp_path / "out.csv"
    options = ("--column", "rating", "--time-column", "day", "--out", out)
    assert krasae("anomalies", zipped, *options).code == 0
    assert len(table(out.read_text("utf-8"))) == 120


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("2026-03-01", ""), "is empty"),
        (("2026-03-01", "many"), "no usable number"),
        (("2026-03-01", "nan"), "no usable number"),
        (("2026-03-01", "1e300"), "no usable number"),
        (("someday", "5"), "no readable time"),
        (("", "5"), "is empty"),
        (("2025-01-01", "5"), "not later"),
    ],
)
def test_a_bad_row_keeps_its_place_and_harms_nothing(
    row: tuple[str, str], reason: str, krasae: Krasae, tmp_path: Path
) -> None:
    rows = daily()
    good = table(krasae("anomalies", write(tmp_path / "good.csv", rows)).out)
    ran = krasae("anomalies", write(tmp_path / "bad.csv", [*rows[:60], row, *rows[60:]]))
    bad = table(ran.out)
    assert ran.code == 12
    assert len(bad) == 121
    assert reason in bad[60]["error"]
    assert bad[60]["alert"] == bad[60]["anomaly_score"] == ""
    assert [{**one, "error": ""} for one in bad[:60] + bad[61:]] == [
        {**one, "error": ""} for one in good
    ]


def test_a_missing_column_is_told_with_those_that_are_there(krasae: Krasae, tmp_path: Path) -> None:
    ran = krasae("anomalies", write(tmp_path / "visits.csv", daily(3), head="day,visits"))
    assert ran.code != 0
    assert "--column" in ran.err
    assert '"visits"' in ran.err
