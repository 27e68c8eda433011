"""Mentions, enrichments and signals for the tests of this room, with what matters spelt out."""

from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from typing import Any

import orjson
from sqlite_utils import Database

from alerts.alert import Alert
from krasae.schema import ROOMS
from listener.model import HOUR_MS, Mention, MentionKind
from listener.store import AuthorKey, append, open_database, transaction
from trends.model import EventState, Signal, SignalKind

KEY = AuthorKey("a key for the tests, and for nothing else")
NINE_SEPTEMBER = 1_410_282_000_000  # 2014-09-09T17:00Z

SIGNAL = Signal(
    event=77,
    kind=SignalKind.SURGE,
    brand="apple",
    series="",
    state=EventState.OPEN,
    bucket=NINE_SEPTEMBER + 5 * HOUR_MS,
    detected_at=NINE_SEPTEMBER + 6 * HOUR_MS + HOUR_MS // 4,
    window_start=NINE_SEPTEMBER,
    window_end=NINE_SEPTEMBER + 6 * HOUR_MS,
    observed=182.0,
    expected=35.0,
    lower=20.0,
    upper=55.0,
    score=4.5,
    severity=5,
    mentions=240,
    unique_authors=182,
    duplicate_share=0.12,
    negative_share=0.3,
    reach=1_234_567,
    terms=("iphone", "iphone 6", "#applelive"),
    mention_seqs=(1, 2, 3),
    history=(3.0, 5.0, 4.0, 60.0, 120.0),
)


def signal(**changes: Any) -> Signal:
    """A surge of Apple's on 9 September 2014, but for the changes."""
    return replace(SIGNAL, **changes)


def life(*steps: tuple[EventState, int, float], event: int = 77, **changes: Any) -> list[Signal]:
    """An event's signals, an hour apart, of these (state, severity, score)."""
    return [
        signal(
            event=event,
            state=state,
            severity=severity,
            score=score,
            detected_at=SIGNAL.detected_at + number * HOUR_MS,
            **changes,
        )
        for number, (state, severity, score) in enumerate(steps)
    ]


def database() -> Database:
    """An empty, migrated database in memory."""
    return open_database(":memory:", ROOMS, create=True)


def put_signals(db: Database, signals: Iterable[Signal]) -> None:
    """Append signals as the detect stage does."""
    names = [field.name for field in fields(Signal)]
    marks = ", ".join(f":{name}" for name in names)
    rows = []
    for one in signals:
        row = asdict(one)
        for name in ("terms", "mention_seqs", "history"):
            row[name] = orjson.dumps(row[name]).decode()
        rows.append(row)
    with transaction(db) as connection:
        connection.executemany(f"INSERT INTO signals ({', '.join(names)}) VALUES ({marks})", rows)


def say(
    db: Database,
    text: str,
    *,
    author: str | None = "somsri",
    at: int = NINE_SEPTEMBER,
    followers: int | None = 100,
    brand: str = "apple",
    sentiment: str = "neutral",
    probability: float = 0.9,
    intent: str = "other",
    copies: int = 0,
    risks: tuple[str, ...] = (),
    terms: tuple[str, ...] = (),
    kind: MentionKind = MentionKind.POST,
    url: str | None = None,
) -> int:
    """Store one enriched mention of a brand; its seq."""
    number = db.execute("SELECT count(*) FROM mentions").fetchone()[0] + 1
    mention = Mention("x", f"id{number}", at, text, author, followers, kind, url)
    append(db, [mention], source="stream", key=KEY, now=at)
    seq = int(db.execute("SELECT max(seq) FROM mentions").fetchone()[0])
    with transaction(db) as connection:
        connection.execute(
            "INSERT INTO enrichments (mention_seq, language, sentiment, sentiment_probability, "
            "intent, duplicate_key, risks, terms) VALUES (?, 'en', ?, ?, ?, ?, ?, ?)",
            [
                seq,
                sentiment,
                probability,
                intent,
                copies,
                orjson.dumps(risks).decode(),
                orjson.dumps(terms).decode(),
            ],
        )
        connection.execute("INSERT INTO brand_matches VALUES (?, ?)", [brand, seq])
    return seq


def tables(db: Database, *names: str) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of these tables."""
    return {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in names}


def an_alert(**changes: Any) -> Alert:
    """The alert that SIGNAL raises, but for the changes."""
    from alerts.alert import raise_or_update

    return replace(raise_or_update(None, SIGNAL), **changes)
