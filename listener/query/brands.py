"""Many queries over one mention, most of them rejected without being looked at."""

from collections.abc import Mapping
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

    Every query has some words of which one at least must be in a text that it accepts
    (unless it is about fields alone). A query none of whose words is there is not looked at.
    """

    def __init__(self, queries: Mapping[str, str], key: "AuthorKey | None" = None) -> None:
        self._brands = tuple(queries)
        nodes = [parse(query) for query in queries.values()]
        self._accepts = [compiled(node, key) for node in nodes]
        users: dict[str, list[int]] = {}
        always = []
        for place, node in enumerate(nodes):
            words = required(node)
            if words is None:
                always.append(place)
            for text in words or ():
                users.setdefault(text, []).append(place)
        self._always = frozenset(always)
        self._users = [(text, tuple(places)) for text, places in users.items()]

    def match(self, document: Document) -> tuple[str, ...]:
        """The ids of the brands whose queries accept the mention, in their order."""
        folded = fold(document.text)
        candidates = set(self._always)
        for text, places in self._users:
            if text in folded:
                candidates.update(places)
        return tuple(
            self._brands[place]
            for place in sorted(candidates)
            if self._accepts[place](folded, document)
        )
