"""Sentiment by a linear model over hashed n-grams: one model for Thai, one for English.

The shipped weights are plain arrays (`models/sentiment_*.npz`) with a JSON file beside each that
says how they were made. `nlp/training/sentiment.py` makes them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from listener.errors import KrasaeError
from nlp.features import BITS, SIZE, Features, features, slices
from nlp.model import Language, SentimentLabel
from nlp.tokens import Token

Floats = NDArray[np.float64]

LANGUAGES = ("th", "en")
_THAI: frozenset[Language] = frozenset(("th", "mixed"))
_DECIMALS = 4  # of a probability: more would only record the machine's rounding


@dataclass(frozen=True, slots=True)
class Sentiment:
    """How a text sounds; `probability` is that of `label`, `question` of asking something."""

    label: SentimentLabel
    probability: float
    question: float


NO_SENTIMENT = Sentiment("neutral", 1.0, 0.0)


@dataclass(frozen=True)
class Layer:
    """Added weights: `deltas[i]` to the weights of `features[i]`, one column per label."""

    features: NDArray[np.int32]
    deltas: NDArray[np.float32]
    bias: Floats


class LinearModel:
    """Class probabilities from features: softmax(score / temperature + bias).

    The score is the intercept and the weights of the features, words and characters each summed
    and divided by the root of their number. The label is chosen by probability / prior **
    decision, so that rare classes are found; the probability that goes with it is calibrated.
    """

    def __init__(self, weights: NDArray[np.float32], card: dict[str, Any]) -> None:
        self.card = card
        self.labels: tuple[str, ...] = tuple(card["labels"])
        self.weights = weights
        self._intercept = np.array(card["intercept"])
        self.temperature = float(card["temperature"])
        self._bias = np.array(card["bias"])
        self._prior = np.array(card["prior"])
        self._decision = float(card["decision"])

    @classmethod
    def shipped(cls, language: str) -> "LinearModel":
        """The model that comes with Krasae for 'th' or 'en'."""
        try:
            card, arrays = _read(language)
        except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
            raise KrasaeError(
                f"The sentiment model for '{language}' is missing or damaged ({error}).",
                remedy="Install Krasae again.",
            ) from error
        if card["bits"] != BITS:
            raise KrasaeError(
                f"The sentiment model for '{language}' was trained with {card['bits']} bits of "
                f"features, this version counts {BITS}.",
                remedy="Install Krasae again, or train the models anew (docs/models).",
            )
        weights = np.zeros((SIZE, len(card["labels"])), np.float32)
        weights[arrays["features"]] = arrays["weights"]
        return cls(weights, card)

    def with_layer(self, layer: Layer) -> "LinearModel":
        """This model and what corrections taught."""
        weights = self.weights.copy()
        weights[layer.features] += layer.deltas
        card = self.card | {"intercept": (self._intercept + layer.bias).tolist()}
        return LinearModel(weights, card)

    def logits(self, found: Features) -> Floats:
        """Scores before calibration, one row per text."""
        raw: Floats = scores(found, self.weights) + self._intercept
        return raw

    def calibrated(self, logits: Floats) -> Floats:
        """Probabilities from scores."""
        return calibrated(logits, self.temperature, self._bias)

    def probabilities(self, found: Features) -> Floats:
        """Calibrated probabilities, one row per text."""
        return self.calibrated(self.logits(found))

    def choices(self, probabilities: Floats) -> NDArray[np.int64]:
        """The index of the label chosen for each row of probabilities."""
        return decided(probabilities, self._prior, self._decision)


def _read(language: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    folder = resources.files("nlp").joinpath("models")
    card = json.loads(folder.joinpath(f"sentiment_{language}.json").read_text("utf-8"))
    with (
        folder.joinpath(f"sentiment_{language}.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        return card, {name: arrays[name] for name in ("features", "weights")}


def scores(found: Features, weights: NDArray[np.float32]) -> Floats:
    """The sum of each text's weights, words and characters each divided by their root count."""
    total = np.zeros((found.count, weights.shape[1]))
    is_character = found.feature >= SIZE // 2
    for part in (~is_character, is_character):
        text, feature = found.text[part], found.feature[part]
        norm = np.sqrt(np.maximum(np.bincount(text, minlength=found.count), 1))
        for label in range(weights.shape[1]):
            # bincount adds one after the other: the sum does not depend on the batch.
            sums = np.bincount(text, weights[feature, label], minlength=found.count)
            total[:, label] += sums / norm
    return total


def calibrated(logits: Floats, temperature: float, bias: Floats) -> Floats:
    """Softmax after temperature and bias (vector scaling; Guo et al. 2017)."""
    scaled = logits / temperature + bias
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    result: Floats = raised / raised.sum(axis=1, keepdims=True)
    return result


def decided(probabilities: Floats, prior: Floats, decision: float) -> NDArray[np.int64]:
    """The chosen label of each row: the largest probability / prior ** decision."""
    chosen: NDArray[np.int64] = np.argmax(probabilities / prior**decision, axis=1)
    return chosen


class Reader(Protocol):
    """A model that needs the normalised texts and nothing else: `nlp/transformer_model.py`."""

    def read(self, texts: Sequence[str]) -> list[Sentiment]:
        """The sentiment of each text, in order."""
        ...


class SentimentModel:
    """Thai and English together; the language of each text says which one is asked.

    `models` are other ones than those that come with Krasae, 'th' and 'en'.
    """

    def __init__(self, models: Mapping[str, LinearModel | Reader] | None = None) -> None:
        given = models or {}
        self.models = {name: given.get(name) or LinearModel.shipped(name) for name in LANGUAGES}

    def sentiments(
        self,
        texts: Sequence[str],
        tokens: Sequence[Sequence[Token]],
        languages: Sequence[Language],
    ) -> list[Sentiment]:
        """The sentiment of normalised texts, in order."""
        found = [NO_SENTIMENT] * len(texts)
        for name, model in self.models.items():
            rows = [i for i, language in enumerate(languages) if model_for(language) == name]
            rows = [i for i in rows if tokens[i]]
            some = [texts[i] for i in rows]
            if isinstance(model, LinearModel):
                heard = _read_by(model, some, [tokens[i] for i in rows])
            else:
                heard = model.read(some)
            for i, sentiment in zip(rows, heard, strict=True):
                found[i] = sentiment
        return found


def _read_by(
    model: LinearModel, texts: Sequence[str], tokens: Sequence[Sequence[Token]]
) -> list[Sentiment]:
    found: list[Sentiment] = []
    for part in slices(texts):
        found += _sentiments(model, features(texts[part], tokens[part]))
    return found


def _sentiments(model: LinearModel, found: Features) -> list[Sentiment]:
    probabilities = model.probabilities(found)
    choices = model.choices(probabilities)
    names = model.labels
    result = []
    for row, choice in zip(probabilities, choices, strict=True):
        by_name = dict(zip(names, map(float, row), strict=True))
        question = by_name.pop("question", 0.0)
        by_name["neutral"] += question
        label = label_of(names[choice])
        result.append(
            Sentiment(label, round(by_name[label], _DECIMALS), round(question, _DECIMALS))
        )
    return result


def model_for(language: Language) -> str:
    """Which model is asked about a text in that language."""
    return "th" if language in _THAI else "en"


def label_of(name: str) -> SentimentLabel:
    """What a class of the model is called outside of it."""
    return _LABELS[name]


# A question is neutral; that it is one goes into the intent.
_LABELS: dict[str, SentimentLabel] = {
    "negative": "negative",
    "neutral": "neutral",
    "positive": "positive",
    "question": "neutral",
}
