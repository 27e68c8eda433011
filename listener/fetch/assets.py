"""One's own page or account at Meta: its posts and what is said there, by polls and by webhook."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import orjson
from pydantic import AfterValidator, Field

from listener.errors import RateLimitedError, SourceDownError, SourceError
from listener.fetch.addresses import Address
from listener.fetch.edges import PAGES, Edge, Leaf, Place, walked
from listener.model import DAY_MS, OwnPost
from listener.payloads.meta import identity, moment
from listener.receive.taking import Content, waiting
from listener.settings import Secret
from listener.source import Batch, Context, Delivery, SourceOptions, Stopped

if TYPE_CHECKING:
    from listener.fetch.graph import Graph

_VERSION = 1
_POSTS = 500  # whose comments are followed
_LOOK = 0.5  # seconds
# What fails of all lists alike: the next one is not asked for.
_HALTING = (RateLimitedError, SourceDownError)
_METRICS = (
    "impressions",
    "reach",
    "likes",
    "reposts",
    "replies",
    "quotes",
    "clicks",
    "saves",
    "video_views",
)


def _named(names: Mapping[str, str]) -> Mapping[str, str]:
    for theirs, ours in names.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,79}", theirs) or ours not in _METRICS:
            raise ValueError(
                f'expected pairs like reach = "reach", the second one of {", ".join(_METRICS)}'
            )
    return names


def _account(text: str) -> str:
    if not re.fullmatch(r"[0-9]{3,30}", text):
        raise ValueError("expected an id of digits, not a name")
    return text


AccountId = Annotated[str, AfterValidator(_account)]


class AssetOptions(SourceOptions):
    """What the sources of Meta's platforms need to know alike."""

    token: Secret = Field(description='a long-lived access token, as "env:NAME"')
    app_secret: Secret | None = Field(
        default=None,
        description='the app\'s secret, as "env:NAME"; webhooks need it, and it proves that '
        "requests come from the app",
    )
    verify_token: Secret | None = Field(
        default=None,
        description='the word agreed upon for the webhook\'s first call, as "env:NAME"',
    )
    days: int = Field(
        default=14, ge=1, le=90, description="days for which a post and its comments are followed"
    )
    insights: Annotated[Mapping[str, str], AfterValidator(_named)] = Field(
        default_factory=dict,
        description='insights of own posts to ask for, and what they are, like { reach = "reach" }',
    )
    address: Address = Field(
        default="https://graph.facebook.com", description="the Graph API's address, without a path"
    )
    version: str = Field(
        default="v25.0", pattern=r"^v\d{1,3}\.\d{1,2}$", description="the Graph API's version"
    )


@dataclass(slots=True)
class Memory:
    """What is known of an account. `taken` is the last delivery, `name` its own name."""

    account: str
    taken: int = 0
    name: str = ""
    places: dict[str, Place] = field(default_factory=dict)

    @property
    def cursor(self) -> str:
        """All of it, to go on from."""
        return orjson.dumps({"version": _VERSION, **asdict(self)}).decode()

    @classmethod
    def of(cls, cursor: str | None, account: str) -> "Memory":
        """What a cursor says; nothing if it is another's."""
        try:
            stored: Any = orjson.loads(cursor or "null")
            if stored["version"] != _VERSION or stored["account"] != account:
                return cls(account)
            places = {
                str(key): Place(int(one["floor"]), tuple(map(str, one["told"])), str(one["state"]))
                for key, one in stored["places"].items()
            }
            return cls(account, int(stored["taken"]), str(stored["name"]), places)
        except (orjson.JSONDecodeError, TypeError, KeyError, ValueError, AttributeError):
            return cls(account)


Item = Mapping[str, Any]


class Asset(Protocol):
    """What a platform's source knows of its account. `posts` lists the newest first."""

    posts: Edge
    others: Sequence[Edge]

    def own(self, post: Item, memory: Memory, at: int) -> OwnPost | None:
        """Our own post and its numbers; None if it is somebody else's."""
        ...

    def comments(self, post: Item, at: int) -> tuple[Edge, int | None, str]:
        """The comments of a post, how many there are, and what tells that there are others.

        "" where nothing tells it.
        """
        ...

    def delivered(self, delivery: Delivery, memory: Memory) -> Content:
        """What a delivery says. Raises SourceError when it must be asked for and cannot."""
        ...


