"""Normalising: what is alike, what is not, and that the quick ways agree with the slow one."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from listener.query.normalise import (
    _SPECIAL,
    TABLE,
    fold,
    fold_word,
    folded_otherwise,
    normalise,
)
from listener.query.traced import TracedText
from tests.listener.query.strategies import texts

ALL = st.text(max_size=12) | texts


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Ａｐｐｌｅ　ＡＢＣ１２３", "apple abc123"),
        ("Café CRÈME Łódź Ærø", "cafe creme lodz aero"),
        ("Ёлка Άλφα", "елка αλφα"),
        ("STRASSE Straße ﬁn", "strasse strasse fin"),
        ("e\u0301 e\u0301\u0323", "e e"),
        ("𝐁𝐨𝐥𝐝 𝓈𝒸𝓇𝒾𝓅𝓉 ①", "bold script 1"),
        ("๑๒๓ ٣", "123 3"),
        ("McDonald’s “x” ‘y’", "mcdonald's \"x\" 'y'"),
        ("Coca‑Cola – ok", "coca-cola - ok"),
        ("Apple™Store", "apple store"),
        ("ไทย\u200bแลนด์ so\u00adft \ufeffx", "ไทยแลนด์ soft x"),
        ("a\u00a0b\u2003\n\tc \u2028d\u0085e", "a b c d e"),
        ("&lt;b&gt; AT&amp;T AT&amp;amp;T &#3585;&#x0E01;", "<b> at&t at&t กก"),
        ("&nosuch; R&D;", "&nosuch; r&d;"),
        ("❤️ 1️⃣ 👩‍👧", "❤ 1 👩👧"),
        ("น้ำ นํ้า น้ํา นำ้ นํา", "น้ำ น้ำ น้ำ น้ำ นำ"),
        ("เเม่ ท่ี ดีี กก่่ สิทธ์ิ กุ่ กุ่", "แม่ ที่ ดี กก่ สิทธิ์ กุ่ กุ่"),
        ("がか\u3099ｶﾞ", "ががガ"),
        ("\u1112\u1161\u11ab", "한"),
        ("a\x07b\x1b[31m\x9bc", "a b [31m c"),
        ("…•©", "…•©"),
        ("", ""),
    ],
)  # fmt: skip
def test_normal_spelling(text: str, normal: str) -> None:
    assert normalise(text) == normal


def test_thai_tones_and_vowels_stay() -> None:
    words = "ก้าวไกลเพื่อนู่น ซื้อเก๋ๆ ปั๊ม ฤดู ฯลฯ กำ้ว".replace("ำ้", "้ำ")
    assert normalise(words) == words


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("so", ["so"]),
        ("soo", ["soo"]),
        ("sooooo", ["so", "soo", "sooo"]),
        ("SOoOo goood", ["so god", "soo good", "sooo goood"]),
        ("มากกกก", ["มาก", "มากก", "มากกก"]),
        ("ซื้ออออ", ["ซื้อ", "ซื้ออ", "ซื้อออ"]),
        ("www 1000 55555 AAA กกก ----- !!!", ["www 1000 55555 aaa กกก ----- !!!"]),
    ],
)
def test_lengthened_words_have_three_forms(text: str, forms: list[str]) -> None:
    assert fold(text).split("\n") == forms


def test_a_lengthened_word_looked_for_is_itself() -> None:
    assert fold_word("soooooo") == "sooo"
    assert fold_word("AAA") == "aaa"


def test_simple_characters_are_left_alone_by_the_table() -> None:
    simple = [char for char in map(chr, range(0x20000)) if not _SPECIAL.match(char)]
    assert len(simple) > 1_500
    assert [char for char in simple if TABLE[ord(char)] != char and not char.isascii()] == []
    assert (
        "".join(TABLE[code] for code in range(32, 127)) == "".join(map(chr, range(32, 127))).lower()
    )
    assert all(unicodedata.is_normalized("NFC", char) for char in simple)


@settings(max_examples=500)
@given(ALL)
@example("น\u0e4d\u0e48\u0e38\u0e32")
@example("\u0e38\u0e48\u0e48\u0e34\u0e3a")
@example("sooooommmm e\u0301\u0323 \u1112\u1161\u11ab")
def test_the_traced_way_is_the_same(text: str) -> None:
    traced = TracedText(text)
    assert traced.text == fold(text)
    for place in range(len(traced.text)):
        start, end = traced.origin(place, place + 1)
        assert 0 <= start <= end <= len(text)


@settings(max_examples=500)
@given(ALL.filter(lambda text: not set("&＆﹠") & set(text)))
def test_normalising_again_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@settings(max_examples=300)
@given(ALL, ALL)
def test_words_are_found_whatever_surrounds_them(before: str, after: str) -> None:
    assert "บาร์บีคิว" in fold(f"{before} บาร์บีคิว {after}")


@settings(max_examples=500)
@given(ALL)
def test_what_is_indexed_as_it_is_differs_only_in_ascii_case_and_space(text: str) -> None:
    if folded_otherwise(text) is None:
        small = "".join(char.lower() if char.isascii() else char for char in text)
        assert fold(text) == " ".join(small.split())
    else:
        assert folded_otherwise(text) == fold(text)


def test_plain_texts_are_indexed_as_they_are() -> None:
    assert folded_otherwise("ซื้อ iPhone\nที่  ร้าน 👍 #Apple $AAPL…") is None
    assert folded_otherwise("Café") == "cafe"
    assert folded_otherwise("Я") == "я"


@pytest.mark.parametrize(
    "unit", ["ํ", "่ี", "ำ", "ํ่า", "เ", "&amp;", "&", "e\u0301", "\u0301", "so", "o"]
)
def test_long_runs_take_linear_time(unit: str) -> None:
    # Quadratic time over this would be noticed: hours of it.
    assert isinstance(fold(unit * 300_000), str)
