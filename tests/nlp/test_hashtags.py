"""Hashtags in their words: nothing is lost, and nothing is cut where that is not safe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.hashtags import HashtagSplitter, opened
from nlp.tokens import Tokenizer

TOKENIZER = Tokenizer()
SPLITTER = HashtagSplitter(["phandee"], TOKENIZER.thai)


@pytest.mark.parametrize(
    ("hashtag", "words"),
    [
        ("#BlackFridayDeals", "Black Friday Deals"),
        ("#blackfridaydeals", "black friday deals"),
        ("#เที่ยวไทยกันเถอะ", "เที่ยว ไทย กัน เถอะ"),
        ("#ฮอนด้าHRV2019", "ฮอนด้า HRV 2019"),
        ("#iPhone6", "iPhone 6"),
        ("#therapist", "therapist"),
        ("#phandeesale", "phandee sale"),
        ("#qzxvkj", "qzxvkj"),
        ("#snake_case", "snake case"),
        ("#____", ""),
    ],
)
def test_words(hashtag: str, words: str) -> None:
    assert " ".join(SPLITTER.words(hashtag)) == words


@given(st.text(st.sampled_from("abcXYZ09_éกาที่ัเ๕日"), min_size=1, max_size=60))
def test_joined_the_words_are_the_hashtag(tag: str) -> None:
    assert "".join(SPLITTER.words(f"#{tag}")) == tag.replace("_", "")


def test_a_text_is_opened_for_its_latin_hashtags_but_not_for_names() -> None:
    assert opened("#BadService at #WhatsApp #บริการแย่") == "Bad Service at WhatsApp #บริการแย่"


@given(st.text(max_size=80))
def test_opening_never_fails_and_leaves_the_rest(text: str) -> None:
    said = opened(text)
    if "#" not in text:
        assert opened(said) == said
