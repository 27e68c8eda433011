"""Bluesky: every public post by Jetstream, of which those are kept that a brand may be meant in.

No key. With an app password, what was said before, and what Jetstream has not kept, is searched
for.
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, SecretStr, model_validator

from listener.errors import RateLimitedError, SourceDownError, SourceError
from listener.fetch.addresses import Address, is_web, plain
from listener.fetch.basket import Basket
from listener.model import DAY_MS, HOUR_MS, Folding, FoldingKind, Mention
from listener.payloads.bluesky import PLATFORM, POSTS, Event, read_event
from listener.payloads.bluesky_cursor import Past, State
from listener.settings import Secret
from listener.source import Batch, Context, Gap, Source, SourceOptions, Spec, Stopped

if TYPE_CHECKING:
    from listener.fetch.bluesky import Search
    from listener.fetch.websocket import Socket

_TOLD = 100_000  # ids of posts, to tell none twice in one run
_LOOK = 0.25  # seconds between looks at whether to stop
_OFTEN = 100  # messages, likewise
_QUIET = 2.0  # seconds without a post, somewhere in the world: a poll has caught up
_SEEKING = 6.0  # seconds before the first one, while the instance looks for the place
_DEAD = 300.0  # seconds; a stream that says nothing for so long is stuck
_PACE_OVER = 10.0  # seconds over which a poll looks whether it still gains on the present
_AHEAD = 86_400_000_000  # us; what is later yet would carry the cursor away
_SEARCH_AGAIN = HOUR_MS  # ms, after a search that failed
_LOST = 10 * 60_000  # ms between where we were and the first event: the rest was not kept
_NOT_KEPT = "it was so long ago that Jetstream has not kept it"


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
    identifier: str | None = Field(
        default=None, description="an account's handle, to search with; needs app_password"
    )
    app_password: Secret | None = Field(
        default=None, description='an app password of that account, as "env:NAME"'
    )
    search_days: float = Field(
        default=7.0,
        ge=0,
        le=365,
        description="days from before it is first listened to, to search for what brands ask for",
    )
    search_address: Address = Field(
        default="https://bsky.social", description="the server that logs the account in"
    )

    @model_validator(mode="after")
    def _both(self) -> "BlueskyOptions":
        if (self.identifier is None) != (self.app_password is None):
            raise ValueError("expected identifier and app_password together")
        return self


SPEC = Spec(
    name="bluesky",
    title="Bluesky posts, from Jetstream",
    options=BlueskyOptions,
    capabilities=frozenset({"stream", "poll", "backfill", "deletions"}),
    interval_seconds=300.0,
)


def connect(options: BlueskyOptions, context: Context) -> Source:
    """Reads what was posted since the last event read, and goes on if it streams."""
    wanted: Callable[[Mention], bool] = lambda _: True  # noqa: E731
    if not options.everything:
        from listener.fetch.matching import Wanted

        wanted = Wanted.of(context)
    if options.identifier is None or options.app_password is None:
        return Bluesky(options, context, wanted)
    from listener.fetch.bluesky import Search

    search = Search(
        options.identifier, options.app_password, context, address=options.search_address
    )
    return Bluesky(options, context, wanted, search)


class Bluesky:
    """Follows one Jetstream instance until it has caught up, or until told to stop."""

    def __init__(
        self,
        options: BlueskyOptions,
        context: Context,
        wanted: Callable[[Mention], bool],
        search: "Search | None" = None,
    ) -> None:
        self._options = options
        self._context = context
        self._wanted = wanted
        self._search = search
        self._told: set[str] = set()  # ids of this run

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """What was posted, edited and deleted since the cursor, in the instance's order."""
        begun = self._context.now()
        state: State | None = State.recall(cursor) or self._beginning(begun)
        while state:
            state = yield from self._searched(state)
            socket, state = self._connected(state)
            with closing(socket):
                state = yield from self._heard(socket, state, begun)

    def close(self) -> None:
        """Let go of the search's connections; each run closes its own websocket."""
        if self._search:
            self._search.close()

    def _beginning(self, begun: int) -> State:
        at = begun - int(self._options.backlog_minutes * 60_000)
        since = begun - int(self._options.search_days * DAY_MS)
        return State(at * 1000, past=Past(since, at) if self._search and since < at else None)

    def _searched(self, state: State) -> Generator[Batch, None, State]:
        """A batch for each query, of the past that is to be searched, if that is due."""
        past = state.past
        if past is None or (self._search and past.due > self._context.now()):
            return state
        queries, sure = _queries(self._context)
        try:
            while self._search and past.next < len(queries):
                found, refused, whole = self._search.posts(
                    queries[past.next], past.since, past.until
                )
                news = [one for one in found if one.native_id not in self._told]
                wanted = tuple(filter(self._wanted, reversed(news)))
                self._told.update(mention.native_id for mention in wanted)
                past = replace(past, next=past.next + 1, whole=past.whole and whole)
                state = replace(state, past=past)
                yield Batch(state.cursor(), wanted, refused=refused)
        except SourceError as error:
            due = max(self._context.now() + _SEARCH_AGAIN, error.retry_at or 0)
            state = replace(state, past=replace(past, due=due))
            yield Batch(state.cursor(), problem=error.message)
            return state
        state = replace(state, past=None)
        # Most of what a search misses, it cannot be asked for.
        all_found = self._search and past.whole and sure and not self._options.everything
        if past.gap and not all_found:
            yield Batch(state.cursor(), gaps=(Gap(past.since, past.until, _NOT_KEPT),))
        return state

    def _connected(self, state: State) -> tuple["Socket", State]:
        """A connection to the first instance that can be reached, and where to begin there."""
        from listener.fetch.websocket import open_socket

        failures: list[SourceError] = []
        for address in self._options.addresses:
            there = state.at_instance(address)
            query = f"wantedCollections={POSTS}&cursor={there.at}"
            try:
                return open_socket(address, self._context, query), there
            except (SourceDownError, RateLimitedError) as error:
                failures.append(error)
        raise failures[0]

    def _heard(
        self, socket: "Socket", state: State, begun: int
    ) -> Generator[Batch, None, State | None]:
        """Batches, while events come. `begun` (ms) is what a poll wants to catch up with.

        Ends with the state in which the past is to be searched, or with None.
        """
        catching = _CatchingUp(begun * 1000, state.at)
        basket, first = Basket(), True
        messages, last, heard = 0, time.monotonic(), False
        while True:
            message = socket.receive(_LOOK)
            messages += 1
            if message is None or messages % _OFTEN == 0:
                if self._context.wait(0):
                    yield _batch(basket, state)
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
                        if gaps and state.past:
                            yield _batch(basket, state, gaps)
                            return state
                    self._sort(event, basket)
                    state = state.after(event)
            silence = time.monotonic() - last
            done = not self._context.streaming and catching.up(state.at, silence, heard=heard)
            if basket.full or gaps or done:
                yield _batch(basket, state, gaps)
                basket = Basket()
            if done:
                return None
            if state.past and self._context.now() >= state.past.due:
                yield _batch(basket, state)
                return state

    def _sort(self, event: Event, basket: Basket) -> None:
        said = event.said
        if isinstance(said, Folding):
            basket.foldings.append(said)
        elif said is not None:
            basket.seen += 1
            told = said.native_id in self._told
            if not told and self._wanted(said):  # of an edited one, perhaps only now
                if event.edited:
                    basket.forget_edits(said.native_id)
                basket.mentions.append(said)
                self._told.add(said.native_id)
            elif event.edited:
                at, native_id = event.at // 1000, said.native_id
                basket.foldings.append(
                    Folding(
                        FoldingKind.EDIT, PLATFORM, at, native_id, text=said.text, in_order=True
                    )
                )
        basket.refused += not event.known
        if len(self._told) > _TOLD:
            self._told.clear()  # the store knows them

    def _begun(self, state: State, event: Event, begun: int) -> tuple[State, tuple[Gap, ...]]:
        """What an instance no longer has of the time since the cursor."""
        since, until = state.at // 1000, event.at // 1000
        if until - since <= _LOST or begun - since <= HOUR_MS:
            return state, ()
        gap = Gap(since, until, _NOT_KEPT, final=self._search is None)
        if self._search is None:
            return state, (gap,)
        # It is searched for, and then heard on from this very event.
        if state.past:
            since = min(since, state.past.since)
        past = Past(since, until, gap=True)
        return replace(state, at=event.at - 1, seen=(), past=past), (gap,)

    def _check_alive(self, silence: float) -> None:
        if self._context.streaming and silence > _DEAD:
            raise SourceDownError(
                f"Source {self._context.name}: Jetstream is connected and has said nothing for "
                f"{_DEAD / 60:.0f} minutes.",
                remedy="It is connected again; if that does not help, put another instance first "
                "in addresses.",
            )


def _batch(basket: Basket, state: State, gaps: tuple[Gap, ...] = ()) -> Batch:
    """The batch after which we are at `state`. What is to be searched for is not had yet."""
    pending = state.past is not None and state.past.gap
    heard_until = None if pending else state.at // 1000
    return basket.batch(state.cursor(), gaps=gaps, heard_until=heard_until)


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


def _queries(context: Context) -> tuple[list[str], bool]:
    """What is searched for, and whether all that a brand asks for can be found by it."""
    from listener.query import parse
    from listener.query.platforms import bluesky

    compiled = [bluesky.compile(parse(query)) for query in context.queries.values()]
    queries = dict.fromkeys(query for one in compiled for query in one.queries)
    return list(queries), not any(one.missed or one.unasked for one in compiled)
