"""A small real corpus for the laws: a company's tweets in the ten days to its listing.

It holds quiet days, a build-up and a burst, so that every stage has something to do.
"""

from functools import cache

from krasae.demo import PROFILE, posts
from listener.importers import load_profile, read_mentions
from listener.model import Mention
from listener.store import AuthorKey

KEY = AuthorKey("a key for the tests, and for nothing else")
NOW = 1_800_000_000_000  # long after the corpus
CONFIG = """\
[workspace]
name = "Laws"
timezone = "UTC"

[trends]
alarms_per_week = 3

[alerts]
issue_min_followers = 1000
issue_min_probability = 0.5

[[channels]]
name = "folder"
type = "folder"
options = { path = "messages" }

[[brands]]
id = "alibaba"
name = "Alibaba"
query = "$BABA OR alibaba"
own = true

[[brands]]
id = "yahoo"
name = "Yahoo"
query = "$YHOO OR yahoo"
"""
_FIRST = 1_410_307_200_000  # 2014-09-10
_LAST = 1_411_171_200_000  # 2014-09-20


@cache
def year() -> tuple[Mention, ...]:
    """All bundled posts in the order of the file, a tweet once for each ticker."""
    read = read_mentions(posts(), load_profile(PROFILE), timezone="UTC", now=NOW)
    return tuple(one for one in read if isinstance(one, Mention))


@cache
def corpus() -> tuple[Mention, ...]:
    """The tweets under Alibaba's ticker from 10 to 19 September 2014, in event time."""
    chosen = [
        mention
        for mention in year()
        if "BABA" in mention.labels and _FIRST <= mention.published_at < _LAST
    ]
    return tuple(sorted(chosen, key=lambda mention: (mention.published_at, mention.native_id)))
