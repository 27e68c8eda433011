"""Which 24 hours a digest is about."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from alerts.digest.day import day_of, latest_date
from listener.model import DAY_MS, HOUR_MS


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def test_a_digest_ends_at_its_hour_in_the_workspaces_zone() -> None:
    day = day_of(date(2014, 9, 10), hour="08:30", timezone="Asia/Bangkok")
    assert (day.start, day.end) == (ms("2014-09-09T01:30Z"), ms("2014-09-10T01:30Z"))
    assert day.usual_start == day.start - 28 * DAY_MS


@pytest.mark.parametrize("timezone", ["Asia/Bangkok", "America/New_York", "Europe/Berlin"])
def test_digests_abut_through_a_whole_year(timezone: str) -> None:
    first = date(2014, 1, 1)
    days = [day_of(first + timedelta(days=n), hour="02:30", timezone=timezone) for n in range(366)]
    assert all(a.end == b.start for a, b in pairwise(days))


def test_the_day_is_as_long_as_the_clocks_make_it() -> None:
    def hours(month: int, day: int) -> int:
        found = day_of(date(2014, month, day), hour="08:30", timezone="America/New_York")
        return (found.end - found.start) // HOUR_MS

    assert (hours(3, 9), hours(7, 1), hours(11, 2)) == (23, 24, 25)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2014-09-10T01:29:59Z", date(2014, 9, 9)),
        ("2014-09-10T01:30:00Z", date(2014, 9, 10)),
        ("2014-09-09T17:30:00Z", date(2014, 9, 9)),  # after midnight in Bangkok
    ],
)
def test_the_latest_digest_is_todays_once_its_hour_has_come(now: str, expected: date) -> None:
    assert latest_date(ms(now), hour="08:30", timezone="Asia/Bangkok") == expected


def test_the_latest_digest_is_never_of_a_day_that_goes_on() -> None:
    for minute in range(0, 48 * 60, 7):
        now = round(datetime(2014, 9, 9, tzinfo=UTC).timestamp() * 1000) + minute * 60_000
        found = latest_date(now, hour="08:30", timezone="Asia/Bangkok")
        assert day_of(found, hour="08:30", timezone="Asia/Bangkok").end <= now
