"""Meta's Graph API: asked with a token, at the pace it allows, and its refusals as our errors.

Codes and headers: https://developers.facebook.com/docs/graph-api/guides/error-handling and
https://developers.facebook.com/docs/graph-api/overview/rate-limiting.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
from pydantic import SecretStr

from listener.errors import (
    BadPayloadError,
    RateLimitedError,
    SourceAuthError,
    SourceDownError,
    SourceError,
    SourceGoneError,
)
from listener.fetch.addresses import plain, shown
from listener.fetch.edges import Leaf
from listener.fetch.fetcher import Fetcher
from listener.fetch.waits import LONGEST, allowed_at
from listener.payloads.meta import items, part, usage
from listener.receive.signatures import signature
from listener.source import Context

_SPACING = 0.2  # seconds
_FULL = 95.0  # percent of what may be asked: what is left is for whoever else uses the app
_REST = 5 * 60_000  # ms; the windows are an hour, and roll
_LIMITS = frozenset({4, 17, 32, 341, 613, *range(80_000, 80_015)})
_TOKEN = frozenset({102, 190, 463, 467})
_PERMISSION = frozenset({3, 10, *range(200, 300)})
_PASSING = frozenset({1, 2})
_UNKNOWN = 803
_NOWHERE = 33  # subcode of 100
# Its texts may hold the token: of them we say only which permission they name.
_NAMED = re.compile(r"\b(?:(?:pages|instagram)_[a-z_]{1,40}|read_insights|business_management)\b")


class Graph:
    """Asks for nodes and edges. The token is in a header, never in an address.

    With the app's secret each request carries the proof that it comes from the app.
    """

    def __init__(
        self,
        address: str | SecretStr,
        version: str,
        token: SecretStr,
        app_secret: SecretStr | None,
        context: Context,
    ) -> None:
        self._address = address
        self._version = version
        self._context = context
        self._said = shown(address)
        self._proof = {}
        if app_secret:
            proof = signature(app_secret, token.get_secret_value().encode()).hex()
            self._proof = {"appsecret_proof": proof}
        self._rests_until = 0
        self._fetcher = Fetcher(
            context,
            headers={"authorization": f"Bearer {token.get_secret_value()}"},
            spacing=_SPACING,
            refusal=self._refused,
        )

    def get(self, path: str, **parameters: str) -> Mapping[str, Any]:
        """A node, or a page of an edge. Raises SourceError, or Stopped."""
        now = self._context.now()
        if now < self._rests_until:
            raise RateLimitedError(
                f"{self._said} has been asked nearly as much as it allows.",
                remedy="It is asked again when it allows it; a longer interval_seconds helps.",
                retry_at=self._rests_until,
            )
        asked = urlencode({**parameters, **self._proof}, safe=",().")
        address = f"{plain(self._address).rstrip('/')}/{self._version}/{path}?{asked}"
        secret = isinstance(self._address, SecretStr)
        try:
            page = self._fetcher.get(SecretStr(address) if secret else address)
            node = self._node(page.body, page.headers)
        except RateLimitedError as error:
            self._rests_until = error.retry_at or 0
            raise
        share, minutes = usage(page.headers)
        if share >= _FULL or minutes:
            self._rests_until = now + _rest(minutes)
        return node

    def pages(self, path: str, most: int, **parameters: str) -> Iterator[Leaf]:
        """The pages of an edge, at most so many. Raises SourceError, or Stopped."""
        after: dict[str, str] = {}
        for _ in range(most):
            edge = self.get(path, **parameters, **after)
            if not isinstance(edge.get("data"), list):
                raise BadPayloadError(
                    f"{self._said} answers with what is no list.",
                    remedy="Check the address and the version in this source's options.",
                )
            paging = part(edge, "paging")
            cursor = part(paging, "cursors").get("after")
            # Its own address of the next page is not followed: it may hold the token.
            follows = isinstance(cursor, str) and cursor != after.get("after")
            yield Leaf(items(edge), more := follows and bool(paging.get("next")))
            if not more:
                return
            after = {"after": str(cursor)}

    def close(self) -> None:
        """Close the connections."""
        self._fetcher.close()

    def _node(self, body: bytes, headers: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            node = orjson.loads(body)
        except orjson.JSONDecodeError:
            node = None
        if not isinstance(node, Mapping):
            raise BadPayloadError(
                f"{self._said} answers with what is no JSON object.",
                remedy="Check the address in this source's options.",
            )
        if error := self._refused(200, headers, body):
            raise error
        return node

    def _refused(self, status: int, headers: Mapping[str, str], body: bytes) -> SourceError | None:
        """What the error in an answer means; None if there is none that says more than `status`."""
        try:
            error = part(orjson.loads(body), "error")
        except (orjson.JSONDecodeError, AttributeError):
            return None
        code, subcode = error.get("code"), error.get("error_subcode")
        if type(code) is not int:
            return None
        where = f"{self._said} (error {code}{f'/{subcode}' if type(subcode) is int else ''})"
        if code in _LIMITS:
            now = self._context.now()
            minutes = usage(headers)[1]
            return RateLimitedError(
                f"{where} says that we ask too often.",
                remedy="It is asked again when it allows it; a longer interval_seconds helps.",
                retry_at=max(allowed_at(headers, now=now) or 0, now + _rest(minutes)),
            )
        if code in _TOKEN:
            return SourceAuthError(
                f"{where} does not accept the token: it has expired, or was taken back.",
                remedy="Make a new long-lived page token, and put it into .env.",
            )
        if code in _PERMISSION:
            return _forbidden(where, error.get("message"))
        if code == _UNKNOWN or (code == 100 and subcode == _NOWHERE):
            return SourceGoneError(
                f"{where} knows nothing by that id, or does not show it to this token.",
                remedy="Check the id, and that the token is of the one who owns it.",
            )
        if code in _PASSING or error.get("is_transient") is True:
            return SourceDownError(f"{where} is out of order.", remedy="It is tried again later.")
        if 400 <= status < 500 and status not in (401, 404, 429):
            return SourceError(
                f"{where} does not accept what we ask.",
                remedy="Check the id, version and insights in this source's options.",
            )
        return None


def _forbidden(where: str, message: object) -> SourceAuthError:
    named = dict.fromkeys(_NAMED.findall(message)) if isinstance(message, str) else {}
    wanted = ", ".join(named) or "one that its page in docs/sources lists"
    return SourceAuthError(
        f"{where} asks for a permission that the token lacks: {wanted}.",
        remedy="Have it granted (app review), and make a new token.",
    )


def _rest(minutes: float) -> int:
    return int(min(max(minutes * 60_000, _REST), LONGEST))
