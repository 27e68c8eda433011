"""What corrections teach: accuracy on posts of a kind that the model was not trained on.

Three cases, each with the model trained without the posts in question. A trade: the posts of one
trade in Wisesight's train part. A policy: a workspace that judges some posts in another way than
the corpus (all talk of prices is negative, say), made by a rule over the true labels. Intents: a
workspace that calls each negative post a complaint and each positive one praise, by true labels.

A part of the posts is the test; corrections are drawn from the rest, at random or as
`krasae label --next` shows them. What was chosen (the features of a layer, its strengths, which
posts to correct) was chosen on TRIED; the figures to report are those of REPORTED.
"""

import argparse
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from nlp.enrich import Enricher
from nlp.features import SIZE, Features
from nlp.learning import Lesson, learn, learn_intents, matrix
from nlp.model import Intent, SentimentLabel
from nlp.sentiment import Floats, Layer, LinearModel, label_of
from nlp.settings import NlpSettings
from nlp.taught import INPUTS, INTENTS, IntentBase, Taught
from nlp.training.sentiment import PLANS, Labels, counted, fit

SIZES = (50, 100, 200, 500, 1000)
USUAL = 200
DRAWS = 10
TEST = 0.4  # of the posts
MOST = 4000  # posts of a workspace
SEED = 7

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Policy:
    """Posts with these words and one of these labels get another label in this workspace."""

    language: str
    words: str
    labels: tuple[SentimentLabel, ...]
    label: SentimentLabel

    def judged(self, text: str, label: SentimentLabel) -> SentimentLabel:
        """The label that the workspace gives."""
        if label in self.labels and re.search(self.words, text, re.IGNORECASE):
            return self.label
        return label


TRADES_TRIED = {
    "beer": "เบียร์|ช้าง|ลีโอ|สิงห์|ไฮเนเก้น|heineken|beer",
    "food": "กิน|อร่อย|อาหาร|ร้าน",
    "snacks": "นม|ขนม|ไอติม|ไอศกรีม|ช็อกโกแลต",
    "shops": "เซเว่น|7-11|7-eleven|โลตัส|บิ๊กซี|big c|เซ็นทรัล|makro|แม็คโคร",
    "babies, pets": "ลูกน้อย|คุณแม่|นมผง|แมว|หมา|สุนัข",
}
TRADES_REPORTED = {
    "cars": "นิสสัน|nissan|โตโยต้า|toyota|มาสด้า|mazda|ฮอนด้า|honda|ฟอร์ด|ford|อีซูซุ|isuzu|กระบะ",
    "cosmetics": "innisfree|อินนิสฟรี|ครีม|ลิป|แป้ง|กันแดด|เครื่องสำอาง|เซรั่ม|โลชั่น",
    "restaurants": "เอ็มเค|\\bmk\\b|บาร์บีก้อน|บาบีก้อน|ชาบู|hotpot|สุกี้|ปิ้งย่าง",
    "health, homes": "โรงพยาบาล|รพ\\.|หมอ|คอนโด|แสนสิริ|บ้านจัดสรร",
}
POLICIES_TRIED = {
    "promotions are neutral": Policy(
        "th",
        "โปร|ส่วนลด|ลดราคา|ฟรี|แจก|ลุ้น|ร่วมสนุก|สนใจ|ราคาพิเศษ|พร้อมส่ง",
        ("negative", "positive"),
        "neutral",
    ),
    "wishes are positive": Policy("th", "อยาก|ต้องการ|รอ.{0,6}เลย", ("neutral",), "positive"),
    "short posts are neutral": Policy("th", "^.{0,19}$", ("negative", "positive"), "neutral"),
}
POLICIES_REPORTED = {
    "as the corpus does": Policy("th", "(?!)", (), "neutral"),
    "price talk is negative": Policy("th", "แพง|ราคา|บาท|เงิน", ("neutral", "positive"), "negative"),
    "questions are negative": Policy(
        "th", "\\?|ไหม|มั้ย|ทำไม|เมื่อไหร่|ยังไง|หรอ|เหรอ|ป่ะ|ปะ", ("neutral",), "negative"
    ),
    "links are neutral": Policy("th", "https?://|www", ("negative", "positive"), "neutral"),
    "as the corpus does (en)": Policy("en", "(?!)", (), "neutral"),
    "fan talk is neutral": Policy("en", "\\blove|\\bbest|happy|birthday", ("positive",), "neutral"),
    "news is negative": Policy(
        "en",
        "\\bsays?\\b|report|news|against|trump|obama|isis|police|attack|killed",
        ("neutral",),
        "negative",
    ),
    "exclaiming is positive": Policy("en", "!", ("neutral",), "positive"),
}


