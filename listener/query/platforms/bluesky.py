"""Bluesky's `searchPosts`.

Its syntax is called unspecified; that words and "exact phrases" side by side must all be
there, and that `#tag` is a filter, is what its servers do. OR and exclusions are not relied
on: an alternative is a query, and an exclusion would also look at the descriptions of
pictures. `lang:` is what the author's app claims, and authors are kept by their DID, which
`from:` does not take; neither is asked.
lexicons/app/bsky/feed/searchPosts.json, search/parse_query.go of bluesky-social/indigo
"""

import regex

from listener.query.normalise import normalise
from listener.query.platforms.alternatives import Alternatives
from listener.query.platforms.compiled import Compiled
from listener.query.platforms.wanted import Asked
from listener.query.platforms.widening import Answer, Widening
from listener.query.platforms.word_search import WordSearch
from listener.query.tree import Node

LONGEST = 400
_HASHTAG = regex.compile(r"(?=.*[\p{L}\p{M}_])[\p{L}\p{M}\p{N}_]{1,64}")


def compile(node: Node) -> Compiled:  # noqa: A001
    """The searches, one for each alternative."""
    return Widening(node, _Bluesky("bluesky", "Bluesky")).asked_as(Alternatives(LONGEST))


class _Bluesky(WordSearch):
    def hashtag(self, name: str) -> Answer:
        found = _HASHTAG.fullmatch(normalise(name))
        return Answer(Asked(f"#{found[0]}")) if found else self.instead(name)
