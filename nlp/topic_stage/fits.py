"""What is kept of a fit.

A model is stored without its words: those stand in `topics` and `topic_groups` alone, where
they can be taken back. What it does not know there, a loaded model does not know either.
"""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import orjson
from sqlite_utils import Database

from listener.errors import StoreBusyError
from listener.store import transaction
from nlp.topic_stage.unsaid import unlearn
from nlp.topic_stage.window import Window
from nlp.topics.model import NONE, Churn, Fit, Group, Ids, Topic, TopicModel, Vectors

TOPICS = "topics"  # the stage's cursors
CHANGES = "topics.changes"


@dataclass(frozen=True, slots=True)
class StoredFit:
    """A brand's fit, without its model. `mentions` were in its window, `fitted` of them."""

    id: int
    brand: str
    at: int
    since: int
    until: int
    reached: int
    mentions: int
    fitted: int
    outliers: float
    embedding: str
    churn: Churn | None


@dataclass(frozen=True)
class Found:
    """What a fit found: of the `fitted` mentions, and of the `others` in its window.

    `latest` is the brand's fit at that time; with `anew` its topics have nothing to do with these.
    """

    window: Window
    embedding: str
    fit: Fit
    fitted: Sequence[int]
    others: Sequence[int]
    other_topics: Ids
    other_similarity: Vectors
    latest: int | None
    anew: bool


def latest(db: Database, brand: str) -> StoredFit | None:
    """A brand's latest fit."""
    rows = _stored(db, "brand = ? ORDER BY id DESC LIMIT 1", [brand])
    return rows[0] if rows else None


def current(db: Database) -> list[StoredFit]:
    """The latest fit of every brand that has one."""
    return _stored(db, "model IS NOT NULL ORDER BY brand", [])


def model_of(db: Database, fit: StoredFit) -> TopicModel | None:
    """A fit's model; None when a later fit has taken its place."""
    row = db.execute("SELECT model FROM topic_fits WHERE id = ?", [fit.id]).fetchone()
    if row is None or row[0] is None:
        return None
    said = {
        number: (label, tuple(orjson.loads(terms)))
        for number, label, terms in db.execute(
            "SELECT id, label, terms FROM topics WHERE brand = ?", [fit.brand]
        )
    }
    groups = dict(
        db.execute("SELECT id, label FROM topic_groups WHERE brand = ?", [fit.brand]).fetchall()
    )
    return _worded(TopicModel.from_bytes(row[0]), said, groups)


def count_topics(db: Database, fit: StoredFit) -> int:
    """How many topics a fit found."""
    row = db.execute(
        "SELECT count(*) FROM topics WHERE brand = ? AND last_fit = ?", [fit.brand, fit.id]
    ).fetchone()
    return int(row[0])


def topics_stand(db: Database, fit: StoredFit, model: TopicModel) -> bool:
    """Whether none of a loaded model's topics was taken back since."""
    rows = db.execute("SELECT id FROM topics WHERE brand = ?", [fit.brand])
    return {topic.id for topic in model.topics} <= {row[0] for row in rows}


def keep(db: Database, found: Found, *, now: int) -> StoredFit:
    """Keep a fit in place of the brand's last, in one transaction.

    The stage goes on from what the fit knew. StoreBusyError when another fit was kept since.
    """
    brand, model = found.window.brand, found.fit.model
    with transaction(db) as connection:
        last = connection.execute(
            "SELECT max(id) FROM topic_fits WHERE brand = ?", [brand]
        ).fetchone()[0]
        if last != found.latest:
            raise StoreBusyError(
                "The topics were fitted by another process meanwhile; nothing was changed.",
                remedy="`krasae topics` shows them.",
            )
        if found.anew:
            connection.execute("DELETE FROM topics WHERE brand = ?", [brand])
        fit = _write_fit(connection, found, now)
        _write_topics(connection, brand, model, fit)
        _write_mentions(connection, found)
        unlearn(connection, [(brand, topic.id) for topic in model.topics])
        _write_churn(connection, brand, found.fit.churn, fit)
        for cursor, place in ((TOPICS, found.window.reached), (CHANGES, found.window.changed)):
            connection.execute(
                "INSERT INTO cursors (stage, position) VALUES (?, ?) ON CONFLICT (stage) "
                "DO UPDATE SET position = min(position, excluded.position)",
                [cursor, place],
            )
    [stored] = _stored(db, "id = ?", [fit])
    return stored


def _write_fit(connection: sqlite3.Connection, found: Found, now: int) -> int:
    looked, fit = found.window, found.fit
    connection.execute(
        "UPDATE topic_fits SET model = NULL WHERE brand = ? AND model IS NOT NULL", [looked.brand]
    )
    written = connection.execute(
        "INSERT INTO topic_fits (brand, at, since, until, reached, mentions, fitted, outliers, "
        "embedding, model) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            looked.brand,
            now,
            looked.since,
            looked.until,
            looked.reached,
            len(found.fitted) + len(found.others),
            len(found.fitted),
            fit.outliers,
            found.embedding,
            _wordless(fit.model).to_bytes(),
        ],
    )
    return written.lastrowid or 0


