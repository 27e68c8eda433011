"""Train the sentiment models that ship: `python -m nlp.training.sentiment --data FOLDER`.

FOLDER holds `wisesight/{train,valid}.jsonl.gz` and `semeval2017/subtask_a_train.tsv.gz`. Thai is
trained on Wisesight's train and measured once on its valid part; English on SemEval-2017 A and
measured once on the latest 12,000 tweets by id. Nothing is chosen on the measured part.

The model is the sum of two linear ones over the same binary features: a multinomial logistic
regression, and one logistic regression per class on features scaled by naive Bayes log-count
ratios (Wang and Manning 2012). A sum of linear models is a linear model, so it costs nothing.
Calibration and the decision rule are fitted on out-of-fold scores.
"""

import argparse
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.optimize
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from nlp.features import BITS, SIZE, Features, features, slices
from nlp.learning import matrix
from nlp.sentiment import Floats, LinearModel, calibrated, decided
from nlp.text import normalise
from nlp.tokens import Tokenizer
from nlp.training.scores import intervals, report

SEED = 2014
FOLDS = 4
FEWEST = 2  # texts of the training part that a feature must stand in
TOLERANCE = 0.003  # of the measure, given up for macro-F1
HELD_OUT_TWEETS = 12_000

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Recipe:
    """How a model is made: chosen on a fifth of the training part, never on the measured one.

    `balance`: classes weigh 1 / share ** balance. `plain` and `bayes`: the inverse strength of
    either model's regularisation. `measure`: what the decision rule must not cost much of.
    """

    labels: tuple[str, ...]
    balance: float
    plain: float
    bayes: float
    measure: str


THAI = Recipe(("negative", "neutral", "positive", "question"), 0.0, 2.0, 2.0, "accuracy")
ENGLISH = Recipe(("negative", "neutral", "positive"), 0.5, 4.0, 1.0, "macro_recall")


@dataclass(frozen=True)
class Part:
    """Labelled texts."""

    texts: list[str]
    labels: Labels


