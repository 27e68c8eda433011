"""Ids, counts, addresses and HTML in cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.importers.values import (
    UnusableError,
    address,
    count,
    identity,
    text_of,
    without_html,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1234, 1234),
        ("1234", 1234),
        ("1,234", 1234),
        ("1,234,567", 1_234_567),
        ("12,34,567", 1_234_567),
        ("1 234", 1234),
        (" 1,234 ", 1234),
        ("1.2K", 1200),
        ("3.4m", 3_400_000),
        ("๑๒๓", 123),
        ("-5", -5),
        (12.0, 12),
        ("12.0", 12),
        (None, None),
        ("", None),
        ("-", None),
        ("N/A", None),
        ("ไม่ระบุ", None),
        (float("nan"), None),
    ],
)
def test_counts(value: object, expected: int | None) -> None:
    assert count(value) == expected


@pytest.mark.parametrize(
    "value", ["many", "1.5", 1.5, "1,23", 2**63, "9" * 30, float("inf"), True, [1], "1e5", "²"]
)
def test_what_is_no_count(value: object) -> None:
    with pytest.raises(UnusableError):
        count(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (418157151946035200, "418157151946035200"),
        ("418157151946035200", "418157151946035200"),
        (" nz2eh ", "nz2eh"),
        (12.0, "12"),
        ("~7E1", "~7E1"),
        (None, None),
        ("  ", None),
    ],
)
def test_ids(value: object, expected: str | None) -> None:
    assert identity(value) == expected


@pytest.mark.parametrize("value", ["4.18157E+17", 4.18157151946035e17, 1.5, {"a": 1}, "x" * 300])
def test_rounded_and_odd_ids_are_not_trusted(value: object) -> None:
    with pytest.raises(UnusableError):
        identity(value)


def test_a_spreadsheets_zeros_are_not_trusted() -> None:
    assert identity(418157151946035000) == "418157151946035000"
    assert identity(418157151946035219, spreadsheet=True) == "418157151946035219"
    with pytest.raises(UnusableError, match="rounded"):
        identity(418157151946035000, spreadsheet=True)


def test_addresses() -> None:
    assert address(" https://example.com/ก?x=1 ") == "https://example.com/ก?x=1"
    assert address("") is address(None) is address("-") is None
    for bad in ("javascript:alert(1)", "example.com", "https://a b", "data:text/html,x", 7):
        with pytest.raises(UnusableError):
            address(bad)


@pytest.mark.parametrize(
    "nothing", ["", "  \n", "\u200e\u200f", "\ufeff", "\u2028", "\u3000", None]
)
def test_a_text_of_invisible_characters_is_no_text(nothing: object) -> None:
    assert text_of(nothing) == ""


def test_a_text_keeps_what_is_in_it() -> None:
    assert text_of(" a\r\nb\rc ") == "a\nb\nc"
    assert text_of("\u200fשלום\u2028x") == "\u200fשלום\u2028x"
    assert text_of(12.0) == "12"
    assert text_of({"a": 1}) == ""


def test_html_becomes_plain_text() -> None:
    html = "<p>Tom &amp; Jerry<p>it&#x27;s <a href='https://a.b/long/path'>https://a.b/long...</a>"
    assert without_html(html) == "Tom & Jerry\n\nit's https://a.b/long/path"
    assert without_html("see <a href='https://a.b'>this</a>") == "see this (https://a.b)"
    assert without_html("a<script>alert(1)</script>b<br>c") == "ab\nc"
    assert without_html("1 &lt; 2") == "1 < 2"


@given(st.integers(-(10**15), 10**15))
def test_thousands_commas_change_nothing(number: int) -> None:
    assert count(f"{number:,}") == count(str(number)) == count(number) == number
