"""Listening to X's stream: its rules kept as the queries are, the gap before it repaired, and
each block of posts paid for before it comes.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from listener.errors import RateLimitedError, SourceAuthError, SourceError, SpendingCapError
from listener.fetch.x import Api
from listener.fetch.x_options import INTERVAL, XOptions
from listener.fetch.x_poll import EVERYTHING, Poll
from listener.fetch.x_stream import Stream
from listener.model import DAY_MS, Mention
from listener.payloads.x import earlier, id_at, read_line
from listener.payloads.x_answers import plan_rules
from listener.payloads.x_cursor import Place, State, digest
from listener.source import Batch, Context, Purse, Stopped

INDEXED = 15.0  # seconds until recent search knows of a post
_LAG = 10_000  # ms that one post may come after a younger one
_BATCH = 500  # posts
_BEAT = 1.0  # seconds between two batches, at most
_REST = 15.0  # seconds, if they are empty
_LOOK = 0.25
_TOLD = 100_000  # ids, to tell none twice in one run
_MOST_RULES = 1_000
_CONNECTS, _WITHIN = 45, 900_000  # ms; X allows 50 connections in 15 minutes
_BLOCK = 1_000  # posts that are paid for ahead, at most
_LEAST = 20
_ALL = 1 << 60


class Meter:
    """Money set aside for posts that X will send without being asked. Millionths of a dollar."""

    def __init__(self, purse: Purse, price: int) -> None:
        self._purse = purse
        self._price = price
        self._blocks: list[tuple[int, int]] = []  # number, what was set aside
        self._used = 0

    def begin(self) -> None:
        """Pay ahead for a first block; raises SpendingCapError."""
        if self._price:
            self._set_aside()

    def add(self, cost: int) -> None:
        """So much came. Raises SpendingCapError when no more can be paid ahead."""
        self._used += cost
        while len(self._blocks) > 1 and self._used >= self._blocks[0][1]:
            number, amount = self._blocks.pop(0)
            self._purse.settle(number, amount)
            self._used -= amount
        if self._price and self._used * 2 > sum(amount for _, amount in self._blocks):
            self._set_aside()

    def end(self) -> None:
        """Give back what did not come."""
        for number, amount in self._blocks:
            cost = min(self._used, amount)
            self._purse.settle(number, cost)
            self._used -= cost
        self._blocks.clear()

    def _set_aside(self) -> None:
        left = self._purse.left()
        posts = _BLOCK if left is None else left // (10 * self._price)
        amount = max(_LEAST, min(_BLOCK, posts)) * self._price
        self._blocks.append((self._purse.reserve("filtered stream", amount), amount))


@dataclass(slots=True)
class _Basket:
    """What is collected for the next batch."""

    since: float = field(default_factory=time.monotonic)
    mentions: list[Mention] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    refused: int = 0
    problem: str | None = None

    @property
    def full(self) -> bool:
        many = len(self.mentions) + self.refused
        age = time.monotonic() - self.since
        return many >= _BATCH or age >= (_BEAT if many or self.problem else _REST)


class Listening:
    """One connection to the stream, from its rules to its end."""

    def __init__(
        self,
        api: Api,
        options: XOptions,
        context: Context,
        searches: Mapping[str, tuple[str, ...]],
        rules: tuple[str, ...],
        stream: Stream,
        meter: Meter,
    ) -> None:
        self._api = api
        self._options = options
        self._context = context
        self._searches = searches
        self._rules = rules
        self._stream = stream
        self._meter = meter
        fingerprint = context.key.fingerprint[:8] if context.key else ""
        self._tag = f"krasae/{fingerprint}/{context.name}"
        self._tags = frozenset({self._tag})  # of the rules that find what is wanted
        self._told: set[int] = set()
        self._newest = 0
        self._steady = False  # whether nothing is missing any more

    def batches(self, state: State) -> Iterator[Batch]:
        """Batches, until told to stop. Raises SourceError when the connection ends."""
        self._wait_for_turn(state)
        problem = self._synchronised()
        self._told.update(state.told)
        self._meter.begin()
        try:
            self._stream.open()
            state.connected.append(self._context.now())
            yield Batch(state.cursor(), problem=problem)
            yield from self._repaired(state)
            yield from self._heard(state)
        finally:
            self._stream.close()
            self._meter.end()

    def _wait_for_turn(self, state: State) -> None:
        now = self._context.now()
        state.connected = [at for at in state.connected if now - _WITHIN < at <= now]
        if len(state.connected) >= _CONNECTS:
            raise RateLimitedError(
                f"Source {self._context.name}: the stream broke off {_CONNECTS} times in fifteen "
                "minutes, and X allows no more connections.",
                remedy="It is connected again when X allows it.",
                retry_at=state.connected[0] + _WITHIN,
            )

    def _synchronised(self) -> str | None:
        """Make the app's rules with our tag those that are wanted; what X says against it."""
        wanted, known = self._rules, self._api.rules()
        others = sum(rule.tag != self._tag for rule in known)
        kept = wanted[: max(0, _MOST_RULES - others)]
        plan = plan_rules(known, kept, tag=self._tag)
        self._tags = plan.tags
        problems = []
        if len(kept) < len(wanted):
            problems.append(
                f"X allows {_MOST_RULES:,} rules: {len(wanted) - len(kept)} are left out"
            )
        if plan.delete:
            self._api.delete_rules(plan.delete)
        if plan.add:
            try:
                problems += self._api.add_rules(plan.add, self._tag)
            except (SpendingCapError, RateLimitedError, SourceAuthError):
                raise
            except SourceError as error:
                if len(plan.add) == len(kept):
                    raise  # there is nothing to listen for
                problems.append(f"The new rules are not taken: {error.message}")
        return "; ".join(problems) or None

    def _places(self, state: State) -> list[Place]:
        return [state.place(digest(query)) for query in self._poll().queries()]

    def _poll(self) -> Poll:
        return Poll(self._api, self._options, self._context, self._searches, self._told)

    def _repaired(self, state: State, until: int = 0) -> Iterator[Batch]:
        """What was posted since the stream was last heard; at first, the newest posts alone.

        Those tell where X's ids are, whatever our clock says.
        """
        poll = self._poll()
        for query in poll.queries():
            place, ask = state.place(digest(query)), poll.asked_for(query)
            if not place.since:
                page = ask(0, 0, 0, None)
                place.since = page.newest or EVERYTHING
                yield poll.batch(state, page)
            elif not until or place.since < until - 1:
                whole = False
                while not whole:
                    whole = yield from poll.catch_up(
                        state, place, ask, most=_ALL, until=until, lag=_LAG
                    )

    def _heard(self, state: State) -> Iterator[Batch]:
        basket, begun = _Basket(), time.monotonic()
        interval = self._options.interval_seconds or INTERVAL
        due, first = begun, 0
        while True:
            try:
                lines = self._stream.take(_LOOK)
                self._sort(lines, basket)
            except SourceError as error:
                if isinstance(error, SpendingCapError):
                    self._drain(basket)
                yield self._batch(state, basket)
                raise
            first = first or min(basket.ids, default=0)
            if self._context.wait(0):
                yield self._batch(state, basket)
                raise Stopped
            if not self._steady and time.monotonic() - begun >= INDEXED:
                # What search did not know of yet when the stream began.
                yield self._batch(state, basket)
                basket = _Basket()
                until = earlier(first, -_LAG) if first else 0
                yield from self._repaired(state, until)
                self._steady = True
            if basket.full:
                yield self._batch(state, basket)
                basket = _Basket()
            if time.monotonic() >= due:
                due = time.monotonic() + interval
                yield from self._polled(state)

    def _drain(self, basket: _Basket) -> None:
        """Let go of the stream, and take what X had sent by then: it is paid for."""
        self._stream.close()
        with suppress(SourceError):
            while True:
                with suppress(SpendingCapError):
                    self._sort(self._stream.take(_LOOK), basket)

    def _polled(self, state: State) -> Iterator[Batch]:
        """Counts, our own account and deletions, beside the stream."""
        try:
            yield from self._poll().run(state, reading=False)
        except SourceError as error:
            yield Batch(state.cursor(), problem=error.message)

    def _sort(self, lines: list[bytes], basket: _Basket) -> None:
        cost, latest = 0, id_at(self._context.now() + DAY_MS)
        for line in lines:
            read = read_line(line)
            if read is None:
                basket.refused += 1
                continue
            if read.mention is None:
                basket.problem = read.problem
                continue
            cost += self._api.price_of(1, read.users, read.others)
            if read.tags and self._tags.isdisjoint(read.tags):
                continue  # another's rule
            if read.number in self._told:
                continue
            self._told.add(read.number)
            basket.mentions.append(read.mention)
            basket.ids.append(read.number)
            if self._newest < read.number < latest:
                self._newest = read.number
        self._meter.add(cost)

    def _batch(self, state: State, basket: _Basket) -> Batch:
        """What is in the basket, with the place up to where nothing is missing."""
        if self._steady and self._newest:
            sure = earlier(self._newest, _LAG)
            for place in self._places(state):
                if place.since and not place.until:
                    place.since = max(place.since, sure)
        low = min((place.since for place in self._places(state)), default=0)
        state.tell(basket.ids, above=low)
        if len(self._told) > _TOLD:
            self._told = set(state.told)
        now = self._context.now()
        return Batch(
            state.cursor(),
            tuple(basket.mentions),
            refused=basket.refused,
            problem=basket.problem,
            heard_until=now - _LAG if self._steady else None,
        )
