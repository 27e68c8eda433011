"""X on this machine: filtered stream, rules, recent search and counts over the same posts.

    server = XServer(total=400_000, rate=10_000, cut=0.001, seed=7)
    with server:                     # serves at server.url, on a port of its own
        server.begin()               # from now on, posts are published at the rate
        ... a source of type x with address = server.url, stream = true ...
        server.restart(down=0.5)     # every connection breaks; the same port, the same world
    server.native_ids()              # what the store must hold in the end, once each

Post n has the id of the moment `start + n * spacing` (ms): its text is `server.text(n)`, which
holds the words "iced tea" and Thai. Every post matches every rule and every query. The stream
begins with what is published after the connection, as X's does; what was published while
nobody listened is only in recent search (`since_id`, `until_id`, `next_token`, newest first).
Lines go out in HTTP chunks of an odd number of bytes, so that they are cut in the middle of
characters; after each chunk the connection breaks with the probability `cut`, at that very
place. Silence is filled with keep-alives. A second connection gets 429, as with X, and the
source makes no more than 45 in fifteen minutes: mind that when you choose `cut`. Without `rate`,
posts are published by `publish(number)`. A rule with the word "unacceptable" is not taken.
`asked` counts requests by path.
"""

import random
import select
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import orjson

_EPOCH = 1_288_834_974_657  # ms; ids of posts count from here
_HOUR = 3_600_000
_PAGE = 100
_BURST = 500  # posts that are rendered at once
_CHUNK = 8_191  # bytes: no multiple of a line, nor of a character
_MOST_RULES = 1_000
_LONGEST_RULE = 1_024

_POST = (
    '{"id":"%d","edit_history_tweet_ids":["%d"],"author_id":"%d","created_at":"%s",'
    '"lang":"th","text":"%s","public_metrics":{"retweet_count":0,"reply_count":0,'
    '"like_count":0,"quote_count":0,"bookmark_count":0,"impression_count":%d}}'
)


