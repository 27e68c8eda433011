"""Reddit, asked by PRAW; none of its objects leaves here.

PRAW is asked for what Reddit says, not for its models: these fetch by themselves what they lack.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import praw
import requests
from praw.endpoints import API_PATH
from praw.exceptions import PRAWException
from prawcore.exceptions import OAuthException, PrawcoreException
from pydantic import SecretStr

from listener.errors import (
    BadPayloadError,
    KrasaeError,
    SourceAuthError,
    SourceError,
    SourceGoneError,
)
from listener.fetch.addresses import plain, shown
from listener.fetch.fetcher import Fetcher
from listener.fetch.session import FetcherAdapter
from listener.payloads.reddit import Things, read_things
from listener.source import Context, Stopped

_SPACING = 0.6  # seconds; an application is allowed 100 requests a minute
_LIMIT = 100
_STALE = 45 * 60.0  # seconds; a token is good for an hour


@dataclass(frozen=True, slots=True)
class Keys:
    """An application's keys, and, for who is more than a reader, an account's."""

    client_id: str
    client_secret: SecretStr
    username: str | None = None
    password: SecretStr | None = None
    refresh_token: SecretStr | None = None


class Reddit:
    """Reddit for one application. `address` gives tokens, `oauth_address` everything else."""

    def __init__(
        self,
        keys: Keys,
        context: Context,
        *,
        address: str | SecretStr,
        oauth_address: str | SecretStr,
        user_agent: str,
    ) -> None:
        self._keys = keys
        self._now = context.now
        self._address = address
        self._oauth_address = oauth_address
        self._said = shown(oauth_address)
        self._user_agent = user_agent
        self._session = requests.Session()
        self._session.trust_env = False  # else a .netrc would be read
        fetcher = Fetcher(context, headers={"user-agent": user_agent}, spacing=_SPACING)
        secret = isinstance(address, SecretStr) or isinstance(oauth_address, SecretStr)
        adapter = FetcherAdapter(fetcher, secret=secret)
        for prefix in ("http://", "https://"):
            self._session.mount(prefix, adapter)
        self._client, self._since = self._connected(), time.monotonic()

    def page(self, kind: str, words: str, after: str) -> Things:
        """The newest of a subreddit ("new"), its "comments", or a "search". Raises SourceError."""
        params: dict[str, str | int] = {"limit": _LIMIT}
        if after:
            params["after"] = after
        if kind == "search":
            path = API_PATH["search"].format(subreddit="all")
            params |= {"q": words, "sort": "new", "t": "all", "restrict_sr": "false"}
        else:
            path = f"r/{words}/{kind}"
        found = self._things(path, params)
        if found.subreddits:
            raise SourceGoneError(
                f"Reddit has no subreddit {words}.", remedy="Correct its name in config.toml."
            )
        return found

    def info(self, names: Sequence[str]) -> Things:
        """What has become of submissions and comments, 100 at most. Raises SourceError."""
        return self._things(API_PATH["info"], {"id": ",".join(names)})

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _connected(self) -> praw.Reddit:
        keys = self._keys
        return praw.Reddit(
            client_id=keys.client_id,
            client_secret=keys.client_secret.get_secret_value(),
            username=keys.username,
            password=_told(keys.password),
            refresh_token=_told(keys.refresh_token),
            user_agent=self._user_agent,
            reddit_url=plain(self._address).rstrip("/"),
            oauth_url=plain(self._oauth_address).rstrip("/"),
            short_url=plain(self._address).rstrip("/"),
            check_for_updates=False,
            check_for_async=False,
            requestor_kwargs={"session": self._session},
        )

    def _things(self, path: str, params: dict[str, str | int]) -> Things:
        try:
            value = self._asked(path, params)
        except SourceAuthError:
            # A token may end a little sooner than it says.
            if time.monotonic() - self._since < _STALE:
                raise
            self._client, self._since = self._connected(), time.monotonic()
            value = self._asked(path, params)
        found = read_things(value, now=self._now())
        if found is None:
            raise self._unreadable("no listing")
        return found

    def _asked(self, path: str, params: dict[str, str | int]) -> Any:
        """PRAW's errors as ours. Its texts hold what was sent: they are left out."""
        try:
            return self._client.request(method="GET", path=path, params=params)
        except PrawcoreException as error:
            cause = getattr(error, "original_exception", None)
            if isinstance(cause, KrasaeError | Stopped):
                raise cause from None
            if isinstance(error, OAuthException):
                raise SourceAuthError(
                    f"{shown(self._address)} gives no token for these keys.",
                    remedy="Check client_id, client_secret, and the account's password or token.",
                ) from None
            raise self._unreadable(type(error).__name__) from None
        except (PRAWException, LookupError, TypeError, ValueError, AttributeError) as error:
            # What prawcore makes of a token that lacks a part.
            raise self._unreadable(type(error).__name__) from None

    def _unreadable(self, words: str) -> SourceError:
        return BadPayloadError(
            f"{self._said} answers with what cannot be read ({words}).",
            remedy="Check address and oauth_address, if you have set them.",
        )


def _told(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
