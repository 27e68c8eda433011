"""Words of topics that too few are left to say are taken back.

What a topic says of itself is what several authors wrote. Whoever is erased must not live on in
it: a term, or a label, that fewer than two authors among the topic's mentions say is dropped,
and a topic that has nothing left to say goes with all its rows.
"""

import sqlite3
from collections.abc import Collection, Iterable

import orjson

from nlp.text import normalise
from nlp.topics.naming import JOINT

AUTHORS = 2  # a mention whose author is not known counts as one


def topics_of(connection: sqlite3.Connection, seqs: Collection[int]) -> list[tuple[str, int]]:
    """The topics, by brand and id, to which mentions belong that are about to go or to change."""
    rows = connection.execute(
        "SELECT DISTINCT brand, topic FROM mention_topics "
        "WHERE mention_seq IN (SELECT value FROM json_each(?)) ORDER BY brand, topic",
        [orjson.dumps(list(seqs)).decode()],
    )
    return [(brand, topic) for brand, topic in rows]


def unlearn(connection: sqlite3.Connection, topics: Iterable[tuple[str, int]]) -> None:
    """Take back what is not said any more in these topics, inside the caller's transaction."""
    groups: set[tuple[str, int]] = set()
    for brand, topic in topics:
        row = connection.execute(
            "SELECT label, terms, parent FROM topics WHERE brand = ? AND id = ?", [brand, topic]
        ).fetchone()
        if row is None:
            continue
        label, terms, parent = row[0], tuple(orjson.loads(row[1])), row[2]
        said = _said(connection, _OF_TOPIC, [brand, topic], {*terms, *label.split(JOINT)})
        left = [term for term in terms if term in said]
        if not left:
            connection.execute("DELETE FROM topics WHERE brand = ? AND id = ?", [brand, topic])
        elif len(left) < len(terms) or not said.issuperset(label.split(JOINT)):
            connection.execute(
                "UPDATE topics SET label = ?, terms = ? WHERE brand = ? AND id = ?",
                [_label(label, said, left), orjson.dumps(left).decode(), brand, topic],
            )
        if parent is not None:
            groups.add((brand, parent))
    for brand, group in sorted(groups):
        _unlearn_group(connection, brand, group)


def _unlearn_group(connection: sqlite3.Connection, brand: str, group: int) -> None:
    row = connection.execute(
        "SELECT label FROM topic_groups WHERE brand = ? AND id = ?", [brand, group]
    ).fetchone()
    if row is None:
        return
    parts = row[0].split(JOINT)
    said = _said(connection, _OF_GROUP, [brand, group], set(parts))
    left = [part for part in parts if part in said]
    if not left:
        connection.execute(
            "UPDATE topics SET parent = NULL WHERE brand = ? AND parent = ?", [brand, group]
        )
        connection.execute("DELETE FROM topic_groups WHERE brand = ? AND id = ?", [brand, group])
    elif len(left) < len(parts):
        connection.execute(
            "UPDATE topic_groups SET label = ? WHERE brand = ? AND id = ?",
            [JOINT.join(left), brand, group],
        )


_OF_TOPIC = """
SELECT coalesce(author_id, -seq), text
FROM mention_topics JOIN mentions ON seq = mention_seq
WHERE brand = ? AND topic = ? AND deleted_at IS NULL
"""
_OF_GROUP = """
SELECT coalesce(author_id, -seq), text
FROM topics JOIN mention_topics ON mention_topics.brand = topics.brand AND topic = topics.id
    JOIN mentions ON seq = mention_seq
WHERE topics.brand = ? AND parent = ? AND deleted_at IS NULL
"""


def _said(
    connection: sqlite3.Connection, sql: str, of: list[object], phrases: Collection[str]
) -> set[str]:
    """Those phrases all of whose words stand in the texts of two authors."""
    words = {phrase: phrase.casefold().split() for phrase in phrases}
    by: dict[str, set[int]] = {phrase: set() for phrase in phrases}
    for author, text in connection.execute(sql, of):
        waiting = [phrase for phrase, authors in by.items() if len(authors) < AUTHORS]
        if not waiting:
            break
        folded = normalise(text).casefold()
        for phrase in waiting:
            if all(word in folded for word in words[phrase]):
                by[phrase].add(author)
    return {phrase for phrase, authors in by.items() if len(authors) >= AUTHORS}


def _label(label: str, said: Collection[str], left: list[str]) -> str:
    """What is left of a label, or else the first term."""
    return JOINT.join(part for part in label.split(JOINT) if part in said) or left[0]
