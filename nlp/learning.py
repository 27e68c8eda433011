"""What corrections teach: a thin layer of weights over the shipped model of one language.

The layer adds to the shipped weights and biases, so it costs nothing in use. It is the
maximum of the corrections' likelihood under a Gaussian prior around no change at all
(L2 toward zero): few corrections change little, and only the words that stand in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.optimize
import scipy.sparse as sparse
from numpy.typing import NDArray

from nlp.features import SIZE, Features, features
from nlp.language import LanguageFinder
from nlp.model import SentimentLabel
from nlp.sentiment import Floats, Layer, LinearModel, label_of, model_for
from nlp.text import normalise
from nlp.tokens import Tokenizer

FEWEST = 20
"""Corrections below which nothing is learnt: they could not show whether it helps."""

FOLDS = 5
_STRENGTH = 0.3  # of the prior, chosen by benchmarks/learning.py on two domains of Wisesight
_BIAS_STRENGTH = 5.0

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Lesson:
    """What was learnt: shares of corrections that are right `before` and `after`, held out."""

    corrections: int
    before: float
    after: float
    layer: Layer

    @property
    def helps(self) -> bool:
        """Whether the layer is better than none."""
        return self.after > self.before


def learn(model: LinearModel, found: Features, labels: Sequence[SentimentLabel]) -> Lesson:
    """A layer from corrected texts, judged on those that were held out of it in turn.

    `found` are the texts' features, `labels` what they are in truth. At least FEWEST of them.
    """
    rows = matrix(found)
    truth = np.array([[label_of(name) == label for name in model.labels] for label in labels])
    logits = model.logits(found)
    folds = np.arange(len(labels)) % FOLDS
    after = np.zeros_like(logits)
    for fold in range(FOLDS):
        held = folds == fold
        layer = _fit(model, rows[~held], logits[~held], truth[~held])
        after[held] = logits[held] + _added(rows[held], layer)
    return Lesson(
        len(labels),
        _right(model, logits, truth),
        _right(model, after, truth),
        _fit(model, rows, logits, truth),
    )


def by_model(
    labelled: Sequence[tuple[str, SentimentLabel]], tokenizer: Tokenizer
) -> dict[str, tuple[Features, list[SentimentLabel]]]:
    """Labelled texts by the model that reads them, and as it does. Texts without words go."""
    languages = LanguageFinder()
    groups: dict[str, list[tuple[str, SentimentLabel]]] = {}
    for text, label in labelled:
        if clean := normalise(text):
            groups.setdefault(model_for(languages.language(clean)), []).append((clean, label))
    found = {}
    for name, some in groups.items():
        texts = [text for text, _ in some]
        counted = features(texts, [tokenizer.tokens(text) for text in texts])
        found[name] = (counted, [label for _, label in some])
    return found


def matrix(found: Features) -> sparse.csr_array:
    """Binary features, words and characters each divided by the root of their count."""
    values = np.empty(len(found.text))
    is_character = found.feature >= SIZE // 2
    for part in (~is_character, is_character):
        count = np.maximum(np.bincount(found.text[part], minlength=found.count), 1)
        values[part] = 1 / np.sqrt(count)[found.text[part]]
    return sparse.csr_array((values, (found.text, found.feature)), shape=(found.count, SIZE))


def _fit(
    model: LinearModel, rows: sparse.csr_array, logits: Floats, truth: NDArray[np.bool_]
) -> Layer:
    kept = np.unique(rows.indices)
    seen = rows[:, kept]
    classes = logits.shape[1]

    def loss(values: Floats) -> tuple[float, Floats]:
        deltas, bias = values[classes:].reshape(len(kept), classes), values[:classes]
        chances = model.calibrated(logits + seen @ deltas + bias)
        right = (chances * truth).sum(axis=1, keepdims=True)
        # Of several labels that are the same to the user, each gets its part of the blame.
        slope = (chances - chances * truth / right) / model.temperature
        total = -np.log(right).sum() + _STRENGTH / 2 * (deltas**2).sum()
        total += _BIAS_STRENGTH / 2 * (bias**2).sum()
        by_weight = seen.T @ slope + _STRENGTH * deltas
        by_bias = slope.sum(axis=0) + _BIAS_STRENGTH * bias
        return float(total), np.concatenate([by_bias, by_weight.ravel()])

    start = np.zeros(classes * (len(kept) + 1))
    best = scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B")
    deltas = best.x[classes:].reshape(len(kept), classes).astype(np.float32)
    return Layer(kept.astype(np.int32), deltas, best.x[:classes])


def _added(rows: sparse.csr_array, layer: Layer) -> Floats:
    added: Floats = rows[:, layer.features] @ layer.deltas + layer.bias
    return added


def _right(model: LinearModel, logits: Floats, truth: NDArray[np.bool_]) -> float:
    chosen = model.choices(model.calibrated(logits))
    return float(truth[np.arange(len(truth)), chosen].mean())
