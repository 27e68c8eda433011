"""Terms: what a person would put on a label, in order, and nothing else."""

import pytest
from hypothesis import given

from nlp.model import Language
from nlp.stopwords import stop_words
from nlp.terms import MOST, terms
from nlp.text import normalise
from nlp.tokens import Tokenizer
from tests.nlp.strategies import texts

TOKENIZER = Tokenizer()


def found(text: str, language: Language = "en") -> tuple[str, ...]:
    tokens = TOKENIZER.tokens(normalise(text))
    return terms(tokens, known=TOKENIZER.knows, language=language)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RT @cnn: Apple unveils the iPhone 6 via @wsj http://t.co/x #Apple $AAPL",
         ("apple", "unveils", "apple unveils", "iphone", "iphone 6", "#apple", "$aapl")),
        ("Tim Cook's Apple", ("tim", "cook", "tim cook", "apple", "cook apple")),
        ("apple, google and amazon", ("apple", "google", "amazon")),  # no pair across a comma
        ("Boeing 737 fell 4.5% in 2014", ("boeing", "boeing 737", "fell")),
        ("decw1 116 puts", ("decw1", "puts")),
        ("AT&amp;T and S&P 500", ("at&t", "s&p", "s&p 500")),
        ("Home Depot Home Depot", ("home", "depot", "home depot", "depot home")),
        ("now it is what it was", ()),
        ("7B 22k 1st 10am 5.5in", ()),
        ("4G iPhone 5s", ("4g", "iphone", "4g iphone", "5s", "iphone 5s")),
        ("sooooo coooool", ()),
        ("a b c 1 22 333", ()),
        ("Bank of Ame…", ("bank",)),
        ("", ()),
        ("😂😂😂", ()),
    ],
)  # fmt: skip
def test_english(text: str, expected: tuple[str, ...]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("บาร์บีคิวพลาซ่าอร่อยมากค่ะ", ("บาร์บีคิว", "พลาซ่า", "บาร์บีคิว พลาซ่า", "อร่อย", "พลาซ่า อร่อย")),
        ("เมื่อวานแอดมินตอบช้ามากกกก", ("แอดมิน", "ตอบ", "แอดมิน ตอบ", "ช้า", "ตอบ ช้า")),
        ("ครับ ค่ะ นะคะ 555", ()),
        ("มาสด้า 2 ใหม่", ("มาสด้า", "มาสด้า 2", "ใหม่")),
        ("#บุพเพสันนิวาส ดีจ้า", ("#บุพเพสันนิวาส", "ดี")),
    ],
)  # fmt: skip
def test_thai(text: str, expected: tuple[str, ...]) -> None:
    assert found(text, "th") == expected


def test_a_piece_of_a_name_stands_in_a_pair_only() -> None:
    assert found("รีโว่คันใหม่", "th") == ("โว่", "รี โว่", "คัน", "โว่ คัน", "ใหม่", "คัน ใหม่")


def test_short_words_of_other_languages_are_left_out() -> None:
    assert found("la sede de la banca", "other") == ("sede", "banca")


def test_a_clause_without_spaces_is_no_term() -> None:
    assert found("新しい電話を買いました 電話", "other") == ()
    assert found("東京駅前店 開店", "en") == ("東京駅前店", "開店", "東京駅前店 開店")


def test_no_more_than_forty() -> None:
    text = " ".join(f"brand{chr(97 + i)}{chr(97 + j)}" for i in range(20) for j in range(5))
    assert len(found(text)) == MOST


@given(texts)
def test_terms_keep_the_contract(text: str) -> None:
    result = found(text, "th")
    assert len(set(result)) == len(result) <= MOST
    for term in result:
        assert term == term.casefold().strip()
        assert term not in stop_words()
        assert not term.startswith(("@", "http"))
        assert not term.isdigit()
        assert term.count(" ") <= 1
