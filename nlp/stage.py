"""The enrich stage: what each mention means and which brands it is about.

Mentions are enriched in the order of the log; then those named in `changes` (edited, labelled
anew, deleted) are done again. Both write the same rows for the same mention, whichever is first.
"""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import orjson
from sqlite_utils import Database

from listener.query import Document
from listener.stage import IDLE, Step
from listener.store.cursors import advance, position
from nlp.enrich import Enricher
from nlp.lessons import Correction, corrections
from nlp.model import Enrichment

ENRICH = "enrich"
CHANGES = "enrich.changes"

_COLUMNS = (
    "seq, platform, author_id, followers, kind, text, url, language, labels, "
    "deleted_at IS NOT NULL AS deleted"
)
# One statement for a batch. Between reading and writing a mention may have been erased for good.
_WRITE = """
INSERT INTO enrichments (
    mention_seq, language, sentiment, sentiment_probability, intent, duplicate_key, risks, terms,
    aspects, entities
)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
    json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'),
    json_extract(value, '$[6]'), json_extract(value, '$[7]'), json_extract(value, '$[8]'),
    json_extract(value, '$[9]')
FROM json_each(?) WHERE json_extract(value, '$[0]') IN (SELECT seq FROM mentions)
ON CONFLICT (mention_seq) DO UPDATE SET
    language = excluded.language,
    sentiment = excluded.sentiment,
    sentiment_probability = excluded.sentiment_probability,
    intent = excluded.intent,
    duplicate_key = excluded.duplicate_key,
    risks = excluded.risks,
    terms = excluded.terms,
    aspects = excluded.aspects,
    entities = excluded.entities
"""
_FORGET = "DELETE FROM brand_matches WHERE mention_seq IN (SELECT value FROM json_each(?))"
_MATCH = """
INSERT INTO brand_matches (brand, mention_seq)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)
WHERE json_extract(value, '$[1]') IN (SELECT seq FROM mentions)
"""


_AS_IT_IS = Correction()


class _Row(NamedTuple):
    seq: int
    platform: str
    author_id: int | None
    followers: int | None
    kind: str
    text: str
    url: str | None
    language: str | None
    labels: str | None
    deleted: int


class _Enriched(NamedTuple):
    seq: int
    enrichment: Enrichment
    brands: tuple[str, ...]


class Matcher(Protocol):
    """Says which brands a mention is about: `BrandMatcher`, or labels in a backtest."""

    def match(self, document: Document) -> tuple[str, ...]:
        """The brands' ids."""
        ...


class EnrichStage:
    """Writes `enrichments` and `brand_matches`; the models stay loaded between steps."""

    name = ENRICH
    needs: tuple[str, ...] = ()

    def __init__(self, enricher: Enricher, matcher: Matcher) -> None:
        self._enricher = enricher
        self._matcher = matcher

    def backlog(self, db: Database) -> int:
        """Mentions not enriched yet, and changes not followed yet."""
        row = db.execute(
            "SELECT (SELECT count(*) FROM mentions WHERE seq > ?)"
            " + (SELECT count(*) FROM changes WHERE id > ?)",
            [position(db, ENRICH), position(db, CHANGES)],
        ).fetchone()
        return int(row[0])

    def step(self, db: Database, *, limit: int, now: int) -> Step:
        """Enrich at most `limit` mentions, or follow at most as many changes."""
        step = self._new(db, limit)
        return step if step.read else self._changed(db, limit)

    def _new(self, db: Database, limit: int) -> Step:
        since = position(db, ENRICH)
        rows = _rows(
            db,
            f"SELECT {_COLUMNS} FROM mentions WHERE seq > ? ORDER BY seq LIMIT ?",
            [since, limit],
        )
        if not rows:
            return IDLE
        enriched = self._enrich(db, rows)
        with advance(db, ENRICH, since=since, to=rows[-1].seq) as connection:
            _write(connection, enriched)
        return Step(len(rows), len(enriched))

    def _changed(self, db: Database, limit: int) -> Step:
        since = position(db, CHANGES)
        # Another process may be enriching what lies ahead, from the text before the change:
        # such a change waits until that is written.
        reached = position(db, ENRICH)
        changes = db.execute(
            "SELECT id, mention_seq FROM changes WHERE id > ? AND id < coalesce("
            "(SELECT min(id) FROM changes WHERE id > ? AND mention_seq > ?), 9223372036854775807)"
            " ORDER BY id LIMIT ?",
            [since, since, reached, limit],
        ).fetchall()
        if not changes:
            return IDLE
        seqs = _json(sorted({seq for _, seq in changes}))
        rows = _rows(
            db,
            f"SELECT {_COLUMNS} FROM mentions WHERE seq IN (SELECT value FROM json_each(?))"
            " ORDER BY seq",
            [seqs],
        )
        enriched = self._enrich(db, rows)
        with advance(db, CHANGES, since=since, to=changes[-1][0]) as connection:
            _write(connection, enriched)
        return Step(len(changes), len(enriched))

    def _enrich(self, db: Database, rows: Sequence[_Row]) -> list[_Enriched]:
        enrichments = self._enricher.enrich([row.text for row in rows])
        corrected = corrections(db, [row.seq for row in rows])
        if corrected:
            enrichments = [
                corrected.get(row.seq, _AS_IT_IS).of(enrichment)
                for row, enrichment in zip(rows, enrichments, strict=True)
            ]
        return [
            _Enriched(row.seq, enrichment, self._brands(row, enrichment))
            for row, enrichment in zip(rows, enrichments, strict=True)
        ]

    def _brands(self, row: _Row, enrichment: Enrichment) -> tuple[str, ...]:
        """The brands; a deleted mention is about none, whatever its author and labels say."""
        if row.deleted:
            return ()
        found = enrichment.language
        return self._matcher.match(
            Document(
                text=row.text,
                platform=row.platform,
                language=row.language if found == "und" else found,
                author_id=row.author_id,
                followers=row.followers,
                url=row.url,
                labels=tuple(orjson.loads(row.labels)) if row.labels else (),
                kind=row.kind,
            )
        )


def _rows(db: Database, sql: str, arguments: Sequence[object]) -> list[_Row]:
    return [_Row(*row) for row in db.execute(sql, arguments)]


def _write(connection: sqlite3.Connection, enriched: Sequence[_Enriched]) -> None:
    connection.execute(_WRITE, [_json([_columns(one) for one in enriched])])
    connection.execute(_FORGET, [_json([one.seq for one in enriched])])
    connection.execute(
        _MATCH, [_json([(brand, one.seq) for one in enriched for brand in one.brands])]
    )


def _columns(enriched: _Enriched) -> tuple[object, ...]:
    meaning = enriched.enrichment
    return (
        enriched.seq,
        meaning.language,
        meaning.sentiment,
        meaning.sentiment_probability,
        meaning.intent,
        meaning.duplicate_key,
        _json(meaning.risks),
        _json(meaning.terms),
        _json({aspect.name: aspect.sentiment for aspect in meaning.aspects}),
        _json([{"name": entity.name, "kind": entity.kind} for entity in meaning.entities]),
    )


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
