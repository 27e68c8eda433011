"""The small pictures say what the numbers say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.digest.layout import columns, wrapped
from alerts.digest.model import Chart
from alerts.digest.sparkline import blocks, sparkline
from listener.model import HOUR_MS

COUNTS = st.lists(st.floats(0, 1e6), min_size=2, max_size=100)


def chart(*values: float, window: tuple[int, int] = (0, 0), upper: float = 0.0) -> Chart:
    end = len(values) * HOUR_MS
    return Chart(values, 0, end, HOUR_MS, window, lower=0.0, expected=upper / 2, upper=upper)


@given(COUNTS, st.floats(0, 1e6))
def test_everything_stays_inside_the_box(values: list[float], upper: float) -> None:
    drawn = sparkline(chart(*values, window=(0, HOUR_MS), upper=upper))
    assert drawn is not None and drawn.band is not None
    points = [tuple(map(float, point.split(","))) for point in drawn.line.split()]
    assert len(points) == len(values)
    assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in points)
    assert drawn.band.top >= 0 and drawn.band.top + drawn.band.height <= drawn.height
    assert drawn.band.left + drawn.band.width <= drawn.width


@given(COUNTS)
def test_a_higher_value_is_never_drawn_lower(values: list[float]) -> None:
    drawn = sparkline(chart(*values))
    assert drawn is not None
    heights = [-float(point.split(",")[1]) for point in drawn.line.split()]
    pairs = sorted(zip(values, heights, strict=True))
    assert [height for _, height in pairs] == sorted(height for _, height in pairs)


def test_the_band_spans_the_alerts_window_alone() -> None:
    drawn = sparkline(chart(*[1.0] * 11, window=(5 * HOUR_MS, 7 * HOUR_MS), upper=2.0))
    assert drawn is not None and drawn.band is not None
    step = (drawn.width - 12) / 10
    assert drawn.band.left == pytest.approx(6 + 4.5 * step, abs=0.1)
    assert drawn.band.width == pytest.approx(2 * step, abs=0.1)
    assert (drawn.band.top, drawn.band.line) == (6.0, 32.0)


def test_a_window_before_the_series_has_no_band() -> None:
    drawn = sparkline(chart(1.0, 2.0, window=(-9 * HOUR_MS, -3 * HOUR_MS)))
    assert drawn is not None and drawn.band is None


@pytest.mark.parametrize("values", [(), (3.0,)])
def test_less_than_two_values_make_no_picture(values: tuple[float, ...]) -> None:
    assert sparkline(chart(*values)) is None


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((), ""),
        ((0.0, 0.0), "▁▁"),
        ((0.0, 7.0), "▁█"),
        ((1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0), "▂▃▄▅▆▇█"),
    ],
)
def test_blocks(values: tuple[float, ...], shown: str) -> None:
    assert blocks(values) == shown


@given(COUNTS)
def test_blocks_are_short_and_keep_the_peak(values: list[float]) -> None:
    shown = blocks(values, 12)
    assert len(shown) == min(12, len(values))
    assert ("█" in shown) == (max(values) >= 0.93)


def test_columns_align_thai_by_what_is_seen() -> None:
    assert columns([["น้ำจิ้ม", "1"], ["abcd", "22"]], align="<>").splitlines() == [
        "น้ำจิ้ม   1",
        "abcd  22",
    ]


def test_long_words_stay_whole() -> None:
    long = "x" * 100
    assert wrapped(f"a {long} b", indent="  ", first="> ") == f"> a\n  {long}\n  b"
