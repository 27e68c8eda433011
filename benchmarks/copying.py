"""How well copies are found, and how fast: the key of the first words beside MinHash groups.

    python -m benchmarks.copying DATA [--json]

On the tweets of StockNet, in the order of time. What a copy is, is judged by neither: by five
letters in a row of the texts without links, handles, numbers and signs. Two tweets are copies
when 70 % of these are shared, or when 90 % of the shorter's are in the longer (a platform's cut);
one that is called a copy is rightly so from 50 % and 70 % on. Copies are looked for 7 days back.
"""

import argparse
import gzip
import json
import re
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sparse

from nlp.copies import FIRST, CopyFinder
from nlp.duplicates import compared_words, duplicate_key
from nlp.text import normalise
from nlp.tokens import Token, Tokenizer

WEEK = 7 * 24 * 3600 * 1000
LETTERS = 5
FEWEST = 20  # runs of letters of a text that can be judged
COPY, CUT = 0.7, 0.9
RIGHTLY, RIGHTLY_CUT = 0.5, 0.7
TOGETHER = 500
_ASIDE = re.compile(r"https?://\S*|@\w+|\brt\b|…|[^\w\s$]|\d+")

Answers = list[int | None]


@dataclass(frozen=True)
class Posts:
    """Posts in the order of time: tokens, UTC ms, and their runs of letters."""

    tokens: list[list[Token]]
    at: list[int]
    letters: sparse.csr_array
    story: list[int]  # the copies of the one invented story


def stocknet(data: Path) -> Posts:
    """The tweets of StockNet, each once."""
    rows: dict[int, Any] = {}
    path = data / "stocknet" / "tweets_2014.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        for row in map(json.loads, file):
            rows.setdefault(row["id"], row)
    posts = sorted(rows.values(), key=lambda row: (row["created_at"], row["id"]))
    tokenizer = Tokenizer()
    return Posts(
        [tokenizer.tokens(normalise(row["text"])) for row in posts],
        [round(datetime.fromisoformat(row["created_at"]).timestamp() * 1000) for row in posts],
        _letters([row["text"] for row in posts]),
        [
            number
            for number, row in enumerate(posts)
            if row["text"].startswith("RT @NewYorkCittyy: $AMZN") and "$GRPN" in row["text"]
        ],
    )


def _letters(texts: Sequence[str]) -> sparse.csr_array:
    found: list[int] = []
    ends = [0]
    for text in texts:
        bare = " ".join(_ASIDE.sub(" ", text.casefold()).split()).encode()
        runs = {zlib.crc32(bare[at : at + LETTERS]) >> 12 for at in range(len(bare) - LETTERS + 1)}
        found += sorted(runs)
        ends.append(len(found))
    ones = np.ones(len(found), np.float32)
    return sparse.csr_array((ones, np.array(found), np.array(ends)), shape=(len(texts), 1 << 20))


def copies(posts: Posts) -> set[int]:
    """The posts that have a copy among the earlier ones of seven days."""
    letters, at = posts.letters, np.array(posts.at)
    size = np.diff(letters.indptr)
    found: set[int] = set()
    for start in range(0, len(at), TOGETHER):
        end = min(start + TOGETHER, len(at))
        first = int(np.searchsorted(at, at[start] - WEEK))
        shared = (letters[start:end] @ letters[first:end].T).tocoo()
        one, other = shared.row + start, shared.col + first
        inside = (other < one) & (np.minimum(size[one], size[other]) >= FEWEST)
        one, other, both = one[inside], other[inside], shared.data[inside]
        alike = both >= COPY * (size[one] + size[other] - both)
        found.update(one[alike | (both >= CUT * np.minimum(size[one], size[other]))].tolist())
    return found


def rightly(posts: Posts, one: int, other: int) -> bool:
    """Whether two posts that are called copies share enough."""
    letters = posts.letters
    mine, its = (
        set(letters.indices[letters.indptr[n] : letters.indptr[n + 1]]) for n in (one, other)
    )
    both = len(mine & its)
    return both >= RIGHTLY * len(mine | its) or both >= RIGHTLY_CUT * min(len(mine), len(its))


def by_key(posts: Posts) -> Answers:
    """The latest post with the same key."""
    first: dict[int, int] = {}
    found: Answers = []
    for number, tokens in enumerate(posts.tokens):
        key = duplicate_key(tokens)
        original = first.get(key) if key else None
        if original is None or posts.at[number] - posts.at[original] > WEEK:
            first[key] = number
            original = None
        found.append(original)
    return found


def by_minhash(posts: Posts) -> Answers:
    """The groups of `nlp.copies`."""
    finder: CopyFinder[int] = CopyFinder(window=WEEK)
    return finder.originals(range(len(posts.at)), posts.tokens, posts.at)


def by_brute_force(posts: Posts) -> Answers:
    """What `nlp.copies` would say if it missed nothing."""
    holding: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    pairs: dict[int, set[tuple[str, str]]] = {}
    found: Answers = []
    for number, tokens in enumerate(posts.tokens):
        mine = set(pairwise(compared_words(tokens)[:FIRST]))
        shared: defaultdict[int, int] = defaultdict(int)
        for pair in mine:
            for other in holding[pair]:
                shared[other] += 1
        since = posts.at[number] - WEEK
        original = next(
            (
                other
                for other in sorted(shared)
                if posts.at[other] >= since
                and 5 * shared[other] >= 3 * (len(mine) + len(pairs[other]) - shared[other])
            ),
            None,
        )
        if original is None:
            pairs[number] = mine
            for pair in mine:
                holding[pair].append(number)
        found.append(original)
    return found


WAYS: dict[str, Callable[[Posts], Answers]] = {
    "the first eight words": by_key,
    "MinHash groups": by_minhash,
    "brute force over pairs of words": by_brute_force,
}


def measured(posts: Posts, true: set[int], way: Callable[[Posts], Answers]) -> dict[str, Any]:
    """Recall, precision, the number of groups of the one story, and posts a second."""
    started = time.process_time()
    answers = way(posts)
    seconds = time.process_time() - started
    called = {n: original for n, original in enumerate(answers) if original is not None}
    return {
        "called_copies": len(called),
        "recall": round(len(true & called.keys()) / len(true), 3),
        "precision": round(
            sum(rightly(posts, *pair) for pair in called.items()) / max(1, len(called)), 3
        ),
        "groups_of_the_story": len({called.get(number, number) for number in posts.story}),
        "posts_a_second": round(len(answers) / seconds),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    posts = stocknet(args.data)
    true = copies(posts)
    report = {name: measured(posts, true, way) for name, way in WAYS.items()}
    if args.json:
        print(json.dumps(report, indent=1))
        return 0
    print(f"{len(posts.at):,} tweets, {len(true):,} of them copies; the story {len(posts.story)}")
    for name, one in report.items():
        print(f"{name:34}", ", ".join(f"{key} {value:,}" for key, value in one.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
