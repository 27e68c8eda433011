"""Times as exports write them, read into UTC epoch milliseconds.

ISO 8601, epoch seconds to nanoseconds, Excel serial numbers, dd/mm/yyyy and mm/dd/yyyy,
month names in English and Thai, Thai digits, Buddhist years (543 ahead). A time without a
zone is in the zone given: one that occurs twice when clocks go back is the first; one that
is skipped when they go forward is read with the offset before the change (PEP 495, fold 0).
A date alone is its midnight.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Literal

from listener.importers.profile import TimeRules

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  Excel's days have no zone
_BUDDHIST = 543
_FIRST_BUDDHIST = 2400  # such a year is Buddhist: as a Common Era year it would be far ahead

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january มค มกราคม มกรา",
            "feb february กพ กุมภาพันธ์ กุมภา",
            "mar march มีค มีนาคม มีนา",
            "apr april เมย เมษายน เมษา",
            "may พค พฤษภาคม พฤษภา",
            "jun june มิย มิถุนายน มิถุนา",
            "jul july กค กรกฎาคม กรกฎา",
            "aug august สค สิงหาคม สิงหา",
            "sep sept september กย กันยายน กันยา",
            "oct october ตค ตุลาคม ตุลา",
            "nov november พย พฤศจิกายน พฤศจิกา",
            "dec december ธค ธันวาคม ธันวา",
        ),
        1,
    )
    for name in names.split()
}
_WEEKDAY = re.compile(
    r"^(?:วันที่|(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?[,. ]"
    r"|(?:วัน)?(?:จันทร์|อังคาร|พุธ|พฤหัสบดี|พฤหัส|ศุกร์|เสาร์|อาทิตย์)(?:ที่)?,?)\s*",
    re.IGNORECASE,
)
_NAME = "[A-Za-z\u0e01-\u0e4e.]+"
_YEAR = r"(?:(?P<era>พ\.?ศ\.?|ค\.?ศ\.?)\s*)?(?P<year>\d{4}|\d{2})"
_CLOCK = (
    r"(?:(?:[T,\s]|เวลา|at\s|-\s)+(?P<hour>\d{1,2})[:.](?P<minute>\d{2})"
    r"(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?:น\.?)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|ICT|(?:UTC|GMT)?[+-]\d{2}(?::?\d{2})?)?"
)
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + _CLOCK,
        r"(?P<first>\d{1,2})\s?[-/.]\s?(?P<second_>\d{1,2})\s?[-/.]\s?" + _YEAR + _CLOCK,
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s-]*(?P<name>" + _NAME + r")[\s,/-]*" + _YEAR + _CLOCK,
        r"(?P<name>" + _NAME + r")\s*(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})" + _CLOCK,
        # Twitter's: Aug 27 13:08:45 +0000 2008
        r"(?P<name>[a-z]{3}) (?P<day>\d{1,2}) (?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2}) "
        r"(?P<zone>[+-]\d{4}) (?P<year>\d{4})",
    )
)
_NUMERIC = re.compile(r"\s*(\d{1,2})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(?:\d{4}|\d{2})(?!\d)")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")
_ZONES = {"z": UTC, "utc": UTC, "gmt": UTC, "ict": timezone(timedelta(hours=7))}
_UNITS = {"s": 1000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6}


class UnreadableTimeError(ValueError):
    """What was given is no time that we know how to read."""


class TimeReader:
    """Reads one column's times. Call it with a value; UTC epoch milliseconds, or None if blank."""

    def __init__(self, rules: TimeRules, zone: tzinfo, *, dayfirst: bool) -> None:
        self._zone = zone
        self._dayfirst = dayfirst
        self._short_years = rules.short_years
        self._unit = rules.unit

    def __call__(self, value: object) -> int | None:
        kind = type(value)
        if kind is str:
            return self._text(value)  # type: ignore[arg-type]
        if kind is int:
            return self._number(value)  # type: ignore[arg-type]
        if value is None or value != value:
            return None
        if isinstance(value, datetime):
            return self._moment(value)
        if isinstance(value, date):
            return self._moment(datetime(value.year, value.month, value.day))  # noqa: DTZ001
        if isinstance(value, float):
            return self._number(value)
        raise UnreadableTimeError

    def _text(self, text: str) -> int | None:
        text = text.strip()
        if not text:
            return None
        if text[-1].isdecimal() and text.isdecimal():
            return self._digits(text)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return self._in_words(text)
        return self._moment(moment)

    def _digits(self, text: str) -> int:
        if len(text) in (8, 14):  # 20141231, 20141231235959
            day = _built(int(text[:4]), int(text[4:6]), int(text[6:8]))
            clock = {"hour": text[8:10], "minute": text[10:12], "second": text[12:]}
            return self._moment(day + _clock(clock))
        if not 5 <= len(text) <= 20:  # 2014 alone is no date
            raise UnreadableTimeError
        return self._number(int(text))

    def _number(self, number: float) -> int:
        """Epoch, its unit told by its size; or an Excel serial, in days."""
        if self._unit == "auto":
            size = abs(number)
            if 20_000 < size < 80_000:  # 1954 to 2119; as epoch seconds, the first day of 1970
                whole = timedelta(milliseconds=round(number * 86_400_000))
                return self._moment(_EXCEL_EPOCH + whole)
            factor = 1e3 if size < 1e11 else 1.0 if size < 1e14 else 1e-3 if size < 1e17 else 1e-6
        else:
            factor = _UNITS[self._unit]
        if not abs(number) < 1e19:
            raise UnreadableTimeError
        if isinstance(number, int):
            return number * int(factor) if factor >= 1 else number // round(1 / factor)
        return round(number * factor)

    def _moment(self, moment: datetime) -> int:
        try:
            if moment.year >= _FIRST_BUDDHIST:
                moment = moment.replace(year=moment.year - _BUDDHIST)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=self._zone, fold=0)
            since = moment - _EPOCH
        except (ValueError, OverflowError) as error:
            raise UnreadableTimeError from error
        return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000

    def _in_words(self, text: str) -> int:
        if _PLAIN.fullmatch(text):
            return self._number(float(text))
        text = _WEEKDAY.sub("", " ".join(text.split()))
        for form in _FORMS:
            if match := form.fullmatch(text):
                return self._matched(match.groupdict())
        raise UnreadableTimeError

    def _matched(self, part: dict[str, str | None]) -> int:
        name = part.get("name")
        if name is not None:
            month = _MONTHS.get(name.replace(".", "").casefold(), 0)
            day = int(part["day"] or 0)
        elif part.get("first") is not None:
            first, second = int(part["first"] or 0), int(part["second_"] or 0)
            day, month = (first, second) if self._dayfirst else (second, first)
        else:
            day, month = int(part["day"] or 0), int(part["month"] or 0)
        year = self._year(part["year"] or "", part.get("era"))
        moment = _built(year, month, day) + _clock(part)
        if zone := part["zone"]:
            moment = moment.replace(tzinfo=_offset(zone.casefold()))
        return self._moment(moment)

    def _year(self, digits: str, era: str | None) -> int:
        year = int(digits)
        if len(digits) == 4:
            return year
        buddhist = era.startswith("พ") if era else self._short_years == "buddhist"
        return 2500 + year if buddhist else 2000 + year


