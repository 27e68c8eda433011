"""What a workspace learnt from its corrections, ready for use: models and intents.

Intents come from rules (`nlp/intent.py`). What corrections teach lies over them as a layer of
weights of the rule's answer, the sentiment and the words: the rule stands unless they outweigh
it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from nlp.features import SIZE, features, slices
from nlp.model import Intent, SentimentLabel
from nlp.sentiment import Floats, Layer, LinearModel, Sentiment, calibrated, scores
from nlp.tokens import Token

INTENTS: tuple[Intent, ...] = get_args(Intent)
_FEELINGS: tuple[SentimentLabel, ...] = get_args(SentimentLabel)
INPUTS = len(INTENTS) + len(_FEELINGS) + 1
"""Beside the words: the rule's intent, how likely each sentiment is, and that it asks."""

_TRUST = 3.0  # log odds of the rule's intent against each other one: right in four of five


class IntentBase:
    """The rules' intents as a model that a layer can lie over."""

    temperature = 1.0

    def logits(self, inputs: Floats) -> Floats:
        """Scores, one row per text."""
        result: Floats = inputs[:, : len(INTENTS)] * _TRUST
        return result

    def calibrated(self, logits: Floats) -> Floats:
        """Probabilities from scores."""
        return calibrated(logits, self.temperature, np.zeros(len(INTENTS)))

    def choices(self, probabilities: Floats) -> NDArray[np.int64]:
        """The index of the intent chosen for each row of probabilities."""
        chosen: NDArray[np.int64] = np.argmax(probabilities, axis=1)
        return chosen


def intent_inputs(rules: Sequence[Intent], sentiments: Sequence[Sentiment]) -> Floats:
    """What a layer weighs beside the words, one row of INPUTS per text."""
    found = np.zeros((len(rules), INPUTS))
    for row, (rule, sentiment) in enumerate(zip(rules, sentiments, strict=True)):
        found[row, INTENTS.index(rule)] = 1
        feeling = len(INTENTS) + _FEELINGS.index(sentiment.label)
        found[row, feeling] = sentiment.probability
    found[:, -1] = [sentiment.question for sentiment in sentiments]
    return found


class TaughtIntents:
    """The rules and a layer over them; the features of a layer from SIZE on are its inputs."""

    def __init__(self, layer: Layer) -> None:
        weights = np.zeros((SIZE + INPUTS, len(INTENTS)), np.float32)
        weights[layer.features] = layer.deltas
        self._words, self._inputs = weights[:SIZE], weights[SIZE:]
        self._bias = layer.bias
        self._base = IntentBase()

    def intents(
        self,
        texts: Sequence[str],
        tokens: Sequence[Sequence[Token]],
        rules: Sequence[Intent],
        sentiments: Sequence[Sentiment],
    ) -> list[Intent]:
        """The intent of normalised texts, in order; none depends on what else is in the batch."""
        inputs = intent_inputs(rules, sentiments)
        chosen: list[Intent] = []
        for part in slices(texts):
            own = inputs[part]
            added = scores(features(texts[part], tokens[part]), self._words)
            added += (own[:, :, None] * self._inputs).sum(axis=1) + self._bias
            some = self._base.choices(self._base.logits(own) + added)
            chosen += [INTENTS[one] for one in some]
        return chosen


@dataclass(frozen=True)
class Taught:
    """All that was learnt and counts now: sentiment models by their names, and intents."""

    sentiment: Mapping[str, LinearModel] = field(default_factory=dict)
    intents: TaughtIntents | None = None
