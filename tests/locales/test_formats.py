"""Dates, windows and numbers as readers of both languages write them."""

import pytest

from listener.model import DAY_MS, HOUR_MS
from locales import Formats

EN = Formats()
TH = Formats("th", "Asia/Bangkok", buddhist_years=True)
NINTH = 1_410_220_800_000  # 2014-09-09T00:00Z
EVENING = NINTH + 17 * HOUR_MS
NEW_YEAR = 1_420_070_400_000  # 2015-01-01T00:00Z


@pytest.mark.parametrize(
    ("start", "end", "english", "thai"),
    [
        (EVENING, EVENING + 6 * HOUR_MS, "9 Sep 17:00–23:00", "10 ก.ย. 00:00–06:00 น."),
        (EVENING, EVENING + 7 * HOUR_MS, "9 Sep 17:00–24:00", "10 ก.ย. 00:00–07:00 น."),
        (NINTH, NINTH + DAY_MS, "9 Sep", "9 ก.ย. 07:00 – 10 ก.ย. 07:00 น."),
        (
            NINTH,
            NINTH + 2 * DAY_MS,
            "9 Sep 00:00 – 10 Sep 24:00",
            "9 ก.ย. 07:00 – 11 ก.ย. 07:00 น.",
        ),
        (NINTH - 7 * HOUR_MS, NINTH + 17 * HOUR_MS, "8 Sep 17:00 – 9 Sep 17:00", "9 ก.ย."),
        (
            NEW_YEAR - HOUR_MS,
            NEW_YEAR + HOUR_MS,
            "31 Dec 2014 23:00 – 1 Jan 2015 01:00",
            "1 ม.ค. 06:00–08:00 น.",
        ),
        (NEW_YEAR - HOUR_MS, NEW_YEAR, "31 Dec 23:00–24:00", "1 ม.ค. 06:00–07:00 น."),
    ],
)
def test_windows(start: int, end: int, english: str, thai: str) -> None:
    assert EN.window(start, end) == english
    assert TH.window(start, end) == thai


def test_a_window_with_its_year() -> None:
    assert EN.window(EVENING, EVENING + HOUR_MS, year=True) == "9 Sep 2014 17:00–18:00"
    assert TH.window(EVENING, EVENING + HOUR_MS, year=True) == "10 ก.ย. 2557 00:00–01:00 น."


def test_dates() -> None:
    assert [EN.day(EVENING), EN.date(EVENING), EN.moment(EVENING)] == [
        "9 Sep",
        "9 Sep 2014",
        "9 Sep 2014 17:00",
    ]
    assert EN.long_date(EVENING) == "Tuesday 9 September 2014"
    assert TH.long_date(EVENING) == "วันพุธ 10 กันยายน 2557"
    assert TH.moment(EVENING) == "10 ก.ย. 2557 00:00 น."


def test_a_year_may_be_of_the_common_era_in_thai_too() -> None:
    assert Formats("th", "Asia/Bangkok").date(EVENING) == "10 ก.ย. 2014"


def test_numbers() -> None:
    assert [EN.number(1234.56), EN.number(1234.56, 1), EN.percent(0.123)] == [
        "1,235",
        "1,234.6",
        "12%",
    ]
    assert [EN.compact(n) for n in (9_999, 12_345, 1_234_567)] == ["9,999", "12.3K", "1.2M"]
    assert TH.compact(1_234_567) == "1.2M"


def test_durations() -> None:
    assert EN.duration(5 * HOUR_MS) == "5 hours"
    assert TH.duration(5 * HOUR_MS) == "5 ชั่วโมง"
