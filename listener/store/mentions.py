"""Writing mentions and foldings to the log."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import orjson
from sqlite_utils import Database

from listener.model import Folding, FoldingKind, Mention, clean_text
from listener.store.authors import AuthorKey
from listener.store.database import transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch: `new` + `updated` + `known` rows."""

    new: int = 0
    updated: int = 0
    known: int = 0


_INSERT_AUTHOR = (
    "INSERT OR IGNORE INTO authors (id, platform, name, first_seen_at) VALUES (?, ?, ?, ?)"
)
_INSERT_MENTION = """
INSERT INTO mentions (
    seq, platform, native_id, source, author_id, followers, kind, published_at, collected_at,
    text, url, reply_to, language, likes, reposts, replies, views, labels
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# Counters and the text follow the platform; what a later row does not know stays.
# A deleted mention stays deleted however often an old export brings it back, and an edited
# one edited when what it said before is delivered again.
_REWORDED = "(text <> :text AND (:as_of IS NULL OR :as_of > coalesce(edited_at, collected_at)))"
_UPDATE_MENTION = f"""
UPDATE mentions SET
    text = iif({_REWORDED}, :text, text),
    edited_at = iif({_REWORDED}, coalesce(:as_of, :now), edited_at),
    url = coalesce(:url, url),
    followers = coalesce(followers, :followers),
    likes = coalesce(:likes, likes),
    reposts = coalesce(:reposts, reposts),
    replies = coalesce(:replies, replies),
    views = coalesce(:views, views),
    labels = merged_labels(labels, :labels)
