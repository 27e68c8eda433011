"""What 200 corrections teach: the accuracy on a domain that the model was not trained on.

`python -m benchmarks.learning FOLDER`, the folder holding `wisesight/train.jsonl.gz` (the
Wisesight Sentiment Corpus). For each domain the base model is trained on all other posts; then
200 posts of the domain, drawn at random, are its corrections, and the rest of the domain is the
test. The strength of the prior was chosen on TRIED, the figures to report are of REPORTED.
"""

import argparse
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

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
    "health and homes": "โรงพยาบาล|รพ\\.|หมอ|คอนโด|แสนสิริ|บ้านจัดสรร",
}


def measure(folder: Path, domains: dict[str, str], draws: int = DRAWS) -> list[dict[str, object]]:
    """One row per domain: accuracy before and after, with the spread over the draws."""
    from nlp.training.sentiment import THAI, counted, wisesight

    part, _ = wisesight(folder, THAI.labels)
    found = counted(part.texts)
    return [
        _domain(name, re.compile(words, re.IGNORECASE), part.texts, part.labels, found, draws)
        for name, words in domains.items()
    ]


def _domain(
    name: str,
    words: "re.Pattern[str]",
    texts: Sequence[str],
    labels: "np.ndarray",
    found: object,
    draws: int,
) -> dict[str, object]:
    from nlp.learning import FEWEST, learn, matrix
    from nlp.sentiment import LinearModel, label_of
    from nlp.training.sentiment import THAI, fit

    inside = np.array([bool(words.search(text)) for text in texts])
    rows = matrix(found)
    weights, intercept = fit(rows[~inside], labels[~inside], THAI)
    shipped = LinearModel.shipped("th")
    card = shipped.card | {"intercept": intercept.tolist()}
    base = LinearModel(weights.astype(np.float32), card)
    sentiments = [label_of(THAI.labels[label]) for label in labels]
    here = np.flatnonzero(inside)
    results = []
    for draw in range(draws):
        order = np.random.default_rng(draw).permutation(here)
        taught, test = np.sort(order[:CORRECTIONS]), np.sort(order[CORRECTIONS:])
        lesson = learn(base, _some(found, taught), [sentiments[i] for i in taught])
        better = base.with_layer(lesson.layer)
        truth = [sentiments[i] for i in test]
        some = _some(found, test)
        results.append(
            (_accuracy(base, some, truth), _accuracy(better, some, truth), lesson.helps)
        )
    before, after = (np.array([row[i] for row in results]) for i in (0, 1))
    return {
        "domain": name,
        "posts": len(here),
        "before": before.mean(),
        "after": after.mean(),
        "lift": (after - before).mean(),
        "least": (after - before).min(),
        "kept": sum(row[2] for row in results),
    }


def _some(found: object, chosen: "np.ndarray") -> object:
    from nlp.features import Features

    at = np.searchsorted(found.text, chosen)
    ends = np.searchsorted(found.text, chosen, side="right")
    keep = np.concatenate([np.arange(a, b) for a, b in zip(at, ends, strict=True)])
    text = np.repeat(np.arange(len(chosen)), ends - at)
    return Features(len(chosen), text, found.feature[keep])


def _accuracy(model: object, found: object, truth: Sequence[str]) -> float:
    from nlp.sentiment import label_of

    chosen = model.choices(model.probabilities(found))
    return float(
        np.mean([label_of(model.labels[c]) == t for c, t in zip(chosen, truth, strict=True)])
    )


if __name__ == "__main__":
    import sys, time
    import nlp.learning as L
    with threadpool_limits(1):
        for strength in (float(x) for x in sys.argv[2:]):
            L._STRENGTH = strength
            for row in measure(Path(sys.argv[1]), TRIED, 3): print(strength, row, flush=True)