class Case:
    """Posts of one kind, their labels, and a model that has seen none of them."""

    def __init__(
        self,
        base: LinearModel,
        found: Features,
        sentiments: Sequence[SentimentLabel],
        here: Rows,
    ) -> None:
        self.base = base
        self.here = np.sort(here)
        self.found = some_of(found, self.here)
        self.rows = matrix(self.found)
        self.logits = base.logits(self.found)
        self.labels = [sentiments[row] for row in self.here]
        self._names = [label_of(name) for name in base.labels]
        self._true = np.array([[name == label for name in self._names] for label in self.labels])

    def split(self, seed: int) -> tuple[Rows, Rows]:
        """The posts to correct, in random order, and those of the test."""
        order = np.random.default_rng(seed).permutation(len(self.here))
        count = int(len(order) * TEST)
        return order[count:], order[:count]

    def shown(self, pool: Rows) -> Rows:
        """The posts as `krasae label --next` shows them: the least sure one, a random one ..."""
        chances = self.base.calibrated(self.logits[pool])
        merged = chances @ np.array([[a == b for b in self._names] for a in self._names])
        chosen = self.base.choices(chances)
        unsure = pool[np.argsort(merged[np.arange(len(pool)), chosen], kind="stable")]
        both = np.stack([unsure, pool], axis=1).ravel()
        first = np.sort(np.unique(both, return_index=True)[1])
        found: Rows = both[first]
        return found

    def right(self, rows: Rows, added: Floats | float = 0.0) -> float:
        """The share of posts that get their sentiment, with what a layer adds."""
        chosen = self.base.choices(self.base.calibrated(self.logits[rows] + added))
        return float(self._true[rows, chosen].mean())

    def draw(self, seed: int, size: int, *, shown: bool = False) -> "Result":
        """Correct so many posts, learn, and look at the test."""
        pool, test = self.split(seed)
        corrected = (self.shown(pool) if shown else pool)[:size]
        labels = [self.labels[row] for row in corrected]
        lesson = learn(self.base, some_of(self.found, corrected), labels)
        added = self.rows[test] @ spread(lesson.layer) + lesson.layer.bias
        return Result(self.right(test), self.right(test, added), lesson)


def some_of(found: Features, rows: Rows) -> Features:
    """The features of these texts, in the order of `rows`."""
    first = np.searchsorted(found.text, rows)
    last = np.searchsorted(found.text, rows, side="right")
    kept = np.concatenate([np.arange(*ends) for ends in zip(first, last, strict=True)])
    text = np.repeat(np.arange(len(rows)), last - first)
    return Features(len(rows), text, found.feature[kept])


def spread(layer: Layer) -> Floats:
    """A layer's weights in the place of each feature, inputs of intents included."""
    weights = np.zeros((SIZE + INPUTS, layer.deltas.shape[1]))
    weights[layer.features] = layer.deltas
    return weights[: SIZE if layer.features.max() < SIZE else None]


@dataclass(frozen=True)
class Result:
    """One draw: accuracy on the test before and after, and the lesson."""

    before: float
    after: float
    lesson: Lesson


