"""When a platform lets us ask again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.fetch.waits import LONGEST, allowed_at

NOW = 1_795_521_600_000  # 2026-11-24 12:00 UTC
SECONDS = NOW // 1000


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "90"}, 90_000),
        ({"retry-after": "Tue, 24 Nov 2026 12:02:00 GMT"}, 120_000),
        ({"retry-after": "Tue, 24 Nov 2026 11:00:00 GMT"}, 1000),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "315360000"}, LONGEST),
        # X
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(SECONDS + 900)}, 900_000),
        ({"x-rate-limit-remaining": "4", "x-rate-limit-reset": str(SECONDS + 900)}, None),
        # Mastodon
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-24T12:05:00.000Z"}, 300_000),
        # Reddit
        ({"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "38"}, 38_000),
        # Bluesky
        ({"ratelimit-remaining": "0", "ratelimit-reset": str(SECONDS + 60)}, 60_000),
        ({"ratelimit-remaining": "0"}, None),
        ({"ratelimit-remaining": "none", "ratelimit-reset": "60"}, None),
        # Retry-After goes first
        ({"retry-after": "5", "ratelimit-remaining": "0", "ratelimit-reset": "60"}, 5_000),
    ],
)
def test_what_platforms_say(headers: dict[str, str], wait: int | None) -> None:
    assert allowed_at(headers, now=NOW) == (None if wait is None else NOW + wait)


@pytest.mark.parametrize("date", ["Tue, 24 Nov 2026 07:00:00 GMT", "Tue, 24 Nov 2026 17:00:00 GMT"])
def test_a_clock_that_is_hours_wrong_does_no_harm(date: str) -> None:
    hour = date[17:19]
    told = {"date": date, "retry-after": f"Tue, 24 Nov 2026 {hour}:03:00 GMT"}
    assert allowed_at(told, now=NOW) == NOW + 180_000


@given(st.dictionaries(st.sampled_from(["retry-after", "date", "ratelimit-reset"]), st.text()))
def test_whatever_it_says_we_wait_a_sensible_time(headers: dict[str, str]) -> None:
    found = allowed_at({"ratelimit-remaining": "0", **headers}, now=NOW)
    assert found is None or NOW + 1000 <= found <= NOW + LONGEST
