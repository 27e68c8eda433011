"""Bluesky: every public post by Jetstream, of which those are kept that a brand may be meant in.

No key.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Annotated

import orjson
from pydantic import AfterValidator, Field, SecretStr

from listener.errors import RateLimitedError, SourceDownError, SourceError
from listener.fetch.addresses import is_web, plain
from listener.model import HOUR_MS, WEEK_MS, Folding, FoldingKind, Mention
from listener.payloads.bluesky import PLATFORM, POSTS, Event, read_event
from listener.source import Batch, Context, Gap, Source, SourceOptions, Spec, Stopped

if TYPE_CHECKING:
    from listener.fetch.websocket import Socket

_VERSION = 1
_BATCH = 200  # mentions and foldings
_TOLD = 100_000  # ids of posts, to tell none twice in one run
_BEAT = 1.0  # seconds between two batches, at most
_REST = 15.0  # seconds, if they are empty
_LOOK = 0.25  # seconds between looks at whether to stop
_OFTEN = 100  # messages, likewise
_QUIET = 2.0  # seconds without a post, somewhere in the world: a poll has caught up
_SEEKING = 6.0  # seconds before the first one, while the instance looks for the place
_DEAD = 300.0  # seconds; a stream that says nothing for so long is stuck
_PACE_OVER = 10.0  # seconds over which a poll looks whether it still gains on the present
_REWIND = 10_000_000  # us; two instances' clocks differ by less
_AHEAD = 86_400_000_000  # us; what is later yet would carry the cursor away
_LOST = 10 * 60_000  # ms between where we were and the first event: the rest was not kept


def _checked(address: str | SecretStr) -> str | SecretStr:
    text = plain(address)
    scheme, separator, rest = text.partition("://")
    if scheme in ("ws", "wss") and separator:
        text = f"http://{rest}"
    if not is_web(text):
        raise ValueError("expected an address that begins with wss:// or ws:// and a host")
    return address


class BlueskyOptions(SourceOptions):
    """Options of a `bluesky` source."""

    addresses: tuple[Annotated[str | SecretStr, AfterValidator(_checked)], ...] = Field(
        default=(
            "wss://jetstream2.us-east.bsky.network/subscribe",
            "wss://jetstream1.us-west.bsky.network/subscribe",
        ),
        min_length=1,
        description="Jetstream instances; the next is asked when one cannot be reached",
    )
    backlog_minutes: float = Field(
        default=10.0,
        ge=0,
        le=1440,
        description="minutes from before it is first listened to, to begin with",
    )
    everything: bool = Field(
        default=False,
        description="true to keep every post (some 40 a second) and not only what brands ask for",
    )


SPEC = Spec(
    name="bluesky",
    title="Bluesky posts, from Jetstream",
    options=BlueskyOptions,
    capabilities=frozenset({"stream", "poll", "backfill", "deletions"}),
    interval_seconds=300.0,
)


def connect(options: BlueskyOptions, context: Context) -> Source:
    """Reads what was posted since the last event read, and goes on if it streams."""
    if options.everything:
        return Bluesky(options, context, lambda _: True)
    from listener.fetch.matching import Wanted

    return Bluesky(options, context, Wanted.of(context))


@dataclass(frozen=True, slots=True)
class _State:
    """Where we are in an instance's events: `at` (us), with the keys of those `seen` at it.

    `place` stands for the instance. `lost` (ms) is up to when something was lost for good.
    """

    at: int
    place: str = ""
    seen: tuple[str, ...] = ()
    lost: int = 0

    def cursor(self) -> str:
        return orjson.dumps({"version": _VERSION, **asdict(self)}).decode()


@dataclass(slots=True)
class _Basket:
    """What is collected for the next batch, since when (monotonic)."""

    since: float = field(default_factory=time.monotonic)
    mentions: list[Mention] = field(default_factory=list)
    foldings: list[Folding] = field(default_factory=list)
    refused: int = 0

    @property
    def full(self) -> bool:
        """Whether it is time for a batch."""
        many = len(self.mentions) + len(self.foldings) + self.refused
        age = time.monotonic() - self.since
        return many >= _BATCH or age >= (_BEAT if many else _REST)

    def batch(self, state: _State, gaps: tuple[Gap, ...] = ()) -> Batch:
        """The batch after which we are at `state`."""
        now = state.at // 1000
        sure = now - state.lost > 8 * WEEK_MS  # else what was lost would count as repaired
        return Batch(
            state.cursor(),
            tuple(self.mentions),
            tuple(self.foldings),
            self.refused,
            gaps=gaps,
            heard_until=now if sure else None,
        )


class Bluesky:
    """Follows one Jetstream instance until it has caught up, or until told to stop."""

    def __init__(
        self, options: BlueskyOptions, context: Context, wanted: Callable[[Mention], bool]
    ) -> None:
        self._options = options
        self._context = context
        self._wanted = wanted
        self._told: set[str] = set()  # ids of this run

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """What was posted, edited and deleted since the cursor, in the instance's order."""
        begun = self._context.now()
        state = _recalled(cursor)
        if state is None:
            state = _State((begun - int(self._options.backlog_minutes * 60_000)) * 1000)
        socket, state = self._connected(state)
        with closing(socket):
            yield from self._heard(socket, state, begun)

    def close(self) -> None:
        """Nothing to do: each run closes its own connection."""

    def _connected(self, state: _State) -> tuple["Socket", _State]:
        """A connection to the first instance that can be reached, and where to begin there."""
        from listener.fetch.websocket import open_socket

        failures: list[SourceError] = []
        for address in self._options.addresses:
            there = _placed(state, address)
            query = f"wantedCollections={POSTS}&cursor={there.at}"
            try:
                return open_socket(address, self._context, query), there
            except (SourceDownError, RateLimitedError) as error:
                failures.append(error)
        raise failures[0]

    def _heard(self, socket: "Socket", state: _State, begun: int) -> Iterator[Batch]:
        """Batches, while events come. `begun` (ms) is what a poll wants to catch up with."""
        catching = _CatchingUp(begun * 1000, state.at)
        basket, first = _Basket(), True
        messages, last, heard = 0, time.monotonic(), False
        while True:
            message = socket.receive(_LOOK)
            messages += 1
            if message is None or messages % _OFTEN == 0:
                if self._context.wait(0):
                    yield basket.batch(state)
                    raise Stopped
                self._check_alive(time.monotonic() - last)
            gaps: tuple[Gap, ...] = ()
            if message is not None:
                last, heard = time.monotonic(), True
                event = read_event(message)
                if event is None or event.at > self._context.now() * 1000 + _AHEAD:
                    basket.refused += 1
                elif event.at != state.at or event.key not in state.seen:
                    if first:
                        state, gaps = self._begun(state, event, begun)
                        first = False
                    self._sort(event, basket)
                    state = _after(state, event)
            silence = time.monotonic() - last
            done = not self._context.streaming and catching.up(state.at, silence, heard=heard)
            if basket.full or gaps or done:
                yield basket.batch(state, gaps)
                basket = _Basket()
            if done:
                return

    def _sort(self, event: Event, basket: _Basket) -> None:
        said = event.said
        if isinstance(said, Folding):
            basket.foldings.append(said)
        elif said is not None:
            told = said.native_id in self._told
            if not told and self._wanted(said):  # of an edited one, perhaps only now
                basket.mentions.append(said)
                self._told.add(said.native_id)
            elif event.edited:
                at, native_id = event.at // 1000, said.native_id
                basket.foldings.append(
                    Folding(FoldingKind.EDIT, PLATFORM, at, native_id, text=said.text)
                )
        basket.refused += not event.known
        if len(self._told) > _TOLD:
            self._told.clear()  # the store knows them

    def _begun(self, state: _State, event: Event, begun: int) -> tuple[_State, tuple[Gap, ...]]:
        """What an instance no longer has of the time since the cursor."""
        since, until = state.at // 1000, event.at // 1000
        if until - since <= _LOST or begun - since <= HOUR_MS:
            return state, ()
        cause = "it was so long ago that Jetstream has not kept it"
        return replace(state, lost=until), (Gap(since, until, cause),)

    def _check_alive(self, silence: float) -> None:
        if self._context.streaming and silence > _DEAD:
            raise SourceDownError(
                f"Source {self._context.name}: Jetstream is connected and has said nothing for "
                f"{_DEAD / 60:.0f} minutes.",
                remedy="It is connected again; if that does not help, put another instance first "
                "in addresses.",
            )


