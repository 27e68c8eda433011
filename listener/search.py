"""Search over the stored mentions: the index proposes, the local matcher decides."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import orjson
from sqlite_utils import Database

from listener.candidates import EVERYTHING, Scope, candidates
from listener.index import waiting
from listener.query import Document, Node, matcher, parse
from listener.query.snippet import Piece, Span, snippet, spans
from listener.query.tree import And, Field, all_of
from listener.store.authors import AuthorKey

_CHUNK = 200

_ROWS = """
    SELECT m.seq, m.platform, m.native_id, m.kind, m.published_at, m.text, m.url, m.author_id,
        m.followers, m.labels, coalesce(e.language, m.language), e.sentiment
    FROM json_each(?) AS wanted CROSS JOIN mentions AS m ON m.seq = wanted.value
        LEFT JOIN enrichments AS e ON e.mention_seq = m.seq
    WHERE m.deleted_at IS NULL
    ORDER BY wanted.key
"""


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


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The newest hits first. `more` were found than shown; `waiting` rows are not indexed yet.

    Those that wait are searched too, only slower.
    """

    hits: tuple[Hit, ...]
    more: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class Survey:
    """What a query finds in the whole store: of `read` mentions, `found`, and samples of them.

    The counts are in falling order; the samples are spread evenly from the newest found
    to the oldest. `first` and `last` are the times of publication.
    """

    read: int
    found: int
    first: int | None
    last: int | None
    platforms: dict[str, int]
    languages: dict[str, int]
    samples: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """A mention as read, before anything is made of it to show."""

    seq: int
    native_id: str
    published_at: int
    sentiment: str | None
    document: Document


def search(
    db: Database,
    query: str,
    *,
    key: AuthorKey | None = None,
    scope: Scope = EVERYTHING,
    language: str | None = None,
    limit: int = 20,
) -> SearchResult:
    """The newest mentions that the query accepts; "" accepts all. Raises QuerySyntaxError.

    `language` is like `lang:` in the query; `key` is needed for `author:`.
    """
    node = _with_language(parse(query) if query.strip() else And(()), language)
    rows = list(islice(_accepted(db, node, scope, key), limit + 1))
    hits = tuple(_hit(db, node, row) for row in rows[:limit])
    return SearchResult(hits, more=len(rows) > limit, waiting=waiting(db))


def survey(
    db: Database,
    query: str,
    *,
    key: AuthorKey | None = None,
    scope: Scope = EVERYTHING,
    samples: int = 10,
) -> Survey:
    """Everything that the query accepts, counted, with samples. Raises QuerySyntaxError."""
    node = parse(query)
    platforms: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    times: list[int] = []
    seqs: list[int] = []
    for row in _accepted(db, node, scope, key):
        seqs.append(row.seq)
        times.append(row.published_at)
        platforms[row.document.platform] += 1
        languages[row.document.language or "und"] += 1
    step = max(1, len(seqs) // max(1, samples))
    shown = [_hit(db, node, row) for row in _rows(db, seqs[::step][:samples])]
    return Survey(
        read=_count(db),
        found=len(seqs),
        first=times[-1] if times else None,
        last=times[0] if times else None,
        platforms=dict(platforms.most_common()),
        languages=dict(languages.most_common()),
        samples=tuple(shown),
    )


def _with_language(node: Node, language: str | None) -> Node:
    return all_of([node, Field("lang", language)]) if language else node


def _accepted(db: Database, node: Node, scope: Scope, key: AuthorKey | None) -> Iterator[_Row]:
    """The rows that the matcher accepts, newest first, read as they are asked for."""
    accepts = matcher(node, key)
    sql, parameters = candidates(db, node, scope, key)
    seqs = (int(row[0]) for row in db.execute(sql, parameters))
    while chunk := list(islice(seqs, _CHUNK)):
        yield from (row for row in _rows(db, chunk) if accepts(row.document))


def _rows(db: Database, seqs: list[int]) -> Iterator[_Row]:
    """The rows of some mentions, in the order of their numbers in the list."""
    for (
        seq,
        platform,
        native_id,
        kind,
        published_at,
        text,
        url,
        author_id,
        followers,
        labels,
        language,
        sentiment,
    ) in db.execute(_ROWS, [orjson.dumps(seqs).decode()]):
        document = Document(
            text=text,
            platform=platform,
            language=language,
            author_id=author_id,
            followers=followers,
            url=url,
            labels=tuple(orjson.loads(labels)) if labels else (),
            kind=kind,
        )
        yield _Row(seq, native_id, published_at, sentiment, document)


def _hit(db: Database, node: Node, row: _Row) -> Hit:
    document = row.document
    found = spans(node, document.text)
    brands = db.execute(
        "SELECT brand FROM brand_matches WHERE mention_seq = ? ORDER BY brand", [row.seq]
    )
    return Hit(
        seq=row.seq,
        platform=document.platform,
        native_id=row.native_id,
        kind=document.kind,
        published_at=row.published_at,
        text=document.text,
        url=document.url,
        followers=document.followers,
        language=document.language,
        sentiment=row.sentiment,
        brands=tuple(str(brand[0]) for brand in brands),
        spans=found,
        pieces=snippet(document.text, found),
    )


def _count(db: Database) -> int:
    return int(db.execute("SELECT count(*) FROM mentions WHERE deleted_at IS NULL").fetchone()[0])
