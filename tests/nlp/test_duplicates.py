"""Near-copies share a key; other texts, and texts too short to tell, do not."""

import pytest
from hypothesis import given

from nlp.duplicates import duplicate_key
from nlp.text import normalise
from nlp.tokens import Tokenizer
from tests.nlp.strategies import texts

TOKENIZER = Tokenizer()


def key(text: str) -> int:
    return duplicate_key(TOKENIZER.tokens(normalise(text)))


STORY = "Amazon in talks to buy Groupon for billions, sources close to the deal tell us today"


@pytest.mark.parametrize(
    "copy",
    [
        f"RT @someone: {STORY}",
        f"RT @one: RT @two: {STORY}",
        f"RT @a_long_handle: {STORY[:70]}…",
        f"RT @a_long_handle: {STORY[:66]}…",  # cut inside a word
        f"{STORY} http://t.co/abc",
        f"{STORY} http://t.co/xyz",
        f"{STORY} #deal #amazon",
        f"{STORY} @cnbc @wsj",
        f"{STORY.upper()}!!!",
        f"{STORY.replace('billions', '7B')} 12:30",
    ],
)
def test_copies_share_a_key(copy: str) -> None:
    if "7B" in copy:
        assert key(copy) != key(STORY)  # another claim is another post
    else:
        assert key(copy) == key(STORY) != 0


def test_thai_copies_share_a_key() -> None:
    text = "บาร์บีคิวพลาซ่าเปิดสาขาใหม่ที่เชียงใหม่พร้อมโปรโมชั่นลดราคาตลอดเดือนนี้"
    assert key(text) == key(f"{text} https://t.co/a #บาบีก้อน") == key(f"RT @bbq: {text[:60]}…") != 0


@pytest.mark.parametrize(
    "text",
    ["", "good morning all", "อร่อยมากค่ะ", "RT @a: @b @c http://t.co/x #one #two", "555 😂😂😂"],
)
def test_too_short_to_tell(text: str) -> None:
    assert key(text) == 0


def test_other_texts_have_other_keys() -> None:
    assert key("Apple unveils larger phones at its September event") != key(
        "Apple unveils cheaper tablets at its October event"
    )


@given(texts)
def test_a_key_fits_the_store(text: str) -> None:
    assert -(2**63) <= key(text) < 2**63
