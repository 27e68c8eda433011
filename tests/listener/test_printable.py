"""Texts from outside, made safe for a terminal without harm to any script."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.printable import printable

UNTOUCHED = [
    "บาร์บีคิวพลาซ่า น้ำจิ้มอร่อยมากกก 555",
    "ก็ ที่ นี้ ผู้ใหญ่ เปื้อน",
    "naïve Tiếng Việt",
    "👩‍👩‍👧 🏳️‍🌈 ❤️ 👍🏽",
    "می‌خواهم",
    "“iphone 6” – 5.2×",
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", "\ufffd[2Jgone"),
        ("a\x07b\x9bc\x7f", "a\ufffdb\ufffdc\ufffd"),
        ("pay \u202eexe.cod\u202c now", "pay \ufffdexe.cod\ufffd now"),
        ("\u2066isolate\u2069", "\ufffdisolate\ufffd"),
        ("สวัสดี\u200bครับ\ufeff\u200e", "สวัสดีครับ"),
        ("two\n lines\r\n\tand\u2028more\x85", "two lines and more"),
        ("lone \ud800", "lone \ufffd"),
        ("tag\U000e0041", "tag"),
        ("o" + "\u0301" * 10_000, "o" + "\u0301" * 3),
        ("", ""),
    ],
)
def test_what_a_terminal_would_obey_is_shown_instead(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_nothing_unsafe_is_left(text: str) -> None:
    line = printable(text)
    assert printable(line) == line
    bad = {"Cc", "Cs", "Zl", "Zp"}
    assert not [c for c in line if unicodedata.category(c) in bad]
    assert not [c for c in line if unicodedata.category(c) == "Cf" and c not in "\u200c\u200d"]
    line.encode()


@given(st.text(), st.integers(1, 30))
def test_it_fits_the_width(text: str, width: int) -> None:
    assert len(printable(text, width=width)) <= width


def test_a_cut_never_splits_a_letter_from_its_marks() -> None:
    assert printable("กี่ที่นี่", width=5) == "กี่…"
    assert printable("abcdef", width=4) == "abc…"
    assert printable("abcd", width=4) == "abcd"
