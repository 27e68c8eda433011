"""The day a digest is about: the 24 hours that end at the digest's hour.

The page is opened in the morning and answers "what changed since yesterday's page", so
each digest begins where the one before it ended. A calendar day would leave out last
night, which is when a crisis grows unseen.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from listener.model import DAY_MS

USUAL_DAYS = 28  # four of each weekday


@dataclass(frozen=True, slots=True)
class Day:
    """The digest of `date`: [start, end) in UTC ms; the usual is [usual_start, start)."""

    date: date
    start: int
    end: int
    usual_start: int


def day_of(on: date, *, hour: str, timezone: str) -> Day:
    """The 24 hours to `hour` ("08:30") on a date; 23 or 25 when the clocks change."""
    zone = ZoneInfo(timezone)
    at = time.fromisoformat(hour)

    def moment(day: date) -> int:
        return round(datetime.combine(day, at, zone).astimezone(UTC).timestamp() * 1000)

    start = moment(on - timedelta(days=1))
    return Day(on, start, moment(on), start - USUAL_DAYS * DAY_MS)


def latest_date(now: int, *, hour: str, timezone: str) -> date:
    """The date of the latest digest that is due at `now`: today's once its hour has come."""
    local = datetime.fromtimestamp(now / 1000, ZoneInfo(timezone))
    return (
        local.date()
        if local.time() >= time.fromisoformat(hour)
        else (local.date() - timedelta(days=1))
    )
