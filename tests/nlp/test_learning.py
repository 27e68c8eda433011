"""What corrections teach: a layer that helps where it can, and is judged by what it did not see."""

import numpy as np
import pytest

from nlp.enrich import Enricher
from nlp.features import Features
from nlp.learning import FEWEST, Lesson, by_model, learn, matrix
from nlp.model import SentimentLabel
from nlp.sentiment import LANGUAGES, Floats, LinearModel, label_of
from nlp.settings import NlpSettings

ENRICHER = Enricher(NlpSettings())
# A word of a trade that the shipped models do not know, for good and for ill.
GOOD = [f"the new blend is so glimmery today, cup {number}" for number in range(5)]
BAD = [f"this batch came out all sploofed again, cup {number}" for number in range(4)]
TAUGHT: list[tuple[str, SentimentLabel]] = [
    *((text, "positive") for text in GOOD * 4),
    *((text, "negative") for text in BAD * 5),
]


def read(labelled: list[tuple[str, SentimentLabel]]) -> tuple[Features, list[SentimentLabel]]:
    return by_model(labelled, ENRICHER)["en"]


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


def test_what_a_lesson_says_of_itself() -> None:
    learnt = lesson()
    assert learnt.right_before == round(learnt.before * learnt.corrections)
    assert learnt.right_after == learnt.right_before + learnt.won - learnt.lost
    low, high = learnt.interval()
    assert -1 <= low < learnt.after - learnt.before < high + 0.05 <= 1.05


def test_the_interval_is_that_of_paired_shares() -> None:
    """Agresti and Min (2005), equation 3: half a case more to each of the four kinds."""
    one = Lesson(98, 40, 20, 5, 0.01, lesson().layer)
    low, high = one.interval()
    spread = 1.96 * (((20.5 + 5.5) / 100 - 0.15**2) / 100) ** 0.5
    assert (low, high) == pytest.approx((0.15 - spread, 0.15 + spread))


@pytest.mark.parametrize(
    ("won", "lost", "chance", "helps"),
    [(9, 2, 0.01, True), (9, 2, 0.2, False), (2, 2, 0.01, False), (2, 9, 0.01, False)],
)
def test_a_layer_is_kept_when_it_is_better_and_not_by_chance(
    won: int, lost: int, chance: float, helps: bool
) -> None:
    assert Lesson(50, 20, won, lost, chance, lesson().layer).helps == helps


def test_labels_at_random_are_seldom_learnt() -> None:
    """At the level of the test or below: 5 % of 40 is 2."""
    random = np.random.default_rng(3)
    found, _ = read([(f"{text} {n}", "neutral") for n in range(8) for text in GOOD[:3] + BAD[:3]])
    model = LinearModel.shipped("en")
    chances = model.probabilities(found)
    kept = 0
    for _ in range(40):
        drawn = [label_of(model.labels[random.choice(3, p=row / row.sum())]) for row in chances]
        kept += learn(model, found, drawn).helps
    assert kept <= 4


def test_the_layer_is_the_most_likely_one() -> None:
    """The search is over texts; the weights that come of it are the best over features too."""
    found, labels = read(TAUGHT)
    model = LinearModel.shipped("en")
    layer = learn(model, found, labels).layer
    rows = matrix(found)[:, layer.features]
    truth = np.array([[label_of(name) == label for name in model.labels] for label in labels])

    def loss(strength: float, deltas: Floats, bias: Floats) -> float:
        chances = model.calibrated(model.logits(found) + rows @ deltas + bias)
        prior = strength / 2 * float((deltas**2).sum() + 10 * (bias**2).sum())
        return prior - float(np.log((chances * truth).sum(axis=1)).sum())

    random = np.random.default_rng(5)
    deltas, bias = layer.deltas.astype(np.float64), layer.bias
    at_best = [
        all(
            loss(strength, deltas, bias)
            < loss(
                strength,
                deltas + random.normal(0, 0.02, deltas.shape),
                bias + random.normal(0, 0.02, bias.shape),
            )
            for _ in range(20)
        )
        and loss(strength, deltas, bias) < loss(strength, deltas * 1.1, bias * 1.1)
        and loss(strength, deltas, bias) < loss(strength, deltas * 0.9, bias * 0.9)
        for strength in (1.0, 0.3, 0.1)
    ]
    assert any(at_best)


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
    found, labels = by_model([(text, "positive")] * FEWEST, ENRICHER)[name]
    model = LinearModel.shipped(name)
    better = model.with_layer(learn(model, found, labels).layer)
    sure = [label_of(label) == "positive" for label in model.labels].index(True)
    assert better.probabilities(found)[0, sure] > model.probabilities(found)[0, sure] + 0.1


def test_texts_go_to_the_model_that_reads_them() -> None:
    groups = by_model([("ดีมากค่ะ", "positive"), ("so good", "positive"), ("", "neutral")], ENRICHER)
    assert {name: len(labels) for name, (_, labels) in groups.items()} == {"th": 1, "en": 1}
