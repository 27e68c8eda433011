"""What is known of a brand's topics: what they are, who belongs to them, what to read first."""

from typing import NamedTuple

import orjson
from sqlite_utils import Database

from nlp.topic_stage.fits import StoredFit
from nlp.topics.model import Topic


class Belonging(NamedTuple):
    """A mention of the brand, and its topic; None where it has none."""

    seq: int
    published_at: int
    topic: int | None
    similarity: float | None
    sentiment: str | None


class Example(NamedTuple):
    """One of the mentions that say best what a topic is about."""

    topic: int
    seq: int
    published_at: int
    platform: str
    text: str
    url: str | None


def topics_in(db: Database, fit: StoredFit) -> list[tuple[Topic, bool]]:
    """The topics of a fit, and whether each is new in it. Their size is that of the fit."""
    rows = db.execute(
        "SELECT id, label, terms, size, parent, language, colour, first_fit = last_fit "
        "FROM topics WHERE brand = ? AND last_fit = ? ORDER BY size DESC, id",
        [fit.brand, fit.id],
    )
    return [
        (
            Topic(
                id=row[0],
                label=row[1],
                terms=tuple(orjson.loads(row[2])),
                size=row[3],
                representatives=(),
                parent=row[4],
                language=row[5],
                colour=row[6],
            ),
            bool(row[7]),
        )
        for row in rows
    ]


def groups_in(db: Database, fit: StoredFit) -> dict[int, str]:
    """The labels of the groups of topics, by id."""
    rows = db.execute("SELECT id, label FROM topic_groups WHERE brand = ?", [fit.brand])
    return dict(rows.fetchall())


def belonging(db: Database, fit: StoredFit) -> list[Belonging]:
    """Every mention of the brand since the fit's window began, in the order of the log."""
    rows = db.execute(
        """
        SELECT seq, published_at, topic, similarity, sentiment
        FROM mentions JOIN enrichments ON enrichments.mention_seq = seq
            LEFT JOIN mention_topics ON brand = :brand AND mention_topics.mention_seq = seq
        WHERE published_at >= :since AND deleted_at IS NULL AND (:brand = '' OR EXISTS (
            SELECT 1 FROM brand_matches AS about WHERE about.brand = :brand
                AND about.mention_seq = seq))
        ORDER BY seq
        """,
        {"brand": fit.brand, "since": fit.since},
    )
    return [Belonging(*row) for row in rows]


def examples(db: Database, fit: StoredFit) -> list[Example]:
    """The mentions to read first, topic by topic."""
    rows = db.execute(
        """
        SELECT topic, seq, published_at, platform, text, url
        FROM mention_topics JOIN mentions ON seq = mention_seq
        WHERE brand = ? AND representative IS NOT NULL AND deleted_at IS NULL
        ORDER BY topic, representative
        """,
        [fit.brand],
    )
    return [Example(*row) for row in rows]
