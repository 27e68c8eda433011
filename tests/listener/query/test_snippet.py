"""Snippets: the found words are shown, and no grapheme is cut."""

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.query import Document, matcher, parse
from listener.query.snippet import snippet, spans
from listener.query.tree import Node
from tests.listener.query.strategies import nodes, texts


def shown(query: str, text: str, width: int = 200) -> str:
    pieces = snippet(text, spans(parse(query), text), width=width)
    return "".join(f"[{piece}]" if found else piece for piece, found in pieces)


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("iphone", "ซื้อiPhoneมา", "ซื้อ[iPhone]มา"),
        ("น้ำ", "ดื่มนํ้าเย็น", "ดื่ม[นํ้า]เย็น"),
        ("so good", "sooooo GOOD!", "[sooooo] [GOOD]!"),
        ("cafe", "Le cafe\u0301!", "Le [cafe\u0301]!"),
        ("at&t", "AT&amp;T is", "[AT&amp;T] is"),
        ("ไทยแลนด์", "ไทย\u200bแลนด์", "[ไทย\u200bแลนด์]"),
        ("❤", "รัก❤️นะ", "รัก[❤️]นะ"),
        ("👩", "x👩‍👩‍👧y", "x[👩‍👩‍👧]y"),
        ("👍", "👍🏽👍🏽", "[👍🏽👍🏽]"),
        ("ดี OR ดีมาก", "ดีมากนะ", "[ดีมาก]นะ"),
        ("apple -pear", "pear apple", "pear [apple]"),
        ('"ส่ง ช้า"~2', "ส่งของช้า", "[ส่ง]ของ[ช้า]"),
        ("#ดี @a $aapl", "#ดี @a $AAPL", "[#ดี] [@a] [$AAPL]"),
        ("lang:th", "nothing here", "nothing here"),
        ("apple", "", ""),
    ],
)
def test_highlights(query: str, text: str, expected: str) -> None:
    assert shown(query, text) == expected


def test_long_text_is_cut_between_words_around_the_first_place() -> None:
    text = "one two three four five " * 30 + "the apple of my eye " + "six seven eight " * 30
    cut = shown("apple", text, width=60)
    assert cut == "…four five one two three four five the [apple] of my eye six seven…" or (
        cut.startswith("…") and cut.endswith("…") and "the [apple] of my eye" in cut
    )
    assert len(cut) < 66


def test_long_thai_text_is_not_cut_inside_a_letter() -> None:
    text = "ก๋วยเตี๋ยวน้ำใสซู่ซ่า" * 40 + "แอปเปิ้ล" + "เก้าอี้นั่งเล่นที่นี่" * 40
    pieces = snippet(text, spans(parse("แอปเปิ้ล"), text), width=50)
    assert ("แอปเปิ้ล", True) in pieces
    assert pieces[0] == pieces[-1] == ("…", False)
    graphemes = {found.start() for found in regex.finditer(r"\X", text)}
    body = "".join(piece for piece, _ in pieces[1:-1])
    assert text.index(body) in graphemes and text.index(body) + len(body) in graphemes


def test_what_is_far_down_a_huge_text_is_not_looked_for() -> None:
    text = "ก" * 30_000 + " apple"
    assert spans(parse("apple"), text) == ()
    assert shown("apple", text, width=10) == "ก" * 10 + "…"


@settings(max_examples=400)
@given(nodes, texts, st.integers(1, 30))
def test_snippets_are_parts_of_the_text_in_whole_graphemes(
    node: Node, text: str, width: int
) -> None:
    found = spans(node, text)
    edges = {place.start() for place in regex.finditer(r"\X", text)} | {len(text)}
    ends = [-1]
    for start, end in found:
        assert ends[-1] < start < end <= len(text)
        assert {start, end} <= edges
        ends.append(end)
    pieces = snippet(text, found, width=width)
    body = [piece for piece in pieces if piece != ("…", False)]
    assert "".join(piece for piece, _ in body) in text
    assert len(regex.findall(r"\X", "".join(piece for piece, _ in body))) <= width + 1


@settings(max_examples=300)
@given(st.sampled_from(("apple", "ดี", "so", "น้ำ", "#apple", '"ส่ง ช้า"~2')), texts)
def test_what_is_found_is_highlighted(query: str, text: str) -> None:
    node = parse(query)
    if matcher(node)(Document(text)):
        assert spans(node, text)
