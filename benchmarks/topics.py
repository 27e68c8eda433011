"""How good topics are: ours, plain BERTopic (MiniLM, its defaults), NMF and LDA, side by side.

    python -m benchmarks.topics DATA [--hackernews 20000] [--thaigov 10000] [--kept FOLDER] [--json]

DATA holds `reddit/`, `hackernews/` and `thaigov/`. Settings were chosen on the earlier half of
each; measured is the later half: Reddit whole (against its subreddits), Hacker News titles, and
Thai government releases (200 characters, against six subjects). Each method runs in a process of
its own. `all` counts outliers as one cluster, `assigned` leaves them out. NPMI is over the ten
first words of a topic, by the posts they stand in together; diversity is the share of such words
that only one topic has. NMF and LDA are told the number of our topics. --kept keeps what MiniLM
said in a folder, so that a second run is faster.
"""

import argparse
import json
import math
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.embedding import SUBJECTS, rows_of
from nlp.embeddings import embedding
from nlp.text import normalise
from nlp.tokens import Tokenizer
from nlp.topics.fit import fit
from nlp.topics.model import NONE

SEED = 1
WORDS = 10
THAI = re.compile("[\u0e01-\u0e5b]")
DEFAULT_WORD = re.compile(r"(?u)\b\w\w+\b")  # scikit-learn's


@dataclass(frozen=True)
class Corpus:
    name: str
    texts: list[str]
    labels: list[str]  # none for Hacker News


@dataclass(frozen=True)
class Found:
    topics: Any  # per text, -1 for an outlier
    words: list[list[str]]


