"""Bluesky's search of posts, asked by the atproto client; none of its objects leaves here.

The client is httpx's; its requests are made by the Fetcher. Its session, which an app password
opens, lives as long as it does, and is kept nowhere else.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from atproto import Client, models
from atproto.exceptions import AtProtocolError
from atproto_client.request import Request
from pydantic import SecretStr

from listener.errors import BadPayloadError
from listener.fetch.addresses import are_public, plain, resolve, shown
from listener.fetch.fetcher import Fetcher
from listener.model import Mention
from listener.payloads.bluesky_search import read_found
from listener.source import Context

_SPACING = 0.2  # seconds; an account is allowed 3,000 requests in five minutes
_LIMIT = 100
_PAGES = 50  # of one search
_SEARCH = "app.bsky.feed.searchPosts"


class Search:
    """Searches with an account, which is logged in for the first one."""

    def __init__(
        self,
        identifier: str,
        password: SecretStr,
        context: Context,
        *,
        address: str | SecretStr,
    ) -> None:
        self._identifier = identifier
        self._password = password
        self._said = shown(address)
        fetcher = Fetcher(context, spacing=_SPACING)
        self._request = Request(transport=_FetcherTransport(fetcher, address))
        self._client = Client(plain(address), request=self._request)
        self._logged_in = False

    def posts(self, query: str, since: int, until: int) -> tuple[list[Mention], int, bool]:
        """Posts of that time (UTC ms), newest first; how many cannot be read; whether it is all.

        Raises SourceError, or Stopped.
        """
        params = {"q": query, "sort": "latest", "limit": _LIMIT}
        params |= {"since": _written(since), "until": _written(until)}
        mentions: dict[str, Mention] = {}
        refused = 0
        for _ in range(_PAGES):
            page = read_found(self._asked(params))
            if page is None:
                raise self._unreadable("no posts")
            mentions |= {mention.native_id: mention for mention in page.mentions}
            refused += page.refused
            if page.after in ("", params.get("cursor")):
                return list(mentions.values()), refused, True
            params["cursor"] = page.after
        return list(mentions.values()), refused, False

    def close(self) -> None:
        """Close the connections."""
        self._request.close()

    def _asked(self, params: Mapping[str, Any]) -> object:
        """The client's errors as ours. Its texts hold what was sent: they are left out."""
        try:
            if not self._logged_in:
                password = self._password.get_secret_value()
                self._client.login(self._identifier, password, fetch_bsky_profile=False)
                self._logged_in = True
            # What is asked goes by its models; what is answered does not, for one post in a form
            # that they do not know would cost the page.
            asked = models.AppBskyFeedSearchPosts.Params(**params)
            return self._client.invoke_query(_SEARCH, params=asked).content
        except (AtProtocolError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise self._unreadable(type(error).__name__) from None

    def _unreadable(self, words: str) -> BadPayloadError:
        return BadPayloadError(
            f"{self._said} answers with what cannot be read ({words}).",
            remedy="Check search_address, if you have set it.",
        )


class _FetcherTransport(httpx.BaseTransport):
    """Makes httpx's requests by a Fetcher: every response is a good one, or there is our error."""

    def __init__(self, fetcher: Fetcher, address: str | SecretStr) -> None:
        self._fetcher = fetcher
        self._secret = isinstance(address, SecretStr)
        self._host = httpx.URL(plain(address)).host

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer. Raises SourceError, or Stopped."""
        self._check(request.url)
        address = SecretStr(str(request.url)) if self._secret else str(request.url)
        headers = {
            name: text
            for name, text in request.headers.items()
            if name in ("authorization", "content-type", "accept") or name.startswith("atproto-")
        }
        if request.method == "GET":
            page = self._fetcher.get(address, headers=headers)
        else:
            page = self._fetcher.send(request.method, address, body=request.read(), headers=headers)
        kind = page.headers.get("content-type", "application/json")
        return httpx.Response(page.status, headers={"content-type": kind}, content=page.body)

    def close(self) -> None:
        """Close the connections."""
        self._fetcher.close()

    def _check(self, url: httpx.URL) -> None:
        """After the log-in, the account's own server is asked, wherever that is said to be."""
        if url.host != self._host and (url.scheme != "https" or not are_public(resolve(url.host))):
            raise BadPayloadError(
                f"Bluesky says that this account is at {url.host}, in a private network or none.",
                remedy="If that server is yours, configure it as search_address.",
            )


def _written(moment: int) -> str:
    written = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")
