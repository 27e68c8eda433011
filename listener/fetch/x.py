"""The API of X, asked by tweepy, each request in the purse before it is made.

None of tweepy's objects leaves here. tweepy keeps to one address: the session that it is given
leads to the configured one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx
import requests
import tweepy
from pydantic import SecretStr

from listener.errors import BadPayloadError, KrasaeError, SourceDownError, SourceError
from listener.fetch import fetcher
from listener.fetch.addresses import are_public, is_web, plain, resolve, shown
from listener.fetch.session import FetcherAdapter
from listener.model import OwnPost
from listener.payloads.x import REFERENCES, TWEET_FIELDS, USER_FIELDS, Page, read_page
from listener.payloads.x_answers import (
    Hour,
    Job,
    Rule,
    read_counts,
    read_job,
    read_own_posts,
    read_refused_rules,
    read_rules,
    read_user_id,
)
from listener.source import Context, Purse

TWEEPYS = "https://api.twitter.com"  # where tweepy sends everything
FEWEST, MOST = 10, 100  # posts of one page of a search
FEWEST_OWN = 5  # of a timeline
_OTHERS = 2  # posts that one can refer to: it answers one and quotes another


@dataclass(frozen=True, slots=True)
class Prices:
    """What a thing costs, in millionths of a US dollar."""

    post: int
    user: int
    owned: int
    counts: int
    other: int


@dataclass(frozen=True, slots=True)
class UserKeys:
    """An account's own keys (OAuth 1.0a), for what only the account may see."""

    consumer_key: SecretStr
    consumer_secret: SecretStr
    access_token: SecretStr
    access_token_secret: SecretStr

    @property
    def told(self) -> dict[str, str]:
        """As tweepy wants them."""
        return {name: getattr(self, name).get_secret_value() for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Fields:
    """What is asked for with a post, and paid for: its `authors`, and posts it refers to."""

    authors: bool
    originals: bool

    @property
    def asked(self) -> dict[str, list[str]]:
        """As tweepy wants it."""
        expansions = ["author_id"] * self.authors + [f"{REFERENCES}.id"] * self.originals
        return {
            "tweet_fields": [*TWEET_FIELDS, REFERENCES],
            **({"expansions": expansions} if expansions else {}),
            **({"user_fields": list(USER_FIELDS)} if self.authors else {}),
        }


@dataclass(slots=True)
class Bill:
    """What a request cost, once that is known."""

    cost: int | None = None


class MovedSession(requests.Session):
    """A session that leads to `address` what is meant for where tweepy sends everything."""

    def __init__(self, address: str | SecretStr, adapter: requests.adapters.BaseAdapter) -> None:
        super().__init__()
        self._base = plain(address).rstrip("/")
        self.auth = _as_it_is  # else a .netrc would
        for prefix in ("http://", "https://"):
            self.mount(prefix, adapter)

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """Ask there, signed for there."""
        moved = self._base + str(url).removeprefix(TWEEPYS)
        return super().request(method, moved, *args, **kwargs)


class Api:
    """X's API at one address. Raises SourceError; SpendingCapError before what costs too much."""

    def __init__(
        self,
        address: str | SecretStr,
        bearer: SecretStr,
        keys: UserKeys | None,
        fields: Fields,
        prices: Prices,
        purse: Purse,
        context: Context,
    ) -> None:
        self._said = shown(address)
        self._host = urlsplit(plain(address)).hostname or ""
        self._fields = fields
        self._prices = prices
        self._purse = purse
        self._as_user = keys is not None
        self.answered = 0  # requests
        # What is asked again is paid again: a failure is left to the next poll.
        self._fetcher = fetcher.Fetcher(context, limits=fetcher.Limits(attempts=1))
        self._elsewhere = fetcher.Fetcher(context)
        adapter = FetcherAdapter(self._fetcher, secret=isinstance(address, SecretStr))
        secret = bearer.get_secret_value()
        signing = keys.told if keys else {}
        self._client = tweepy.Client(secret, return_type=requests.Response, **signing)
        self._client.session = MovedSession(address, adapter)
        self._ruling = tweepy.StreamingClient(secret, return_type=requests.Response)
        self._ruling.session = self._client.session

    @property
    def post_price(self) -> int:
        """The most that one post can cost, with what is asked for with it."""
        prices, fields = self._prices, self._fields
        return prices.post * (1 + _OTHERS * fields.originals) + prices.user * fields.authors

    def price_of(self, posts: int, users: int, others: int) -> int:
        """What came costs so much."""
        return (posts + others) * self._prices.post + users * self._prices.user

    def counts(self, query: str) -> tuple[Hour, ...]:
        """Posts in each whole hour of the last seven days."""
        with self._paying("recent counts", self._prices.counts) as bill:
            body = self._body(
                lambda: self._client.get_recent_tweets_count(query, granularity="hour")
            )
            bill.cost = self._prices.counts
            return read_counts(body)

    def search(
        self, query: str, *, since: int, until: int, most: int, token: str | None = None
    ) -> Page:
        """Posts after and before an id (0: no bound), the newest first; at most `most` of them."""
        most = self._affordable(max(FEWEST, min(MOST, most)), FEWEST, self.post_price)
        with self._paying("recent search", most * self.post_price) as bill:
            page = read_page(
                self._body(
                    lambda: self._client.search_recent_tweets(
                        query,
                        max_results=most,
                        since_id=since or None,
                        until_id=until or None,
                        next_token=token,
                        **self._fields.asked,
                    )
                )
            )
            bill.cost = self.price_of(page.posts, page.users, page.others)
            return page

    def mentions(
        self, account: str, *, since: int, until: int, most: int, token: str | None = None
    ) -> Page:
        """Posts that name our account (its id), the newest first."""
        prices = self._prices
        price = self.post_price - prices.post + prices.owned
        most = self._affordable(max(FEWEST_OWN, min(MOST, most)), FEWEST_OWN, price)
        with self._paying("own mentions", most * price) as bill:
            page = read_page(
                self._body(
                    lambda: self._client.get_users_mentions(
                        account,
                        max_results=most,
                        since_id=since or None,
                        until_id=until or None,
                        pagination_token=token,
                        user_auth=self._as_user,
                        **self._fields.asked,
                    )
                )
            )
            bill.cost = page.posts * prices.owned + self.price_of(0, page.users, page.others)
            return page

    def own_posts(
        self, account: str, *, name: str, since: int, until: int, now: int
    ) -> tuple[tuple[OwnPost, ...], Page]:
        """Our own posts after an id, with their numbers of now; the newest first."""
        fields = [*TWEET_FIELDS, REFERENCES, *(["non_public_metrics"] if self._as_user else [])]
        most = self._affordable(MOST, FEWEST_OWN, self._prices.owned)
        with self._paying("own posts", most * self._prices.owned) as bill:
            body = self._body(
                lambda: self._client.get_users_tweets(
                    account,
                    max_results=most,
                    since_id=since or None,
                    until_id=until or None,
                    user_auth=self._as_user,
                    tweet_fields=fields,
                )
            )
            posts, page = read_own_posts(body, account=name, now=now)
            bill.cost = page.posts * self._prices.owned
            return posts, page

    def user_id(self, name: str) -> str | None:
        """The id of an account."""
        with self._paying("an account's id", self._prices.user) as bill:
            body = self._body(lambda: self._client.get_user(username=name))
            bill.cost = self._prices.user
            return read_user_id(body)

    def rules(self) -> tuple[Rule, ...]:
        """The rules of the app's stream, ours and others'."""
        return read_rules(self._free("rules", self._ruling.get_rules))

    def add_rules(self, values: tuple[str, ...], tag: str) -> tuple[str, ...]:
        """Add rules; what X says of those that it does not take."""
        rules = [tweepy.StreamRule(value, tag) for value in values]
        return read_refused_rules(self._free("rules", lambda: self._ruling.add_rules(rules)))

    def delete_rules(self, numbers: tuple[str, ...]) -> None:
        """Delete rules by their ids."""
        self._free("rules", lambda: self._ruling.delete_rules(list(numbers)))

    def create_job(self) -> Job | None:
        """A new compliance job for posts."""
        made = self._free("compliance", lambda: self._client.create_compliance_job("tweets"))
        return read_job(made)

    def job(self, number: str) -> Job | None:
        """A compliance job, as it stands."""
        return read_job(self._free("compliance", lambda: self._client.get_compliance_job(number)))

    def upload(self, address: str, body: bytes) -> None:
        """Send the ids of a job to where X says: one to a line."""
        place = self._trusted(address)
        self._elsewhere.send("PUT", place, body=body, headers={"content-type": "text/plain"})

    def download(self, address: str) -> bytes:
        """The results of a job, from where X says."""
        return self._elsewhere.get(self._trusted(address)).body

    def close(self) -> None:
        """Close the connections."""
        self._client.session.close()
        self._elsewhere.close()

    def _trusted(self, address: str) -> SecretStr:
        """An address that came from X: https and in the open internet, as X's own stores are.

        That a name could lead elsewhere a moment later does no harm: what is there would have
        to show a certificate for it. On this machine, for who has X there, it is let through.
        """
        parts = urlsplit(address if is_web(address) else "")
        host = parts.hostname or ""
        here = _is_this_machine(host) and _is_this_machine(self._host)
        if not here and (parts.scheme != "https" or not are_public(resolve(host))):
            raise BadPayloadError(
                f"{self._said} sends us to an address that is not safe.",
                remedy="It is tried again tomorrow. If it stays, check the address of this source.",
            )
        return SecretStr(address)

    def _affordable(self, most: int, fewest: int, price: int) -> int:
        """As many as may be paid for, but no fewer than X takes: then the purse refuses."""
        left = self._purse.left()
        if left is None or price == 0:
            return most
        return max(fewest, min(most, left // price))

    def _free(self, what: str, ask: Callable[[], Any]) -> bytes:
        with self._paying(what, self._prices.other) as bill:
            body = self._body(ask)
            bill.cost = self._prices.other
            return body

    @contextmanager
    def _paying(self, what: str, most: int) -> Iterator[Bill]:
        """Set the most aside before, and settle what it cost after.

        What was refused, or never sent, costs nothing; what broke off may have cost it all.
        """
        number, bill = self._purse.reserve(what, most), Bill()
        try:
            yield bill
            self.answered += 1
        except KrasaeError as error:
            if bill.cost is None and not _was_answered(error):
                bill.cost = 0
            raise
        finally:
            if bill.cost is not None:
                self._purse.settle(number, min(most, bill.cost))

    def _body(self, ask: Callable[[], Any]) -> bytes:
        try:
            response: requests.Response = ask()
        except tweepy.TweepyException as error:
            raise BadPayloadError(
                f"{self._said} answers with what tweepy does not take ({type(error).__name__}).",
                remedy="It is tried again later.",
            ) from None
        except requests.RequestException as error:  # its text may hold a key
            raise SourceError(
                f"{self._said} cannot be asked ({type(error).__name__}).",
                remedy="Check the address, and that the keys are copied whole, without spaces.",
            ) from None
        return response.content


def _is_this_machine(host: str) -> bool:
    found = resolve(host) if host else ()
    return bool(found) and all(ip_address(place).is_loopback for place in found)


def _was_answered(error: KrasaeError) -> bool:
    if isinstance(error, BadPayloadError):
        return True
    reached = not isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout)
    return isinstance(error, SourceDownError) and error.__cause__ is not None and reached


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
