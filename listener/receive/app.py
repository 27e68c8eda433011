"""The door itself: a call is judged by its source, kept if it is genuine, and then answered.

Nothing of a call is written down but what its source wants kept: no address of the caller, no
query, no header, no body, neither in logs nor in errors.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from listener.collect.station import Station
from listener.errors import PlugError, StoreBusyError, StoreError
from listener.source import Call

PATH = "/hooks/{name}"
_TELL_EVERY = 60_000  # ms, of each source
_AGAIN = "30"  # seconds, for a platform that reads Retry-After


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of a body, and seconds: for a body to arrive, and for it to be kept."""

    body: int = 1 << 20
    arrive: float = 10.0
    keep: float = 10.0


def receiver(
    stations: Sequence[Station],
    keep: Callable[[str, bytes], None],
    now: Callable[[], int],
    *,
    told: Callable[[str, str], None],
    limits: Limits | None = None,
) -> Starlette:
    """The application that answers at /hooks/<name of the station>.

    `keep` commits a body before it returns; it is called from one thread, and a StoreError of
    its is answered 503, so that the platform tries again. `told` hears, from that thread, what
    is wrong with calls to a station, at most once a minute. `now` is the clock (UTC ms).
    """
    for station in stations:
        _check(station)
    named = {station.name: station for station in stations}
    door = _Door(named, keep, now, told, limits or Limits())
    app = Starlette(
        routes=[Route(PATH, door.answer, methods=["GET", "POST"])],
        exception_handlers={Exception: door.broken},
        lifespan=door.open,
    )
    app.router.redirect_slashes = False
    return app


def _check(station: Station) -> None:
    if not hasattr(station.plug, "answer"):
        raise PlugError(
            f"The source {station.type} receives, and has no function `answer`.",
            remedy="Mend it, or take it out of config.toml.",
        )


class _Door:
    """Answers calls; all that touches the store happens in one thread of its own."""

    def __init__(
        self,
        stations: dict[str, Station],
        keep: Callable[[str, bytes], None],
        now: Callable[[], int],
        told: Callable[[str, str], None],
        limits: Limits,
    ) -> None:
        self._stations = stations
        self._keep = keep
        self._now = now
        self._told = told
        self._limits = limits
        self._refused: Counter[tuple[str, str]] = Counter()
        self._told_at: dict[tuple[str, str], int] = {}
        self._writer: ThreadPoolExecutor  # for as long as the door is open

    @asynccontextmanager
    async def open(self, app: Starlette) -> AsyncIterator[None]:
        """What waits when the door closes was not answered: the platform brings it again."""
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="receiver")
        try:
            yield
        finally:
            self._writer.shutdown(cancel_futures=True)

    async def answer(self, request: Request) -> Response:
        """Read, let the source judge, keep, answer."""
        station = self._stations.get(request.path_params["name"])
        if station is None:
            return _said(404, "No source of that name receives here.")
        try:
            async with asyncio.timeout(self._limits.arrive):
                body = await _body(request, self._limits.body)
        except (TimeoutError, ClientDisconnect):
            return _said(408, "The body did not arrive in time.", connection="close")
        if body is None:
            return _said(413, "The body is too large.", connection="close")
        method = "GET" if request.method == "HEAD" else request.method
        call = Call(method, dict(request.headers), dict(request.query_params), body)
        reply = station.plug.answer(station.options, call, self._now())
        if reply.keep and not await self._kept(station.name, body):
            return _said(503, "Not kept; bring it again.", retry_after=_AGAIN)
        if reply.status in (401, 403):
            await self._note_refusal(station.name, method, reply.status)
        return _said(reply.status, reply.body)

    async def broken(self, request: Request, error: Exception) -> Response:
        """A bug in a source's `answer`: its kind alone is told, for its text may hold the body."""
        name = request.path_params.get("name", "")
        words = f"{type(error).__name__} while a call was answered: a bug, report it."
        await self._tell(name, "bug", words)
        return _said(500, "This is a bug here; bring it again.")

    async def _kept(self, name: str, body: bytes) -> bool:
        """Whether the body is on the disk. Waits for another writer as long as it may."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._limits.keep):
                while True:
                    with suppress(StoreBusyError):
                        await loop.run_in_executor(self._writer, self._keep, name, body)
                        return True
        except TimeoutError:
            why = "the database was busy too long."
        except StoreError as error:
            why = error.message
        await self._tell(name, "kept", f"a delivery was turned away: {why}")
        return False

    async def _note_refusal(self, name: str, method: str, status: int) -> None:
        kind, why = "call", "the signature is missing, wrong, or too old"
        if method == "GET":
            kind, why = "handshake", "the word that it must know is missing or another"
        self._refused[name, kind] += 1
        count = self._refused[name, kind]
        calls = f"a {kind} was" if count == 1 else f"{count:,} {kind}s were"
        if await self._tell(name, f"refused {kind}", f"{calls} refused ({status}): {why}."):
            self._refused[name, kind] -= count

    async def _tell(self, name: str, about: str, words: str) -> bool:
        """Whether it was time to tell: whoever knocks at the door must not fill the ledger."""
        now = self._now()
        if now - self._told_at.get((name, about), -_TELL_EVERY) < _TELL_EVERY:
            return False
        self._told_at[name, about] = now
        with suppress(StoreError):
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._writer, self._told, name, words)
        return True


async def _body(request: Request, limit: int) -> bytes | None:
    """The body; None, and no more of it is read, when it is over the limit."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            return None
    return bytes(body)


def _said(status: int, words: str, **headers: str) -> Response:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return PlainTextResponse(
        words,
        status,
        headers={"cache-control": "no-store", "x-content-type-options": "nosniff", **told},
    )
