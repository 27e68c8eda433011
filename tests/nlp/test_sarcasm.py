"""Marks of sarcasm: a flag that lowers how sure the sentiment is, and nothing else."""

import pytest
from hypothesis import given

from nlp.enrich import Enricher
from nlp.sarcasm import SURE, SarcasmFinder
from nlp.settings import NlpSettings
from nlp.text import normalise
from nlp.tokens import Tokenizer
from tests.nlp.strategies import texts

TOKENIZER, FINDER = Tokenizer(), SarcasmFinder()
ENRICHER = Enricher(NlpSettings())


def sarcastic(text: str) -> bool:
    clean = normalise(text)
    return FINDER.sarcastic(clean, TOKENIZER.tokens(clean))


@pytest.mark.parametrize(
    "text",
    [
        "Great service as always /s",
        "love waiting two hours #sarcasm",
        "love waiting two hours #Sarcasm!",
        "what a day 🙃",
        "Yeah right, they will refund it",
        "thanks for nothing @bank",
        "ขอบคุณนะที่ทำของหาย",
        "บริการดีจริงๆ (ประชด)",
    ],
)
def test_marked(text: str) -> None:
    assert sarcastic(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Great service as always",
        "50 km/s",
        "http://x.com/s",
        "thanks for everything",
        "ขอบคุณนะคะ",
        "right, yeah",
    ],
)
def test_not_marked(text: str) -> None:
    assert not sarcastic(text)


def test_a_mark_lowers_the_probability_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "I love this phone so much, best day ever 🙃"
    [marked] = ENRICHER.enrich([text])
    monkeypatch.setattr(SarcasmFinder, "sarcastic", lambda *_: False)
    [bare] = ENRICHER.enrich([text])
    assert (marked.sarcastic, bare.sarcastic) == (True, False)
    assert marked.sentiment == bare.sentiment
    lowered = bare.sentiment_probability * SURE
    assert marked.sentiment_probability == pytest.approx(lowered, abs=1e-4)


@given(texts)
def test_any_text_has_an_answer(text: str) -> None:
    assert sarcastic(text) in (True, False)
