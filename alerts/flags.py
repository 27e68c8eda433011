"""Mentions that need an answer: which open an issue, and which join one. Rows of `issues`."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from alerts.alert import Alert
from alerts.issue import alert_priority, mention_priority
from alerts.settings import AlertSettings
from listener.model import WEEK_MS

JOIN_WITHIN = WEEK_MS  # a near-copy that comes later than this is a new matter


@dataclass(frozen=True, slots=True)
class Heard:
    """An enriched mention of a brand, as far as flagging looks at it."""

    seq: int
    brand: str
    published_at: int
    followers: int
    negative: bool
    probability: float
    promotion: bool
    duplicate_key: int
    risks: frozenset[str]


def reason_to_flag(heard: Heard, settings: AlertSettings) -> str | None:
    """Why a mention opens an issue: 'risk', 'negative', or None when it does not.

    Both ask for a negative mention that is no promotion: with a risk category of any
    reach, or strongly negative by an author with reach.
    """
    if not heard.negative or heard.promotion:
        return None
    if heard.risks:
        return "risk"
    strong = heard.probability >= settings.issue_min_probability
    return "negative" if strong and heard.followers >= settings.issue_min_followers else None


class Desk:
    """Puts mentions on the queue within one transaction, in the order in which they came."""

    def __init__(self, connection: sqlite3.Connection, settings: AlertSettings) -> None:
        self._connection = connection
        self._settings = settings

    def take(self, mentions: Iterable[Heard]) -> int:
        """Open an issue for each flagged mention, or join it to its copies' issue.

        A near-copy of a mention whose issue is open joins it whoever wrote it; one of a
        dismissed issue too, so that what was judged to be noise is not asked again. The
        number of mentions put on the queue.
        """
        touched: set[int] = set()
        taken = 0
        for heard in mentions:
            reason = reason_to_flag(heard, self._settings)
            issue = self._issue_of_copies(heard) if heard.negative else None
            if issue is None and reason is not None:
                issue = self._open(heard, reason)
            if issue is not None:
                self._connection.execute(
                    "INSERT INTO issue_mentions (issue_id, mention_seq) VALUES (?, ?)",
                    [issue, heard.seq],
                )
                self._connection.execute(
                    "UPDATE issues SET latest_at = max(latest_at, ?) WHERE id = ?",
                    [heard.published_at, issue],
                )
                touched.add(issue)
                taken += 1
        for issue in sorted(touched):
            self._weigh(issue)
        return taken

    def _issue_of_copies(self, heard: Heard) -> int | None:
        if heard.duplicate_key == 0:
            return None
        row = self._connection.execute(
            """
            SELECT id FROM issues
            WHERE brand = ? AND duplicate_key = ? AND alert_id IS NULL AND state <> 'resolved'
                AND abs(latest_at - ?) <= ?
            ORDER BY id DESC LIMIT 1
            """,
            [heard.brand, heard.duplicate_key, heard.published_at, JOIN_WITHIN],
        ).fetchone()
        return int(row[0]) if row else None

    def _open(self, heard: Heard, reason: str) -> int:
        row = self._connection.execute(
            """
            INSERT INTO issues (
                reason, brand, duplicate_key, risks, probability, reach, mentions, priority,
                opened_at, latest_at, state, version
            ) VALUES (?, ?, ?, '[]', 0, 0, 0, 5, ?, ?, 'new', 1) RETURNING id
            """,
            [reason, heard.brand, heard.duplicate_key, heard.published_at, heard.published_at],
        ).fetchone()
        return int(row[0])

    def _weigh(self, issue: int) -> None:
        """Count an issue's mentions anew; the same in whatever batches they came."""
        rows = self._connection.execute(
            """
            SELECT author_id, coalesce(followers, 0), sentiment_probability, risks, published_at
            FROM issue_mentions
            JOIN mentions ON seq = issue_mentions.mention_seq
            JOIN enrichments ON enrichments.mention_seq = seq
            WHERE issue_id = ?
            """,
            [issue],
        ).fetchall()
        reach = _reach(rows)
        risks = frozenset(risk for row in rows for risk in orjson.loads(row[3]))
        probability = max(row[2] for row in rows)
        self._connection.execute(
            "UPDATE issues SET risks = ?, probability = ?, reach = ?, mentions = ?, priority = ?, "
            "opened_at = ? WHERE id = ?",
            [
                orjson.dumps(sorted(risks)).decode(),
                probability,
                reach,
                len(rows),
                mention_priority(reach, probability, risks, len(rows)),
                min(row[4] for row in rows),
                issue,
            ],
        )


def _reach(rows: Sequence[Sequence[int | None]]) -> int:
    """The followers of the distinct authors; an unknown author counts every time."""
    known: dict[int, int] = {}
    unknown = 0
    for author, followers, *_ in rows:
        if author is None:
            unknown += followers or 0
        else:
            known[author] = max(known.get(author, 0), followers or 0)
    return unknown + sum(known.values())


def follow_alert(connection: sqlite3.Connection, alert: Alert) -> None:
    """Open the issue of a stored risk alert, or bring it up to date; its state stays."""
    values = {"event": alert.event, "priority": alert_priority(alert.peak_severity)}
    known = connection.execute(
        """
        UPDATE issues SET probability = negative_share, reach = a.reach, mentions = a.mentions,
            priority = :priority, latest_at = updated_at
        FROM alerts AS a WHERE a.event = :event AND alert_id = a.id
        """,
        values,
    )
    if known.rowcount == 0:
        connection.execute(
            """
            INSERT INTO issues (
                reason, brand, alert_id, duplicate_key, risks, probability, reach, mentions,
                priority, opened_at, latest_at, state, version
            )
            SELECT 'alert', brand, id, 0, '[]', negative_share, reach, mentions,
                :priority, detected_at, updated_at, 'new', 1
            FROM alerts WHERE event = :event
            """,
            values,
        )
