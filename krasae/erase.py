"""Erasure and retention across all rooms: log, index, evidence, messages, written files."""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from alerts.digest.exports import forget
from krasae.workspace import Workspace
from listener.collect.inbox import forget_before
from listener.model import DAY_MS
from listener.store import transaction
from listener.store.erase import erase_within, expired, vacuum
from listener.store.runs import note_done
from nlp.topic_stage.unsaid import topics_of, unlearn


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took away: `mentions` rows, and the written `files` that quoted them."""

    mentions: int
    files: tuple[Path, ...]


def erase(
    workspace: Workspace, seqs: Collection[int], *, authors: Collection[int] = (), now: int
) -> Erased:
    """Erase mentions (and authors) everywhere, then rewrite the file so that no byte stays.

    The log line in `runs` says how many, never which.
    """
    files = tuple(forget(workspace.db, seqs))
    with transaction(workspace.db) as connection:
        mentions = _erase_within(connection, seqs, authors)
        note_done(connection, "erase", since=now, now=now, rows=mentions)
    vacuum(workspace.db)
    return Erased(mentions, files)


def expire(workspace: Workspace, *, now: int) -> Erased:
    """Erase what is older than the retention settings allow, in batches.

    Also what a webhook brought so long ago and no source ever took in.
    """
    retention = workspace.settings.retention
    with transaction(workspace.db) as connection:
        forget_before(connection, now - retention.days * DAY_MS)
    mentions = 0
    files: list[Path] = []
    while seqs := _expired(workspace, now):
        files.extend(forget(workspace.db, seqs))
        with transaction(workspace.db) as connection:
            mentions += _erase_within(connection, seqs)
    if mentions:
        vacuum(workspace.db)
    return Erased(mentions, tuple(files))


def _erase_within(
    connection: sqlite3.Connection, seqs: Collection[int], authors: Collection[int] = ()
) -> int:
    """Erase mentions, and of their topics what nobody else says."""
    topics = topics_of(connection, seqs)
    mentions = erase_within(connection, seqs, authors)
    unlearn(connection, topics)
    return mentions


def expiring(workspace: Workspace, *, now: int) -> bool:
    """Whether there is anything that `expire` would erase."""
    return bool(_expired(workspace, now, limit=1))


def _expired(workspace: Workspace, now: int, limit: int = 10_000) -> list[int]:
    retention = workspace.settings.retention
    return expired(
        workspace.db,
        now=now,
        days=retention.days,
        platforms=dict(retention.platforms),
        limit=limit,
    )
