"""YouTube's Data API: six lists to read, each request in the purse before it is made.

Nothing is tried again here: every attempt costs, and the source goes on from its cursor.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import SecretStr

from listener.collect.periods import day_of
from listener.errors import RateLimitedError, SourceAuthError, SourceError, SourceGoneError
from listener.fetch import fetcher
from listener.fetch.addresses import plain
from listener.payloads.youtube import (
    Channel,
    Comment,
    Listed,
    Thread,
    Video,
    channel_of,
    found_of,
    reasons_of,
    replies_of,
    threads_of,
    uploads_of,
    videos_of,
)
from listener.payloads.youtube_cursor import Followed
from listener.source import Context, Purse

UNIT = 1_000_000  # millionths
RENEWED_IN = "America/Los_Angeles"  # where the day of a quota begins at midnight

_USED_UP = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_KEY = frozenset({"keyInvalid", "keyExpired", "API_KEY_INVALID"})
_CLOSED_KEY = frozenset(
    {
        "ipRefererBlocked",
        "API_KEY_IP_ADDRESS_BLOCKED",
        "API_KEY_HTTP_REFERRER_BLOCKED",
        "API_KEY_SERVICE_BLOCKED",
    }
)
_NOT_SET_UP = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_NOT_THERE = frozenset(
    {
        "commentsDisabled",
        "forbidden",  # of a video's comments or of a playlist: private, or for members
        "videoNotFound",
        "commentNotFound",
        "channelNotFound",
        "playlistNotFound",
        "playlistItemsNotAccessible",
        "channelClosed",
        "channelSuspended",
    }
)
_PAUSE = 60_000  # ms
_FIRST_PAGES = 5  # of 100 comments, of a video that is new to us
_PAGES = 20
_REPLIES_PAGES = 5  # of 100

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Discussion:
    """What was read of a video's comments; `cut`: there are more, and they were not read."""

    threads: list[Thread] = field(default_factory=list)
    replies: list[Comment] = field(default_factory=list)
    refused: int = 0
    cut: bool = False

    def comments(self) -> Iterator[Comment]:
        """All of them."""
        for thread in self.threads:
            yield thread.top
            yield from thread.replies
        yield from self.replies


