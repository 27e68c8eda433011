"""Counting a closed bucket: which mentions are new voices, which repeat, which are copies.

Within a bucket the mentions are taken in the order of event time, platform and id, so that
the order of their arrival does not matter. For each brand a mention is

- a COPY, when words like its own (its near-copy key) were seen within seven days,
- else a REPEAT, when its author was seen within 24 hours,
- else FRESH.

Fresh counts of successive buckets add up to people, not posts: an author who talks all day
counts once, 900 copies of one text count once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from listener.model import DAY_MS, WEEK_MS
from trends.model import NO_DUPLICATE_KEY, BrandCount, Counted, Observation, Standing

AUTHOR_MEMORY_MS = DAY_MS
COPY_MEMORY_MS = WEEK_MS
LOW_FOLLOWERS = 20
"""An account with fewer followers than this is nearly empty."""


class SeenTimes(Protocol):
    """When (UTC ms) something of a brand was last seen: (brand, author) or (brand, key)."""

    def get(self, key: tuple[str, int], /) -> int | None: ...
    def __setitem__(self, key: tuple[str, int], at: int, /) -> None: ...


class Seen(Protocol):
    """What was seen lately: the counting's whole state."""

    @property
    def authors(self) -> SeenTimes: ...
    @property
    def copies(self) -> SeenTimes: ...


@dataclass(slots=True)
class SeenInMemory:
    """What was seen lately, as a replay keeps it."""

    authors: dict[tuple[str, int], int] = field(default_factory=dict)
    copies: dict[tuple[str, int], int] = field(default_factory=dict)

    def forget(self, now: int) -> None:
        """Drop what no longer has any bearing at `now`; no count changes by it."""
        _drop_older(self.authors, now - AUTHOR_MEMORY_MS)
        _drop_older(self.copies, now - COPY_MEMORY_MS)


def _drop_older(times: dict[tuple[str, int], int], than: int) -> None:
    for key in [key for key, at in times.items() if at <= than]:
        del times[key]


def count_bucket(seen: Seen, observations: Iterable[Observation]) -> list[Counted]:
    """Count one bucket's mentions, whatever their order; `seen` moves on."""
    counted = []
    for observation in sorted(observations, key=lambda one: one.order):
        for brand in observation.brands:
            counted.append(Counted(brand, _standing(seen, brand, observation), observation))
    return counted


def _standing(seen: Seen, brand: str, observation: Observation) -> Standing:
    at = observation.published_at
    author_at = copy_at = None
    if observation.author_id is not None:
        author = (brand, observation.author_id)
        author_at = seen.authors.get(author)
        seen.authors[author] = at
    if observation.duplicate_key != NO_DUPLICATE_KEY:
        copy = (brand, observation.duplicate_key)
        copy_at = seen.copies.get(copy)
        seen.copies[copy] = at
    if copy_at is not None and copy_at > at - COPY_MEMORY_MS:
        return Standing.COPY
    if author_at is not None and author_at > at - AUTHOR_MEMORY_MS:
        return Standing.REPEAT
    return Standing.FRESH


def brand_counts(bucket: int, counted: Sequence[Counted]) -> list[BrandCount]:
    """What one bucket (its start, UTC ms) adds up to, per brand in alphabetical order."""
    by_brand: dict[str, list[Counted]] = {}
    for one in counted:
        by_brand.setdefault(one.brand, []).append(one)
    return [_brand_count(brand, bucket, by_brand[brand]) for brand in sorted(by_brand)]


def _brand_count(brand: str, bucket: int, counted: Sequence[Counted]) -> BrandCount:
    mentions = [one.observation for one in counted]
    fresh = [one.observation for one in counted if one.standing is Standing.FRESH]
    followers = followers_by_author(mentions)
    risks: dict[str, int] = {}
    for mention in fresh:
        for category in mention.risks:
            risks[category] = risks.get(category, 0) + 1
    return BrandCount(
        brand=brand,
        bucket=bucket,
        mentions=len(mentions),
        authors=len({mention.author for mention in mentions}),
        fresh=len(fresh),
        copies=sum(one.standing is Standing.COPY for one in counted),
        negatives=sum(mention.sentiment == "negative" for mention in mentions),
        positives=sum(mention.sentiment == "positive" for mention in mentions),
        questions=sum(mention.intent == "question" for mention in mentions),
        reach=sum(followers.values()),
        fresh_negatives=sum(mention.sentiment == "negative" for mention in fresh),
        low_followers=sum(count < LOW_FOLLOWERS for count in followers.values()),
        risks=tuple(sorted(risks.items())),
    )


def followers_by_author(mentions: Iterable[Observation]) -> dict[int, int]:
    """Followers of the distinct authors whose followers are known, the most that was said."""
    followers: dict[int, int] = {}
    for mention in mentions:
        if mention.followers is not None:
            known = followers.get(mention.author, 0)
            followers[mention.author] = max(known, mention.followers)
    return followers
