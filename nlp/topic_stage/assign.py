"""The topics stage: each new mention's topic, by the latest fit of each of its brands.

A fit knows the mentions up to one; those after it are assigned here, in the order of the log.
Then those named in `changes` (edited, deleted) are assigned again. Where a brand has no fit,
nothing happens.
"""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import orjson
from sqlite_utils import Database

from listener.errors import CursorMovedError
from listener.stage import IDLE, Step
from listener.store import advance, position
from nlp.embeddings import Embedding, embedding
from nlp.stage import CHANGES as ENRICH_CHANGES
from nlp.stage import ENRICH
from nlp.topic_stage.fits import (
    CHANGES,
    INSERT_ASSIGNED,
    TOPICS,
    StoredFit,
    current,
    model_of,
    topics_stand,
)
from nlp.topic_stage.unsaid import topics_of, unlearn
from nlp.topics.model import NONE, TopicModel

WHOLE_STREAM = ""

_COLUMNS = (
    "seq, CASE WHEN deleted_at IS NULL THEN text END, "
    "(SELECT json_group_array(brand) FROM brand_matches WHERE mention_seq = seq)"
)


class _Row(NamedTuple):
    seq: int
    text: str | None  # None: deleted
    brands: str


class _Assigned(NamedTuple):
    brand: str
    seq: int
    topic: int
    similarity: float


class TopicStage:
    """Writes `mention_topics`. `embedding` is the name in the settings: fits of another wait.

    With `whole_stream` every mention is of the brand "".
    """

    name = TOPICS
    needs = (ENRICH,)

    def __init__(self, embedding: str, *, whole_stream: bool = False) -> None:
        self._embedding_name = embedding
        self._whole_stream = whole_stream
        self._embedding: Embedding | None = None
        self._fits: dict[str, tuple[StoredFit, TopicModel]] = {}

    def backlog(self, db: Database) -> int:
        """Mentions not assigned yet, and changes not followed yet; none without a fit."""
        if not self._usable(db):
            return 0
        row = db.execute(
            "SELECT (SELECT count(*) FROM mentions WHERE seq > ?)"
            " + (SELECT count(*) FROM changes WHERE id > ?)",
            [position(db, TOPICS), position(db, CHANGES)],
        ).fetchone()
        return int(row[0])

    def step(self, db: Database, *, limit: int, now: int) -> Step:
        """Assign at most `limit` mentions, or follow at most as many changes."""
        self._load(db)
        if not self._fits:
            return IDLE
        step = self._new(db, limit)
        return step if step.read else self._changed(db, limit)

    def _new(self, db: Database, limit: int) -> Step:
        since = position(db, TOPICS)
        rows = _rows(
            db,
            f"SELECT {_COLUMNS} FROM mentions WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
            [since, position(db, ENRICH), limit],
        )
        if not rows:
            return IDLE
        assigned = self._assign(rows, again=False)
        with advance(db, TOPICS, since=since, to=rows[-1].seq) as connection:
            self._check(db)
            _forget(connection, assigned)  # what they were by a fit before
            written = _write(connection, assigned)
        return Step(len(rows), written)

    def _changed(self, db: Database, limit: int) -> Step:
        since = position(db, CHANGES)
        changes = db.execute(
            "SELECT id, mention_seq FROM changes WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
            [since, position(db, ENRICH_CHANGES), limit],
        ).fetchall()
        if not changes:
            return IDLE
        seqs = sorted({seq for _, seq in changes})
        rows = _rows(
            db,
            f"SELECT {_COLUMNS} FROM mentions WHERE seq IN (SELECT value FROM json_each(?))"
            " ORDER BY seq",
            [_json(seqs)],
        )
        assigned = self._assign(rows, again=True)
        with advance(db, CHANGES, since=since, to=changes[-1][0]) as connection:
            self._check(db)
            touched = topics_of(connection, seqs)
            connection.execute(
                "DELETE FROM mention_topics WHERE mention_seq IN (SELECT value FROM json_each(?))",
                [_json(seqs)],
            )
            unlearn(connection, touched)
            written = _write(connection, assigned)
        return Step(len(changes), written)

    def _assign(self, rows: Sequence[_Row], *, again: bool) -> list[_Assigned]:
        """The topics of mentions, or NONE; of those that a fit knew only when `again` is set."""
        texts = {row.seq: row.text for row in rows if row.text is not None}
        wanted: dict[str, list[int]] = {}
        for row in rows:
            for brand in self._brands(row):
                if again or row.seq > self._fits[brand][0].reached:
                    wanted.setdefault(brand, []).append(row.seq)
        seqs = sorted({seq for some in wanted.values() for seq in some})
        if not seqs:
            return []
        if self._embedding is None:
            self._embedding = embedding(self._embedding_name)
        vectors = self._embedding.encode([texts[seq] for seq in seqs])
        place = {seq: number for number, seq in enumerate(seqs)}
        assigned = []
        for brand, some in sorted(wanted.items()):
            chosen = vectors[np.array([place[seq] for seq in some])]
            topics, near = self._fits[brand][1].assign(chosen)
            assigned += [
                _Assigned(brand, seq, topic, round(similarity, 4))
                for seq, topic, similarity in zip(some, topics.tolist(), near.tolist(), strict=True)
            ]
        return assigned

    def _brands(self, row: _Row) -> list[str]:
        """A mention's brands that have a fit."""
        if row.text is None:
            return []
        brands = [WHOLE_STREAM] if self._whole_stream else orjson.loads(row.brands)
        return [brand for brand in brands if brand in self._fits]

    def _usable(self, db: Database) -> list[StoredFit]:
        return [fit for fit in current(db) if fit.embedding == self._embedding_name]

    def _load(self, db: Database) -> None:
        """The models of the latest fits; one that is loaded already, and still true, is kept."""
        fits: dict[str, tuple[StoredFit, TopicModel]] = {}
        for fit in self._usable(db):
            known = self._fits.get(fit.brand)
            if known and known[0].id == fit.id and topics_stand(db, fit, known[1]):
                fits[fit.brand] = known
            elif (model := model_of(db, fit)) is not None:
                fits[fit.brand] = fit, model
        self._fits = fits

    def _check(self, db: Database) -> None:
        """Give up when a brand was fitted again since the models were loaded."""
        if {fit.id for fit in self._usable(db)} != {fit.id for fit, _ in self._fits.values()}:
            raise CursorMovedError("The topics were fitted by another process.")


def _rows(db: Database, sql: str, arguments: Sequence[object]) -> list[_Row]:
    return [_Row(*row) for row in db.execute(sql, arguments)]


def _forget(connection: sqlite3.Connection, assigned: Sequence[_Assigned]) -> None:
    connection.execute(
        "DELETE FROM mention_topics WHERE (brand, mention_seq) IN ("
        "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))",
        [_json([(one.brand, one.seq) for one in assigned])],
    )


def _write(connection: sqlite3.Connection, assigned: Sequence[_Assigned]) -> int:
    rows = [(*one, None) for one in assigned if one.topic != NONE]
    return connection.execute(INSERT_ASSIGNED, [_json(rows)]).rowcount


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
