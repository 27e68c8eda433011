"""Search over the stored mentions: the trigram index proposes, the local matcher decides.

Mentions that the index has not reached yet are found all the same: they are read from
the log itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import orjson
from sqlite_utils import Database

from listener.index import waiting
from listener.query import Document, Node, fts, matcher, parse
from listener.query.snippet import Piece, Span, snippet, spans
from listener.query.tree import And, Field, all_of
from listener.store.authors import AuthorKey

_CHUNK = 200
_FIRST, _LAST = -(2**62), 2**62

# Where the numbers of the mentions come from that the matcher is asked about.
_BY_AUTHOR = "SELECT seq FROM mentions WHERE author_id IN (SELECT value FROM json_each(:authors))"
_BY_INDEX = """
    SELECT rowid AS seq FROM mentions_fts WHERE mentions_fts MATCH :match
    UNION SELECT seq FROM mentions
        WHERE seq > coalesce((SELECT position FROM cursors WHERE stage = 'index'), 0)
    UNION SELECT mention_seq FROM changes
        WHERE id > coalesce((SELECT position FROM cursors WHERE stage = 'index.changes'), 0)
"""
_BY_BRAND = "SELECT mention_seq AS seq FROM brand_matches WHERE brand = :brand"
_SOME = "FROM (%s) AS candidate CROSS JOIN mentions AS m ON m.seq = candidate.seq"
_ALL = "FROM mentions AS m"
_CONDITIONS = """
    WHERE m.deleted_at IS NULL AND m.published_at >= :since AND m.published_at < :until
        AND (:platform IS NULL OR m.platform = :platform)
        AND (:brand IS NULL OR EXISTS (
            SELECT 1 FROM brand_matches WHERE brand = :brand AND mention_seq = m.seq
        ))
    ORDER BY m.published_at DESC, m.seq DESC
"""
_ROWS = """
    SELECT m.seq, m.platform, m.native_id, m.kind, m.published_at, m.text, m.url, m.author_id,
        m.followers, m.labels, coalesce(e.language, m.language), e.sentiment
    FROM json_each(?) AS wanted CROSS JOIN mentions AS m ON m.seq = wanted.value
        LEFT JOIN enrichments AS e ON e.mention_seq = m.seq
    WHERE m.deleted_at IS NULL
    ORDER BY wanted.key
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which mentions are looked at: of a brand, a platform, from `since` to before `until`."""

    brand: str | None = None
    platform: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A mention that the query accepts. `language` and `sentiment` are None until enriched.

    `spans` are where the query's words are in `text`; `pieces` the part of it to show.
    """

    seq: int
    platform: str
    native_id: str
    kind: str
    published_at: int
    text: str
    url: str | None
    followers: int | None
    language: str | None
    sentiment: str | None
    brands: tuple[str, ...]
    spans: tuple[Span, ...]
    pieces: tuple[Piece, ...]
