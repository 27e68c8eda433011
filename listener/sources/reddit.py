"""Reddit: subreddits and searches, by PRAW for who has keys, and by its feeds for who has none."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from pydantic import Field, SecretStr, field_validator, model_validator

from listener.errors import RateLimitedError, SettingsError, SourceError
from listener.fetch.addresses import Address, plain
from listener.model import Mention
from listener.payloads.reddit import Thing, parse_reddit_feed
from listener.payloads.reddit_cursor import REWIND, Basket, State
from listener.settings import Secret
from listener.source import Batch, Context, Gap, Source, SourceOptions, Spec, Stopped

if TYPE_CHECKING:
    from listener.fetch.listings import Listings
    from listener.fetch.reddit import Reddit

_PAGE = 100
_PAGES = 12  # Reddit lists a thousand, and no more
_REST = 15.0  # seconds between two looks at the subreddits, when streaming
_AGAIN = 12 * 3600  # seconds between two looks at what became of a mention
_DAY = 86_400  # seconds
_FEED_SPACING = 6.0  # seconds; strangers are allowed some ten requests a minute
_SUBREDDIT = re.compile(r"[A-Za-z0-9_]{2,21}")


class RedditOptions(SourceOptions):
    """Options of a `reddit` source."""

    subreddits: tuple[str, ...] = Field(default=(), description="subreddits to follow")
    comments: bool = Field(
        default=True, description="false to leave out the comments of these subreddits"
    )
    search: bool = Field(
        default=False, description="true to search all of Reddit for the brands' queries"
    )
    everything: bool = Field(
        default=False, description="true to keep all that is read, and not only what brands ask for"
    )
    client_id: str | None = Field(
        default=None, description="the application's id; without one, Reddit's feeds are read"
    )
    client_secret: Secret | None = Field(
        default=None, description='the application\'s secret, as "env:NAME"'
    )
    username: str | None = Field(
        default=None, description="an account, for an application of the kind script"
    )
    password: Secret | None = Field(default=None, description='its password, as "env:NAME"')
    refresh_token: Secret | None = Field(
        default=None, description='instead of username and password, as "env:NAME"'
    )
    user_agent: str = Field(
        default="python:krasae:1 (self-hosted social listening)",
        min_length=7,
        description="who we say we are; Reddit wants the account's name in it (by /u/NAME)",
    )
    backlog_hours: float = Field(
        default=24.0, ge=0, le=8760, description="hours from before it is first read, to begin with"
    )
    recheck_days: float = Field(
        default=14.0,
        ge=0,
        le=365,
        description="days for which a mention is looked at again, twice a day, for edits and "
        "deletions; needs keys",
    )
    address: Address = Field(
        default="https://www.reddit.com", description="where feeds and tokens are, without a path"
    )
    oauth_address: Address = Field(
        default="https://oauth.reddit.com", description="where the API is, without a path"
    )

    @field_validator("subreddits")
    @classmethod
    def _named(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        bare = tuple(name.strip().strip("/").removeprefix("r/") for name in names)
        if not all(_SUBREDDIT.fullmatch(name) for name in bare):
            raise ValueError("expected names of subreddits, such as Thailand or r/Thailand")
        return bare

    @model_validator(mode="after")
    def _some(self) -> "RedditOptions":
        if not (self.subreddits or self.search):
            raise ValueError("expected subreddits, or search = true")
        if (self.client_id is None) != (self.client_secret is None):
            raise ValueError("expected client_id and client_secret together")
        if (self.username is None) != (self.password is None):
            raise ValueError("expected username and password together")
        if self.client_id is None and (self.username or self.refresh_token):
            raise ValueError("expected client_id and client_secret beside an account")
        return self


SPEC = Spec(
    name="reddit",
    title="Reddit submissions and comments",
    options=RedditOptions,
    capabilities=frozenset({"stream", "poll", "backfill", "deletions"}),
    interval_seconds=300.0,
)


def connect(options: RedditOptions, context: Context) -> Source:
    """Reads every line down to where it was; with an application's keys by the API."""
    lines = [Line("new", name) for name in options.subreddits]
    if options.comments:
        lines += [Line("comments", name) for name in options.subreddits]
    if options.search:
        lines += [Line("search", words) for words in _searches(context)]
    wanted: Callable[[Mention], bool] = lambda _: True  # noqa: E731
    if not options.everything:
        from listener.fetch.matching import Wanted

        wanted = Wanted.of(context)
    if options.client_id is None or options.client_secret is None:
        return RedditFeeds(options, context, _listings(options, context, lines), wanted)
    from listener.fetch.reddit import Keys, Reddit

    keys = Keys(
        options.client_id,
        options.client_secret,
        options.username,
        options.password,
        options.refresh_token,
    )
    api = Reddit(
        keys,
        context,
        address=options.address,
        oauth_address=options.oauth_address,
        user_agent=options.user_agent,
    )
    return RedditListings(options, context, api, lines, wanted)


