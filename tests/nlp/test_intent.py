"""What a post is for."""

import pytest

from nlp.intent import IntentFinder
from nlp.text import normalise

FINDER = IntentFinder()


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
        ("the coffee was lovely", "other"),
        ("", "other"),
    ],
)
def test_intent(text: str, expected: str) -> None:
    assert FINDER.intent(normalise(text), question=0.0) == expected


def test_the_model_may_say_that_something_is_asked() -> None:
    assert FINDER.intent("ขอรายละเอียดหน่อยครับ", question=0.6) == "question"
    assert FINDER.intent("ขอรายละเอียดหน่อยครับ", question=0.1) == "other"