class Corpus:
    """The training part of a language, and models of all but some of it."""

    def __init__(self, data: Path, language: str) -> None:
        load, self.recipe = PLANS[language]
        self.part, _ = load(data, self.recipe.labels)
        self.found = counted(self.part.texts)
        self.rows = matrix(self.found)
        self.card = LinearModel.shipped(language).card

    def sentiments(self, policy: Policy | None = None) -> list[SentimentLabel]:
        """The true labels, or what the policy makes of them."""
        true = [label_of(self.recipe.labels[label]) for label in self.part.labels]
        if policy is None:
            return true
        pairs = zip(self.part.texts, true, strict=True)
        return [policy.judged(text, label) for text, label in pairs]

    def speaks(self, words: str) -> NDArray[np.bool_]:
        """Which texts hold these words."""
        return np.array([bool(re.search(words, text, re.IGNORECASE)) for text in self.part.texts])

    def half(self) -> NDArray[np.bool_]:
        """Half of the texts, at random."""
        return np.random.default_rng(SEED).random(len(self.part.texts)) < 0.5

    def model(self, seen: NDArray[np.bool_], labels: Labels | None = None) -> LinearModel:
        """A model trained on these texts alone."""
        true = self.part.labels if labels is None else labels
        weights, intercept = fit(self.rows[seen], true[seen], self.recipe)
        return LinearModel(
            weights.astype(np.float32), self.card | {"intercept": intercept.tolist()}
        )


def trades(corpus: Corpus, words: Mapping[str, str]) -> Iterator[tuple[str, Case]]:
    """A case for each trade."""
    for name, some in words.items():
        inside = corpus.speaks(some)
        yield (
            name,
            Case(corpus.model(~inside), corpus.found, corpus.sentiments(), np.flatnonzero(inside)),
        )


def policies(corpus: Corpus, chosen: Mapping[str, Policy]) -> Iterator[tuple[str, Case]]:
    """A case for each policy: the model is trained on one half, the workspace has the other."""
    inside = corpus.half()
    base = corpus.model(~inside)
    here = np.random.default_rng(SEED).permutation(np.flatnonzero(inside))[:MOST]
    for name, policy in chosen.items():
        yield name, Case(base, corpus.found, corpus.sentiments(policy), here)


@dataclass(frozen=True)
class IntentCase:
    """Posts that the base model has not seen, and what a workspace calls them."""

    found: Features
    inputs: Floats
    truth: Sequence[Intent]

    def draw(self, seed: int, size: int) -> Result:
        """Correct so many posts, learn, and look at two fifths of all."""
        order = np.random.default_rng(seed).permutation(len(self.truth))
        test, rows = order[: int(len(order) * TEST)], order[int(len(order) * TEST) :][:size]
        lesson = learn_intents(
            some_of(self.found, rows), self.inputs[rows], [self.truth[row] for row in rows]
        )
        base = IntentBase()
        read = sparse.hstack(
            [matrix(some_of(self.found, test)), sparse.csr_array(self.inputs[test])], format="csr"
        )
        logits = base.logits(self.inputs[test])
        added = read @ spread(lesson.layer) + lesson.layer.bias
        true = np.array([INTENTS.index(self.truth[row]) for row in test])
        before, after = (
            float(np.mean(base.choices(base.calibrated(some)) == true))
            for some in (logits, logits + added)
        )
        return Result(before, after, lesson)


def intents(corpus: Corpus, language: str) -> IntentCase:
    """A workspace in which feelings are intents: what is negative complains, and so on.

    The labels are the corpus's; what a neutral post is for, the rules say.
    """
    inside = corpus.half()
    rows = np.random.default_rng(SEED).permutation(np.flatnonzero(inside))[:MOST]
    enricher = Enricher(NlpSettings(), Taught({language: corpus.model(~inside)}))
    found, inputs = enricher.intent_material([corpus.part.texts[row] for row in rows])
    felt: dict[str, Intent] = {
        "negative": "complaint",
        "positive": "praise",
        "question": "question",
    }
    names = [corpus.recipe.labels[corpus.part.labels[row]] for row in rows]
    rules = [INTENTS[one] for one in np.argmax(inputs[:, : len(INTENTS)], axis=1)]
    plain: list[Intent] = ["other" if rule in felt.values() else rule for rule in rules]
    truth = [felt.get(name, rule) for name, rule in zip(names, plain, strict=True)]
    return IntentCase(found, inputs, truth)