@dataclass(frozen=True, slots=True)
class Line:
    """Something to follow: the new submissions or comments of a subreddit, or a search."""

    kind: str
    words: str

    @property
    def key(self) -> str:
        """Its name in the cursor."""
        return f"{self.kind}:{self.words}"

    def address(self, site: str) -> str:
        """Its feed."""
        if self.kind == "search":
            return f"{site}/search.rss?q={quote_plus(self.words)}&sort=new&limit={_PAGE}"
        return f"{site}/r/{self.words}/{self.kind}/.rss?limit={_PAGE}"


class RedditFeeds:
    """Reads feeds, which hold the newest of each line."""

    def __init__(
        self,
        options: RedditOptions,
        context: Context,
        listings: "Listings",
        wanted: Callable[[Mention], bool],
    ) -> None:
        self._context = context
        self._listings = listings
        self._wanted = wanted
        self._interval = options.interval_seconds or SPEC.interval_seconds

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """What is new in the feeds; again and again, if it streams."""
        while True:
            for batch in self._listings.batches(cursor):
                cursor = batch.cursor
                yield replace(batch, mentions=tuple(filter(self._wanted, batch.mentions)))
            if not self._context.streaming:
                return
            if self._context.wait(self._interval):
                raise Stopped

    def close(self) -> None:
        """Close the connections."""
        self._listings.close()


