"""How good and how fast embeddings are: the shipped one, TF-IDF with and without LSA, MiniLM.

    python -m benchmarks.embedding DATA [--posts 1500] [--only shipped,minilm] [--json]

DATA is the folder that `nlp/training/embeddings.py` reads, and `hackernews/`. Measured is what
the shipped embedding did not see: every second Reddit post, Hacker News, every fourth ThaiGov
release, Wisesight valid, every fifth pair of words and 40 pairs of posts. TF-IDF may see what it
is measured on. Clusters are the mean of ten k-means starts; intervals are bootstrapped, of 95 %.
MiniLM takes part where krasae[embeddings] is installed; --only takes the folder of a model too.
"""

import argparse
import gzip
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from listener.errors import SettingsError
from nlp.embeddings import Words, embedding

SUBJECTS = (
    "ด้านเศรษฐกิจ",
    "ด้านสังคม",
    "ด้านความมั่นคง",
    "ด้านวัฒนธรรมท่องเที่ยวฯ",
    "ด้านกฎหมายฯ",
    "ด้านการศึกษาฯ",
)
RUNS = 10
DRAWS = 200
NEIGHBOURS = 10
SEED = 3
NAMES = ("shipped", "tfidf", "tfidf-lsa", "minilm")
Encode = Callable[[Sequence[str]], Any]
PARALLEL = Path(__file__).parent / "data" / "parallel_posts.tsv"


def rows_of(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file]


def encoder(name: str) -> Encode:
    """Texts to comparable rows; TF-IDF is fitted on what it is given."""
    if not name.startswith("tfidf"):
        return embedding(name).encode
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    words = Words()

    def encode(texts: Sequence[str]) -> Any:
        rows = TfidfVectorizer(analyzer=words.words, min_df=2, sublinear_tf=True).fit_transform(
            texts
        )
        if name == "tfidf":
            return rows
        size = min(256, rows.shape[1] - 1)
        return normalize(TruncatedSVD(size, random_state=SEED).fit_transform(rows))

    return encode


def interval(right: Any, measure: Callable[[Any], float] = np.mean) -> list[float]:
    """A measure of rows, and its 95 % bootstrap interval."""
    chance = np.random.default_rng(SEED)
    right = np.asarray(right)
    drawn = [measure(right[chance.integers(0, len(right), len(right))]) for _ in range(300)]
    return [round(float(x), 3) for x in (measure(right), *np.quantile(drawn, (0.025, 0.975)))]


