"""What of a brand a post speaks of, and how it sounds there."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.aspects import AspectFinder
from nlp.clauses import clauses
from nlp.language import LanguageFinder
from nlp.model import Aspect
from nlp.sentiment import SentimentModel
from nlp.text import normalise
from nlp.tokens import Tokenizer
from tests.nlp.strategies import texts as posts

TOKENIZER, MODEL, LANGUAGES = Tokenizer(), SentimentModel(), LanguageFinder()
FINDER = AspectFinder(MODEL, TOKENIZER)


def found(texts: Sequence[str], finder: AspectFinder = FINDER) -> list[tuple[Aspect, ...]]:
    clean = [normalise(text) for text in texts]
    languages = [LANGUAGES.language(text) for text in clean]
    sounds = MODEL.sentiments(clean, [TOKENIZER.tokens(text) for text in clean], languages)
    return finder.aspects(clean, languages, sounds)


def names(text: str) -> list[str]:
    return [aspect.name for aspect in found([text])[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ราคาแพงไปหน่อย", ["price"]),
        ("the waiter was rude and the food bland", ["taste", "staff"]),
        ("พนักงานพูดจาไม่ดี ส่งของช้า", ["staff", "delivery"]),
        ("แอปเด้งตลอด เข้าระบบไม่ได้", ["app"]),
        ("เน็ตช้ามาก สัญญาณหาย", ["network"]),
        ("โปรดดูแลตัวเองด้วย", []),  # please, not a promotion
        ("The share price fell", []),
        ("สวัสดีตอนเช้า", []),
        ("", []),
    ],
)
def test_aspects(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_each_sounds_as_its_clause_does() -> None:
    (aspects,) = found(["อาหารอร่อยมาก ประทับใจ แต่บริการแย่มาก รอนาน"])
    assert {aspect.name: aspect.sentiment for aspect in aspects} == {
        "taste": "positive",
        "service": "negative",
    }
    (aspects,) = found(["I love the design, but customer service is terrible"])
    assert {aspect.name: aspect.sentiment for aspect in aspects} == {
        "design": "positive",
        "service": "negative",
    }


def test_words_of_ones_own_and_an_aspect_of_ones_own() -> None:
    finder = AspectFinder(
        MODEL, TOKENIZER, {"price": ("kidney-priced",), "battery": ("battery", "แบต")}
    )
    found_now = found(["แบตหมดไว", "it is kidney-priced"], finder)
    assert [[aspect.name for aspect in one] for one in found_now] == [["battery"], ["price"]]


@given(st.lists(posts, max_size=6))
@settings(max_examples=40)
def test_none_depends_on_the_batch(texts: list[str]) -> None:
    assert found(texts) == [found([text])[0] for text in texts]


@given(posts)
def test_clauses_are_the_text(text: str) -> None:
    clean = normalise(text)
    parts = clauses(clean)
    assert "".join("".join(parts).split()) == "".join(clean.split())
    assert all(parts)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("nice screen but the battery dies", ["nice screen", "but the battery dies"]),
        ("รสชาติดีมากเลยค่ะ แต่แพงไปหน่อย", ["รสชาติดีมากเลยค่ะ", "แต่แพงไปหน่อย"]),
        ("แต่ละคนชอบไม่เหมือนกัน", ["แต่ละคนชอบไม่เหมือนกัน"]),  # "each", not "but"
        ("ร้านนี้บริการดีมาก ที่จอดรถเยอะด้วย", ["ร้านนี้บริการดีมาก", "ที่จอดรถเยอะด้วย"]),
        ("ดีมาก ชอบ", ["ดีมาก ชอบ"]),
    ],
)
def test_where_clauses_end(text: str, parts: list[str]) -> None:
    assert clauses(text) == parts