class RedditListings:
    """Reads the API's listings, newest first, down to where it was the last time."""

    def __init__(
        self,
        options: RedditOptions,
        context: Context,
        api: "Reddit",
        lines: Sequence[Line],
        wanted: Callable[[Mention], bool],
    ) -> None:
        self._options = options
        self._context = context
        self._api = api
        self._lines = lines
        self._wanted = wanted
        self._backlog = int(options.backlog_hours * 3600)
        # At least as long as two lines may show the same.
        days = max(options.recheck_days, options.backlog_hours / 24, 1 / 24)
        self._remembered = int(days * _DAY)

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """What was written, edited and deleted since the cursor; again and again, if it streams."""
        state = State.recall(cursor)
        interval = self._options.interval_seconds or SPEC.interval_seconds
        live = [line for line in self._lines if line.kind != "search"]
        lines, due = self._lines, time.monotonic() + interval
        while True:
            yield from self._polled(state, lines)
            if not self._context.streaming:
                return
            if self._context.wait(min(_REST, interval) if live else interval):
                raise Stopped
            lines = live or self._lines
            if time.monotonic() > due:
                lines, due = self._lines, time.monotonic() + interval

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _polled(self, state: State, lines: Sequence[Line]) -> Iterator[Batch]:
        """A batch for each line with something new, for what became of known ones, and a last one.

        A line that fails does not keep the others from being read; the first one's error is
        raised when all fail. When Reddit allows no more, that is the end.
        """
        begun = self._context.now()
        errors: list[SourceError] = []
        heard = 0
        for line in lines:
            try:
                batch = self._read(state, line)
            except SourceError as error:
                errors.append(error)
                if isinstance(error, RateLimitedError):
                    break
                continue
            heard += 1
            if batch.mentions or batch.foldings or batch.refused or batch.gaps:
                yield batch
        if not heard:
            raise errors[0]
        if errors and isinstance(errors[-1], RateLimitedError):
            raise errors[-1]
        try:
            yield from self._rechecked(state)
        except RateLimitedError:
            raise
        except SourceError as error:
            errors.append(error)
        whole = len(lines) == len(self._lines)
        yield Batch(
            self._cursor(state),
            problem=errors[0].message if errors else None,
            heard_until=begun if whole and not errors else None,
        )

    def _read(self, state: State, line: Line) -> Batch:
        """All that is new in a line: its place moves when its last page is read, and not before."""
        place = state.places.get(line.key)
        now = self._context.now() // 1000
        since = place.newest - REWIND if place else now - self._backlog
        found: dict[str, Thing] = {}
        refused, after = 0, ""
        for _ in range(_PAGES):
            page = self._api.page(line.kind, line.words, after)
            refused += page.refused
            found |= {thing.native_id: thing for thing in page.things}
            reached = page.things and page.things[-1].created < since
            if reached or page.after in ("", after):
                break
            after = page.after
        gaps: tuple[Gap, ...] = ()
        oldest = min((thing.created for thing in found.values()), default=0)
        if place and oldest > place.newest and len(found) >= _PAGE:
            cause = f"Reddit lists a thousand at most, and {line.key} had more since it was read"
            gaps = (Gap(place.newest * 1000, oldest * 1000, cause),)
        news = [thing for thing in found.values() if thing.created >= since]
        basket = state.take(line.key, news, since=since, now=now, wanted=self._wanted)
        basket.refused = refused
        return self._batch(basket, state, gaps)

    def _rechecked(self, state: State) -> Iterator[Batch]:
        """Looks again at mentions of the last days, a hundred a request; their scores come, too."""
        while True:
            now = self._context.now() // 1000
            oldest = now - int(self._options.recheck_days * _DAY)
            due = state.due(oldest=oldest, checked=now - _AGAIN)[:_PAGE]
            if not due:
                return
            page = self._api.info(due)
            basket = state.look_again(due, page.things, now=now)
            basket.refused = page.refused
            yield self._batch(basket, state)

    def _batch(self, basket: Basket, state: State, gaps: tuple[Gap, ...] = ()) -> Batch:
        return Batch(
            self._cursor(state),
            tuple(basket.mentions),
            tuple(basket.foldings),
            basket.refused,
            gaps=gaps,
        )

    def _cursor(self, state: State) -> str:
        state.forget(self._context.now() // 1000 - self._remembered)
        return state.cursor({line.key for line in self._lines})


def _searches(context: Context) -> Iterator[str]:
    """What is searched for: each brand's query, as often as it takes."""
    from listener.query import parse
    from listener.query.platforms import reddit

    compiled = [reddit.compile(parse(query)).queries for query in context.queries.values()]
    found = dict.fromkeys(query for queries in compiled for query in queries)
    if not found:
        raise SettingsError(
            f"Source {context.name} searches for the brands' words, and no brand's query has any.",
            remedy="Give a brand a query with a word in it.",
        )
    yield from found


def _listings(options: RedditOptions, context: Context, lines: Sequence[Line]) -> "Listings":
    from listener.fetch.fetcher import Fetcher, Page
    from listener.fetch.listings import Listing, Listings, Place

    site = plain(options.address).rstrip("/")
    secret = isinstance(options.address, SecretStr)
    addresses = [line.address(site) for line in lines]
    places = [Place(SecretStr(address) if secret else address) for address in addresses]

    def parse(page: Page, place: Place, now: int) -> Listing:
        return parse_reddit_feed(page, place.address, now=now)

    headers = {"user-agent": options.user_agent}
    fetcher = Fetcher(context, headers=headers, spacing=_FEED_SPACING)
    return Listings(context, fetcher, places, parse, rolling=True)
