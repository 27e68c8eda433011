"""Intents that corrections teach: the rules stand until the words of a trade outweigh them."""

import numpy as np

from nlp.enrich import Enricher
from nlp.learning import FEWEST, Lesson, learn_intents
from nlp.model import Intent
from nlp.settings import NlpSettings
from nlp.taught import INPUTS, INTENTS, Taught, TaughtIntents

RULES = Enricher(NlpSettings())
# This trade files each report of a sploof as a complaint; the rules know no such word.
SPLOOFED = [f"mine sploofed on day {number}, in the blue cup" for number in range(20)]
OTHERS = [f"walked past the shop with number {number} on the door" for number in range(20)]
TEXTS = SPLOOFED + OTHERS
LABELS: list[Intent] = ["complaint"] * 20 + ["other"] * 20


def lesson(labels: list[Intent]) -> Lesson:
    order = np.random.default_rng(1).permutation(len(TEXTS))
    found, inputs = RULES.intent_material([TEXTS[row] for row in order])
    return learn_intents(found, inputs, [labels[row] for row in order])


def test_an_intent_of_a_trade_is_learnt() -> None:
    learnt = lesson(LABELS)
    assert learnt.corrections == 40 >= FEWEST
    assert learnt.helps
    assert learnt.after > 0.9 > learnt.before
    taught = Enricher(NlpSettings(), Taught(intents=TaughtIntents(learnt.layer)))
    new = "the red one sploofed too"
    assert [one.intent for one in RULES.enrich([new])] == ["other"]
    assert [one.intent for one in taught.enrich([new])] == ["complaint"]


def test_other_intents_are_found_as_before() -> None:
    taught = Enricher(NlpSettings(), Taught(intents=TaughtIntents(lesson(LABELS).layer)))
    texts = ["Where can I buy it?", "ส่วนลดพิเศษ สั่งซื้อได้เลย", "the shop opens at nine", "", "🙂"]
    assert [one.intent for one in taught.enrich(texts)] == [
        one.intent for one in RULES.enrich(texts)
    ]


def test_what_the_rules_said_teaches_nothing() -> None:
    learnt = lesson([one.intent for one in RULES.enrich(TEXTS)])
    assert (learnt.won, learnt.lost, learnt.helps) == (0, 0, False)


def test_no_answer_depends_on_the_batch() -> None:
    taught = Enricher(NlpSettings(), Taught(intents=TaughtIntents(lesson(LABELS).layer)))
    texts = [*TEXTS[::7], "อยากได้มาก", "love it", "  "]
    alone = [taught.enrich([text])[0] for text in texts]
    assert taught.enrich(texts) == alone


def test_a_layer_without_weights_changes_nothing() -> None:
    layer = lesson(LABELS).layer
    none = type(layer)(layer.features, np.zeros_like(layer.deltas), np.zeros(len(INTENTS)))
    unchanged = Enricher(NlpSettings(), Taught(intents=TaughtIntents(none)))
    assert unchanged.enrich(TEXTS) == RULES.enrich(TEXTS)
    _, inputs = RULES.intent_material(TEXTS)
    assert inputs.shape == (len(TEXTS), INPUTS)
