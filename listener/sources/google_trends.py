"""Google Trends' trending-now feed of a country: what people search for right now. No key."""

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from pydantic import AfterValidator, Field, SecretStr

from listener.errors import BadPayloadError
from listener.fetch.addresses import Address, is_web, plain, shown
from listener.model import DAY_MS, Mention, MentionKind
from listener.source import Context, Source, SourceOptions, Spec

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from listener.fetch.fetcher import Page
    from listener.fetch.listings import Listing, Place

PLATFORM = "google_trends"
_TRAFFIC = re.compile(r"([\d.,]+)\s*([KMB]?)\+?", re.IGNORECASE)
_SUFFIXES = {"": 1, "K": 1_000, "M": 1_000_000, "B": 1_000_000_000}
_EXPLORE = "https://trends.google.com/trends/explore"


def _country(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", text):
        raise ValueError('expected the code of a country or region, like "TH" or "US-NY"')
    return text


class TrendsOptions(SourceOptions):
    """Options of a `google_trends` source."""

    countries: tuple[Annotated[str, AfterValidator(_country)], ...] = Field(
        default=("TH",), min_length=1, description='codes of countries or regions, like "TH"'
    )
    address: Address = Field(
        default="https://trends.google.com/trending/rss?geo={country}",
        description="the feed's address, should it move; {country} becomes each code",
    )


SPEC = Spec(
    name="google_trends",
    title="Google Trends, trending now",
    options=TrendsOptions,
    capabilities=frozenset({"poll"}),
    interval_seconds=1800.0,
)


def connect(options: TrendsOptions, context: Context) -> Source:
    """Polls each country's feed in turn."""
    from listener.fetch.fetcher import Fetcher
    from listener.fetch.listings import Listings, Place

    places = [Place(_of(options.address, country), country) for country in options.countries]

    def parse(page: "Page", place: "Place", now: int) -> "Listing":
        return parse_trends(page.body, place.label, where=shown(place.address), now=now)

    fetcher = Fetcher(context, spacing=1.0)
    return Listings(context, fetcher, places, parse, rolling=False)


def _of(address: str | SecretStr, country: str) -> str | SecretStr:
    filled = plain(address).replace("{country}", country)
    return SecretStr(filled) if isinstance(address, SecretStr) else filled


def parse_trends(body: bytes, country: str, *, where: str, now: int) -> "Listing":
    """The trends of a feed: the search, its news headlines as text, its traffic as views.

    A trend keeps its id for as long as the feed gives it the same beginning, so that a later
    poll updates its traffic. Raises BadPayloadError when it is no such feed.
    """
    from listener.fetch.listings import Listing

    root = _root(body, where)
    items = [element for element in root.iter() if _name(element) == "item"]
    mentions = [_mention(item, country, now) for item in items]
    return Listing(tuple(mention for mention in mentions if mention), refused=mentions.count(None))


def _root(body: bytes, where: str) -> "Element":
    # Without a document type there are no entities to blow up, and none is ever needed.
    from xml.etree import ElementTree

    try:
        if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
            raise ElementTree.ParseError("it has a document type")
        root = ElementTree.fromstring(body)  # noqa: S314
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise BadPayloadError(
            f"{where} answers with what is no XML feed.", remedy="It is tried again later."
        ) from error
    if _name(root) != "rss":
        raise BadPayloadError(
            f"{where} answers with another document than its feed.",
            remedy="See whether the feed has moved, and set the option address.",
        )
    return root


def _mention(item: "Element", country: str, now: int) -> Mention | None:
    title = _value(item, "title")
    if not title:
        return None
    began = _moment(_value(item, "pubDate"))
    news = [element for element in item if _name(element) == "news_item"]
    headlines = [_headline(element) for element in news]
    links = [link for element in news if is_web(link := _value(element, "news_item_url"))]
    query = urlencode({"geo": country, "q": title})
    return Mention(
        platform=PLATFORM,
        native_id=f"{country}:{title.casefold()}:{(began or now - now % DAY_MS) // 1000}",
        published_at=began or now,
        text="\n".join([title, *(headline for headline in headlines if headline)]),
        kind=MentionKind.POST,
        url=links[0] if links else f"{_EXPLORE}?{query}",
        views=traffic(_value(item, "approx_traffic")),
        labels=(country,),
    )


def traffic(text: str) -> int | None:
    """Approximate searches: "5,000+", "20K+", "1.5M+"; None when it is none of these."""
    match = _TRAFFIC.fullmatch(text.strip())
    if not match:
        return None
    digits, suffix = match[1].replace(",", ""), match[2].upper()
    try:
        return int(float(digits) * _SUFFIXES[suffix])
    except ValueError:
        return None


def _headline(news: "Element") -> str:
    title, source = _value(news, "news_item_title"), _value(news, "news_item_source")
    return f"{title} ({source})" if title and source else title


def _moment(text: str) -> int | None:
    try:
        moment = int(parsedate_to_datetime(text).timestamp() * 1000)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment > 0 else None


def _name(element: "Element") -> str:
    """Its name without the namespace, whose address Google has changed before."""
    return str(element.tag).rpartition("}")[2]


def _value(parent: "Element", name: str) -> str:
    for element in parent:
        if _name(element) == name:
            return " ".join("".join(element.itertext()).split())
    return ""
