"""Options of a source of type x: what is asked of X, with which keys, and what it may cost."""

import re
from typing import Literal

from pydantic import Field, model_validator

from listener.fetch.addresses import Address
from listener.settings import Secret, Section
from listener.source import SourceOptions

INTERVAL = 3600.0  # seconds between two polls: counts are of hours
_MILLION = 1_000_000


class XPrices(Section):
    """What X charges, in US dollars; as of November 2026."""

    post: float = Field(default=0.005, ge=0, allow_inf_nan=False, description="a post that is read")
    user: float = Field(
        default=0.010, ge=0, allow_inf_nan=False, description="an author that is read with it"
    )
    owned: float = Field(
        default=0.001,
        ge=0,
        allow_inf_nan=False,
        description="a post of your own, or that names you",
    )
    counts: float = Field(
        default=0.005, ge=0, allow_inf_nan=False, description="a request for counts"
    )
    other: float = Field(
        default=0.0, ge=0, allow_inf_nan=False, description="any other request: rules, compliance"
    )


class XOptions(SourceOptions):
    """Options of an `x` source."""

    bearer_token: Secret = Field(description='the app\'s bearer token, as "env:NAME"')
    account: str = Field(
        default="",
        pattern=r"^@?[A-Za-z0-9_]{0,15}$",
        description="your own account's name, whose mentions and posts are read",
    )
    consumer_key: Secret | None = Field(
        default=None, description='the app\'s key, as "env:NAME"; with the three next'
    )
    consumer_secret: Secret | None = Field(default=None, description="the app's key's secret")
    access_token: Secret | None = Field(
        default=None, description="your account's token, to read numbers that only it may see"
    )
    access_token_secret: Secret | None = Field(
        default=None, description="your account's token's secret"
    )
    counts: bool = Field(
        default=True, description="true to ask how many posts there were in each hour"
    )
    evidence: Literal["burst", "always", "never"] = Field(
        default="burst",
        description="when posts are read: of hours that stand out, always all, or never",
    )
    evidence_posts: int = Field(
        default=100, ge=10, le=10_000, description="posts of one query that a poll reads, at most"
    )
    sample: int = Field(
        default=10,
        ge=0,
        le=100,
        description="posts of each query that are read now and then whatever happens, 0 or 10 to "
        "100",
    )
    sample_hours: float = Field(
        default=12.0, ge=0, le=168, description="hours between two such samples"
    )
    stream: bool = Field(
        default=False, description="true to listen to the filtered stream, and to pay every post"
    )
    authors: bool = Field(
        default=True, description="true to read authors too: their names and followers"
    )
    originals: bool = Field(
        default=False,
        description="true to read what is reposted and answered too, which X else cuts short",
    )
    compliance: bool = Field(
        default=True, description="true to ask every day which stored posts are gone from X"
    )
    daily_usd: float | None = Field(
        default=2.0, ge=0, allow_inf_nan=False, description="US dollars that may be spent in a day"
    )
    monthly_usd: float | None = Field(
        default=30.0,
        ge=0,
        allow_inf_nan=False,
        description="US dollars that may be spent in a month",
    )
    prices: XPrices = Field(default_factory=XPrices, description="what X charges")
    search_length: Literal[512, 1024] = Field(
        default=512, description="characters that X allows in a query of search and counts"
    )
    address: Address = Field(
        default="https://api.twitter.com", description="the address of X's API"
    )

    @model_validator(mode="after")
    def _sound(self) -> "XOptions":
        keys = self.user_keys
        if any(keys) and not all(keys):
            raise ValueError(
                "expected consumer_key, consumer_secret, access_token and access_token_secret, "
                "all four or none"
            )
        if 0 < self.sample < 10:
            raise ValueError("expected a sample of 0 or of 10 to 100: X gives no fewer")
        asked = (self.counts, self.stream, self.evidence == "always", self.sample, self.account)
        if not any(asked):
            raise ValueError("expected counts, stream, a sample, evidence or an account")
        return self

    @property
    def name(self) -> str:
        """The own account's name, as X writes it."""
        return re.sub("^@", "", self.account)

    @property
    def user_keys(self) -> tuple[Secret | None, ...]:
        """The account's keys, or four times None."""
        return (
            self.consumer_key,
            self.consumer_secret,
            self.access_token,
            self.access_token_secret,
        )


def millionths(dollars: float) -> int:
    """Dollars as the purse counts them."""
    return round(dollars * _MILLION)