def wisesight(folder: Path, labels: tuple[str, ...]) -> tuple[Part, Part]:
    """Wisesight Sentiment Corpus: train and valid."""
    names = {"neg": "negative", "neu": "neutral", "pos": "positive", "q": "question"}
    parts = []
    for name in ("train", "valid"):
        with gzip.open(folder / "wisesight" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        chosen = np.array([labels.index(names[row["label"]]) for row in rows])
        parts.append(Part([row["text"] for row in rows], chosen))
    return parts[0], parts[1]


def semeval(folder: Path, labels: tuple[str, ...]) -> tuple[Part, Part]:
    """SemEval-2017 Task 4 A: all but the latest HELD_OUT_TWEETS, and those."""
    path = folder / "semeval2017" / "subtask_a_train.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    rows.sort(key=lambda row: int(row[0]))
    cut = len(rows) - HELD_OUT_TWEETS
    train, held_out = (
        Part([row[2] for row in some], np.array([labels.index(row[1]) for row in some]))
        for some in (rows[:cut], rows[cut:])
    )
    return train, held_out


Load = Callable[[Path, tuple[str, ...]], tuple[Part, Part]]
PLANS: dict[str, tuple[Load, Recipe]] = {"th": (wisesight, THAI), "en": (semeval, ENGLISH)}


def counted(texts: list[str]) -> Features:
    """The features of raw texts."""
    tokenizer = Tokenizer()
    clean = [normalise(text) for text in texts]
    tokens = [tokenizer.tokens(text) for text in clean]
    found = [(part.start, features(clean[part], tokens[part])) for part in slices(clean)]
    return Features(
        len(texts),
        np.concatenate([one.text + start for start, one in found]),
        np.concatenate([one.feature for _, one in found]),
    )


def fit(rows: sparse.csr_array, labels: Labels, recipe: Recipe) -> tuple[Floats, Floats]:
    """Weights (SIZE x classes) and intercepts of the sum of both models."""
    kept = np.flatnonzero(np.bincount(rows.indices, minlength=SIZE) >= FEWEST)
    seen = rows[:, kept]
    plain = _regression(seen, labels, recipe.plain, recipe.balance)
    weights, intercept = plain.coef_.T.copy(), plain.intercept_.copy()
    present = seen.copy()
    present.data[:] = 1
    for label in range(len(recipe.labels)):
        own = labels == label
        ratio = np.abs(_log_ratio(present, own))
        scaled = (seen @ sparse.diags_array(ratio)).tocsr()
        one = _regression(scaled, own.astype(np.int64), recipe.bayes, recipe.balance)
        weights[:, label] += one.coef_[0] * ratio
        intercept[label] += one.intercept_[0]
    full = np.zeros((SIZE, len(recipe.labels)))
    full[kept] = weights - weights.mean(axis=1, keepdims=True)
    return full, intercept - intercept.mean()


def _regression(
    rows: sparse.csr_array, labels: Labels, strength: float, balance: float
) -> LogisticRegression:
    share = np.bincount(labels) / len(labels)
    weight = share**-balance / float(share @ share**-balance)
    return LogisticRegression(C=strength, max_iter=1000, class_weight=dict(enumerate(weight))).fit(
        rows, labels
    )


def _log_ratio(present: sparse.csr_array, own: NDArray[np.bool_]) -> Floats:
    inside = np.asarray(present[own].sum(axis=0)).ravel() + 1
    outside = np.asarray(present[~own].sum(axis=0)).ravel() + 1
    ratio: Floats = np.log((inside / inside.sum()) / (outside / outside.sum()))
    return ratio


def out_of_fold(rows: sparse.csr_array, labels: Labels, recipe: Recipe) -> Floats:
    """Each text's scores by a model that did not see it."""
    order = np.random.default_rng(SEED).permutation(len(labels))
    logits = np.zeros((len(labels), len(recipe.labels)))
    for fold in range(FOLDS):
        held = np.sort(order[fold::FOLDS])
        rest = np.setdiff1d(np.arange(len(labels)), held)
        weights, intercept = fit(rows[rest], labels[rest], recipe)
        logits[held] = rows[held] @ weights + intercept
        print(f"  fold {fold + 1} of {FOLDS}", flush=True)
    return logits


def calibration(logits: Floats, labels: Labels) -> tuple[float, Floats]:
    """Temperature and bias with the least negative log-likelihood."""
    classes = logits.shape[1]

    def loss(values: Floats) -> float:
        chances = calibrated(logits, float(np.exp(values[0])), values[1:])
        return float(-np.log(chances[np.arange(len(labels)), labels] + 1e-12).mean())

    best = scipy.optimize.minimize(loss, np.zeros(classes + 1), method="L-BFGS-B")
    bias = best.x[1:] - best.x[1:].mean()
    return float(np.exp(best.x[0])), bias


def decision(chances: Floats, labels: Labels, prior: Floats, *, measure: str) -> float:
    """The power of the prior with the best macro-F1 among those that cost the measure little."""
    powers = np.arange(0, 1.01, 0.05)
    found = [report(labels, decided(chances, prior, power), chances) for power in powers]
    enough = max(one[measure] for one in found) - TOLERANCE
    best = max(
        (one["macro_f1"], float(power))
        for one, power in zip(found, powers, strict=True)
        if one[measure] >= enough
    )
    return round(best[1], 2)


def train(part: Part, recipe: Recipe) -> LinearModel:
    """A calibrated model."""
    rows = matrix(counted(part.texts))
    logits = out_of_fold(rows, part.labels, recipe)
    temperature, bias = calibration(logits, part.labels)
    chances = calibrated(logits, temperature, bias)
    prior = np.bincount(part.labels) / len(part.labels)
    power = decision(chances, part.labels, prior, measure=recipe.measure)
    weights, intercept = fit(rows, part.labels, recipe)
    card: dict[str, Any] = {
        "labels": list(recipe.labels),
        "bits": BITS,
        "intercept": [round(float(value), 6) for value in intercept],
        "temperature": round(temperature, 6),
        "bias": [round(float(value), 6) for value in bias],
        "prior": [round(float(value), 6) for value in prior],
        "decision": power,
        "trained_on": len(part.texts),
    }
    return LinearModel(weights.astype(np.float16).astype(np.float32), card)


def measured(model: LinearModel, part: Part) -> dict[str, Any]:
    """The scores on a part that the model did not see, with 95 % intervals."""
    chances = model.probabilities(counted(part.texts))
    chosen = model.choices(chances)
    ends = intervals(part.labels, chosen, len(model.labels))
    return {
        **report(part.labels, chosen, chances),
        "intervals": {name: list(pair) for name, pair in ends.items()},
    }


def save(model: LinearModel, folder: Path, name: str) -> None:
    """Write the arrays and their card; the same model gives the same bytes."""
    weights = model.weights
    kept = np.flatnonzero(np.abs(weights).max(axis=1) > 0)
    np.savez_compressed(
        folder / f"{name}.npz",
        features=kept.astype(np.int32),
        weights=weights[kept].astype(np.float16),
    )
    text = json.dumps(model.card, indent=1, ensure_ascii=False) + "\n"
    (folder / f"{name}.json").write_text(text, "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parents[1] / "models", help="where models go"
    )
    parser.add_argument("--only", choices=("th", "en"), help="train only one of the two")
    arguments = parser.parse_args()
    with threadpool_limits(1):  # sums in one order, whatever the number of cores
        for language, (load, recipe) in PLANS.items():
            if arguments.only in (None, language):
                part, held_out = load(arguments.data, recipe.labels)
                print(f"sentiment_{language}: {len(part.texts)} texts", flush=True)
                model = train(part, recipe)
                model.card["held_out"] = measured(model, held_out)
                save(model, arguments.out, f"sentiment_{language}")
                print(json.dumps(model.card, indent=1), flush=True)


if __name__ == "__main__":
    main()