def report_intents(name: str, case: IntentCase) -> None:
    """Print a line for each number of corrections."""
    for size in SIZES:
        results = [case.draw(seed, size) for seed in range(DRAWS)]
        lifts = [one.after - one.before for one in results]
        before = 100 * np.mean([one.before for one in results])
        kept = sum(one.lesson.helps for one in results)
        print(
            f"{name:>24} {size:5} {len(case.truth):6,} {before:6.1f}  {mean(lifts)}  "
            f"{kept:2} of {DRAWS}",
            flush=True,
        )


def retrained(corpus: Corpus, case: Case, seed: int) -> float:
    """Accuracy on the test of a model trained anew with USUAL corrections among its texts."""
    pool, test = case.split(seed)
    seen = np.ones(len(corpus.part.texts), bool)
    seen[case.here] = False
    names = list(corpus.recipe.labels)
    labels = corpus.part.labels.copy()
    for one in pool[:USUAL]:
        row, label = case.here[one], case.labels[one]
        seen[row] = True
        if label_of(names[labels[row]]) != label:
            labels[row] = names.index(label)
    model = corpus.model(seen, labels)
    anew = Case(model, corpus.found, corpus.sentiments(), case.here[test])
    chosen = model.choices(model.calibrated(anew.logits))
    return float(
        np.mean(
            [
                label_of(names[c]) == case.labels[t]
                for c, t in zip(chosen, np.sort(test), strict=True)
            ]
        )
    )


def mean(values: Sequence[float]) -> str:
    """Mean and its 95 % interval over the draws (normal), in points."""
    points = 100 * np.asarray(values)
    return f"{points.mean():+5.1f} ±{1.96 * points.std(ddof=1) / np.sqrt(len(points)):.1f}"


def report(name: str, case: Case, retrain: Callable[[], float] | None) -> None:
    """Print a line for each number of corrections that leaves a test."""
    for size in SIZES:
        if size > len(case.split(0)[0]):
            break
        results = [case.draw(seed, size) for seed in range(DRAWS)]
        shown = [case.draw(seed, size, shown=True) for seed in range(DRAWS)]
        lifts = [one.after - one.before for one in results]
        line = (
            f"{name:>24} {size:5} {len(case.here):6,} "
            f"{100 * np.mean([one.before for one in results]):6.1f}  {mean(lifts)}  "
            f"{sum(one.lesson.helps for one in results):2} of {DRAWS}  "
            f"{mean([one.lesson.helps * lift for one, lift in zip(results, lifts, strict=True)])}  "
            f"{mean([one.after - one.before for one in shown])}  "
            f"{sum(one.lesson.helps for one in shown):2} of {DRAWS}"
        )
        if size == USUAL and retrain is not None:
            line += f"  {100 * (retrain() - results[0].before):+.1f} (here {100 * lifts[0]:+.1f})"
        print(line, flush=True)


def main() -> None:
    """Print a table of trades, one of policies, and one of intents."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("data", type=Path, help="a folder with wisesight/ and semeval2017/")
    arguments.add_argument("--tried", action="store_true", help="what the choices were made on")
    arguments.add_argument(
        "--retrain", action="store_true", help="also train anew with the first draw's corrections"
    )
    chosen = arguments.parse_args()
    print("posts to correct, all posts, accuracy before, lift in points (95 % of the mean);")
    print("how often kept, and the lift then; the same two for the posts that --next shows; the")
    print("lift of training anew (first draw)")
    some_trades = TRADES_TRIED if chosen.tried else TRADES_REPORTED
    some_policies = POLICIES_TRIED if chosen.tried else POLICIES_REPORTED
    for language in PLANS:
        corpus = Corpus(chosen.data, language)
        if language == "th":
            _all(corpus, trades(corpus, some_trades), retrain=chosen.retrain)
        own = {key: one for key, one in some_policies.items() if one.language == language}
        if own:
            _all(corpus, policies(corpus, own), retrain=chosen.retrain)
        if not chosen.tried:
            report_intents(f"intents ({language})", intents(corpus, language))


def _all(corpus: Corpus, cases: Iterator[tuple[str, Case]], *, retrain: bool) -> None:
    for name, case in cases:

        def anew(case: Case = case) -> float:
            return retrained(corpus, case, 0)

        report(name, case, anew if retrain else None)


if __name__ == "__main__":
    main()
