"""The detection benchmark: it runs on a little data, and on the real data it holds its figures."""

import gzip
import json
from pathlib import Path

import pytest

from benchmarks import detecting
from nlp.enrich import Enricher
from nlp.settings import NlpSettings
from trends.model import SignalKind


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def test_it_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tweets = [
        {
            "created_at": f"2014-01-{1 + n // 24:02d}T{n % 24:02d}:05:00Z",
            "id": n,
            "ticker": "AAPL",
            "user_id": n,
            "followers": n,
            "text": f"words about $AAPL number {n}",
        }
        for n in range(240)
    ]
    stories = [
        {"id": n, "time": 1454122784 + 3600 * n, "by": f"a{n}", "title": f"Story of item {n}"}
        for n in range(240)
    ]
    _write(tmp_path / "stocknet" / "tweets_2014.jsonl.gz", [*tweets, tweets[0] | {"ticker": "FB"}])
    _write(tmp_path / "hackernews" / "stories_2016_2018.jsonl.gz", stories)
    known = [{"ticker": "AAPL", "date": "2014-01-05", "event": "Nothing"}]
    (tmp_path / "stocknet" / "known_events_2014.json").write_text(json.dumps(known), "utf-8")
    known = [{"regex": "nothing", "date": "2016-02-01", "event": "Nothing"}]
    path = tmp_path / "hackernews" / "known_events_2016_2018.json"
    path.write_text(json.dumps(known), "utf-8")
    detecting.main([str(tmp_path), "--quiet-weeks", "1"])
    out = capsys.readouterr().out
    assert "StockNet, all tickers: 0 alarms" in out
    assert "Hacker News: of 1 known events 0 on their day" in out
    assert "60 brands" in out


@pytest.fixture(scope="module")
def year(krasae_data: Path) -> detecting.Run:
    observations, _ = detecting.observed(detecting.stocknet(krasae_data), Enricher(NlpSettings()))
    return detecting.Run.of(observations, 3.0)


def test_the_years_known_events_are_found(year: detecting.Run, krasae_data: Path) -> None:
    known = json.loads((krasae_data / "stocknet" / "known_events_2014.json").read_text("utf-8"))
    missed = [
        one["event"]
        for one in known
        if not detecting.delays(
            year.signals, detecting.ms(one["date"]), detecting.of_ticker(one["ticker"])
        )[1]
    ]
    assert len(missed) <= 1, missed


def test_the_year_is_told_near_the_budget(year: detecting.Run) -> None:
    learnt = year.began + 4 * detecting.WEEK_MS
    later = [one for one in year.raised() if one.detected_at >= learnt]
    assert len(later) / (year.weeks - 4) == pytest.approx(3.0, rel=0.35)


@pytest.mark.parametrize("brand", ["AMZN", "FB", "GOOG"])
def test_the_invented_story_is_inauthentic_and_no_trend(year: detecting.Run, brand: str) -> None:
    began, ended = detecting.ms("2014-05-21"), detecting.ms("2014-06-06")
    raised = [
        one for one in year.raised() if one.brand == brand and began <= one.detected_at < ended
    ]
    assert SignalKind.INAUTHENTIC in {one.kind for one in raised}
    trends = [one for one in raised if one.kind is not SignalKind.INAUTHENTIC]
    assert not any(
        "grpn" in " ".join(one.terms) or "groupon" in " ".join(one.terms) for one in trends
    )


@pytest.mark.parametrize(
    ("brand", "day", "until"),
    [("HD", "2014-09-02", "2014-09-04"), ("AAPL", "2014-09-01", "2014-09-04")],
)
def test_breaches_of_a_few_posts_are_risks(
    year: detecting.Run, brand: str, day: str, until: str
) -> None:
    kinds = {
        one.kind
        for one in year.raised()
        if one.brand == brand and detecting.ms(day) <= one.detected_at < detecting.ms(until)
    }
    assert SignalKind.RISK in kinds
