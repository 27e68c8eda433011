"""What is usual is learnt: level, season, dispersion; not from gaps, hardly from bursts."""

import numpy as np
import pytest

from benchmarks.streams import START, Quiet, burst, numbered, season
from listener.model import DAY_MS, HOUR_MS, WEEK_MS
from trends.baseline import Baseline
from trends.counting import SeenInMemory, count_bucket
from trends.detection import Detection
from trends.model import Observation
from trends.replay import closed_buckets
from trends.settings import TrendSettings
from trends.window import Tally

SETTINGS = TrendSettings()


def learnt(observations: list[Observation]) -> Detection:
    detection = Detection(SETTINGS, {}, detectors=())
    seen = SeenInMemory()
    for number, group in closed_buckets(observations, SETTINGS, flush=True):
        detection.step(number, count_bucket(seen, group))
    return detection


def expected_a_day(baseline: Baseline, brand: str) -> float:
    day = range(baseline.season.at + 1, baseline.season.at + 25)
    week = [baseline.expect(baseline.series(brand), 2, [b + 24 * n for b in day]) for n in range(7)]
    return float(np.mean([one.mean for one in week]))


def test_the_level_is_learnt() -> None:
    stream = Quiet(brands=3, rates=(2.0, 2.0)).observations(1, weeks=8)
    baseline = learnt(stream).baseline
    for brand in ("brand-0", "brand-1", "brand-2"):
        assert expected_a_day(baseline, brand) == pytest.approx(48, rel=0.15)


def test_the_season_is_learnt() -> None:
    baseline = learnt(Quiet(brands=3, rates=(2.0, 2.0)).observations(1, weeks=8)).baseline
    first = baseline.cut.hour_of_week(baseline.cut.number(START))
    factors = np.roll(baseline.season.factors, -first)
    assert np.corrcoef(factors, season())[0, 1] > 0.85
    weights = baseline.season.alive
    assert np.average(baseline.season.factors, weights=weights) == pytest.approx(1, rel=0.05)


def test_the_dispersion_is_learnt() -> None:
    calm = learnt(Quiet(brands=2, rates=(2.0, 2.0), dispersion=0.0).observations(1, weeks=8))
    wild = learnt(Quiet(brands=2, rates=(2.0, 2.0), dispersion=2.0).observations(1, weeks=8))
    ratios = [
        one.baseline.variance_ratio(one.baseline.series("brand-0"), 0) for one in (calm, wild)
    ]
    assert ratios[0] < 1.6 < 2.5 < ratios[1]


def test_a_burst_hardly_moves_the_level() -> None:
    quiet = Quiet(brands=1, rates=(1.0, 1.0)).observations(1, weeks=6)
    loud = burst("brand-0", START + 5 * WEEK_MS, 3000, hours=24)
    before = expected_a_day(learnt(quiet).baseline, "brand-0")
    after = expected_a_day(learnt(numbered(quiet + loud)).baseline, "brand-0")
    assert before < after < 1.7 * before


def test_a_lasting_change_becomes_usual() -> None:
    low = Quiet(brands=1, rates=(0.5, 0.5)).observations(1, weeks=14)
    change = START + 6 * WEEK_MS
    more = Quiet(brands=1, rates=(1.5, 1.5)).observations(2, weeks=14)
    both = numbered(low + [one for one in more if one.published_at >= change])
    assert expected_a_day(learnt(both).baseline, "brand-0") > 30


@pytest.mark.parametrize("weeks", [1, 6])
def test_a_gap_of_the_whole_stream_is_not_learnt_as_silence(weeks: int) -> None:
    stream = Quiet(brands=2, rates=(1.0, 1.0)).observations(1, weeks=8)
    before = [one for one in stream if one.published_at < START + 5 * WEEK_MS]
    until = START + (5 + weeks) * WEEK_MS
    after = [one for one in stream if until <= one.published_at < until + 2 * DAY_MS]
    whole = expected_a_day(learnt(before).baseline, "brand-0")
    assert expected_a_day(learnt(before + after).baseline, "brand-0") > 0.75 * whole


def test_a_brand_that_falls_silent_is_learnt_as_silent() -> None:
    stream = Quiet(brands=2, rates=(1.0, 1.0)).observations(1, weeks=10)
    change = START + 5 * WEEK_MS
    left = [one for one in stream if one.published_at < change or one.brands == ("brand-1",)]
    baseline = learnt(left).baseline
    assert expected_a_day(baseline, "brand-0") < 0.55 * expected_a_day(baseline, "brand-1")


def test_what_is_possible_is_not_clipped() -> None:
    baseline = learnt(Quiet(brands=1, rates=(3.0, 3.0)).observations(1, weeks=6)).baseline
    series = baseline.series("brand-0")
    bucket = baseline.season.at + 1
    mean = baseline.expect(series, 0, (bucket,)).mean
    assert baseline.clipped(series, bucket, Tally(fresh=round(mean))).fresh == round(mean)
    clipped = baseline.clipped(series, bucket, Tally(fresh=900, copies=5000, risks={"fraud": 90}))
    assert clipped.fresh < 40
    assert clipped.risks["fraud"] == pytest.approx(clipped.fresh / 10)
    assert clipped.copies <= 3 + 3 * clipped.fresh


def test_an_hour_is_an_hour() -> None:
    detection = Detection(SETTINGS, {}, detectors=())
    assert detection.cut.number(START) * HOUR_MS == START
    assert detection.cut.windows == (1, 6, 24)
    assert Detection(TrendSettings(bucket_minutes=5), {}).cut.windows == (12, 72, 288)
    assert Detection(TrendSettings(bucket_minutes=1440), {}).cut.windows == (1,)
