"""Observations for tests, and a database that holds them as if they were enriched."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import orjson
from sqlite_utils import Database

from benchmarks.streams import START, Quiet, burst, numbered
from krasae.schema import ROOMS
from listener.model import DAY_MS, HOUR_MS
from listener.store import open_database
from trends.model import Observation

NOW = START + 3650 * DAY_MS
PLANTED_AT = START + 16 * DAY_MS + 10 * HOUR_MS


def observation(number: int, minutes: float = 0.0, **fields: object) -> Observation:
    """One observation, `minutes` after START; its author is its own unless given."""
    known = {
        "seq": number,
        "published_at": START + round(minutes * 60_000),
        "platform": "test",
        "native_id": f"{number:09d}",
        "author_id": number,
    }
    return Observation(**(known | fields))  # type: ignore[arg-type]


def eventful(weeks: int = 4, seed: int = 3, brands: int = 4) -> list[Observation]:
    """A quiet stream with one event of every kind planted in its third week."""
    quiet = Quiet(brands=brands, rates=(0.3, 1.5)).observations(seed, weeks)
    small = {"followers": 1, "duplicate_key": 7, "terms": ("free", "money", "free money")}
    risky = {"risks": ("privacy",), "sentiment": "negative", "terms": ("breach", "data breach")}
    return numbered(
        [
            *quiet,
            *burst("brand-0", PLANTED_AT, 60),
            *burst("brand-1", PLANTED_AT + DAY_MS, 7, terms=("recall", "oven", "recall oven")),
            *burst("brand-2", PLANTED_AT + 2 * DAY_MS, 6, **risky),
            *burst("brand-3", PLANTED_AT + 3 * DAY_MS, 80, **small),
        ]
    )


def fill(db: Database, observations: Iterable[Observation]) -> None:
    """Put observations into the log in the order given, enriched as they say."""
    rows = list(observations)
    connection = db.conn
    authors = {one.author_id for one in rows if one.author_id is not None}
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT OR IGNORE INTO authors (id, platform, first_seen_at) VALUES (?, 'test', 0)",
        [(author,) for author in sorted(authors)],
    )
    for one in rows:
        cursor = connection.execute(
            "INSERT INTO mentions (platform, native_id, source, author_id, followers, kind, "
            "published_at, collected_at, text) VALUES (?, ?, ?, ?, ?, 'post', ?, 0, '')",
            [
                one.platform,
                one.native_id,
                one.source,
                one.author_id,
                one.followers,
                one.published_at,
            ],
        )
        seq = cursor.lastrowid
        connection.execute(
            "INSERT INTO enrichments (mention_seq, language, sentiment, sentiment_probability, "
            "intent, duplicate_key, risks, terms) VALUES (?, 'en', ?, 1.0, ?, ?, ?, ?)",
            [
                seq,
                one.sentiment,
                one.intent,
                one.duplicate_key,
                orjson.dumps(one.risks).decode(),
                orjson.dumps(one.terms).decode(),
            ],
        )
        connection.executemany(
            "INSERT INTO brand_matches VALUES (?, ?)",
            [(brand, seq) for brand in one.brands if brand],
        )
    connection.execute(
        "INSERT INTO cursors SELECT 'enrich', coalesce(max(seq), 0) FROM mentions WHERE true "
        "ON CONFLICT DO UPDATE SET position = excluded.position"
    )
    connection.execute("COMMIT")


def database(path: Path | str, observations: Sequence[Observation] = ()) -> Database:
    """A new database that holds these observations."""
    db = open_database(path, ROOMS, create=True)
    fill(db, observations)
    return db
