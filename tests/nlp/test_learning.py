"""What corrections teach: a layer that helps where it can, and is judged by what it did not see."""

import numpy as np
import pytest

from nlp.features import Features
from nlp.learning import FEWEST, Lesson, by_model, learn
from nlp.model import SentimentLabel
from nlp.sentiment import LANGUAGES, LinearModel, label_of
from nlp.tokens import Tokenizer

TOKENIZER = Tokenizer()
# A word of a trade that the shipped models do not know, for good and for ill.
GOOD = [f"the new blend is so glimmery today, cup {number}" for number in range(5)]
BAD = [f"this batch came out all sploofed again, cup {number}" for number in range(4)]
TAUGHT: list[tuple[str, SentimentLabel]] = [
    *((text, "positive") for text in GOOD * 4),
    *((text, "negative") for text in BAD * 5),
]


def read(labelled: list[tuple[str, SentimentLabel]]) -> tuple[Features, list[SentimentLabel]]:
    return by_model(labelled, TOKENIZER)["en"]


def lesson() -> Lesson:
    found, labels = read(TAUGHT)
    return learn(LinearModel.shipped("en"), found, labels)


def chosen(model: LinearModel, text: str) -> str:
    found, _ = read([(text, "neutral")])
    (choice,) = model.choices(model.probabilities(found))
    return label_of(model.labels[choice])


def test_words_of_a_trade_are_learnt() -> None:
    learnt = lesson()
    assert learnt.corrections == len(TAUGHT) >= FEWEST
    assert learnt.helps
    assert learnt.after > 0.9 > learnt.before
    better = LinearModel.shipped("en").with_layer(learnt.layer)
    assert chosen(better, "what a glimmery blend") == "positive"
    assert chosen(better, "mine came out sploofed") == "negative"


def test_other_texts_are_read_as_before() -> None:
    shipped = LinearModel.shipped("en")
    better = shipped.with_layer(lesson().layer)
    for text in ("I love this phone", "what a terrible, awful day", "the shop opens at nine"):
        assert chosen(better, text) == chosen(shipped, text)


def test_the_shipped_model_stays_as_it_is() -> None:
    shipped = LinearModel.shipped("en")
    before = shipped.weights.copy()
    shipped.with_layer(lesson().layer)
    assert np.array_equal(shipped.weights, before)


def test_the_same_corrections_teach_the_same() -> None:
    one, two = lesson(), lesson()
    assert np.array_equal(one.layer.deltas, two.layer.deltas)
    assert (one.before, one.after) == (two.before, two.after)


def test_nothing_is_gained_from_chance() -> None:
    labels: list[SentimentLabel] = ["positive", "negative"]
    found, truth = read([(text, labels[i % 2]) for i, text in enumerate([GOOD[0], BAD[0]] * 20)])
    mixed = [labels[(i // 2) % 2] for i in range(len(truth))]
    learnt = learn(LinearModel.shipped("en"), found, mixed)
    assert learnt.after <= 0.6


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_slope_is_that_of_the_loss(name: str) -> None:
    """A layer is the best one: any step away from it has a smaller likelihood and prior."""
    text = {"th": "บริการแย่มาก รอนาน", "en": "glimmery and sploofed"}[name]
    found, labels = by_model([(text, "positive")] * FEWEST, TOKENIZER)[name]
    model = LinearModel.shipped(name)
    better = model.with_layer(learn(model, found, labels).layer)
    sure = [label_of(label) == "positive" for label in model.labels].index(True)
    assert better.probabilities(found)[0, sure] > model.probabilities(found)[0, sure] + 0.1


def test_texts_go_to_the_model_that_reads_them() -> None:
    groups = by_model([("ดีมากค่ะ", "positive"), ("so good", "positive"), ("", "neutral")], TOKENIZER)
    assert {name: len(labels) for name, (_, labels) in groups.items()} == {"th": 1, "en": 1}