class XServer:
    """The server. `keep_alive` is in seconds, `start` in UTC ms: by default all is past."""

    def __init__(
        self,
        *,
        total: int,
        rate: float | None = None,
        spacing: int = 5,
        start: int | None = None,
        cut: float = 0.0,
        seed: int = 1,
        keep_alive: float = 20.0,
        chunk: int = _CHUNK,
    ) -> None:
        self.total = total
        self.rate = rate
        self.spacing = spacing
        self.start = int(time.time() * 1000) - total * spacing - 60_000 if start is None else start
        self.cut = cut
        self.keep_alive = keep_alive
        self.chunk = chunk
        self.rules: dict[str, tuple[str, str]] = {}  # id: value, tag
        self.asked: Counter[str] = Counter()
        self.cuts = 0
        self._random = random.Random(seed)
        self._published = 0
        self._begun: float | None = None
        self._streams = 0
        self._number = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._open: set[socket.socket] = set()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def published(self) -> int:
        """How many posts the world has written."""
        if self.rate is not None and self._begun is not None:
            return min(self.total, int((time.monotonic() - self._begun) * self.rate))
        return self._published

    def begin(self) -> None:
        """From now on posts are published at the rate."""
        self._begun = time.monotonic()

    def publish(self, number: int = 1) -> None:
        """Publish so many more posts."""
        self._published = min(self.total, self._published + number)

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return self._streams

    def post_id(self, n: int) -> int:
        """The id of post n."""
        return (self.start + n * self.spacing - _EPOCH) << 22

    def text(self, n: int) -> str:
        """The text of post n."""
        return f"iced tea ชาเย็นแก้วที่ {n} อร่อยมาก 😀"

    def native_ids(self) -> set[str]:
        """The ids of all that was published."""
        return {str(self.post_id(n)) for n in range(self.published)}

    def __enter__(self) -> Self:
        self._serve()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._halt()

    def restart(self, down: float = 0.2) -> None:
        """Break every connection, be away for so many seconds, and come back."""
        self._halt()
        time.sleep(down)
        self._serve()

    def _serve(self) -> None:
        self._stop = threading.Event()
        self._server = _Server(
            ("127.0.0.1", self.port), type("_Handler", (_Handler,), {"world": self})
        )
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def _halt(self) -> None:
        self._stop.set()
        if self._server and self._thread:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            _shut(connection)
        deadline = time.monotonic() + 5
        while self._streams and time.monotonic() < deadline:
            time.sleep(0.01)

    def _post(self, n: int) -> str:
        number = self.post_id(n)
        moment = self.start + n * self.spacing
        created = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment // 1000))
        author = 1_000 + n % 9_973
        return _POST % (number, number, author, created + ".000Z", self.text(n), n)

    def lines(self, first: int, last: int) -> bytes:
        """The lines of posts [first, last), as the stream sends them."""
        tags = ",".join(
            f'{{"id":"{number}","tag":{orjson.dumps(tag).decode()}}}'
            for number, (_, tag) in self.rules.items()
        )
        return "".join(
            f'{{"data":{self._post(n)},"matching_rules":[{tags}]}}\r\n' for n in range(first, last)
        ).encode()

    def stream(self, connection: Any) -> None:
        """Send what is published from now on, until the connection breaks."""
        sent, quiet = self.published, time.monotonic()
        connection.wfile.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        connection.wfile.flush()
        while not self._stop.is_set():
            last = min(self.published, sent + _BURST)
            if last > sent:
                body, sent, quiet = self.lines(sent, last), last, time.monotonic()
            elif time.monotonic() - quiet >= self.keep_alive:
                body, quiet = b"\r\n", time.monotonic()
            elif select.select([connection.connection], [], [], 0.005)[0]:
                return  # it says nothing more, so it is gone
            else:
                continue
            for place in range(0, len(body), self.chunk):
                part = body[place : place + self.chunk]
                connection.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
                connection.wfile.flush()
                if self.cut and self._random.random() < self.cut:
                    self.cuts += 1
                    return

    def enter_stream(self) -> bool:
        """Take the one place that there is."""
        with self._lock:
            if self._streams:
                return False
            self._streams += 1
            return True

    def leave_stream(self) -> None:
        """Give it back."""
        with self._lock:
            self._streams -= 1

    def opened(self, connection: socket.socket) -> None:
        """A connection is open."""
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """It is not any more."""
        with self._lock:
            self._open.discard(connection)

    def search(self, query: dict[str, list[str]]) -> bytes:
        """A page of recent search: newest first, between `since_id` and `until_id`."""
        low, high = self._between(query)
        if "next_token" in query:
            high = min(high, int(query["next_token"][0]))
        most = int(query.get("max_results", ["10"])[0])
        first = max(low, high - most)
        posts = ",".join(self._post(n) for n in range(high - 1, first - 1, -1))
        meta: dict[str, Any] = {"result_count": high - first}
        if high > first:
            meta |= {
                "newest_id": str(self.post_id(high - 1)),
                "oldest_id": str(self.post_id(first)),
            }
        if first > low:
            meta["next_token"] = str(first)
        data = f'"data":[{posts}],' if posts else ""
        return f'{{{data}"meta":{orjson.dumps(meta).decode()}}}'.encode()

    def counts(self, query: dict[str, list[str]]) -> bytes:
        """Hours with the number of posts in them."""
        numbers: Counter[int] = Counter()
        for n in range(self.published):
            numbers[(self.start + n * self.spacing) // _HOUR * _HOUR] += 1
        hours = [
            {"start": _iso(hour), "end": _iso(hour + _HOUR), "tweet_count": number}
            for hour, number in sorted(numbers.items())
        ]
        return orjson.dumps({"data": hours, "meta": {"total_tweet_count": sum(numbers.values())}})

    def told_rules(self, body: bytes) -> bytes:
        """What came of adding and deleting rules."""
        told = orjson.loads(body)
        errors, added = [], []
        known = {value for value, _ in self.rules.values()}
        for rule in told.get("add", ()):
            value, tag = rule["value"], rule.get("tag", "")
            if (
                len(value) > _LONGEST_RULE
                or "unacceptable" in value
                or len(self.rules) >= _MOST_RULES
            ):
                errors.append({"value": value, "title": "Invalid Rule", "details": ["no such"]})
            elif value in known:
                errors.append({"value": value, "title": "DuplicateRule"})
            else:
                self._number += 1
                self.rules[str(self._number)] = (value, tag)
                added.append({"id": str(self._number), "value": value, "tag": tag})
        for number in told.get("delete", {}).get("ids", ()):
            self.rules.pop(number, None)
        answer: dict[str, Any] = {"data": added, "meta": {"summary": {}}}
        if errors:
            answer["errors"] = errors
        return orjson.dumps(answer)

    def known_rules(self) -> bytes:
        """The rules that there are."""
        rules = [
            {"id": number, "value": value, "tag": tag}
            for number, (value, tag) in self.rules.items()
        ]
        return orjson.dumps({**({"data": rules} if rules else {}), "meta": {}})

    def _between(self, query: dict[str, list[str]]) -> tuple[int, int]:
        """Numbers of posts, [low, high), by the ids of a query."""
        low, high = 0, self.published
        if "since_id" in query:
            low = max(low, self._place(int(query["since_id"][0]) + 1))
        if "until_id" in query:
            high = min(high, self._place(int(query["until_id"][0])))
        return min(low, high), high

    def _place(self, number: int) -> int:
        """The first post whose id is not lower."""
        if number <= 0:
            return 0
        moment = -(-number // (1 << 22)) + _EPOCH
        return max(0, -(-(moment - self.start) // self.spacing))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def _iso(moment: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(moment // 1000))


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # it was closed already
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    world: XServer

    def setup(self) -> None:
        super().setup()
        self.world.opened(self.connection)

    def handle(self) -> None:
        with suppress(OSError):  # the reader is gone
            super().handle()

    def finish(self) -> None:
        self.world.closed(self.connection)
        with suppress(OSError):
            super().finish()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.world.asked[parts.path] += 1
        query = parse_qs(parts.query)
        if parts.path == "/2/tweets/search/stream":
            self._stream()
        elif parts.path == "/2/tweets/search/stream/rules":
            self._send(self.world.known_rules())
        elif parts.path == "/2/tweets/search/recent":
            self._send(self.world.search(query))
        elif parts.path == "/2/tweets/counts/recent":
            self._send(self.world.counts(query))
        else:
            self._send(b"{}", 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.world.asked[f"POST {self.path}"] += 1
        known = self.path == "/2/tweets/search/stream/rules"
        self._send(self.world.told_rules(body) if known else b"{}", 201 if known else 404)

    def _stream(self) -> None:
        self.close_connection = True
        if not self.world.enter_stream():
            self._send(b'{"title":"ConnectionException","detail":"one is open"}', 429)
            return
        try:
            self.world.stream(self)
        except OSError:
            return  # the reader is gone
        finally:
            self.world.leave_stream()
            _shut(self.connection)

    def _send(self, body: bytes, status: int = 200) -> None:
        try:
            self.send_response_only(status)
            self.send_header("content-type", "application/json; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Say nothing."""
