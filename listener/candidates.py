"""Which stored mentions a query has to be evaluated on, newest first.

The trigram index finds words of three characters and more, and the author's index finds
authors. Mentions that the index has not reached yet, or that were edited since, are
candidates too. A query with nothing but shorter words (ดี, 👍) and other fields reads the
whole log, in the order of time; SQLite passes over the texts without the words.
"""

from dataclasses import dataclass

import orjson
from sqlite_utils import Database

from listener.query import Node, fts
from listener.query.tree import And, Field
from listener.query.widened import required
from listener.store.authors import AuthorKey

_FIRST, _LAST = -(2**62), 2**62

_UNINDEXED = """
    SELECT seq FROM mentions
        WHERE seq > coalesce((SELECT position FROM cursors WHERE stage = 'index'), 0)
    UNION SELECT mention_seq FROM changes
        WHERE id > coalesce((SELECT position FROM cursors WHERE stage = 'index.changes'), 0)
"""
_BY_INDEX = f"""
    SELECT rowid AS seq FROM mentions_fts WHERE mentions_fts MATCH :match UNION {_UNINDEXED}
"""
_BY_AUTHOR = "SELECT seq FROM mentions WHERE author_id IN (SELECT value FROM json_each(:authors))"
_BY_BRAND = "SELECT mention_seq AS seq FROM brand_matches WHERE brand = :brand"
_SOME = "FROM (%s) AS candidate CROSS JOIN mentions AS m ON m.seq = candidate.seq"
_ALL = "FROM mentions AS m"
_CONDITIONS = """
    WHERE m.deleted_at IS NULL AND m.published_at >= :since AND m.published_at < :until
        AND (:platform IS NULL OR m.platform = :platform)
        AND (:brand IS NULL OR EXISTS (
            SELECT 1 FROM brand_matches WHERE brand = :brand AND mention_seq = m.seq
        ))
        AND (:source IS NULL OR m.source = :source)
        AND (coalesce(:sentiment, :intent) IS NULL OR EXISTS (
            SELECT 1 FROM enrichments WHERE mention_seq = m.seq
                AND (:sentiment IS NULL OR sentiment = :sentiment)
                AND (:intent IS NULL OR intent = :intent)
        ))
"""
# lower() of SQLite is about a-z, which is all that folding changes where there is no
# folded text.
_WITH_WORDS = f"""
        AND (
            EXISTS (
                SELECT 1 FROM json_each(:words) AS word WHERE 0 < instr(lower(coalesce(
                    (SELECT folded FROM folded_texts WHERE mention_seq = m.seq), m.text
                )), word.value)
            )
            OR m.seq IN ({_UNINDEXED})
        )
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which mentions are looked at: of a brand, a platform, from `since` to before `until`.

    `source` is where they were collected; `sentiment` and `intent` what the enrichment said.
    """

    brand: str | None = None
    platform: str | None = None
    since: int | None = None
    until: int | None = None
    source: str | None = None
    sentiment: str | None = None
    intent: str | None = None


EVERYTHING = Scope()


def candidates(
    db: Database, node: Node, scope: Scope, key: AuthorKey | None
) -> tuple[str, dict[str, object]]:
    """The statement for the numbers of all mentions that may be accepted, newest first.

    Without any word of three characters, author or brand, it reads the whole log in the
    order of time.
    """
    match = fts(node).match
    authors = _author_ids(db, node, key)
    words: list[str] = []
    if authors is not None:
        source = _SOME % _BY_AUTHOR
    elif match:
        source = _SOME % _BY_INDEX
    else:
        source = _SOME % _BY_BRAND if scope.brand else _ALL
        words = [max(word.split(), key=len) for word in required(node) or ()]
    conditions = _CONDITIONS + _WITH_WORDS if words else _CONDITIONS
    return f"SELECT m.seq {source} {conditions} ORDER BY m.published_at DESC, m.seq DESC", {
        "match": match,
        "authors": orjson.dumps(authors).decode(),
        "words": orjson.dumps(words).decode(),
        "brand": scope.brand,
        "platform": scope.platform,
        "source": scope.source,
        "sentiment": scope.sentiment,
        "intent": scope.intent,
        "since": _FIRST if scope.since is None else scope.since,
        "until": _LAST if scope.until is None else scope.until,
    }


def _author_ids(db: Database, node: Node, key: AuthorKey | None) -> list[int] | None:
    """The ids of an author whom the whole query asks for, one for each platform."""
    parts = node.parts if isinstance(node, And) else (node,)
    names = [part.value for part in parts if isinstance(part, Field) and part.name == "author"]
    if not names or key is None:
        return None
    return [key.author_id(platform, names[0]) for platform in _platforms(db)]


def _platforms(db: Database) -> list[str]:
    """The platforms in the store, by jumps over the index of (platform, native_id)."""
    rows = db.execute(
        """
        WITH RECURSIVE found (platform) AS (
            SELECT min(platform) FROM mentions
            UNION ALL
            SELECT (SELECT min(platform) FROM mentions WHERE platform > found.platform)
            FROM found WHERE found.platform IS NOT NULL
        )
        SELECT platform FROM found WHERE platform IS NOT NULL
        """
    )
    return [str(row[0]) for row in rows]