class Assets:
    """A source that follows an asset."""

    def __init__(
        self,
        asset: Asset,
        graph: "Graph",
        context: Context,
        options: AssetOptions,
        *,
        account: str,
        interval: float,
    ) -> None:
        self._asset = asset
        self._graph = graph
        self._context = context
        self._options = options
        self._account = account
        self._interval = options.interval_seconds or interval

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """What was delivered, and what is new."""
        memory = Memory.of(cursor, self._account)
        if self._context.streaming:
            yield from self._streamed(memory)
        else:
            yield from self._taken(memory)
            yield from self._polled(memory)

    def close(self) -> None:
        """Close the connections."""
        self._graph.close()

    def _streamed(self, memory: Memory) -> Iterator[Batch]:
        """Deliveries as they come, and a poll now and then.

        While the platform lets us wait, deliveries are still taken in.
        """
        due, problem = monotonic(), None
        while True:
            polls = monotonic() >= due
            try:
                yield from self._taken(memory)
                if polls:
                    yield from self._polled(memory)
                    problem = None
            except RateLimitedError as error:
                if polls or problem is None:
                    problem = error.message
                    yield Batch(memory.cursor, problem=problem)
            if polls:
                due = monotonic() + self._interval
            if self._context.wait(_LOOK):
                raise Stopped

    def _taken(self, memory: Memory) -> Iterator[Batch]:
        """What was delivered. What must be asked for, and cannot now, is not thrown away."""
        for delivery in waiting(self._context, memory.taken):
            content = self._asset.delivered(delivery, memory)
            memory.taken = delivery.number
            yield Batch(
                memory.cursor,
                content.mentions,
                content.foldings,
                content.refused,
                content.problem,
                taken=memory.taken,
            )

    def _polled(self, memory: Memory) -> Iterator[Batch]:
        """The account's posts and their numbers, what others posted, and comments.

        A list that cannot be had does not keep the others from being asked.
        """
        begun, problems = self._context.now(), list[SourceError]()
        since = begun - self._options.days * DAY_MS
        posts = self._posts(since, problems)
        own = tuple(found for post in posts if (found := self._asset.own(post, memory, begun)))
        ours = {post.native_id for post in own}
        theirs = [post for post in posts if post.get("id") not in ours]
        batch = self._heard(memory, self._asset.posts, [Leaf(theirs)], since=since)
        yield replace(batch, own_posts=own)
        followed = {self._asset.posts.path}
        for edge in self._asset.others:
            followed.add(edge.path)
            yield from self._walked(memory, edge, problems, since=since)
        for post in posts:
            edge, many, state = self._asset.comments(post, begun)
            followed.add(edge.path)
            known = memory.places.get(edge.path, Place()).state
            if many != 0 and not (state and state == known):
                yield from self._walked(memory, edge, problems, state=state)
        memory.places = {key: one for key, one in memory.places.items() if key in followed}
        heard_until = None if problems else begun
        yield Batch(memory.cursor, problem=_in_words(problems), heard_until=heard_until)

    def _posts(self, since: int, problems: list[SourceError]) -> list[Item]:
        """The account's posts; if they cannot be had with insights, without, which is told."""
        edge, names = self._asset.posts, ",".join(self._options.insights)
        if not names:
            return self._listed(edge, since)
        fields = f"{edge.parameters['fields']},insights.metric({names})"
        full = replace(edge, parameters={**edge.parameters, "fields": fields})
        try:
            return self._listed(full, since)
        except _HALTING:
            raise
        except SourceError as error:
            problems.append(error)
        try:
            return self._listed(edge, since)
        except _HALTING:
            raise
        except SourceError:
            raise problems[0] from None

    def _listed(self, edge: Edge, since: int) -> list[Item]:
        """Those that are not older than `since` (UTC ms), the newest 500 at most."""
        found: dict[str, Item] = {}
        for leaf in self._graph.pages(edge.path, PAGES, **edge.parameters):
            times = [at for item in leaf.items if (at := moment(item.get(edge.when))) is not None]
            for item in leaf.items:
                native_id, at = identity(item.get("id")), moment(item.get(edge.when))
                if native_id and at is not None and at >= since:
                    found.setdefault(native_id, item)
            # A post that is pinned to the top is older than what follows it.
            if len(found) >= _POSTS or (times and max(times) < since):
                break
        return list(found.values())[:_POSTS]

    def _walked(
        self,
        memory: Memory,
        edge: Edge,
        problems: list[SourceError],
        *,
        since: int = 0,
        state: str = "",
    ) -> Iterator[Batch]:
        leaves = self._graph.pages(edge.path, PAGES, **edge.parameters)
        try:
            batch = self._heard(memory, edge, leaves, since=since, state=state)
        except _HALTING:
            raise
        except SourceError as error:
            problems.append(error)
            return
        if batch.mentions or batch.refused or batch.gaps:
            yield batch

    def _heard(
        self, memory: Memory, edge: Edge, leaves: Iterable[Leaf], *, since: int, state: str = ""
    ) -> Batch:
        place = memory.places.get(edge.path, Place())
        place = replace(place, floor=max(place.floor, since), state=state)
        batch, memory.places[edge.path] = walked(leaves, edge, place, now=self._context.now())
        return replace(batch, cursor=memory.cursor)


def _in_words(errors: Sequence[SourceError]) -> str | None:
    if not errors:
        return None
    rest = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{errors[0].message}{rest}"
