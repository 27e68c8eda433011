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
    found = _measures(_confusion(labels, chosen, chances.shape[1]))
    return {
        "texts": len(labels),
        **{name: round(float(value), 4) for name, value in found.items()},
        "calibration_error": round(calibration_error(labels, chosen, chances), 4),
    }


def intervals(labels: Ints, chosen: Ints, classes: int) -> dict[str, tuple[float, float]]:
    """The 95 % bootstrap intervals of accuracy, macro-F1 and macro-recall."""
    table = _confusion(labels, chosen, classes)
    # Drawing texts with replacement is drawing the cells of the table.
    share = (table / table.sum()).ravel()
    drawn = np.random.default_rng(_SEED).multinomial(len(labels), share, _RESAMPLES)
    found = _measures(drawn.reshape(-1, classes, classes).astype(float))
    ends = {name: np.quantile(values, (0.025, 0.975)) for name, values in found.items()}
    return {
        name: (round(float(low), 4), round(float(high), 4)) for name, (low, high) in ends.items()
    }


def _confusion(labels: Ints, chosen: Ints, classes: int) -> Floats:
    table = np.zeros((classes, classes))
    np.add.at(table, (labels, chosen), 1)
    return table


def _measures(tables: Floats) -> dict[str, Floats]:
    """Of one table of true by chosen label, or of many."""
    right = np.diagonal(tables, axis1=-2, axis2=-1)
    recall = right / np.maximum(tables.sum(axis=-1), 1)
    precision = right / np.maximum(tables.sum(axis=-2), 1)
    f1 = 2 * recall * precision / np.maximum(recall + precision, 1e-12)
    return {
        "accuracy": right.sum(axis=-1) / tables.sum(axis=(-2, -1)),
        "macro_f1": f1.mean(axis=-1),
        "macro_recall": recall.mean(axis=-1),
    }


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
