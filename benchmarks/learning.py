"""What 200 corrections teach: the accuracy on a domain that the model was not trained on.

The Wisesight Sentiment Corpus, its train part. For each domain the base model is trained on all
other posts; then 200 posts of the domain, drawn at random, are its corrections, and the rest of
the domain is the test. The strength of the prior (nlp/learning.py) was chosen on TRIED; the
figures to report are those of REPORTED.
"""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.features import Features
from nlp.learning import learn, matrix
from nlp.model import SentimentLabel
from nlp.sentiment import LinearModel, label_of

CORRECTIONS = 200
DRAWS = 5
TRIED = {
    "beer": "เบียร์|ช้าง|ลีโอ|สิงห์|ไฮเนเก้น|heineken|beer",
    "food": "กิน|อร่อย|อาหาร|ร้าน",
}
REPORTED = {
    "cars": "นิสสัน|nissan|โตโยต้า|toyota|มาสด้า|mazda|ฮอนด้า|honda|ฟอร์ด|ford|อีซูซุ|isuzu|กระบะ",
    "cosmetics": "innisfree|อินนิสฟรี|ครีม|ลิป|แป้ง|กันแดด|เครื่องสำอาง|เซรั่ม|โลชั่น",
    "restaurants": "เอ็มเค|\\bmk\\b|บาร์บีก้อน|บาบีก้อน|ชาบู|hotpot|สุกี้|ปิ้งย่าง",
    "health, homes": "โรงพยาบาล|รพ\\.|หมอ|คอนโด|แสนสิริ|บ้านจัดสรร",
}

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Domain:
    """Posts of one trade (`here`), and a model that has seen all others."""

    base: LinearModel
    found: Features
    sentiments: Sequence[SentimentLabel]
    here: Rows

    def some(self, rows: Rows) -> tuple[Features, list[SentimentLabel]]:
        """These posts."""
        first = np.searchsorted(self.found.text, rows)
        last = np.searchsorted(self.found.text, rows, side="right")
        kept = np.concatenate([np.arange(*ends) for ends in zip(first, last, strict=True)])
        text = np.repeat(np.arange(len(rows)), last - first)
        features = Features(len(rows), text, self.found.feature[kept])
        return features, [self.sentiments[row] for row in rows]

    def taught(self, seed: int) -> tuple[float, float, bool]:
        """Accuracy on the test before and after, and whether the layer would be kept."""
        order = np.random.default_rng(seed).permutation(self.here)
        lesson = learn(self.base, *self.some(np.sort(order[:CORRECTIONS])))
        test = self.some(np.sort(order[CORRECTIONS:]))
        better = self.base.with_layer(lesson.layer)
        return accuracy(self.base, *test), accuracy(better, *test), lesson.helps


def accuracy(model: LinearModel, found: Features, truth: Sequence[SentimentLabel]) -> float:
    """The share of texts that get their sentiment."""
    chosen = model.choices(model.probabilities(found))
    right = [label_of(model.labels[c]) == label for c, label in zip(chosen, truth, strict=True)]
    return float(np.mean(right))


def main() -> None:
    """Print a line for each domain."""
    from nlp.training.sentiment import THAI, counted, fit, wisesight

    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("data", type=Path, help="a folder with wisesight/")
    arguments.add_argument("--tried", action="store_true", help="the domains it was chosen on")
    chosen = arguments.parse_args()
    part, _ = wisesight(chosen.data, THAI.labels)
    found = counted(part.texts)
    rows = matrix(found)
    sentiments = [label_of(THAI.labels[label]) for label in part.labels]
    card = LinearModel.shipped("th").card
    print(f"{CORRECTIONS} corrections, {DRAWS} draws of them; accuracy on the rest of the domain")
    for name, words in (TRIED if chosen.tried else REPORTED).items():
        inside = np.array([bool(re.search(words, text, re.IGNORECASE)) for text in part.texts])
        weights, intercept = fit(rows[~inside], part.labels[~inside], THAI)
        base = LinearModel(weights.astype(np.float32), card | {"intercept": intercept.tolist()})
        domain = Domain(base, found, sentiments, np.flatnonzero(inside))
        results = np.array([domain.taught(seed) for seed in range(DRAWS)])
        before, after, kept = results.T
        lift = after - before
        gated = np.where(kept > 0, lift, 0.0)
        print(
            f"{name:>14}: {len(domain.here):5,} posts, {before.mean():.3f} before, "
            f"{after.mean():.3f} after, lift {lift.mean():+.4f} ({lift.min():+.4f} to "
            f"{lift.max():+.4f}); kept {kept.sum():.0f} of {DRAWS}, so {gated.mean():+.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
