"""The shipped sentiment models, and how a linear model decides."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from listener.errors import KrasaeError
from nlp import sentiment as module
from nlp.features import SIZE
from nlp.model import Language
from nlp.sentiment import LinearModel, Sentiment, SentimentModel, calibrated, decided
from nlp.text import normalise
from nlp.tokens import Tokenizer

TOKENIZER = Tokenizer()
MODEL = SentimentModel()


def feel(text: str, language: Language) -> Sentiment:
    clean = normalise(text)
    [found] = MODEL.sentiments([clean], [TOKENIZER.tokens(clean)], [language])
    return found


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("I love this phone, best camera ever!!", "en", "positive"),
        ("worst service ever, I hate this bank", "en", "negative"),
        ("The meeting is on Monday at the office", "en", "neutral"),
        ("อร่อยมากค่ะ ชอบสุดๆ ประทับใจ", "th", "positive"),
        ("บริการแย่มาก ห่วยแตก ไม่ไปอีกแล้ว", "th", "negative"),
        ("เปิดกี่โมงคะ", "th", "neutral"),
        ("ร้านนี้ service ดี อร่อย ชอบมากกก", "mixed", "positive"),
    ],
)
def test_plain_cases(text: str, language: Language, expected: str) -> None:
    found = feel(text, language)
    assert found.label == expected
    assert 0 < found.probability <= 1


def test_asking_is_neutral_and_known_as_asking() -> None:
    asking, telling = feel("มีขายที่ไหนคะ ราคาเท่าไหร่", "th"), feel("ซื้อมาแล้ว", "th")
    assert asking.label == "neutral"
    assert asking.question > 0.3 > telling.question


def test_a_text_without_tokens_has_no_sentiment() -> None:
    assert feel("", "und") == module.NO_SENTIMENT


def test_the_order_of_a_mixed_batch_is_kept() -> None:
    rows: list[tuple[str, Language]] = [
        ("แย่มาก", "th"),
        ("I love it", "en"),
        ("", "und"),
        ("ชอบ", "th"),
        ("hate it", "en"),
    ]
    texts = [text for text, _ in rows]
    tokens = [TOKENIZER.tokens(text) for text in texts]
    together = MODEL.sentiments(texts, tokens, [language for _, language in rows])
    assert together == [feel(text, language) for text, language in rows]


@pytest.mark.parametrize("language", ["th", "en"])
def test_shipped_models_are_small_and_plain(language: str) -> None:
    path = resources.files("nlp").joinpath(f"models/sentiment_{language}.npz")
    assert len(path.read_bytes()) < 10_000_000
    with path.open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        assert {name: arrays[name].dtype.name for name in arrays.files} == {
            "features": "int32",
            "weights": "float16",
        }


CARD: dict[str, Any] = {
    "labels": ["negative", "neutral", "positive"],
    "intercept": [0.0, 0.5, 0.0],
    "temperature": 2.0,
    "bias": [0.0, 0.0, 0.0],
    "prior": [0.1, 0.7, 0.2],
    "decision": 1.0,
}


def test_other_features_than_the_models_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BITS", 17)
    with pytest.raises(
        KrasaeError, match="trained with 18 bits of features, this version counts 17"
    ):
        LinearModel.shipped("th")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", None])
def test_a_damaged_model_is_told(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    card = resources.files("nlp").joinpath("models/sentiment_th.json").read_text("utf-8")
    (tmp_path / "models" / "sentiment_th.json").write_text(card, "utf-8")
    if content is not None:
        (tmp_path / "models" / "sentiment_th.npz").write_bytes(content)
    monkeypatch.setattr(module.resources, "files", lambda _: tmp_path)
    with pytest.raises(KrasaeError, match="model for 'th' is missing or damaged"):
        LinearModel.shipped("th")


def test_probabilities_are_softmax_of_scaled_logits() -> None:
    logits = np.array([[0.0, 2.0, 4.0], [1000.0, 0.0, 0.0]])
    found = calibrated(logits, 2.0, np.zeros(3))
    assert np.allclose(found[0], np.exp([0, 1, 2]) / np.exp([0, 1, 2]).sum())
    assert np.allclose(found[1], [1, 0, 0])


def test_a_rare_label_is_chosen_against_its_prior() -> None:
    chances = np.array([[0.3, 0.5, 0.2]])
    prior = np.array(CARD["prior"])
    assert decided(chances, prior, 0.0).tolist() == [1]
    assert decided(chances, prior, 1.0).tolist() == [0]


def test_a_model_of_zeros_says_its_intercept() -> None:
    model = LinearModel(np.zeros((SIZE, 3), np.float32), CARD)
    found = model.probabilities(module.features(["a"], [TOKENIZER.tokens("a")]))
    assert np.allclose(found, calibrated(np.array([[0.0, 0.5, 0.0]]), 2.0, np.zeros(3)))


def test_cards_say_what_was_measured() -> None:
    for language in ("th", "en"):
        source = resources.files("nlp").joinpath(f"models/sentiment_{language}.json")
        card = json.loads(source.read_text("utf-8"))
        assert card["held_out"]["texts"] > 2000
        assert card["held_out"]["calibration_error"] < 0.07
