"""What a status that is no answer means, as one of our errors."""

from collections.abc import Mapping

from listener.errors import (
    RateLimitedError,
    SourceAuthError,
    SourceDownError,
    SourceError,
    SourceGoneError,
    SpendingCapError,
)
from listener.fetch.waits import allowed_at

_OVERLOADED = frozenset({420, 429})
_PASSING = frozenset({408, 425})
_DEFAULT_WAIT = 60_000  # ms; for a platform that says "too many" and not until when


def refuse(status: int, headers: Mapping[str, str], said: str, *, now: int) -> None:
    """Raise the error that a status is; nothing for 200 to 299 and 304.

    `headers` have lower-case names, `said` is the address as it may be printed, `now` is in
    UTC ms. The error's retry time is what the headers say.
    """
    if 200 <= status < 300 or status == 304:
        return
    moment = allowed_at(headers, now=now)
    if status in _OVERLOADED or (status == 403 and moment is not None):
        raise RateLimitedError(
            f"{said} says that we ask too often ({status}).",
            remedy="It is asked again when it allows it; a longer interval_seconds helps.",
            retry_at=moment or now + _DEFAULT_WAIT,
        )
    if status == 402:
        raise SpendingCapError(
            f"{said} wants to be paid ({status}).",
            remedy="Buy credit there; until then, what costs is not answered.",
        )
    if status in (401, 403):
        raise SourceAuthError(
            f"{said} refuses us ({status}).",
            remedy="Check the key or the address; it may be private, or closed to programs.",
        )
    if status in (404, 410):
        raise SourceGoneError(
            f"There is nothing at {said} ({status}).",
            remedy="Look up where it has moved to, and correct the address.",
        )
    if status in _PASSING or status >= 500:
        raise SourceDownError(
            f"{said} is out of order ({status}).",
            remedy="It is tried again later.",
            retry_at=moment,
        )
    raise SourceError(
        f"{said} does not accept what we ask ({status}).",
        remedy="Check the address and the options of this source.",
    )
