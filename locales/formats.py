"""Dates, windows and numbers as a reader of one language and time zone writes them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from babel import Locale

_BUDDHIST_ERA = 543  # years ahead of the common era, in the Thai calendar since 1941


@dataclass(frozen=True, slots=True)
class Formats:
    """How one reader sees times (UTC ms in) and numbers. Years are Buddhist on request."""

    language: str = "en"
    timezone: str = "UTC"
    buddhist_years: bool = False

    def local(self, at: int) -> datetime:
        """A time in the reader's zone."""
        utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
        return utc.astimezone(ZoneInfo(self.timezone))

    def time(self, at: int) -> str:
        """17:00"""
        return f"{self.local(at):%H:%M}{self._oclock}"

    def day(self, at: int) -> str:
        """9 Sep"""
        return self._date(at, "d MMM")

    def date(self, at: int) -> str:
        """9 Sep 2014"""
        return f"{self.day(at)} {self._year(at)}"

    def long_date(self, at: int) -> str:
        """Tuesday 9 September 2014"""
        return f"{self._date(at, 'EEEE d MMMM')} {self._year(at)}"

    def moment(self, at: int) -> str:
        """9 Sep 2014 17:00"""
        return f"{self.date(at)} {self.time(at)}"

    def window(self, start: int, end: int, *, year: bool = False) -> str:
        """9 Sep 17:00–23:00; with the second date when it is another. `end` is exclusive."""
        first, last = self.local(start), self.local(end)
        date = self.date if year or first.year != self.local(end - 1).year else self.day
        midnight = last.hour == last.minute == 0
        last_day = end - 1 if midnight else end
        to = f"24:00{self._oclock}" if midnight else self.time(end)
        same_day = first.date() == self.local(last_day).date()
        if same_day and midnight and first.hour == first.minute == 0:
            return date(start)
        between = "–" if same_day else f" – {date(last_day)} "
        return f"{date(start)} {first:%H:%M}{between}{to}"

    def number(self, value: float, digits: int = 0) -> str:
        """1,234 or, with `digits`, 1,234.5"""
        from babel.numbers import format_decimal

        pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
        return format_decimal(value, pattern, locale=self._locale())

    def compact(self, value: float) -> str:
        """1,234 up to ten thousand, then 12.3K, 1.2M"""
        from babel.numbers import format_compact_decimal

        if abs(value) < 10_000:
            return self.number(value)
        return format_compact_decimal(value, fraction_digits=1, locale="en")

    def percent(self, share: float) -> str:
        """12%"""
        from babel.numbers import format_percent

        return format_percent(share, locale=self._locale())

    def duration(self, length: int) -> str:
        """5 hours; a length in ms, in its largest whole unit"""
        from babel.dates import format_timedelta

        return format_timedelta(timedelta(milliseconds=length), locale=self._locale())

    @property
    def _oclock(self) -> str:
        return " น." if self.language == "th" else ""

    def _locale(self) -> "Locale":
        from babel import Locale

        return Locale.parse(self.language)

    def _date(self, at: int, pattern: str) -> str:
        from babel.dates import format_date

        return format_date(self.local(at), pattern, locale=self._locale())

    def _year(self, at: int) -> int:
        return self.local(at).year + (_BUDDHIST_ERA if self.buddhist_years else 0)
