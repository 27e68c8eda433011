"""Searches of news and of the web that answer with a feed.

Words and "exact phrases" side by side must all be there; what is joined by OR need not. How
an engine reads both in one search is its own affair, so an alternative of several words is a
search of its own.
"""

from listener.query.platforms.alternatives import Alternatives
from listener.query.platforms.compiled import Compiled
from listener.query.platforms.fitting import Fitting
from listener.query.platforms.wanted import AnyOf, Asked, any_of
from listener.query.platforms.widening import Widening
from listener.query.platforms.word_search import WordSearch
from listener.query.tree import Node

LONGEST = 1_000  # characters of words joined by OR
_LONGEST = 400  # of words side by side


def compile(node: Node, platform: str = "news") -> Compiled:  # noqa: A001
    """The searches; `platform` is that of the mentions which their results become."""
    widening = Widening(node, WordSearch(platform, "News search"))
    if unasked := widening.unasked():
        return unasked
    wanted = widening.wanted
    parts = wanted.parts if isinstance(wanted, AnyOf) else (wanted,)
    single = [part for part in parts if isinstance(part, Asked)]
    alternatives = Alternatives(_LONGEST)
    others = any_of(part for part in parts if not isinstance(part, Asked))
    queries = (*Fitting(LONGEST).queries(any_of(single)), *alternatives.queries(others))
    widening.widened += alternatives.left_out
    return widening.compiled(queries)
