"""How fast a text is understood: posts a second on one core, each piece and all of them.

    python -m benchmarks.enriching DATA [--posts 20000] [--json]

DATA is laid out like the data folders of the docs (stocknet/, wisesight/, hackernews/); what
is not there is left out and said so. Beside ours stand the plain usual parts: PyThaiNLP's
newmm, spaCy's blank pipelines as they come, scikit-learn's HashingVectorizer. Times are the
process's own (CPU), so that a busy machine disturbs them less. Text of the first run only:
nothing is remembered from an earlier one.
"""

import argparse
import gzip
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

BATCH = 1000
SETS = {
    "stocknet": ("stocknet/tweets_2014.jsonl.gz", "text"),
    "wisesight": ("wisesight/train.jsonl.gz", "text"),
    "hackernews": ("hackernews/stories_2016_2018.jsonl.gz", "title"),
}
Timed = tuple[str, float]


def posts(path: Path, field: str, most: int) -> list[str]:
    """The first texts of a file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        rows = (json.loads(line)[field] for line in file)
        return [text for text, _ in zip(filter(None, rows), range(most), strict=False)]


def timed(name: str, count: int, work: Callable[[], Any], found: list[Timed]) -> Any:
    """Do the work; note its posts a second."""
    start = time.process_time()
    result = work()
    found.append((name, count / (time.process_time() - start)))
    return result


def batches(texts: Sequence[Any]) -> Iterator[slice]:
    for start in range(0, len(texts), BATCH):
        yield slice(start, start + BATCH)


def ours(texts: list[str]) -> list[Timed]:
    """Each piece on the output of those before it, then everything by the enricher."""
    from nlp.copies import CopyFinder
    from nlp.duplicates import duplicate_key
    from nlp.enrich import Enricher
    from nlp.entities import EntityFinder
    from nlp.intent import IntentFinder
    from nlp.language import LanguageFinder
    from nlp.risks import RiskFinder
    from nlp.sarcasm import SarcasmFinder
    from nlp.sentiment import NO_SENTIMENT, SentimentModel
    from nlp.settings import NlpSettings
    from nlp.terms import terms
    from nlp.text import normalise
    from nlp.tokens import Tokenizer

    found: list[Timed] = []
    count = len(texts)
    tokenizer, languages, model = Tokenizer(), LanguageFinder(), SentimentModel()
    intents, risks, sarcasm = IntentFinder(), RiskFinder(), SarcasmFinder()
    entities = EntityFinder(tokenizer)
    entities.entities(["loads it"], [[]], ["en"])
    tokenizer.tokens("it's"), languages.language("le chat est sur la table")  # loads both
    clean = timed("normalise", count, lambda: [normalise(one) for one in texts], found)
    tokens = timed("tokens", count, lambda: [tokenizer.tokens(one) for one in clean], found)
    spoken = timed("language", count, lambda: [languages.language(one) for one in clean], found)
    timed(
        "sentiment",
        count,
        lambda: [model.sentiments(clean[s], tokens[s], spoken[s]) for s in batches(clean)],
        found,
    )
    timed("intent", count, lambda: [intents.intent(one, NO_SENTIMENT) for one in clean], found)
    timed("risks", count, lambda: [risks.risks(one) for one in clean], found)
    timed("duplicate key", count, lambda: [duplicate_key(one) for one in tokens], found)
    copies: CopyFinder[int] = CopyFinder(window=count)
    timed(
        "copies (MinHash)",
        count,
        lambda: copies.originals(range(count), tokens, range(count)),
        found,
    )
    timed(
        "entities",
        count,
        lambda: [entities.entities(clean[s], tokens[s], spoken[s]) for s in batches(clean)],
        found,
    )
    timed(
        "marks of sarcasm",
        count,
        lambda: [sarcasm.sarcastic(*one) for one in zip(clean, tokens, strict=True)],
        found,
    )
    timed(
        "terms",
        count,
        lambda: [terms(one, known=tokenizer.knows, language="en") for one in tokens],
        found,
    )
    enricher = Enricher(NlpSettings())
    enricher.enrich(["it's", "le chat est sur la table"])
    timed("all", count, lambda: [enricher.enrich(texts[s]) for s in batches(texts)], found)
    return found


def usual(texts: list[str]) -> list[Timed]:
    """What one would take for the same pieces without us."""
    import spacy
    from pythainlp.tokenize import word_tokenize

    found: list[Timed] = []
    count = len(texts)
    for language in ("en", "th"):
        pipeline = spacy.blank(language)
        pipeline("ready")
        timed(f"spaCy blank {language}", count, lambda p=pipeline: [p(t) for t in texts], found)
    word_tokenize("พร้อม", engine="newmm")
    timed(
        "pythainlp newmm", count, lambda: [word_tokenize(t, engine="newmm") for t in texts], found
    )
    try:
        from sklearn.feature_extraction.text import HashingVectorizer
    except ImportError:
        return found
    words = HashingVectorizer(ngram_range=(1, 2))
    letters = HashingVectorizer(analyzer="char", ngram_range=(2, 4))

    def count_grams() -> tuple[Any, Any]:
        return words.transform(texts), letters.transform(texts)

    timed("sklearn word 1-2 + char 2-4", count, count_grams, found)
    return found


def loading() -> dict[str, float]:
    """Seconds to make an enricher, and to its first answer, in this fresh process."""
    start = time.perf_counter()
    from nlp.enrich import Enricher
    from nlp.settings import NlpSettings

    enricher = Enricher(NlpSettings())
    made = time.perf_counter()
    enricher.enrich(["It's the first English post", "โพสต์แรก"])
    return {"make_s": made - start, "first_answer_s": time.perf_counter() - start}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    report: dict[str, Any] = {"cores": os.cpu_count(), "loading": loading()}
    for name, (path, field) in SETS.items():
        if not (args.data / path).exists():
            print(f"{name}: {args.data / path} is missing, left out", file=sys.stderr)
            continue
        texts = posts(args.data / path, field, args.posts)
        report[name] = {
            "posts": len(texts),
            "characters": round(sum(map(len, texts)) / len(texts)),
            "ours": {piece: round(rate) for piece, rate in ours(texts)},
            "usual": {piece: round(rate) for piece, rate in usual(texts)},
        }
    report["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(report, indent=1) if args.json else table(report))
    return 0


def table(report: dict[str, Any]) -> str:
    """The report as lines of text."""
    loaded = report["loading"]
    lines = [
        f"ready in {loaded['make_s']:.2f} s, first answer after {loaded['first_answer_s']:.2f} s; "
        f"peak {report['peak_mb']} MB; posts a second on one core:"
    ]
    for name in SETS:
        if name in report:
            one = report[name]
            lines.append(f"{name}: {one['posts']:,} posts of {one['characters']} characters")
            for whose in ("ours", "usual"):
                lines += [f"  {piece:30}{rate:>10,}" for piece, rate in one[whose].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
