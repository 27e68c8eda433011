"""What corrections teach: a thin layer of weights over a shipped model, or over the intent rules.

The layer adds to the shipped weights and biases, so it costs nothing in use. It is the
maximum of the corrections' likelihood under a Gaussian prior around no change at all
(L2 toward zero): few corrections change little, and only the words that stand in them.
How strong the prior is, the corrections say themselves: the strength that best foretells
those that were held out. So does whether the layer is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.sparse as sparse
import scipy.stats
from numpy.typing import NDArray

from nlp.enrich import Enricher
from nlp.features import SIZE, Features, features
from nlp.model import Intent, SentimentLabel
from nlp.sentiment import Floats, Layer, LinearModel, label_of, model_for
from nlp.taught import INTENTS, IntentBase

FEWEST = 20
"""Corrections below which nothing is learnt: they could not show whether it helps."""

MOST = 4000
"""Corrections that are learnt from, the latest: bounds time and memory, which grow by squares."""

FOLDS = 5
CHANCE = 0.05
"""A layer is kept when chance alone would seem to help this much in fewer cases than that."""

_STRENGTHS = (1.0, 0.3, 0.1)  # of the prior on weights; chosen among by held-out corrections
_BIAS = 10.0  # how much stronger it is on biases
_SURE = 1.96  # standard deviations: 95 %

Truth = NDArray[np.bool_]


class Base(Protocol):
    """What a layer lies over."""

    temperature: float

    def calibrated(self, logits: Floats) -> Floats:
        """Probabilities from scores."""
        ...

    def choices(self, probabilities: Floats) -> NDArray[np.int64]:
        """The index of the label chosen for each row of probabilities."""
        ...


@dataclass(frozen=True)
class Lesson:
    """What was learnt, judged on corrections while they were held out of it.

    `right_before` and `right_after` of the `corrections` got the label that a person gave;
    `won` and `lost` are those that only one of the two got right. `chance` is how likely a gain
    in the probabilities of the true labels as large as this is without any (one-sided paired t).
    """

    corrections: int
    right_before: int
    won: int
    lost: int
    chance: float
    layer: Layer

    @property
    def right_after(self) -> int:
        """How many are right with the layer."""
        return self.right_before + self.won - self.lost

    @property
    def before(self) -> float:
        """The share that is right without the layer."""
        return self.right_before / self.corrections

    @property
    def after(self) -> float:
        """The share that is right with it."""
        return self.right_after / self.corrections

    @property
    def helps(self) -> bool:
        """Whether the layer is better than none, and not by chance."""
        return self.right_after > self.right_before and self.chance < CHANCE

    def interval(self) -> tuple[float, float]:
        """Between what (95 %) the change of that share lies (Agresti and Min 2005)."""
        count, won, lost = self.corrections + 2, self.won + 0.5, self.lost + 0.5
        change = (won - lost) / count
        spread = _SURE * sqrt((won + lost) / count - change**2) / sqrt(count)
        return max(change - spread, -1.0), min(change + spread, 1.0)


def learn(model: LinearModel, found: Features, labels: Sequence[SentimentLabel]) -> Lesson:
    """A layer over a sentiment model from corrected texts, at least FEWEST of them.

    `found` are the texts' features, `labels` what they are in truth.
    """
    truth = np.array([[label_of(name) == label for name in model.labels] for label in labels])
    return _learnt(model, matrix(found), model.logits(found), truth)


def learn_intents(found: Features, inputs: Floats, labels: Sequence[Intent]) -> Lesson:
    """A layer over the rules for intents; `inputs` are those of `nlp/taught.py`."""
    base = IntentBase()
    rows = sparse.hstack([matrix(found), sparse.csr_array(inputs)], format="csr")
    truth = np.array([[intent == label for intent in INTENTS] for label in labels])
    return _learnt(base, rows, base.logits(inputs), truth)


def by_model(
    labelled: Sequence[tuple[str, SentimentLabel]], enricher: Enricher
) -> dict[str, tuple[Features, list[SentimentLabel]]]:
    """Labelled texts by the model that reads them, and as it does. Texts without words go."""
    texts, tokens, languages = enricher.as_read([text for text, _ in labelled])
    rows: dict[str, list[int]] = {}
    for row, language in enumerate(languages):
        if tokens[row]:
            rows.setdefault(model_for(language), []).append(row)
    return {
        name: (
            features([texts[row] for row in some], [tokens[row] for row in some]),
            [labelled[row][1] for row in some],
        )
        for name, some in rows.items()
    }


def matrix(found: Features) -> sparse.csr_array:
    """Binary features, words and characters each divided by the root of their count."""
    values = np.empty(len(found.text))
    is_character = found.feature >= SIZE // 2
    for part in (~is_character, is_character):
        count = np.maximum(np.bincount(found.text[part], minlength=found.count), 1)
        values[part] = 1 / np.sqrt(count)[found.text[part]]
    return sparse.csr_array((values, (found.text, found.feature)), shape=(found.count, SIZE))


def _learnt(base: Base, rows: sparse.csr_array, logits: Floats, truth: Truth) -> Lesson:
    # What two texts have in common is all that the fit needs of them.
    shared = (rows @ rows.T).toarray()
    tried = [_held_out(base, shared, logits, truth, strength) for strength in _STRENGTHS]
    scores = [_log_scores(base, after, truth) for after in tried]
    best = int(np.argmax([score.sum() for score in scores]))
    before, after = (_right(base, some, truth) for some in (logits, tried[best]))
    gain = scores[best] - _log_scores(base, logits, truth)
    strength = _STRENGTHS[best]
    parts = _fit(base, shared, logits, truth, strength)
    kept = np.unique(rows.indices)
    return Lesson(
        corrections=len(truth),
        right_before=int(before.sum()),
        won=int((after & ~before).sum()),
        lost=int((before & ~after).sum()),
        chance=_chance(gain),
        layer=Layer(
            kept.astype(np.int32),
            (rows[:, kept].T @ parts / strength).astype(np.float32),
            parts.sum(axis=0) / (_BIAS * strength),
        ),
    )


def _held_out(base: Base, shared: Floats, logits: Floats, truth: Truth, strength: float) -> Floats:
    """Each text's scores by what was learnt without it."""
    folds = np.arange(len(truth)) % FOLDS
    after = logits.copy()
    for fold in range(FOLDS):
        held, rest = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        among = shared[np.ix_(rest, rest)]
        parts = _fit(base, among, logits[rest], truth[rest], strength)
        after[held] += _reach(shared[np.ix_(held, rest)], strength) @ parts
    return after