class Api:
    """The API, asked with a key. `quota` and `searches` are two purses: so YouTube counts."""

    def __init__(
        self,
        address: str | SecretStr,
        key: SecretStr,
        context: Context,
        *,
        quota: Purse,
        searches: Purse,
    ) -> None:
        self._address = address
        self._quota = quota
        self._searches = searches
        self._now = context.now
        # In a header, and not in the address, which errors and logs name.
        self._fetcher = fetcher.Fetcher(
            context,
            headers={"x-goog-api-key": key.get_secret_value()},
            limits=fetcher.Limits(attempts=1),
            refusal=self._refusal,
        )

    def channel(self, name: str) -> Channel | None:
        """A channel by its id or its @handle; None if there is none. 1 unit."""
        which = {"forHandle": name} if name.startswith("@") else {"id": name}
        return self._ask("channels", {"part": "snippet,contentDetails", **which}, channel_of)

    def uploads(self, playlist: str, page: str) -> Listed[tuple[str, int]]:
        """Fifty videos of a channel, newest first, and when they were published. 1 unit."""
        which = {"part": "contentDetails", "playlistId": playlist, "maxResults": "50"}
        return self._ask("playlistItems", _at(which, page), uploads_of)

    def videos(self, numbers: Sequence[str]) -> Listed[Video]:
        """Up to fifty videos as they are now; those that are gone are left out. 1 unit."""
        which = {"part": "snippet,statistics", "id": ",".join(numbers), "maxResults": "50"}
        return self._ask("videos", which, videos_of)

    def threads(self, video: str, page: str) -> Listed[Thread]:
        """A hundred comments, newest first, each with up to five replies. 1 unit."""
        which = {"part": "snippet,replies", "videoId": video, "order": "time"}
        return self._ask("commentThreads", _at(which | _PLAIN, page), threads_of)

    def replies(self, comment: str, page: str) -> Listed[Comment]:
        """A hundred replies to a comment. 1 unit."""
        which = {"part": "snippet", "parentId": comment}
        return self._ask(
            "comments", _at(which | _PLAIN, page), lambda body: replies_of(body, comment)
        )

    def discussion(self, video: str, followed: Followed) -> Discussion:
        """Comments down to those that are known, with the replies that may be new."""
        read, page = Discussion(), ""
        for _ in range(_PAGES if followed.mark else _FIRST_PAGES):
            listed = self.threads(video, page)
            read.refused += listed.refused
            read.threads += listed.items
            for thread in listed.items:
                if followed.lacks_replies(thread):
                    read.replies += self._all_replies(thread)
            page = listed.more
            known = not listed.items or listed.items[-1].top.published_at <= followed.mark
            if known or not page:
                return read
        read.cut = True
        return read

    def _all_replies(self, thread: Thread) -> Iterator[Comment]:
        page, pages = "", 0
        while pages < _REPLIES_PAGES and (page or not pages):
            try:
                listed = self.replies(thread.top.number, page)
            except SourceGoneError:  # removed since the thread was listed
                return
            yield from listed.items
            page, pages = listed.more, pages + 1

    def search(self, words: str, since: str, page: str) -> Listed[str]:
        """Fifty videos published since a time (RFC 3339), newest first. 1 search."""
        which = {
            "part": "id",
            "type": "video",
            "q": words,
            "order": "date",
            "publishedAfter": since,
            "maxResults": "50",
        }
        return self._ask("search", _at(which, page), found_of)

    def close(self) -> None:
        """Close the connections."""
        self._fetcher.close()

    def _ask(
        self, resource: str, which: Mapping[str, str], parse: Callable[[bytes], Answer]
    ) -> Answer:
        purse = self._searches if resource == "search" else self._quota
        number = purse.reserve(resource, UNIT)
        address = f"{plain(self._address).rstrip('/')}/{resource}?{urlencode(which)}"
        hidden = isinstance(self._address, SecretStr)
        page = self._fetcher.get(SecretStr(address) if hidden else address)
        purse.settle(number, UNIT)
        return parse(page.body)

    def _refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> SourceError | None:
        """What Google's reason means; https://developers.google.com/youtube/v3/docs/errors."""
        reasons = reasons_of(body)
        if reasons & _USED_UP:
            return RateLimitedError(
                "YouTube says that the key's quota of this day is used up.",
                remedy="It is renewed at midnight in California. If another program uses the "
                "key, lower units_per_day and searches_per_day to what is left to this one.",
                retry_at=day_of(self._now(), RENEWED_IN).end,
            )
        if reasons & _TOO_FAST and status == 403:
            return RateLimitedError(
                "YouTube says that we ask too fast.",
                remedy="It is asked again in a minute.",
                retry_at=self._now() + _PAUSE,
            )
        if reasons & _NOT_THERE:
            return SourceGoneError(
                f"YouTube does not show what we ask for ({', '.join(sorted(reasons))}).",
                remedy="It may be private, removed, or closed to comments.",
            )
        return _about_the_key(reasons)


_PLAIN = {"textFormat": "plainText", "maxResults": "100"}


def _at(which: Mapping[str, str], page: str) -> dict[str, str]:
    return {**which, "pageToken": page} if page else dict(which)


def _about_the_key(reasons: frozenset[str]) -> SourceAuthError | None:
    if reasons & _KEY:
        return SourceAuthError(
            "YouTube does not know the key.",
            remedy="Copy it again from Google Cloud's console, APIs and services, Credentials.",
        )
    if reasons & _NOT_SET_UP:
        return SourceAuthError(
            "The key's project may not use YouTube.",
            remedy="Enable the YouTube Data API v3 for it in Google Cloud's console, and wait "
            "a few minutes.",
        )
    if reasons & _CLOSED_KEY:
        return SourceAuthError(
            "The key may not be used from here.",
            remedy="Its restrictions in Google Cloud's console must allow the YouTube Data API "
            "v3 and this machine's address.",
        )
    return None
