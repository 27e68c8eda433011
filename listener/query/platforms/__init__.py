"""What each platform is asked for a query: always at least what the query accepts.

What a platform cannot express is left out there and judged here, by the local matcher, and
the user is told.
"""

from collections.abc import Callable
from dataclasses import dataclass

from listener.query.platforms import bluesky, mastodon, news, reddit, x, youtube
from listener.query.platforms.compiled import Compiled
from listener.query.tree import Node


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which a platform is asked."""

    name: str
    title: str
    compile: Callable[[Node], Compiled]


FORMS = (
    Form("x", "X, filtered stream", x.compile),
    Form("x-search", "X, recent search and counts", lambda node: x.compile(node, longest=x.SEARCH)),
    Form("reddit", "Reddit search", reddit.compile),
    Form("mastodon", "Mastodon search", mastodon.compile),
    Form("mastodon-tags", "Mastodon hashtags", mastodon.tags),
    Form("bluesky", "Bluesky search", bluesky.compile),
    Form("youtube", "YouTube search", youtube.compile),
    Form("news", "News searches", news.compile),
)

__all__ = ["FORMS", "Compiled", "Form"]
