"""Times as exports write them."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.importers.profile import TimeRules
from listener.importers.times import TimeReader, UnreadableTimeError, combined, day_order

BANGKOK = ZoneInfo("Asia/Bangkok")
NEW_YEARS_EVE = 1_388_531_408_000  # 2013-12-31 23:10:08 UTC


def reader(
    zone: str = "UTC", *, dayfirst: bool = True, rules: TimeRules | None = None
) -> TimeReader:
    return TimeReader(rules or TimeRules(), ZoneInfo(zone), dayfirst=dayfirst)


@pytest.mark.parametrize(
    "text",
    [
        "2013-12-31T23:10:08Z",
        "2013-12-31T23:10:08.000+00:00",
        "2013-12-31 23:10:08",
        "2014-01-01T06:10:08+07:00",
        "2014-01-01 06:10:08 +0700",
        "2014-01-01 06:10:08 ICT",
        "2014-01-01 06:10:08 UTC+07:00",
        "2013/12/31 23:10:08",
        "31/12/2013 23:10:08",
        "31-12-2013 23:10:08",
        "31.12.2013 23.10.08",
        "31/12/2556 23:10:08",
        "2556-12-31 23:10:08",
        "๓๑/๑๒/๒๕๕๖ ๒๓:๑๐:๐๘",
        "31 ธ.ค. 2556 23:10:08",
        "31 ธ.ค. 2556, 23:10:08 น.",
        "31 ธันวาคม 2556 เวลา 23:10:08 น.",
        "วันอังคารที่ 31 ธันวาคม พ.ศ. 2556 23:10:08",
        "31ธ.ค.2013 23:10:08",
        "31 December 2013 23:10:08",
        "31-Dec-2013 23:10:08",
        "Dec 31, 2013 11:10:08 PM",
        "December 31st, 2013 at 11:10:08 pm",
        "Tue, 31 Dec 2013 23:10:08 GMT",
        "Tue, 31 Dec 2013 18:10:08 -0500",
        "Tue Dec 31 23:10:08 +0000 2013",
        "20131231231008",
        "1388531408",
        "1388531408000",
        "1388531408.0",
        "1388531408000000",
        "1388531408000000000",
        " 2013-12-31 23:10:08 ",
    ],
)
def test_forms_of_one_moment(text: str) -> None:
    assert reader()(text) == NEW_YEARS_EVE


@pytest.mark.parametrize(
    "value",
    [
        1388531408,
        1388531408000,
        1388531408.0,
        datetime(2013, 12, 31, 23, 10, 8),
        datetime(2014, 1, 1, 6, 10, 8, tzinfo=timezone(timedelta(hours=7))),
        datetime(2556, 12, 31, 23, 10, 8),
        41639.9653703704,  # Excel's serial
        "41639.9653703704",
    ],
)
def test_values_of_one_moment(value: object) -> None:
    assert reader()(value) == NEW_YEARS_EVE


@pytest.mark.parametrize("blank", [None, "", "  ", float("nan")])
def test_blank_is_none(blank: object) -> None:
    assert reader()(blank) is None


@pytest.mark.parametrize(
    "text",
    ["yesterday", "31/31/2014", "29/02/2566", "2014-13-01", "25:00", "12:30", "10 Foo 2014",
     "2014-01-01 25:10", "2014-01-01 24:00:00", "2014-01-01 10:00 PST", "9" * 400, "2014",
     "1/2", "ธันวาคม 2556", [], True, "2014-01-01 10:61", "0000-01-01"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: object) -> None:
    with pytest.raises(UnreadableTimeError):
        reader()(text)


def test_leap_days_of_buddhist_years() -> None:
    expected = datetime(2024, 2, 29, tzinfo=UTC).timestamp() * 1000
    assert reader()("29/02/2567") == reader()("2567-02-29") == expected
    assert reader()("29 ก.พ. 2567") == expected
    with pytest.raises(UnreadableTimeError):
        reader()("2568-02-29")  # a leap year of neither: 2025


def test_short_years_are_buddhist_only_where_stated() -> None:
    buddhist = reader(rules=TimeRules(short_years="buddhist"))
    assert buddhist("31/12/56 23:10:08") == NEW_YEARS_EVE
    assert buddhist("31 ธ.ค. 56 23:10:08") == NEW_YEARS_EVE
    assert reader()("31/12/13 23:10:08") == NEW_YEARS_EVE
    assert reader()("31 ธ.ค. พ.ศ. 56 23:10:08") == NEW_YEARS_EVE


def test_the_order_of_day_and_month() -> None:
    june, may = datetime(2014, 6, 5, tzinfo=UTC), datetime(2014, 5, 6, tzinfo=UTC)
    assert reader()("5/6/2014") == june.timestamp() * 1000
    assert reader(dayfirst=False)("5/6/2014") == may.timestamp() * 1000
    assert day_order("31/12/2014 10:00") == "day"
    assert day_order("12/31/2014") == "month"
    assert day_order("5/6/2014") == "either"
    assert day_order("2014-12-31") is day_order(None) is day_order("5/6") is None


def test_naive_times_are_in_the_zone() -> None:
    assert reader("Asia/Bangkok")("2014-01-01 06:10:08") == NEW_YEARS_EVE
    assert reader("Asia/Bangkok")("2014-01-01T06:10:08Z") == NEW_YEARS_EVE + 7 * 3_600_000


def test_a_time_that_occurs_twice_is_the_first() -> None:
    # 2014-11-02, New York: 01:30 EDT, then 01:30 EST.
    first = datetime(2014, 11, 2, 5, 30, tzinfo=UTC).timestamp() * 1000
    assert reader("America/New_York")("2014-11-02 01:30") == first
    assert reader("America/New_York")("02/11/2014 1:30 AM") == first


def test_a_time_that_is_skipped_has_the_offset_before() -> None:
    # 2014-03-09, New York: 02:30 does not exist; an hour later by the new clock, 03:30 EDT.
    expected = datetime(2014, 3, 9, 7, 30, tzinfo=UTC).timestamp() * 1000
    assert reader("America/New_York")("2014-03-09 02:30") == expected


def test_a_date_alone_is_its_midnight_in_the_zone() -> None:
    expected = datetime(2020, 8, 24, tzinfo=BANGKOK).timestamp() * 1000
    assert reader("Asia/Bangkok")("2020-08-24") == expected
    assert reader("Asia/Bangkok")(date(2020, 8, 24)) == expected
    assert reader("Asia/Bangkok")("20200824") == expected


def test_the_unit_can_be_stated() -> None:
    assert reader(rules=TimeRules(unit="s"))(41_000) == 41_000_000
    assert reader(rules=TimeRules(unit="ms"))(1_388_531_408) == 1_388_531_408


def test_two_columns_make_one_time() -> None:
    assert combined(["31/12/2013", "23:10:08"]) == "31/12/2013 23:10:08"
    assert combined([datetime(2013, 12, 31), time(23, 10, 8)]) == datetime(2013, 12, 31, 23, 10, 8)
    assert combined([date(2013, 12, 31), "23:10:08"]) == "2013-12-31 23:10:08"
    assert combined(["31/12/2013", None]) == "31/12/2013"
    assert combined([None, ""]) is None


moments = st.datetimes(datetime(1990, 1, 2), datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


@given(moments)
def test_every_form_reads_the_same_moment(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    milliseconds = round((moment.replace(tzinfo=UTC).timestamp()) * 1000)
    seconds = milliseconds // 1000 * 1000
    read = reader()
    assert read(moment.isoformat()) == milliseconds
    assert read(milliseconds) == milliseconds
    assert read(f"{whole:%d/%m/}{whole.year + 543}{whole: %H:%M:%S}") == seconds
    assert read(f"{whole:%d %B %Y %I:%M:%S %p}") == seconds
    there = whole.replace(tzinfo=UTC).astimezone(BANGKOK)
    assert read(there.isoformat()) == seconds
    assert reader("Asia/Bangkok")(f"{there:%d/%m/%Y %H:%M:%S}") == seconds


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    try:
        result = reader()(text)
    except UnreadableTimeError:
        return
    assert result is None or isinstance(result, int)
