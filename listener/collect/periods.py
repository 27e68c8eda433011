"""Days and months as people live them: they begin at midnight in a time zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end), UTC ms, and how it is called: "2026-11-25" or "2026-11"."""

    start: int
    end: int
    name: str


def day_of(at: int, timezone: str) -> Period:
    """The day in which a moment (UTC ms) lies; 23 or 25 hours long where clocks change."""
    day = _date_of(at, timezone)
    after = day + timedelta(days=1)
    return Period(_midnight(day, timezone), _midnight(after, timezone), day.isoformat())


def month_of(at: int, timezone: str) -> Period:
    """The month in which a moment (UTC ms) lies."""
    first = _date_of(at, timezone).replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return Period(_midnight(first, timezone), _midnight(after, timezone), f"{first:%Y-%m}")


def _date_of(at: int, timezone: str) -> date:
    return datetime.fromtimestamp(at // 1000, ZoneInfo(timezone)).date()


def _midnight(day: date, timezone: str) -> int:
    """The first moment of a day. Where clocks skip midnight, that is when they skip it."""
    moment = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone))
    return int(moment.timestamp()) * 1000
