"""Corrections, and what was learnt from them: their tables. The learning is `nlp/learning.py`.

A correction holds for its mention at once, and stays with it whatever a model says later. A
layer is kept for the sentiment of each language and for intents; the latest one counts, and
undoing takes it away again.
"""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from sqlite_utils import Database

from listener.errors import NotFoundError
from listener.store import transaction
from nlp.model import Enrichment, Intent, SentimentLabel
from nlp.sentiment import LANGUAGES, Layer, LinearModel
from nlp.taught import Taught, TaughtIntents

if TYPE_CHECKING:
    from nlp.learning import Lesson


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says of a mention; None where the model was right, or nobody looked."""

    sentiment: SentimentLabel | None = None
    intent: Intent | None = None

    def of(self, meaning: Enrichment) -> Enrichment:
        """The meaning, corrected: a person is sure."""
        if self.sentiment:
            meaning = replace(meaning, sentiment=self.sentiment, sentiment_probability=1.0)
        return replace(meaning, intent=self.intent) if self.intent else meaning


@dataclass(frozen=True, slots=True)
class Subject:
    """What a layer teaches: the sentiment of a language, or intents, which are of all."""

    teaches: Literal["sentiment", "intent"]
    language: str


INTENT = Subject("intent", "all")


@dataclass(frozen=True, slots=True)
class Learnt:
    """A layer that was kept: when (UTC ms), from how many corrections, and what it brought."""

    subject: Subject
    learnt_at: int
    corrections: int
    before: float
    after: float


def correct(db: Database, seq: int, correction: Correction, *, now: int) -> None:
    """Keep a correction; the enrich stage takes it up with the next step.

    What it leaves open stays as an earlier one said. Raises NotFoundError.
    """
    with transaction(db) as connection:
        known = connection.execute(
            "SELECT 1 FROM mentions WHERE seq = ? AND deleted_at IS NULL", [seq]
        ).fetchone()
        if known is None:
            raise NotFoundError(
                f"There is no mention {seq}, or its author deleted it.",
                remedy="`krasae search` shows the numbers of mentions.",
            )
        connection.execute(
            """
            INSERT INTO corrections (mention_seq, sentiment, intent, at) VALUES (?, ?, ?, ?)
            ON CONFLICT (mention_seq) DO UPDATE SET at = excluded.at,
                sentiment = coalesce(excluded.sentiment, sentiment),
                intent = coalesce(excluded.intent, intent)
            """,
            [seq, correction.sentiment, correction.intent, now],
        )
        connection.execute("INSERT INTO changes (mention_seq) VALUES (?)", [seq])


def corrections(db: Database, seqs: Sequence[int]) -> dict[int, Correction]:
    """Those of these mentions that were corrected."""
    rows = db.execute(
        "SELECT mention_seq, sentiment, intent FROM corrections "
        "WHERE mention_seq IN (SELECT value FROM json_each(?))",
        [json.dumps(list(seqs))],
    )
    return {seq: Correction(sentiment, intent) for seq, sentiment, intent in rows}


def corrected_texts(db: Database) -> list[tuple[str, SentimentLabel]]:
    """Texts whose sentiment was judged by a person, in the order in which they were written."""
    rows = db.execute(
        "SELECT text, sentiment FROM corrections JOIN mentions ON seq = mention_seq "
        "WHERE sentiment IS NOT NULL AND deleted_at IS NULL ORDER BY seq"
    )
    return [(text, sentiment) for text, sentiment in rows]


def corrected_intents(db: Database) -> list[tuple[str, Intent]]:
    """Texts whose intent was judged by a person, in the order in which they were written."""
    rows = db.execute(
        "SELECT text, intent FROM corrections JOIN mentions ON seq = mention_seq "
        "WHERE intent IS NOT NULL AND deleted_at IS NULL ORDER BY seq"
    )
    return [(text, intent) for text, intent in rows]


def keep(db: Database, subject: Subject, lesson: "Lesson", *, now: int) -> None:
    """Put a layer over what reads the subject from now on."""
    file = io.BytesIO()
    layer = lesson.layer
    np.savez_compressed(file, features=layer.features, deltas=layer.deltas, bias=layer.bias)
    with transaction(db) as connection:
        connection.execute(
            "INSERT INTO layers (teaches, language, model, learnt_at, corrections, before, after,"
            " arrays) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                subject.teaches,
                subject.language,
                _under(subject),
                now,
                lesson.corrections,
                lesson.before,
                lesson.after,
                file.getvalue(),
            ],
        )


def undo(db: Database) -> Learnt | None:
    """Take away the layer that was learnt last; the one before it counts again."""
    with transaction(db) as connection:
        row = connection.execute(
            "DELETE FROM layers WHERE id = (SELECT max(id) FROM layers) "
            "RETURNING teaches, language, learnt_at, corrections, before, after"
        ).fetchone()
    return Learnt(Subject(*row[:2]), *row[2:]) if row else None


def taught(db: Database) -> Taught:
    """What was learnt and counts now.

    A layer that was learnt over another version of a model is left out.
    """
    models = {}
    for language in LANGUAGES:
        if layer := _latest(db, Subject("sentiment", language)):
            models[language] = LinearModel.shipped(language).with_layer(layer)
    intents = _latest(db, INTENT)
    return Taught(models, TaughtIntents(intents) if intents else None)


def _latest(db: Database, subject: Subject) -> Layer | None:
    row = db.execute(
        "SELECT model, arrays FROM layers WHERE teaches = ? AND language = ? "
        "ORDER BY id DESC LIMIT 1",
        [subject.teaches, subject.language],
    ).fetchone()
    return _layer(row[1]) if row and row[0] == _under(subject) else None


def _under(subject: Subject) -> str:
    """Tells what lies under a layer; intents are found with the sentiment of both languages."""
    names = LANGUAGES if subject == INTENT else (subject.language,)
    return " ".join(fingerprint(LinearModel.shipped(name)) for name in names)


def _layer(stored: bytes) -> Layer:
    with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
        return Layer(arrays["features"], arrays["deltas"], arrays["bias"])


def fingerprint(model: LinearModel) -> str:
    """Tells one shipped model from another."""
    card = json.dumps(model.card, sort_keys=True)
    return hashlib.blake2b(card.encode(), digest_size=8).hexdigest()