class _CatchingUp:
    """Whether a poll has read all there is: up to its beginning, or no faster than it happens.

    The latter is for a clock, theirs or ours, that is wrong.
    """

    def __init__(self, goal: int, at: int) -> None:
        self._goal = goal
        self._mark = at
        self._marked = time.monotonic()

    def up(self, at: int, silence: float, *, heard: bool) -> bool:
        """`at` (us) is where we are, `silence` the seconds since the last message, if any."""
        if at >= self._goal or silence >= (_QUIET if heard else _SEEKING):
            return True
        passed = time.monotonic() - self._marked
        if passed < _PACE_OVER:
            return False
        gained, self._mark, self._marked = at - self._mark, at, time.monotonic()
        return gained < 2 * passed * 1_000_000


def _after(state: _State, event: Event) -> _State:
    if event.at < state.at:
        return state
    seen = (*state.seen, event.key) if event.at == state.at else (event.key,)
    return _State(event.at, state.place, seen, state.lost)


def _placed(state: _State, address: str | SecretStr) -> _State:
    place = hashlib.blake2b(plain(address).encode(), digest_size=8).hexdigest()
    if state.place in ("", place):
        return replace(state, place=place)
    return replace(state, at=max(0, state.at - _REWIND), place=place, seen=())


def _recalled(cursor: str | None) -> _State | None:
    try:
        stored = orjson.loads(cursor or "null")
        if stored.pop("version") != _VERSION:
            return None
        return _State(
            int(stored["at"]), str(stored["place"]), tuple(stored["seen"]), stored["lost"]
        )
    except (orjson.JSONDecodeError, ValueError, TypeError, KeyError, AttributeError):
        return None