def clusters(rows: Any, labels: Any) -> dict[str, list[float]]:
    """NMI and ARI of k-means against the labels: mean of RUNS starts, and a 95 % interval.

    Its width is that of draws of a start and, with it, of posts: mean ± 1.96 deviations.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    found = [
        KMeans(len(set(labels)), n_init=1, random_state=run).fit_predict(rows)
        for run in range(RUNS)
    ]
    chance = np.random.default_rng(SEED)
    report = {}
    for name, score in (("nmi", normalized_mutual_info_score), ("ari", adjusted_rand_score)):
        mean = np.mean([score(labels, one) for one in found])
        drawn = []
        for draw in range(DRAWS):
            chosen = chance.integers(0, len(labels), len(labels))
            drawn.append(score(labels[chosen], found[draw % RUNS][chosen]))
        around = 1.96 * np.std(drawn)
        report[name] = [round(float(x), 3) for x in (mean, mean - around, mean + around)]
    return report


def nearest(rows: Any, labels: Any, train: int) -> Any:
    """The label of each row after the first `train`, by its nearest ones among those."""
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(NEIGHBOURS, metric="cosine", algorithm="brute")
    return model.fit(rows[:train], labels[:train]).predict(rows[train:])


def macro_f1(pairs: Any) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(pairs[:, 0], pairs[:, 1], average="macro"))


def reddit(encode: Encode, data: Path, posts: int) -> dict[str, Any]:
    rows = rows_of(data / "reddit" / "posts_20_subreddits.jsonl.gz")[1::2]
    chosen = np.random.default_rng(SEED).permutation(len(rows))[:posts]
    texts = [(rows[i]["title"] + "\n" + (rows[i]["selftext"] or "")).strip()[:300] for i in chosen]
    labels = np.array([rows[i]["subreddit"] for i in chosen])
    return clusters(encode(texts), labels)


def hackernews(encode: Encode, data: Path, posts: int) -> dict[str, Any]:
    """Of titles with one address but other words: is the other among the ten nearest?"""
    by_address: defaultdict[str, dict[str, str]] = defaultdict(dict)
    rest = []
    for row in rows_of(data / "hackernews" / "stories_2016_2018.jsonl.gz"):
        if row["title"]:
            by_address[row["url"] or row["id"]].setdefault(row["title"].casefold(), row["title"])
    pairs = []
    for titles in by_address.values():
        first, *others = titles.values()
        if others:
            pairs.append((first, others[0]))
        else:
            rest.append(first)
    chance = np.random.default_rng(SEED)
    pairs = [pairs[i] for i in chance.permutation(len(pairs))[: posts // 4]]
    rest = [rest[i] for i in chance.permutation(len(rest))[: 2 * posts]]
    rows = encode([one for one, _ in pairs] + [other for _, other in pairs] + rest)
    scores = rows[: len(pairs)] @ rows[len(pairs) :].T
    scores = np.asarray(scores.todense() if hasattr(scores, "todense") else scores)
    better = (scores > np.diagonal(scores)[:, None]).sum(axis=1)
    return {"recall@1": interval(better < 1), "recall@10": interval(better < 10)}


def thaigov(encode: Encode, data: Path, posts: int) -> dict[str, Any]:
    rows = rows_of(data / "thaigov" / "releases_2020_2023.jsonl.gz")[3::4]
    rows = [row for row in rows if row["category"] in SUBJECTS]
    rows = [rows[i] for i in np.random.default_rng(SEED).permutation(len(rows))[: 2 * posts]]
    labels = np.array([row["category"] for row in rows])
    half = len(rows) // 2
    found = encode([row["text"][:200] for row in rows])
    right = nearest(found, labels, half) == labels[half:]
    return {**clusters(found[half:], labels[half:]), "knn accuracy": interval(right)}


def wisesight(encode: Encode, data: Path, posts: int) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression

    train = rows_of(data / "wisesight" / "train.jsonl.gz")
    train = [train[i] for i in np.random.default_rng(SEED).permutation(len(train))[: 2 * posts]]
    rows = train + rows_of(data / "wisesight" / "valid.jsonl.gz")
    labels = np.array([row["label"] for row in rows])
    found = encode([row["text"] for row in rows])
    cut = len(train)
    probe = LogisticRegression(C=10, max_iter=500).fit(found[:cut], labels[:cut])
    guesses = {
        "probe macro-f1": probe.predict(found[cut:]),
        "knn macro-f1": nearest(found, labels, cut),
    }
    return {
        name: interval(np.column_stack([labels[cut:], guess]), macro_f1)
        for name, guess in guesses.items()
    }


def across(encode: Encode, data: Path, posts: int) -> dict[str, Any]:
    """Is the Thai for an English text the nearest, or among ten: words held out, and posts."""
    from nlp.training.embeddings import held_out, pairs

    lines = PARALLEL.read_text("utf-8").splitlines()
    sets = {
        "words": [pair for pair in pairs() if held_out(pair)],
        "posts": [tuple(line.split("\t")) for line in lines],
    }
    found = {}
    for name, some in sets.items():
        rows = encode([one for one, *_ in some] + [other for _, other in some])
        scores = rows[: len(some)] @ rows[len(some) :].T
        scores = np.asarray(scores.todense() if hasattr(scores, "todense") else scores)
        own = np.diagonal(scores)[:, None]
        # A row of zeros is as near to all: found is only what is nearer than the others.
        better = (scores >= own).sum(axis=1) - 1
        for most in (1, 10):
            found[f"{name} {len(some)} @{most}"] = interval(better < most)
        if name == "posts":
            found |= in_one_pool(rows, len(some))
    return found


def in_one_pool(rows: Any, pairs: int) -> dict[str, list[float]]:
    """The same where posts of one's own language are in the way; and how near pairs lie."""
    scores = np.asarray(rows @ rows.T)
    own = scores[np.arange(2 * pairs), (np.arange(2 * pairs) + pairs) % (2 * pairs)]
    np.fill_diagonal(scores, -1)
    better = (scores >= own[:, None]).sum(axis=1) - 1
    others = scores[:pairs, pairs:][~np.eye(pairs, dtype=bool)]
    return {
        "both languages @1": interval(better < 1),
        "both languages @10": interval(better < 10),
        "cosine of pairs": interval(own[:pairs]),
        "cosine of others": interval(others),
    }


def speed(encode: Encode, data: Path, posts: int) -> dict[str, Any]:
    """Posts a second of processor time, raw texts in, words and sums included."""
    sets = {
        "StockNet": ("stocknet/tweets_2014.jsonl.gz", "text"),
        "Wisesight": ("wisesight/train.jsonl.gz", "text"),
        "Hacker News": ("hackernews/stories_2016_2018.jsonl.gz", "title"),
    }
    encode(["It's ready", "พร้อม"])
    found = {}
    for name, (path, field) in sets.items():
        texts = [row[field] for row in rows_of(data / path)[: 10 * posts] if row[field]]
        start = time.process_time()
        done = 0
        while done < len(texts) and time.process_time() - start < 5:
            encode(texts[done : done + 1000])
            done += 1000
        found[name] = round(min(done, len(texts)) / (time.process_time() - start))
    return found


MEASURES = {
    "Reddit, 20 subreddits": reddit,
    "Hacker News, same address": hackernews,
    "ThaiGov, 6 subjects": thaigov,
    "Wisesight": wisesight,
    "Thai for English": across,
    "posts a second": speed,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--posts", type=int, default=1500)
    parser.add_argument("--only", default=",".join(NAMES), help="which embeddings, by comma")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    report: dict[str, dict[str, Any]] = {}
    for name in args.only.split(","):
        try:
            encode = encoder(name)
        except SettingsError as error:
            print(f"{name}: left out. {error}", file=sys.stderr)
            continue
        report[name] = {}
        for title, measure in MEASURES.items():
            if name.startswith("tfidf") and measure in (across, speed):
                continue
            report[name][title] = measure(encode, args.data, args.posts)
            if not args.json:
                print(f"{name:10} {title:28} {report[name][title]}", flush=True)
    if args.json:
        print(json.dumps(report, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
