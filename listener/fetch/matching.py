"""Matching before storing, for sources that hear far more than any brand is spoken of."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from listener.errors import SettingsError
from listener.model import Mention
from listener.query import BrandMatcher, Document, Node, parse, to_text
from listener.query.tree import And, Field, Not, Or, all_of, any_of, asks_for_something, walk

if TYPE_CHECKING:
    from listener.source import Context
    from listener.store.authors import AuthorKey


class Wanted:
    """Whether some brand may be meant.

    What a query says of the language is left to later: the platform's word for it is often
    wrong, and it is the enrichment's that counts.
    """

    def __init__(self, queries: Mapping[str, str], key: "AuthorKey | None" = None) -> None:
        nodes = [_without_language(parse(query)) for query in queries.values()]
        asking = [node for node in nodes if node is not None and asks_for_something(node)]
        self._anything = len(asking) < len(nodes)
        texts = {str(place): to_text(node) for place, node in enumerate(asking)}
        self._match = BrandMatcher(texts, key).match
        self._key = key

    @classmethod
    def of(cls, context: "Context") -> "Wanted":
        """What the brands of a workspace want; SettingsError when there is no brand."""
        if not context.queries:
            raise SettingsError(
                f"Source {context.name} keeps what a brand's query accepts, and there is no brand.",
                remedy="Add a [[brands]] section with a query to config.toml.",
            )
        return cls(context.queries, context.key)

    def __call__(self, mention: Mention) -> bool:
        """Whether a mention is wanted."""
        if self._anything:
            return True
        author_id = None
        if self._key and mention.author:
            author_id = self._key.author_id(mention.platform, mention.author)
        document = Document(
            mention.text,
            mention.platform,
            mention.language,
            author_id,
            mention.followers,
            mention.url,
            mention.labels,
            mention.kind.value,
        )
        return bool(self._match(document))


def _without_language(node: Node) -> Node | None:
    """The query without its conditions on the language, made wider; None: accepts anything."""
    match node:
        case And(parts):
            kept = [wide for part in parts if (wide := _without_language(part)) is not None]
            return all_of(kept) if kept else None
        case Or(parts):
            wider = [_without_language(part) for part in parts]
            found = [part for part in wider if part is not None]
            return any_of(found) if len(found) == len(wider) else None
        case Not(part):
            return None if any(_is_language(inner) for inner, _ in walk(part)) else node
        case _:
            return None if _is_language(node) else node


def _is_language(node: Node) -> bool:
    return isinstance(node, Field) and node.name == "lang"
