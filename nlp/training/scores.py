"""How good predictions are, with the uncertainty of the measurement."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_BINS = 15
_RESAMPLES = 1000
_SEED = 7


def report(labels: Ints, chosen: Ints, chances: Floats) -> dict[str, float]:
    """Accuracy, macro-F1, macro-recall, and the calibration error of the chosen label."""
    recall, f1 = _by_class(labels, chosen, chances.shape[1])
    accuracy = float((labels == chosen).mean())
    return {
        "texts": float(len(labels)),
        "accuracy": round(accuracy, 4),
        "macro_f1": round(float(f1.mean()), 4),
        "macro_recall": round(float(recall.mean()), 4),
        "calibration_error": round(calibration_error(labels, chosen, chances), 4),
    }


def _by_class(labels: Ints, chosen: Ints, classes: int) -> tuple[Floats, Floats]:
    table = np.zeros((classes, classes))
    np.add.at(table, (labels, chosen), 1)
    right = np.diag(table)
    recall = right / np.maximum(table.sum(axis=1), 1)
    precision = right / np.maximum(table.sum(axis=0), 1)
    return recall, 2 * recall * precision / np.maximum(recall + precision, 1e-12)


def calibration_error(labels: Ints, chosen: Ints, chances: Floats) -> float:
    """Expected calibration error over equal-width bins (Naeini et al. 2015)."""
    sure = chances[np.arange(len(chosen)), chosen]
    right = labels == chosen
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    error = 0.0
    for number in np.unique(bins):
        inside = bins == number
        error += inside.mean() * abs(float(right[inside].mean()) - float(sure[inside].mean()))
    return float(error)


def interval(labels: Ints, chosen: Ints, chances: Floats, measure: str) -> tuple[float, float]:
    """The 95 % bootstrap interval of a measure of `report`."""
    random = np.random.default_rng(_SEED)
    found = []
    for _ in range(_RESAMPLES):
        rows = random.integers(0, len(labels), len(labels))
        found.append(report(labels[rows], chosen[rows], chances[rows])[measure])
    low, high = np.quantile(found, (0.025, 0.975))
    return round(float(low), 4), round(float(high), 4)
