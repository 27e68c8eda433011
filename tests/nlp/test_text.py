"""Normalising: what it makes one, what it leaves, and that twice is once."""

import pytest
from hypothesis import given

from nlp.text import LONGEST, cut, normalise, said
from tests.nlp.strategies import texts


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("AT&amp;T &lt;3", "AT&T <3"),
        ("a &amp;amp;lt; b", "a < b"),
        ("so   good\n\nindeed ", "so good indeed"),
        ("sooooooo", "sooo"),
        ("sooo", "sooo"),
        ("มากกกกกก", "มากกก"),
        ("ตลก5555555", "ตลก555"),
        ("5555+", "555"),
        ("tel 0855555123", "tel 0855555123"),
        ("$5555 5,555 55555%", "$5555 5,555 55555%"),
        ("hahahahaha", "haha"),
        ("น้ํามันเเพง", "น้ำมันแพง"),  # typed as nikhahit + aa, and as two sara e
        ("กู่้", "กู่้"),
        ("ก่ี", "กี่"),  # the tone typed before the vowel
        ("𝗕𝘂𝘆 ｎｏｗ", "Buy now"),
        ("a\u200bb\ufeffc\u202ed", "abcd"),
        ("😂😂😂😂😂😂", "😂😂😂"),
        ("👨‍👩‍👧 ❤️", "👨‍👩‍👧 ❤️"),
        ("a\u200db", "ab"),
        ("z\u0351\u0352\u0353\u0354\u0355\u0356\u0357a", "z\u0353\u0354\u0355\u0356a"),
        ("\u0301a", "a"),
        ("Cafe\u0301", "Café"),
        ("see http://aaaa.co/xxxxxx", "see http://aaaa.co/xxxxxx"),
        ("", ""),
        ("\u200b\u00ad", ""),
        ("a\x00b", "a\ufffdb"),
        ("a\ud800b", "a\ufffdb"),
    ],
)
def test_one_spelling(written: str, expected: str) -> None:
    assert normalise(written) == expected


@given(texts)
def test_twice_is_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(texts)
def test_no_edges_no_double_spaces_and_utf8(text: str) -> None:
    clean = normalise(text)
    assert clean == clean.strip()
    assert "  " not in clean
    clean.encode()


def test_a_long_text_is_cut_at_a_space() -> None:
    clean = normalise("กระแส " * 200_000)
    assert LONGEST - 100 < len(clean) <= LONGEST
    assert clean.endswith("กระแส")


def test_a_long_text_without_spaces_is_cut_between_graphemes() -> None:
    family = "👨‍👩‍👧"
    kept = cut(family * 5000, 1000)
    assert len(kept) <= 1000
    assert kept == family * (len(kept) // len(family))


def test_deeply_nested_entities_end() -> None:
    assert normalise("&#38;" * 3 + "amp;" * 1000 + "lt;") == "&&<"


def test_said_leaves_out_links_and_handles() -> None:
    assert said("@bank why? https://t.co/why www.a.b me@here") == "  why?     me@here"
