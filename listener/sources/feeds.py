"""RSS, Atom and JSON feeds, and news searches that answer with a feed. No key."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from pydantic import Field, SecretStr, model_validator

from listener.errors import SettingsError
from listener.fetch.addresses import Address, plain
from listener.payloads.feeds import parse_feed
from listener.settings import Slug
from listener.source import Context, Source, SourceOptions, Spec

if TYPE_CHECKING:
    from listener.fetch.fetcher import Page
    from listener.fetch.listings import Listing, Place

_SPACING = 1.0  # seconds between two requests to one host


class FeedOptions(SourceOptions):
    """Options of a `feeds` source. An address that holds a key is written "env:NAME"."""

    addresses: tuple[Address, ...] = Field(default=(), description="the feeds' addresses")
    searches: tuple[Address, ...] = Field(
        default=(),
        description="addresses of searches that answer with a feed; {query} in them becomes "
        "each brand's query, as such searches take it",
    )
    platform: Slug = Field(default="rss", description="what its mentions are filed under")

    @model_validator(mode="after")
    def _some(self) -> "FeedOptions":
        if not self.addresses and not self.searches:
            raise ValueError("expected at least one address under addresses or searches")
        if any("{query}" not in plain(search) for search in self.searches):
            raise ValueError("expected {query} in every address under searches")
        return self


SPEC = Spec(
    name="feeds",
    title="RSS, Atom, JSON and news-search feeds",
    options=FeedOptions,
    capabilities=frozenset({"poll", "backfill"}),
    interval_seconds=900.0,
)


def connect(options: FeedOptions, context: Context) -> Source:
    """Polls every address in turn."""
    from listener.fetch.fetcher import Fetcher
    from listener.fetch.listings import Listings, Place

    places = [Place(address) for address in options.addresses]
    for words in dict.fromkeys(_searches(context, options.platform) if options.searches else ()):
        places += [Place(_filled(search, words)) for search in options.searches]
    if not places:
        raise SettingsError(
            f"Source {context.name} searches for the brands' words, and no brand's query has any.",
            remedy="Give a brand a query with a word in it.",
        )

    def parse(page: "Page", place: "Place", now: int) -> "Listing":
        return parse_feed(page, place.address, platform=options.platform, now=now)

    fetcher = Fetcher(context, spacing=_SPACING)
    return Listings(context, fetcher, places, parse, rolling=True)


def _filled(search: str | SecretStr, words: str) -> str | SecretStr:
    filled = plain(search).replace("{query}", quote_plus(words))
    return SecretStr(filled) if isinstance(search, SecretStr) else filled


def _searches(context: Context, platform: str) -> Iterator[str]:
    """What is searched for: each brand's query, as often as it takes."""
    from listener.query import parse
    from listener.query.platforms import news

    for query in context.queries.values():
        yield from news.compile(parse(query), platform).queries
