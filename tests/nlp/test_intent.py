"""What a post is for."""

import pytest

from nlp.intent import IntentFinder
from nlp.model import SentimentLabel
from nlp.sentiment import NO_SENTIMENT, Sentiment
from nlp.text import normalise

FINDER = IntentFinder()


def sounding(label: SentimentLabel, probability: float = 0.5, question: float = 0.0) -> Sentiment:
    return Sentiment(label, probability, question)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Does anyone know when the store opens", "question"),
        ("is it waterproof?", "question"),
        ("มีโปรไหมคะ", "question"),
        ("ราคาเท่าไหร่ครับ", "question"),
        ("เสื้อผ้าไหมสวยมาก", "other"),  # silk, not a question
        ("see http://t.co/?a=b", "other"),
        ("Use code SAVE10, 20% off, free shipping", "promotion"),
        ("Tired of queues? Order now!", "promotion"),
        ("ของใหม่พร้อมส่ง สนใจทักแชทค่ะ", "promotion"),
        ("I am going to buy this in Bangkok", "purchase"),
        ("อยากได้รุ่นนี้ค่ะ", "purchase"),
        ("where can I buy this in Bangkok?", "question"),
        ("ไม่อยากได้แล้วค่ะ", "other"),
        ("the coffee was lovely", "other"),
        ("", "other"),
    ],
)
def test_what_the_words_say(text: str, expected: str) -> None:
    assert FINDER.intent(normalise(text), NO_SENTIMENT) == expected


def test_the_model_may_say_that_something_is_asked() -> None:
    text = "ขอรายละเอียดหน่อยครับ"
    assert FINDER.intent(text, sounding("neutral", question=0.6)) == "question"
    assert FINDER.intent(text, sounding("neutral", question=0.1)) == "other"


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("I want a refund, it stopped working", "negative", "complaint"),
        ("รอนานมาก บริการแย่", "negative", "complaint"),
        ("I want a refund, it stopped working", "positive", "other"),
        ("ฝนตกรถติด เหนื่อยจัง", "negative", "other"),
        ("อร่อยมาก ประทับใจสุดๆ", "positive", "praise"),
        ("thank you, great service", "positive", "praise"),
        ("thank you, great service", "negative", "other"),
    ],
)
def test_a_feeling_needs_words_for_it(text: str, label: SentimentLabel, expected: str) -> None:
    assert FINDER.intent(text, sounding(label)) == expected


def test_or_the_model_is_sure_and_an_aspect_is_named() -> None:
    text, sure = "the queue is so long today", sounding("negative", 0.9)
    assert FINDER.intent(text, sure, about=True) == "complaint"
    assert FINDER.intent(text, sure) == "other"
    assert FINDER.intent(text, sounding("negative", 0.6), about=True) == "other"


def test_who_asks_angrily_asks() -> None:
    assert FINDER.intent("refund เมื่อไหร่จะได้คะ", sounding("negative", 0.9)) == "question"