WHERE platform = :platform AND native_id = :native_id AND deleted_at IS NULL AND (
    {_REWORDED}
    OR coalesce(:url, url) IS NOT url
    OR coalesce(followers, :followers) IS NOT followers
    OR coalesce(:likes, likes) IS NOT likes
    OR coalesce(:reposts, reposts) IS NOT reposts
    OR coalesce(:replies, replies) IS NOT replies
    OR coalesce(:views, views) IS NOT views
    OR merged_labels(labels, :labels) IS NOT labels
)
"""


def _merged_labels(old: str | None, new: str | None) -> str | None:
    if new is None or new == old:
        return old
    if old is None:
        return new
    merged = sorted({*orjson.loads(old), *orjson.loads(new)})
    return orjson.dumps(merged).decode()


def _labels(mention: Mention) -> str | None:
    return orjson.dumps(sorted(set(mention.labels))).decode() if mention.labels else None


def _insert_row(
    seq: int, mention: Mention, source: str, author_id: int | None, now: int
) -> tuple[object, ...]:
    return (
        seq,
        mention.platform,
        mention.native_id,
        source,
        author_id,
        mention.followers,
        mention.kind.value,
        mention.published_at,
        now,
        clean_text(mention.text),
        mention.url,
        mention.reply_to,
        mention.language,
        mention.likes,
        mention.reposts,
        mention.replies,
        mention.views,
        _labels(mention),
    )


def _update_row(mention: Mention, now: int) -> dict[str, object]:
    return {
        "text": clean_text(mention.text),
        "now": now,
        "as_of": mention.as_of,
        "url": mention.url,
        "followers": mention.followers,
        "likes": mention.likes,
        "reposts": mention.reposts,
        "replies": mention.replies,
        "views": mention.views,
        "labels": _labels(mention),
        "platform": mention.platform,
        "native_id": mention.native_id,
    }


def append(
    db: Database, mentions: Sequence[Mention], *, source: str, key: AuthorKey, now: int
) -> Stored:
    """Append a batch in a transaction of its own; see `append_within`."""
    with transaction(db) as connection:
        return append_within(connection, mentions, source=source, key=key, now=now)


def append_within(
    connection: sqlite3.Connection,
    mentions: Sequence[Mention],
    *,
    source: str,
    key: AuthorKey,
    now: int,
) -> Stored:
    """Append a batch inside the caller's transaction.

    A known (platform, native_id) is updated when the new row knows more or other, and
    left alone when it says the same.
    """
    known = _known(connection, mentions)
    last = _last_seq(connection)
    fresh: dict[tuple[str, str], Mention] = {}
    updates: list[dict[str, object]] = []
    repeated = joined = 0
    for mention in mentions:
        identity = (mention.platform, mention.native_id)
        if identity in known:
            updates.append(_update_row(mention, now))
        elif (first := fresh.get(identity)) is None:
            fresh[identity] = mention
        elif first.text == mention.text:
            # Joined before they are written: nobody has seen the first, so it is no change.
            repeated += 1
            fresh[identity] = both = _joined(first, mention)
            joined += both != first
        else:
            known.add(identity)
            updates.append(_update_row(mention, now))
    _insert(connection, fresh.values(), last + 1, source=source, key=key, now=now)
    updated = 0
    if updates:
        connection.create_function("merged_labels", 2, _merged_labels, deterministic=True)
        updated = connection.executemany(_UPDATE_MENTION, updates).rowcount
    _apply_tombstones(connection, last)
    return Stored(
        new=len(fresh),
        updated=updated + joined,
        known=len(updates) - updated + repeated - joined,
    )


def _insert(
    connection: sqlite3.Connection,
    mentions: Iterable[Mention],
    seq: int,
    *,
    source: str,
    key: AuthorKey,
    now: int,
) -> None:
    """Insert new mentions and their authors, numbered from `seq`."""
    authors: dict[int, tuple[object, ...]] = {}
    rows: list[tuple[object, ...]] = []
    for number, mention in enumerate(mentions, seq):
        author_id = None
        if mention.author is not None:
            author_id = key.author_id(mention.platform, mention.author)
            if author_id not in authors:
                name = key.stored_name(mention.author)
                authors[author_id] = (author_id, mention.platform, name, now)
        rows.append(_insert_row(number, mention, source, author_id, now))
    connection.executemany(_INSERT_AUTHOR, authors.values())
    connection.executemany(_INSERT_MENTION, rows)


def _joined(first: Mention, later: Mention) -> Mention:
    """Two rows about one mention with the same text, by the rules of `_UPDATE_MENTION`."""
    known = set(first.labels)
    return replace(
        first,
        url=_latest(first.url, later.url),
        followers=_latest(later.followers, first.followers),
        likes=_latest(first.likes, later.likes),
        reposts=_latest(first.reposts, later.reposts),
        replies=_latest(first.replies, later.replies),
        views=_latest(first.views, later.views),
        labels=first.labels + tuple(label for label in later.labels if label not in known),
    )


def _latest(old: T, new: T) -> T:
    return old if new is None else new


def _known(connection: sqlite3.Connection, mentions: Sequence[Mention]) -> set[tuple[str, str]]:
    by_platform: dict[str, list[str]] = {}
    for mention in mentions:
        by_platform.setdefault(mention.platform, []).append(mention.native_id)
    known: set[tuple[str, str]] = set()
    for platform, native_ids in by_platform.items():
        rows = connection.execute(
            "SELECT native_id FROM mentions WHERE platform = ? "
            "AND native_id IN (SELECT value FROM json_each(?))",
            [platform, orjson.dumps(native_ids).decode()],
        )
        known.update((platform, row[0]) for row in rows)
    return known


def _last_seq(connection: sqlite3.Connection) -> int:
    # AUTOINCREMENT's own counter, so that the number of an erased row is not given again.
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'mentions'").fetchone()
    return int(row[0]) if row else 0


def _apply_tombstones(connection: sqlite3.Connection, since: int) -> None:
    if not connection.execute("SELECT 1 FROM tombstones LIMIT 1").fetchone():
        return
    connection.execute(
        """
        UPDATE mentions SET text = '', url = NULL, deleted_at = t.deleted_at
        FROM tombstones AS t
        WHERE mentions.seq > ?
            AND t.platform = mentions.platform AND t.native_id = mentions.native_id
        """,
        [since],
    )


def fold(db: Database, foldings: Iterable[Folding], *, key: AuthorKey) -> int:
    """Fold in a transaction of its own; see `fold_within`."""
    with transaction(db) as connection:
        return fold_within(connection, foldings, key=key)


def fold_within(
    connection: sqlite3.Connection, foldings: Iterable[Folding], *, key: AuthorKey
) -> int:
    """Fold edits and deletions into their mentions, inside the caller's transaction.

    The number of mentions touched.
    """
    return sum(_FOLDERS[folding.kind](connection, folding, key) for folding in foldings)


def _fold_edit(connection: sqlite3.Connection, folding: Folding, key: AuthorKey) -> int:
    done = connection.execute(
        "UPDATE mentions SET text = ?, edited_at = ? WHERE platform = ? AND native_id = ? "
        "AND deleted_at IS NULL AND (? OR coalesce(edited_at, 0) <= ?)",
        [
            clean_text(folding.text or ""),
            folding.at,
            folding.platform,
            folding.native_id,
            bool(folding.in_order),
            folding.at,
        ],
    )
    return done.rowcount


def _fold_delete(connection: sqlite3.Connection, folding: Folding, key: AuthorKey) -> int:
    if not folding.in_order:
        connection.execute(
            "INSERT OR IGNORE INTO tombstones (platform, native_id, deleted_at) VALUES (?, ?, ?)",
            [folding.platform, folding.native_id, folding.at],
        )
    done = connection.execute(
        "UPDATE mentions SET text = '', url = NULL, deleted_at = ? "
        "WHERE platform = ? AND native_id = ? AND deleted_at IS NULL",
        [folding.at, folding.platform, folding.native_id],
    )
    return done.rowcount


def _fold_author_delete(connection: sqlite3.Connection, folding: Folding, key: AuthorKey) -> int:
    author_id = key.author_id(folding.platform, folding.author or "")
    done = connection.execute(
        "UPDATE mentions SET text = '', url = NULL, deleted_at = ? "
        "WHERE author_id = ? AND deleted_at IS NULL",
        [folding.at, author_id],
    )
    return done.rowcount


_FOLDERS = {
    FoldingKind.EDIT: _fold_edit,
    FoldingKind.DELETE: _fold_delete,
    FoldingKind.AUTHOR_DELETE: _fold_author_delete,
}
