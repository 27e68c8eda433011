"""Sentiment by a larger model that the user names: any transformers text classification.

It is asked in place of the shipped model of a language, and answers in the same form. Slower by
a factor of a hundred and more. The library comes with `krasae[embeddings]`; a model is fetched
only when it is named and is not on this machine. Its probabilities are those it was trained to
give: they are not calibrated, and corrections do not teach it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from listener.errors import SettingsError
from nlp.model import SentimentLabel
from nlp.pretrained import loading
from nlp.sentiment import Sentiment
from nlp.settings import SHIPPED, NlpSettings, SentimentClass

CLASSES: tuple[SentimentClass, ...] = get_args(SentimentClass)
LABELS: tuple[SentimentLabel, ...] = get_args(SentimentLabel)

_AT_ONCE = 32  # texts of about one length
_LONGEST = 512  # tokens: no post is longer, and time grows with the square
_SPECIAL = 2  # places that some models keep for themselves
_DECIMALS = 4

# What the labels of published models are called, in small letters.
_MEANINGS: dict[SentimentClass, tuple[str, ...]] = {
    "negative": ("negative", "neg", "very negative", "ลบ", "เชิงลบ"),
    "neutral": ("neutral", "neu", "กลาง", "เป็นกลาง"),
    "positive": ("positive", "pos", "very positive", "บวก", "เชิงบวก"),
    "question": ("question", "q", "คำถาม"),
}
_KNOWN = {name: meaning for meaning, names in _MEANINGS.items() for name in names}
_STARS: tuple[SentimentClass, ...] = ("negative", "negative", "neutral", "positive", "positive")
_STAR = re.compile(r"([1-5])(?: stars?)?")


class TransformerModel:
    """A text classifier by its name or folder; `mapped` says what its labels mean."""

    def __init__(self, name: str, mapped: Mapping[str, SentimentClass] | None = None) -> None:
        self.name = name
        self._tokenizer, self._model = _loaded(name)
        config = self._model.config
        self.labels = tuple(str(config.id2label[i]) for i in range(config.num_labels))
        self.meanings = meanings(name, self.labels, mapped or {})
        self._sums = np.array(
            [[meaning == known for known in CLASSES] for meaning in self.meanings], np.float64
        )
        places = getattr(config, "max_position_embeddings", None) or 0
        self._longest = min(
            places - _SPECIAL if places > _SPECIAL else _LONGEST,
            self._tokenizer.model_max_length,
            _LONGEST,
        )

    def read(self, texts: Sequence[str]) -> list[Sentiment]:
        """The sentiment of normalised texts, in order; what is too long for the model is cut.

        None depends on what else is in the batch but by rounding (of 0.0001).
        """
        return [_sentiment(row) for row in self._probabilities(texts) @ self._sums]

    def _probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        import torch

        found = np.zeros((len(texts), len(self.labels)))
        for rows, batch in self._batches(texts):
            with torch.inference_mode():
                logits = self._model(**batch).logits.double()
                found[rows] = torch.softmax(logits, dim=1).numpy()
        return found

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Any]]:
        """Texts of about one length together: little is padded."""
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for start in range(0, len(order), _AT_ONCE):
            rows = order[start : start + _AT_ONCE]
            yield (
                rows,
                self._tokenizer(
                    [texts[i] for i in rows],
                    padding=True,
                    truncation=True,
                    max_length=self._longest,
                    return_tensors="pt",
                ),
            )


def larger_models(settings: NlpSettings) -> dict[str, TransformerModel]:
    """The models that are asked in place of the shipped ones, by language; loaded once each."""
    names = {
        language: name for language, name in settings.sentiment_models().items() if name != SHIPPED
    }
    loaded = {
        name: TransformerModel(name, settings.sentiment_labels)
        for name in dict.fromkeys(names.values())
    }
    _check_mapped(settings.sentiment_labels, list(loaded.values()))
    return {language: loaded[name] for language, name in names.items()}


def meanings(
    name: str, labels: Sequence[str], mapped: Mapping[str, SentimentClass]
) -> tuple[SentimentClass, ...]:
    """What each label of a model means; those of `mapped` first, then what names say.

    Raises SettingsError when a label says nothing, or all of them say the same.
    """
    plain = [_plain(label) for label in labels]
    given = {_plain(label): meaning for label, meaning in mapped.items()}
    known = {**(_stars(plain)), **_KNOWN, **given}
    unknown = [label for label, text in zip(labels, plain, strict=True) if text not in known]
    if unknown:
        raise SettingsError(
            f'The sentiment model "{name}" ([nlp] sentiment) says {_listed(labels)}; what '
            f"{_listed(unknown)} means is not known.",
            remedy=_how_to_map(unknown),
        )
    found = tuple(known[text] for text in plain)
    if len({*found} - {"question"}) < 2:
        raise SettingsError(
            f'The sentiment model "{name}" ([nlp] sentiment) says {_listed(labels)}, which is '
            f"always {found[0] if found else 'nothing'}.",
            remedy=_how_to_map(labels),
        )
    return found


def _sentiment(row: NDArray[np.float64]) -> Sentiment:
    by_class = dict(zip(CLASSES, row.tolist(), strict=True))
    question = by_class["question"]
    # A question is neutral; that it is one goes into the intent.
    by_class["neutral"] += question
    label = max(LABELS, key=lambda one: by_class[one])
    return Sentiment(label, round(by_class[label], _DECIMALS), round(question, _DECIMALS))


def _plain(label: str) -> str:
    return re.sub(r"[\s_-]+", " ", label.strip().casefold())


def _stars(labels: Sequence[str]) -> dict[str, SentimentClass]:
    """One to five stars, where a model has all five."""
    stars = {label: int(match[1]) for label in labels if (match := _STAR.fullmatch(label))}
    if sorted(stars.values()) != [1, 2, 3, 4, 5]:
        return {}
    return {label: _STARS[count - 1] for label, count in stars.items()}


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(labels)


def _how_to_map(labels: Sequence[str]) -> str:
    usual = [CLASSES[i % 3] for i in range(len(labels))]
    pairs = ", ".join(
        f"{json.dumps(label, ensure_ascii=False)} = {json.dumps(meaning)}"
        for label, meaning in zip(labels, usual, strict=True)
    )
    return (
        f"Say what each means, as its card tells, such as: sentiment_labels = {{ {pairs} }} "
        f"under [nlp]. The meanings are {_listed(CLASSES)}."
    )


def _check_mapped(mapped: Mapping[str, SentimentClass], models: Sequence[TransformerModel]) -> None:
    theirs = {_plain(label) for model in models for label in model.labels}
    strange = [label for label in mapped if _plain(label) not in theirs]
    if strange and models:
        said = "; ".join(f'"{model.name}" says {_listed(model.labels)}' for model in models)
        raise SettingsError(
            f"No sentiment model says {_listed(strange)} ([nlp] sentiment_labels): {said}.",
            remedy="Name the labels as the model does, or remove the line.",
        )


def _loaded(name: str) -> tuple[Any, Any]:
    what = f'The sentiment model "{name}" ([nlp] sentiment)'
    remedy = (
        "Give the name or the folder of a transformers text-classification model, or "
        '"shipped". One that is not on this machine is fetched from huggingface.co.'
    )
    with loading(what, name, remedy=remedy) as source:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
        model, report = AutoModelForSequenceClassification.from_pretrained(
            source, output_loading_info=True, trust_remote_code=False
        )
        if report["missing_keys"] or report["mismatched_keys"]:
            # transformers would fill the rest with chance, and warn.
            raise ValueError("it was not trained to classify texts")
        if model.config.num_labels < 2:
            raise ValueError("it gives a number and no labels")
        if model.config.problem_type == "multi_label_classification":
            raise ValueError("it gives a text several labels at once")
        if tokenizer.pad_token is None:
            raise ValueError("its tokenizer cannot read several texts at once (no padding)")
    return tokenizer, model.eval()
