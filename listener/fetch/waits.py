"""When a platform lets us ask again, as its headers say, and the pace at which we ask."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 24 * 3_600_000  # ms; a platform that says "in ten years" is asked tomorrow
_EPOCH_SECONDS = 1e9  # a larger number is a moment, a smaller one a number of seconds
_EPOCH_MILLISECONDS = 1e12

# Who names what: X x-rate-limit-*, Mastodon and Reddit x-ratelimit-*, Bluesky and the IETF
# draft ratelimit-*. The reset is epoch seconds (X, Bluesky), ISO time (Mastodon) or seconds
# from now (Reddit, IETF).
_FAMILIES = ("x-rate-limit", "x-ratelimit", "ratelimit")


def allowed_at(headers: Mapping[str, str], *, now: int) -> int | None:
    """When we may ask again (UTC ms by our clock), if these headers ask us to wait at all.

    `headers` have lower-case names. Retry-After (RFC 9110) goes first; else the reset of a
    budget that is used up. Moments are measured from the server's own Date, so that a clock
    that is wrong by hours, theirs or ours, does no harm.
    """
    there = _moment(headers.get("date", ""))
    server_now = now if there is None else there
    if (text := headers.get("retry-after")) is not None:
        return _from_text(text, now=now, server_now=server_now)
    for family in _FAMILIES:
        remaining = headers.get(f"{family}-remaining")
        reset = headers.get(f"{family}-reset")
        if remaining is not None and reset is not None and _number(remaining) == 0:
            return _from_text(reset, now=now, server_now=server_now)
    return None


def _from_text(text: str, *, now: int, server_now: int) -> int | None:
    number = _number(text)
    if number is None:
        moment = _moment(text)
        wait = None if moment is None else moment - server_now
    elif number >= _EPOCH_MILLISECONDS:
        wait = int(number) - server_now
    elif number >= _EPOCH_SECONDS:
        wait = int(number * 1000) - server_now
    else:
        wait = int(number * 1000)
    return None if wait is None else now + min(max(wait, 1000), LONGEST)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < 1e15 else None


def _moment(text: str) -> int | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text.strip())
        except (ValueError, TypeError, IndexError):
            continue
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        try:
            return int(aware.timestamp() * 1000)
        except (OverflowError, ValueError):
            return None
    return None


class Pace:
    """How soon each host may be asked again: `spacing` seconds after the last time, or later.

    Measured by the monotonic clock: it only sets how fast we go, nothing of it is stored.
    """

    def __init__(self, spacing: float) -> None:
        self._spacing = spacing
        self._free_at: dict[str, float] = {}

    def delay(self, host: str) -> float:
        """Seconds until this host may be asked."""
        return max(0.0, self._free_at.get(host, 0.0) - time.monotonic())

    def asked(self, host: str) -> None:
        """The host is asked now."""
        self._free_at[host] = time.monotonic() + self._spacing

    def hold(self, host: str, seconds: float) -> None:
        """The host said that its budget is used up for so long."""
        until = time.monotonic() + seconds
        self._free_at[host] = max(self._free_at.get(host, 0.0), until)