def _reach(shared: Floats, strength: float) -> Floats:
    """How far what is learnt of one text moves the scores of another: by words, and by bias."""
    moved: Floats = (shared + 1 / _BIAS) / strength
    return moved


def _fit(base: Base, shared: Floats, logits: Floats, truth: Truth, strength: float) -> Floats:
    """What each text adds to the weights of its features, per label.

    The best weights are sums of the texts' features (the representer theorem), so that the
    search is over texts, not over tens of thousands of features.
    """
    count, classes = logits.shape
    reach = _reach(shared, strength) + 1e-6 * np.eye(count)
    root = scipy.linalg.cholesky(reach, lower=True)

    def loss(values: Floats) -> tuple[float, Floats]:
        some = values.reshape(count, classes)
        chances = base.calibrated(logits + root @ some)
        right = np.maximum((chances * truth).sum(axis=1, keepdims=True), 1e-12)
        # Of several labels that are the same to the user, each gets its part of the blame.
        slope = (chances - chances * truth / right) / base.temperature
        total = -np.log(right).sum() + (some**2).sum() / 2
        return float(total), (root.T @ slope + some).ravel()

    best = scipy.optimize.minimize(loss, np.zeros(count * classes), jac=True, method="L-BFGS-B")
    found: Floats = scipy.linalg.solve_triangular(
        root, best.x.reshape(count, classes), lower=True, trans="T"
    )
    return found


def _log_scores(base: Base, logits: Floats, truth: Truth) -> Floats:
    """The logarithm of the probability that each text's true label gets."""
    chances = (base.calibrated(logits) * truth).sum(axis=1)
    found: Floats = np.log(np.maximum(chances, 1e-12))
    return found


def _chance(gain: Floats) -> float:
    spread = float(gain.std(ddof=1))
    if not spread > 0:
        return 0.0 if gain.mean() > 0 else 1.0
    value = float(gain.mean()) / (spread / sqrt(len(gain)))
    return float(scipy.stats.t.sf(value, len(gain) - 1))


def _right(base: Base, logits: Floats, truth: Truth) -> Truth:
    chosen = base.choices(base.calibrated(logits))
    found: Truth = truth[np.arange(len(truth)), chosen]
    return found