def _write_topics(connection: sqlite3.Connection, brand: str, model: TopicModel, fit: int) -> None:
    known = [topic.id for topic in (*model.topics, *model.gone)]
    connection.execute(
        "DELETE FROM topics WHERE brand = ? AND id NOT IN (SELECT value FROM json_each(?))",
        [brand, _json(known)],
    )
    connection.executemany(
        """
        INSERT INTO topics
            (brand, id, label, terms, language, colour, parent, size, first_fit, last_fit)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (brand, id) DO UPDATE SET label = excluded.label, terms = excluded.terms,
            language = excluded.language, colour = excluded.colour, parent = excluded.parent,
            size = excluded.size, last_fit = excluded.last_fit
        """,
        [
            (
                brand,
                topic.id,
                topic.label,
                _json(topic.terms),
                topic.language,
                topic.colour,
                topic.parent,
                topic.size,
                fit,
                fit,
            )
            for topic in model.topics
        ],
    )
    connection.execute("DELETE FROM topic_groups WHERE brand = ?", [brand])
    connection.executemany(
        "INSERT INTO topic_groups (brand, id, label) VALUES (?, ?, ?)",
        [(brand, group.id, group.label) for group in model.groups],
    )


def _write_mentions(connection: sqlite3.Connection, found: Found) -> None:
    fit, brand = found.fit, found.window.brand
    first = {
        found.fitted[place]: number
        for topic in fit.model.topics
        for number, place in enumerate(topic.representatives, 1)
    }
    seqs = [*found.fitted, *found.others]
    topics = [*fit.topics.tolist(), *found.other_topics.tolist()]
    near = [*fit.similarity.tolist(), *found.other_similarity.tolist()]
    connection.execute(
        "DELETE FROM mention_topics WHERE brand = ? "
        "AND mention_seq IN (SELECT value FROM json_each(?))",
        [brand, _json(seqs)],
    )
    connection.execute(
        INSERT_ASSIGNED,
        [
            _json(
                [
                    (brand, seq, topic, round(similarity, 4), first.get(seq))
                    for seq, topic, similarity in zip(seqs, topics, near, strict=True)
                    if topic != NONE
                ]
            )
        ],
    )


# One statement for a batch. A mention, or a topic, may have been erased since it was read.
INSERT_ASSIGNED = """
INSERT INTO mention_topics (brand, mention_seq, topic, similarity, representative)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
    json_extract(value, '$[3]'), json_extract(value, '$[4]')
FROM json_each(?)
WHERE EXISTS (
        SELECT 1 FROM mentions WHERE seq = json_extract(value, '$[1]') AND deleted_at IS NULL
    )
    AND EXISTS (
        SELECT 1 FROM topics
        WHERE brand = json_extract(value, '$[0]') AND id = json_extract(value, '$[2]')
    )
"""


def _write_churn(connection: sqlite3.Connection, brand: str, churn: Churn | None, fit: int) -> None:
    """The churn, of the topics that are there after all."""
    if churn is None:
        return
    rows = connection.execute("SELECT id FROM topics WHERE brand = ?", [brand])
    there = {row[0] for row in rows}
    lost = [one for one in (*churn.kept, *churn.renamed) if one not in there]
    left = Churn(
        kept=_those(churn.kept, there),
        renamed=_those(churn.renamed, there),
        new=_those(churn.new, there),
        gone=(*churn.gone, *lost),
    )
    connection.execute("UPDATE topic_fits SET churn = ? WHERE id = ?", [_json(asdict(left)), fit])


def _those(ids: Sequence[int], there: Collection[int]) -> tuple[int, ...]:
    return tuple(one for one in ids if one in there)


def _wordless(model: TopicModel) -> TopicModel:
    def bare(topic: Topic) -> Topic:
        return replace(topic, label="", terms=(), representatives=())

    return replace(
        model,
        topics=tuple(map(bare, model.topics)),
        groups=tuple(replace(group, label="") for group in model.groups),
        gone=tuple(map(bare, model.gone)),
    )


def _worded(
    model: TopicModel, said: dict[int, tuple[str, tuple[str, ...]]], groups: dict[int, str]
) -> TopicModel:
    def worded(topic: Topic) -> Topic:
        label, terms = said[topic.id]
        return replace(topic, label=label, terms=terms)

    here = [place for place, topic in enumerate(model.topics) if topic.id in said]
    gone = [place for place, topic in enumerate(model.gone) if topic.id in said]
    return replace(
        model,
        topics=tuple(worded(model.topics[place]) for place in here),
        groups=tuple(
            Group(group.id, groups[group.id], _those(group.topics, said))
            for group in model.groups
            if group.id in groups
        ),
        centroids=model.centroids[here],
        nearest=model.nearest[here],
        gone=tuple(worded(model.gone[place]) for place in gone),
        gone_centroids=model.gone_centroids[gone],
    )


def _stored(db: Database, where: str, arguments: Sequence[object]) -> list[StoredFit]:
    rows = db.execute(f"SELECT {_FIT} FROM topic_fits WHERE {where}", arguments)
    return [_fit(dict(zip(_FIT_FIELDS, row, strict=True))) for row in rows]


_FIT_FIELDS = tuple(field.name for field in fields(StoredFit))
_FIT = ", ".join(_FIT_FIELDS)


def _fit(values: dict[str, Any]) -> StoredFit:
    if values["churn"] is not None:
        ids = orjson.loads(values["churn"])
        values["churn"] = Churn(**{what: tuple(some) for what, some in ids.items()})
    return StoredFit(**values)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