def _built(year: int, month: int, day: int) -> datetime:
    """The day, a Buddhist year made Common first: 29 February 2567 exists, as 2024's."""
    if year >= _FIRST_BUDDHIST:
        year -= _BUDDHIST
    try:
        return datetime(year, month, day)  # noqa: DTZ001  the zone comes later
    except ValueError as error:
        raise UnreadableTimeError from error


def _clock(part: Mapping[str, str | None]) -> timedelta:
    """The time of day; midnight when there is none."""
    hour = int(part["hour"] or 0)
    half = part.get("half")
    if half and hour <= 12:
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    minute, second = int(part["minute"] or 0), int(part["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise UnreadableTimeError
    fraction = (part.get("fraction") or "").ljust(6, "0")[:6]
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=int(fraction))


def _offset(zone: str) -> tzinfo:
    if zone in _ZONES:
        return _ZONES[zone]
    sign = zone.removeprefix("utc").removeprefix("gmt")
    digits = sign[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if hours > 15 or minutes > 59:
        raise UnreadableTimeError
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if sign[0] == "-" else offset)


def combined(values: Sequence[object]) -> object:
    """A date and a time of day from two columns as one value."""
    present = [value for value in values if value is not None and value != ""]
    if len(present) == 2 and isinstance(day := present[0], date):
        clock = present[1]
        if isinstance(clock, datetime):  # a sheet's time of day without its day
            clock = clock.time()
        if isinstance(clock, time):
            return datetime(day.year, day.month, day.day, tzinfo=clock.tzinfo) + timedelta(
                hours=clock.hour, minutes=clock.minute, seconds=clock.second
            )
        return f"{day:%Y-%m-%d} {clock}"
    if len(present) == 1:
        return present[0]
    return " ".join(str(value) for value in present) or None


def day_order(value: object) -> Literal["day", "month", "either"] | None:
    """What a date like 31/12/2014 proves about the order; None if it is no such date."""
    match = _NUMERIC.match(value) if isinstance(value, str) else None
    if not match:
        return None
    first, second = int(match[1]), int(match[2])
    if first > 12 >= second:
        return "day"
    return "month" if second > 12 >= first else "either"