def corpora(data: Path, hackernews: int, thaigov: int) -> list[Corpus]:
    """The later half of each; samples in order of time."""
    reddit = sorted(
        rows_of(data / "reddit" / "posts_20_subreddits.jsonl.gz"),
        key=lambda row: row["created_utc"],
    )
    reddit = reddit[len(reddit) // 2 :]
    posts = [(row["title"] + "\n" + (row["selftext"] or "")).strip()[:300] for row in reddit]
    stories = sorted(
        rows_of(data / "hackernews" / "stories_2016_2018.jsonl.gz"), key=lambda row: row["time"]
    )
    titles = [row["title"] for row in stories if row["title"]]
    releases = sorted(
        rows_of(data / "thaigov" / "releases_2020_2023.jsonl.gz"), key=lambda row: row["published"]
    )
    thai = [row for row in releases if row["category"] in SUBJECTS]
    thai = later(thai, thaigov)
    return [
        Corpus("Reddit", posts, [row["subreddit"] for row in reddit]),
        Corpus("Hacker News", later(titles, hackernews), []),
        Corpus("ThaiGov", [row["text"][:200] for row in thai], [row["category"] for row in thai]),
    ]


def later(rows: Sequence[Any], count: int) -> list[Any]:
    rows = rows[len(rows) // 2 :]
    chosen = np.random.default_rng(3).permutation(len(rows))[:count]
    return [rows[place] for place in np.sort(chosen)]


def first_words(terms: Sequence[str]) -> list[str]:
    """The first ten words of terms, phrases taken apart."""
    return list(dict.fromkeys(word for term in terms for word in term.split()))[:WORDS]


def ours(name: str) -> Callable[[Corpus, Any, int], Found]:
    def find(corpus: Corpus, vectors: Any, count: int) -> Found:
        found = fit(corpus.texts, vectors, embedding=name, seed=SEED)
        return Found(
            np.where(found.topics == NONE, -1, found.topics),
            [first_words(topic.terms) for topic in found.model.topics],
        )

    return find


def bertopic(corpus: Corpus, vectors: Any, count: int, analyzer: Any = None) -> Found:
    """Its defaults; UMAP is given a seed, so that the run can be repeated."""
    from bertopic import BERTopic
    from sklearn.feature_extraction.text import CountVectorizer
    from umap import UMAP

    reduce = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=SEED)
    count_words = CountVectorizer(analyzer=analyzer) if analyzer else CountVectorizer()
    model = BERTopic(umap_model=reduce, vectorizer_model=count_words)
    if analyzer:
        model.language = "multilingual"  # or it deletes all that is not Latin
    topics, _ = model.fit_transform(corpus.texts, embeddings=vectors)
    words = [
        [word for word, _ in model.get_topic(topic) if word][:WORDS]
        for topic in sorted(model.get_topics())
        if topic >= 0
    ]
    return Found(np.array(topics), words)


def bertopic_with_our_words(corpus: Corpus, vectors: Any, count: int) -> Found:
    return bertopic(corpus, vectors, count, words_of)


def decomposed(kind: str) -> Callable[[Corpus, Any, int], Found]:
    """NMF of TF-IDF or LDA of counts, with our words; a post is of its strongest topic."""

    def find(corpus: Corpus, vectors: Any, count: int) -> Found:
        from sklearn.decomposition import NMF, LatentDirichletAllocation
        from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

        read = {"NMF": TfidfVectorizer, "LDA": CountVectorizer}[kind](
            analyzer=words_of, min_df=3, max_df=0.5
        )
        rows = read.fit_transform(corpus.texts)
        model: Any = (
            NMF(count, random_state=SEED, max_iter=100)
            if kind == "NMF"
            else LatentDirichletAllocation(count, random_state=SEED, learning_method="online")
        )
        weights = model.fit_transform(rows)
        names = read.get_feature_names_out()
        words = [[names[i] for i in np.argsort(-row)[:WORDS]] for row in model.components_]
        topics = np.where(weights.max(axis=1) > 0, weights.argmax(axis=1), -1)
        return Found(topics, words)

    return find


_TOKENIZER: list[Tokenizer] = []


def words_of(text: str) -> list[str]:
    """Our words of a text, without stop words."""
    from nlp.language import LanguageFinder
    from nlp.terms import terms

    if not _TOKENIZER:
        _TOKENIZER.append(Tokenizer())
    clean = normalise(text)
    tokens = _TOKENIZER[0].tokens(clean)
    language = LanguageFinder().language(clean) if not clean.isascii() else "en"
    return [
        term
        for term in terms(tokens, known=_TOKENIZER[0].knows, language=language)
        if " " not in term
    ]


METHODS: dict[str, tuple[str, Callable[[Corpus, Any, int], Found]]] = {
    "ours": ("shipped", ours("shipped")),
    "ours, MiniLM": ("minilm", ours("minilm")),
    "BERTopic": ("minilm", bertopic),
    "BERTopic, our words": ("minilm", bertopic_with_our_words),
    "NMF": ("", decomposed("NMF")),
    "LDA": ("", decomposed("LDA")),
}


def npmi(topics: Sequence[Sequence[str]], texts: Sequence[str]) -> float:
    """The mean over topics of the mean NPMI of their words' pairs; -1 for a pair never together."""
    wanted = {word for words in topics for word in words}
    tokenizer = Tokenizer()
    # Methods cut Thai in different ways: such a word is said where its letters stand.
    thai = {word for word in wanted if THAI.search(word)}
    places: dict[str, set[int]] = {word: set() for word in wanted}
    for place, text in enumerate(texts):
        said = set(DEFAULT_WORD.findall(text.lower()))
        said |= {word for word, _ in tokenizer.tokens(normalise(text).casefold())}
        said |= {word for word in thai if word in text}
        for word in said & wanted:
            places[word].add(place)
    return float(np.mean([_coherence(words, places, len(texts)) for words in topics if words]))


def _coherence(words: Sequence[str], places: dict[str, set[int]], count: int) -> float:
    scores = []
    for at, one in enumerate(words):
        for other in words[:at]:
            both = len(places[one] & places[other]) / count
            if both == 0:
                scores.append(-1.0)
            elif both == 1:
                scores.append(0.0)
            else:
                apart = len(places[one]) * len(places[other]) / count**2
                scores.append(math.log(both / apart) / -math.log(both))
    return float(np.mean(scores)) if scores else 0.0


def measures(found: Found, corpus: Corpus) -> dict[str, float]:
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    words = [word for topic in found.words for word in topic]
    scores = {
        "topics": len(found.words),
        "outliers": float((found.topics < 0).mean()),
        "npmi": npmi(found.words, corpus.texts),
        "diversity": len(set(words)) / max(1, len(words)),
    }
    if corpus.labels:
        labels = np.array(corpus.labels)
        inside = found.topics >= 0
        for name, some in (("all", slice(None)), ("assigned", inside)):
            pair = labels[some], found.topics[some]
            scores[f"nmi {name}"] = float(normalized_mutual_info_score(*pair))
            scores[f"ari {name}"] = float(adjusted_rand_score(*pair))
    return {name: round(score, 3) for name, score in scores.items()}


def run(method: str, sets: Sequence[Corpus], kept: Path, counts: dict[str, int]) -> dict[str, Any]:
    """One method over all sets, in this process."""
    name, find = METHODS[method]
    report: dict[str, Any] = {}
    for corpus in sets:
        vectors = vectors_of(corpus, name, kept) if name else None
        start, used = time.perf_counter(), time.process_time()
        found = find(corpus, vectors, counts.get(corpus.name, 0))
        spent = time.perf_counter() - start, time.process_time() - used
        report[corpus.name] = {
            **measures(found, corpus),
            "seconds": round(spent[0], 1),
            "cpu seconds": round(spent[1], 1),
        }
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        report[corpus.name]["peak MB"] = peak
    return report


def vectors_of(corpus: Corpus, name: str, kept: Path) -> Any:
    """What the embedding says of a set, from the folder where it was said before."""
    path = kept / f"{name}-{corpus.name.replace(' ', '-')}-{len(corpus.texts)}.npy"
    if not path.exists():
        np.save(path, embedding(name).encode(corpus.texts))
    return np.load(path)


def stability(corpus: Corpus) -> dict[str, float]:
    """Of Hacker News: what stays when the same posts are fitted again, and when a window slides."""
    encode = embedding("shipped").encode
    rows = encode(corpus.texts)
    window = len(corpus.texts) * 2 // 3
    first = fit(corpus.texts[:window], rows[:window], seed=SEED)
    again = fit(corpus.texts[:window], rows[:window], seed=SEED, previous=first.model)
    report = {"same posts": again.churn.share_kept if again.churn else 0.0}
    report["same posts, same id"] = float((first.topics == again.topics).mean())
    for share in (0.1, 0.25, 0.5):
        start = int(share * window)
        some = slice(start, start + window)
        slid = fit(corpus.texts[some], rows[some], seed=SEED, previous=first.model)
        report[f"window moved by {share:.0%}"] = slid.churn.share_kept if slid.churn else 0.0
    start_of = time.process_time()
    first.model.assign(encode(corpus.texts))
    report["posts a second, embedded and assigned"] = len(corpus.texts) / (
        time.process_time() - start_of
    )
    return {name: round(value, 3) for name, value in report.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--hackernews", type=int, default=20_000)
    parser.add_argument("--thaigov", type=int, default=10_000)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--method", help=argparse.SUPPRESS)
    parser.add_argument("--counts", default="{}", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.method:
        sets = corpora(args.data, args.hackernews, args.thaigov)
        counts = json.loads(args.counts)
        found = (
            stability(sets[1])
            if args.method == "stability"
            else run(args.method, sets, args.kept, counts)
        )
        print(json.dumps(found))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        kept = args.kept or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        report: dict[str, Any] = {}
        for method in (*METHODS, "stability"):
            counts = {name: one["topics"] for name, one in report.get("ours", {}).items()}
            report[method] = _in_a_process(method, args, kept, counts)
            if not args.json:
                _show(method, report[method])
    if args.json:
        print(json.dumps(report, indent=1))
    return 0


def _in_a_process(method: str, args: Any, kept: Path, counts: dict[str, int]) -> dict[str, Any]:
    sizes = ["--hackernews", str(args.hackernews), "--thaigov", str(args.thaigov)]
    told = ["--method", method, "--counts", json.dumps(counts), "--kept", str(kept)]
    command = [sys.executable, "-m", "benchmarks.topics", str(args.data), *sizes, *told]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _show(method: str, report: dict[str, Any]) -> None:
    for name, scores in report.items():
        print(f"{method:20} {name:36} {scores}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
