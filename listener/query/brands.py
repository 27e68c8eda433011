"""Many queries over one mention, most of them rejected without being looked at."""

from collections.abc import Mapping
from operator import add
from typing import TYPE_CHECKING

from listener.query.document import Document
from listener.query.grammar import parse
from listener.query.local import compiled
from listener.query.normalise import fold
from listener.query.widened import required

if TYPE_CHECKING:
    from listener.store.authors import AuthorKey


class BrandMatcher:
    """Which of many brands, each with its query, a mention is about.

    Nearly every query has some words of which one at least must be in a text that it
    accepts. Words are looked up by their first two characters among all pairs of
    characters of the text, and a query none of whose words is there is not evaluated. The
    answer is the same as that of all the queries one by one.
    """

    def __init__(self, queries: Mapping[str, str], key: "AuthorKey | None" = None) -> None:
        nodes = [parse(query) for query in queries.values()]
        self._brands = tuple(queries)
        self._accepts = tuple(compiled(node, key) for node in nodes)
        self._always: list[int] = []
        # By pair of characters: the words that begin so, each with its queries' places.
        self._words: dict[str, list[tuple[str, set[int]]]] = {}
        places: dict[str, set[int]] = {}
        for place, node in enumerate(nodes):
            words = required(node)
            if words is None or any(len(word) < 2 for word in words):
                self._always.append(place)
                continue
            for word in words:
                places.setdefault(word, set()).add(place)
        for word, users in places.items():
            self._words.setdefault(word[:2], []).append((word, users))
        self._pairs = frozenset(self._words)

    def match(self, document: Document) -> tuple[str, ...]:
        """The ids of the brands whose queries accept the mention, in the order given."""
        folded = fold(document.text)
        candidates = set(self._always)
        for pair in self._pairs.intersection(map(add, folded, folded[1:])):
            for word, users in self._words[pair]:
                if word in folded:
                    candidates |= users
        return tuple(
            self._brands[place]
            for place in sorted(candidates)
            if self._accepts[place](folded, document)
        )
