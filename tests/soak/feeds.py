"""Feeds that move on when the client shows that it has the last state: by its ETag.

A feed shows its newest items, some of which were there the last time. A client that comes
back without the ETag of the present state, because it was killed before it kept it, gets the
same state again: what it does not store then is lost by its own fault.
"""

import json
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from xml.sax.saxutils import escape

from tests.recordings.loopback import Answer, Loopback, Request
from tests.soak.platform import NAMES, dice_of

DISTURBANCES = ("503", "429", "cut", "truncated", "slow", "gone")
_FEEDS_EACH = 4  # addresses of one source
_OLD = 40  # items that were there the last time


@dataclass
class _Feed:
    """One feed: its items are numbered from `first` to before `end`."""

    path: str
    first: int
    end: int
    step: int
    shown: int = 0  # up to which item it shows now
    trouble: str | None = None

    @property
    def etag(self) -> str:
        return f'"{self.path} {self.shown}"'


class Feeds:
    """The platform: several sources of several feeds each, on one server."""

    name = "rss"

    def __init__(self, items: int, *, seed: int, step: int = 120) -> None:
        self._seed = seed
        count = max(_FEEDS_EACH, min(20, items // step // _FEEDS_EACH * _FEEDS_EACH))
        each = -(-items // count)
        self._feeds = [
            _Feed(f"/feed/{number}", number * each, min(items, (number + 1) * each), step)
            for number in range(count)
        ]
        for feed in self._feeds:
            feed.shown = feed.first
        self._lock = threading.Lock()
        self._server: Loopback | None = None
        self._port = 0
        self.items = items

    def start(self) -> None:
        """Begin to serve."""
        answers = {feed.path: self._answerer(feed) for feed in self._feeds}
        self._server = Loopback(answers, port=self._port)
        self._port = self._server.port
        self._server.__enter__()

    def stop(self) -> None:
        """Go away."""
        assert self._server is not None
        self._server.__exit__(None, None, None)

    def sections(self) -> str:
        """Its part of config.toml."""
        sections = ""
        for start in range(0, len(self._feeds), _FEEDS_EACH):
            addresses = ", ".join(
                f'"http://127.0.0.1:{self._port}{feed.path}"'
                for feed in self._feeds[start : start + _FEEDS_EACH]
            )
            sections += (
                f'[[sources]]\nname = "{self.name}-{start}"\ntype = "feeds"\n'
                f"options = {{ addresses = [{addresses}], interval_seconds = 10 }}\n"
            )
        return sections

    def disturb(self, dice: random.Random) -> str:
        """One feed fails the next time."""
        trouble = dice.choice(DISTURBANCES)
        with self._lock:
            dice.choice(self._feeds).trouble = trouble
        return trouble

    def sent(self) -> int:
        """How many items were shown."""
        return sum(feed.shown - feed.first for feed in self._feeds)

    def finished(self, db: sqlite3.Connection) -> bool:
        """Whether the last items of all are there."""
        if any(feed.shown < feed.end for feed in self._feeds):
            return False
        # All that the last states show: of one that broke off only a part may be there.
        shown = [_id(n) for feed in self._feeds for n in range(self._first(feed), feed.end)]
        query = """
            SELECT count(*) FROM mentions
            WHERE platform = 'rss' AND native_id IN (SELECT value FROM json_each(?))
        """
        return bool(db.execute(query, [json.dumps(shown)]).fetchone()[0] == len(shown))

    def expected(self) -> Mapping[str, str]:
        """All of them: feeds are the user's own choice, and kept whole."""
        return {_id(number): self._text(number) for number in range(self.items)}

    def _answerer(self, feed: _Feed) -> Callable[[Request], Answer]:
        def answer(request: Request) -> Answer:
            with self._lock:
                trouble, feed.trouble = feed.trouble, None
                if trouble in ("503", "429"):
                    return Answer(b"", int(trouble), {"retry-after": "1"})
                has = request.headers.get("if-none-match")
                if feed.shown == feed.first or (has == feed.etag and trouble != "gone"):
                    if has == feed.etag and feed.shown == feed.end:
                        return Answer(b"", 304)
                    feed.shown = min(feed.end, feed.shown + feed.step)
                body = self._xml(feed)
                etag = feed.etag
            if trouble == "slow":
                time.sleep(2.0)
            if trouble == "cut":
                return Answer(raw=lambda handler: _cut(handler, body))
            if trouble == "truncated":
                body = body[: len(body) // 2]
            return Answer(body, headers={"etag": etag, "content-type": "application/rss+xml"})

        return answer

    def _xml(self, feed: _Feed) -> bytes:
        numbers = range(feed.shown - 1, self._first(feed) - 1, -1)
        items = "".join(map(self._item, numbers))
        return (
            f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"<title>Feed {feed.path}</title><link>http://example.org{feed.path}</link>"
            f"{items}</channel></rss>"
        ).encode()

    def _first(self, feed: _Feed) -> int:
        """The oldest item that it shows."""
        return max(feed.first, feed.shown - feed.step - _OLD)

    def _item(self, number: int) -> str:
        return (
            f"<item><title>{escape(self._text(number))}</title><guid>{_id(number)}</guid>"
            f"<link>http://example.org/{number}</link>"
            f"<pubDate>{formatdate(1_700_000_000 + number)}</pubDate></item>"
        )

    def _text(self, number: int) -> str:
        dice = dice_of(self._seed, number)
        name = NAMES[dice[0] % 3] if dice[1] < 64 else "ข่าวเช้านี้ news & weather"
        return f"article {number}: {name} ({dice.hex()})"


def _id(number: int) -> str:
    return f"https://example.org/item/{number}"


def _cut(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body))
    handler.wfile.write(body[: len(body) // 2])
