"""What FTS5 is asked for, and what is left to the matcher."""

import sqlite3

import pytest
from hypothesis import example, given, settings

from listener.query import fts, parse
from listener.query.tree import Node, Or, Term
from tests.listener.query.strategies import nodes


@pytest.mark.parametrize(
    ("query", "match"),
    [
        ("apple", '"apple"'),
        ("Café", '"cafe"'),
        ("บาร์บีคิว OR #ของดี", '("บาร์บีคิว" OR "#ของดี")'),
        ('"Bar B Q Plaza"', '("bar" AND "plaza")'),
        ("apple ดี -giveaway lang:th", '"apple"'),
        ("apple (ดี OR มาก)", '"apple"'),
        ("apple (สวย OR มาก)", '("apple" AND ("สวย" OR "มาก"))'),
        ('"late delivery"~5', '("late" AND "delivery")'),
        ("$aa", '"$aa"'),
        ("sooooo", '"sooo"'),
        ('"say \\"yes\\" now"', '("say" AND """yes""" AND "now")'),
        ("ดี", None),
        ("apple OR ดี", None),
        ("👍", None),
        ("lang:th", None),
    ],
)
def test_expression(query: str, match: str | None) -> None:
    assert fts(parse(query)).match == match


def test_what_is_filtered_afterwards() -> None:
    local = fts(parse('apple ดี -giveaway lang:th "late delivery"~5')).local
    assert [str(node) for node in local] == ["ดี", "-giveaway", "lang:th", '"late delivery"~5']
    assert fts(parse("apple OR #ดี")).local == ()
    assert [str(node) for node in fts(parse("apple (ดี OR มาก)")).local] == ["ดี OR มาก"]


@settings(max_examples=300)
@given(nodes)
@example(Or(tuple(Term(f"word{number}") for number in range(1_900))))
def test_fts5_takes_every_expression(node: Node) -> None:
    match = fts(node).match
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize = 'trigram')")
    if match is not None:
        db.execute("SELECT rowid FROM t WHERE t MATCH ?", [match]).fetchall()
    db.close()
