"""Train the embedding that ships: `python -m nlp.training.embeddings --data FOLDER`.

FOLDER holds `reddit/`, `semeval2017/`, `stocknet/`, `thaigov/` and `wisesight/` (docs/models says
what is in them); Hacker News is left for measuring. English words begin where all-MiniLM-L6-v2
puts them alone and are led to where their sums come near what it says of whole texts. Thai words
are placed by the words near them and by the texts they stand in; the Thai space is then turned
onto the English one by words that Thai posts share with English ones and by `pairs.tsv`, and
each word moves a little with the pairs nearest to it. What has no vector is spelled by letters.

What is held out: of Reddit every second post, of ThaiGov every fourth release, all of Wisesight
valid, every fifth pair.
"""

import argparse
import gzip
import hashlib
import json
import random
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from nlp.embeddings import Words
from nlp.training import spaces
from nlp.training.spaces import Floats, bags, directions, unit

SEED = 5
DIMENSIONS = 256
BUCKETS = 1 << 15
SIF = 1e-3  # a word of share p weighs SIF / (SIF + p) (Arora et al. 2017)
RAREST = 2e-6
LETTERS_RIDGE = 3.0
HELD_OUT_TWEETS = 12_000  # of SemEval-2017 A, as for sentiment
TWEETS, STOCK_TWEETS = 11_000, 7_000
TEACHER_TOKENS = 96
SHORT = 30  # words of a text
LEAST = 0.05

_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")
_ASIDE = re.compile(r"https?://\S+|@\w+")
_THAI = re.compile("[\u0e00-\u0e7f]")
_ENGLISH_RELEASES = ("Government News", "Cabinet Meeting Synopsis", "Statements")


@dataclass(frozen=True)
class Recipe:
    """What was chosen, on the training part alone.

    `ridge`: how strongly English words hold to where they began. `common`: principal directions
    of English texts left out. `subjects`: the weight of the texts that Thai words stand in,
    beside that of the words near them. `moved`: how far a Thai word goes with its pairs.
    """

    ridge: float = 0.2
    common: int = 3
    subjects: float = 1.5
    moved: float = 0.35
    nearest: int = 5


@dataclass(frozen=True)
class Space:
    """Words and their vectors, weights included."""

    words: list[str]
    vectors: Floats


def rows_of(path: Path) -> list[dict[str, Any]]:
    """A gzipped file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file]


def post(row: dict[str, Any]) -> str:
    """A Reddit post as one text."""
    text: str = row["title"] + "\n" + (row["selftext"] or "")
    return text.strip()[:300]


def english_texts(folder: Path) -> dict[str, list[str]]:
    """The texts of the training part, by where they come from."""
    reddit = rows_of(folder / "reddit" / "posts_20_subreddits.jsonl.gz")
    path = folder / "semeval2017" / "subtask_a_train.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        tweets = sorted((line.rstrip("\n").split("\t") for line in file), key=lambda r: int(r[0]))
    stock = rows_of(folder / "stocknet" / "tweets_2014.jsonl.gz")
    original = list(dict.fromkeys(row["text"] for row in stock if not row["is_rt"]))
    releases = rows_of(folder / "thaigov" / "releases_2020_2023.jsonl.gz")
    early = [row[2] for row in tweets[:-HELD_OUT_TWEETS]]
    chance = random.Random(SEED)
    return {
        "reddit": [post(row) for row in reddit[::2]],
        "semeval2017": chance.sample(early, min(TWEETS, len(early))),
        "stocknet": chance.sample(original, min(STOCK_TWEETS, len(original))),
        "thaigov": [r["text"][:200] for r in releases if r["category"] in _ENGLISH_RELEASES],
    }


def thai_texts(folder: Path) -> dict[str, list[str]]:
    """Wisesight's training part, and three of four government releases."""
    social = rows_of(folder / "wisesight" / "train.jsonl.gz")
    releases = rows_of(folder / "thaigov" / "releases_2020_2023.jsonl.gz")
    kept = [row["text"] for at, row in enumerate(releases) if at % 4 != 3]
    return {"wisesight": [row["text"] for row in social], "thaigov": kept}


def english_words(folder: Path, texts: dict[str, list[str]], known: Sequence[str]) -> list[str]:
    """What stands in three texts or more, and the whole words that the teacher knows."""
    stock = rows_of(folder / "stocknet" / "tweets_2014.jsonl.gz")
    path = folder / "semeval2017" / "subtask_a_train.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        tweets = sorted((line.rstrip("\n").split("\t") for line in file), key=lambda r: int(r[0]))
    seen: Counter[str] = Counter()
    reddit = rows_of(folder / "reddit" / "posts_20_subreddits.jsonl.gz")[::2]
    social = rows_of(folder / "wisesight" / "train.jsonl.gz")
    for text in (
        *(row["title"] + " " + (row["selftext"] or "") for row in reddit),
        *(row["text"] for row in stock),
        *(row[2] for row in tweets[:-HELD_OUT_TWEETS]),
        *(row["text"] for row in social),
    ):
        seen.update(set(_WORD.findall(_ASIDE.sub(" ", text.lower()))))
    often = {word for word, count in seen.items() if count >= 3}
    return sorted(often | {word for word in known if re.fullmatch("[a-z0-9]+", word)})


class Teacher:
    """all-MiniLM-L6-v2; what it said is kept in a folder, as it takes most of the time."""

    def __init__(self, kept: Path | None) -> None:
        from nlp.sentence_model import MINILM, SentenceModel

        self._kept = kept
        self._model: Any = SentenceModel(MINILM).model
        self._model.max_seq_length = TEACHER_TOKENS
        self.known: list[str] = list(self._model.tokenizer.get_vocab())

    def says(self, texts: Sequence[str]) -> Floats:
        """One row per text, at unit length."""
        name = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
        path = self._kept / f"{name}.npy" if self._kept else None
        if path and path.exists():
            said: Floats = np.load(path)
            return said
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        found = np.zeros((len(texts), self._model.get_embedding_dimension()), np.float32)
        for start in range(0, len(order), 1024):
            some = order[start : start + 1024]
            found[some] = self._model.encode(
                [texts[at] for at in some], batch_size=128, show_progress_bar=False
            )
            print(f"  teacher: {start + len(some):,} of {len(texts):,}", flush=True)
        if path:
            np.save(path, found)
        return found


def shares(texts: dict[str, list[list[str]]]) -> dict[str, float]:
    """How frequent each word is, every source counted alike."""
    total: Counter[str] = Counter()
    for some in texts.values():
        counts = Counter(word for text in some for word in text)
        whole = sum(counts.values()) * len(texts)
        for word, count in counts.items():
            total[word] += count / whole  # type: ignore[assignment]
    return dict(total)


def sif(words: Sequence[str], share: dict[str, float]) -> Floats:
    """The weight of each word."""
    p = np.array([max(share.get(word, 0), RAREST) for word in words])
    weights: Floats = (SIF / (SIF + p)).astype(np.float32)
    return weights


def english_space(
    texts: dict[str, list[list[str]]], words: list[str], alone: Floats, said: Floats, recipe: Recipe
) -> Space:
    """English words led toward the teacher; in DIMENSIONS, without what all texts share."""
    flat = [text for some in texts.values() for text in some]
    counts = bags(flat, {word: at for at, word in enumerate(words)})
    start = unit(alone) * sif(words, shares(texts))[:, None]
    vectors = spaces.taught(start, counts, said, recipe.ridge)
    axes = directions(unit(counts @ vectors))[recipe.common :][:DIMENSIONS]
    return Space(words, vectors @ axes.T)


def thai_space(spoken: dict[str, list[list[str]]], recipe: Recipe) -> Space:
    """Thai words, and the English ones among them, by neighbours and by subjects."""
    texts = [text for some in spoken.values() for text in some]
    words = spaces.vocabulary(texts, 4, 40_000)
    rows = {word: at for at, word in enumerate(words)}
    share = shares(spoken)
    near = unit(spaces.neighbours(texts, rows, DIMENSIONS)) * sif(words, share)[:, None]
    # About the idf, every source counted alike: what is daily in either weighs little.
    rare = -np.log(np.array([share[word] for word in words]) * SHORT)
    weights = np.maximum(rare, LEAST).astype(np.float32)
    of_texts = spaces.subjects(texts, rows, weights, DIMENSIONS)
    sample = bags([text[: spaces.PIECE] for some in spoken.values() for text in some[::5]], rows)

    def level(vectors: Floats) -> Floats:
        scaled: Floats = vectors / np.linalg.norm(sample @ vectors, axis=1).mean()
        return scaled

    both = np.hstack([level(near), level(of_texts) * recipe.subjects])
    axes = directions(unit(sample @ both))[:DIMENSIONS]
    vectors = both @ axes.T
    # Between the length that the counts give, by which daily words are long, and the weight.
    lengths = np.linalg.norm(vectors, axis=1) * sif(words, share)
    vectors = (unit(vectors) * np.sqrt(lengths)[:, None]).astype(np.float32)
    common = directions(unit(sample @ vectors))[:1]
    return Space(words, vectors - vectors @ common.T @ common)


def pairs() -> list[tuple[str, str]]:
    """English and Thai for the same: `pairs.tsv`, and names of places, languages and months."""
    from babel import Locale

    path = Path(__file__).with_name("pairs.tsv")
    lines = [line.split("\t") for line in path.read_text("utf-8").splitlines() if line[:1] != "#"]
    found = {(line[0].casefold(), line[1]): None for line in lines}
    english, thai = Locale("en"), Locale("th")
    for names in ("territories", "languages", "currencies"):
        one, other = getattr(english, names), getattr(thai, names)
        found |= {(one[key].casefold(), other[key]): None for key in one if key in other}
    for kind in ("months", "days"):
        one, other = (getattr(each, kind)["format"]["wide"] for each in (english, thai))
        found |= {(one[key].casefold(), other[key]): None for key in one}
    return [pair for pair in found if _THAI.search(pair[1])]


def held_out(pair: tuple[str, str], part: int = 0) -> bool:
    """Whether a pair is one of the fifth that is kept for measuring."""
    return zlib.crc32(pair[0].encode()) % 5 == part


def sums(texts: Sequence[Sequence[str]], space: Space) -> Floats:
    """The texts in a space, at unit length."""
    found: Floats = unit(bags(texts, {w: at for at, w in enumerate(space.words)}) @ space.vectors)
    return found


def together(english: Space, thai: Space, known: list[tuple[str, str]], recipe: Recipe) -> Space:
    """The Thai space turned onto the English one, and both as one."""
    cut = Words()
    place = {word: at for at, word in enumerate(english.words)}
    shared = [at for at, word in enumerate(thai.words) if word in place and word.isalpha()]
    near = sums([cut.words(pair[1]) for pair in known], thai)
    onto = sums([cut.words(pair[0]) for pair in known], english)
    said = (np.abs(near).sum(axis=1) > 0) & (np.abs(onto).sum(axis=1) > 0)
    anchors = np.vstack([near[said], unit(thai.vectors[shared])])
    targets = np.vstack(
        [onto[said], unit(english.vectors[[place[thai.words[at]] for at in shared]])]
    )
    turn = spaces.rotation(anchors, targets)
    own = [at for at, word in enumerate(thai.words) if word not in place]
    words = [thai.words[at] for at in own]
    vectors = moved(thai.vectors[own] @ turn, anchors @ turn, targets, recipe)
    rare = np.linalg.norm(english.vectors, axis=1).mean() / np.linalg.norm(vectors, axis=1).mean()
    return Space([*english.words, *words], np.vstack([english.vectors, vectors * rare]))


def moved(vectors: Floats, anchors: Floats, targets: Floats, recipe: Recipe) -> Floats:
    """Each vector led toward where the pairs nearest to it belong; its length stays."""
    found = np.empty_like(vectors)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    for start in range(0, len(vectors), 1000):
        part = slice(start, start + 1000)
        here = unit(vectors[part])
        alike = here @ anchors.T
        nearest = np.argpartition(-alike, recipe.nearest, axis=1)[:, : recipe.nearest]
        weight = np.maximum(np.take_along_axis(alike, nearest, axis=1), 0) ** 4
        weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
        there = np.einsum("ij,ijk->ik", weight, targets[nearest])
        close = alike.max(axis=1, keepdims=True).clip(0, 1)
        led = unit(here + recipe.moved * close * unit(there))
        found[part] = led * lengths[part]
    return found


def with_letters(space: Space) -> Floats:
    """The words' vectors, then those of the letter places, which are taught by rare words."""
    rare = [at for at, word in enumerate(space.words) if not word.isdigit()]
    words, vectors = [space.words[at] for at in rare], space.vectors[rare]
    spelled = spaces.letters(words, vectors, BUCKETS, LETTERS_RIDGE)
    return np.vstack([space.vectors, spelled])


def save(space: Space, table: Floats, folder: Path) -> str:
    """Write the arrays as eight-bit numbers; the hash of the file."""
    scales = np.maximum(np.abs(table).max(axis=1), 1e-9) / 127
    path = folder / "embedding.npz"
    with path.open("wb") as file:
        np.savez(
            file,
            words=np.frombuffer("\n".join(space.words).encode(), np.uint8),
            vectors=np.rint(table / scales[:, None]).astype(np.int8),
            scales=scales.astype(np.float16),
        )
    return hashlib.sha256(path.read_bytes()).hexdigest()


def trained(folder: Path, teacher: Teacher, recipe: Recipe) -> Space:
    """The whole space, from the data folder."""
    cut = Words()
    texts = english_texts(folder)
    words = english_words(folder, texts, teacher.known)
    alone = teacher.says(words)
    said = teacher.says([text for some in texts.values() for text in some])
    spoken = {name: [cut.words(text) for text in some] for name, some in texts.items()}
    english = english_space(spoken, words, alone, said, recipe)
    print(f"English: {len(words):,} words", flush=True)
    heard = {name: [cut.words(t) for t in some] for name, some in thai_texts(folder).items()}
    thai = thai_space(heard, recipe)
    print(f"Thai: {len(thai.words):,} words", flush=True)
    return together(english, thai, [pair for pair in pairs() if not held_out(pair)], recipe)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parents[1] / "models", help="where it goes"
    )
    parser.add_argument("--kept", type=Path, help="where the teacher's answers are kept")
    arguments = parser.parse_args()
    with threadpool_limits(1):  # sums in one order, whatever the number of cores
        space = trained(arguments.data, Teacher(arguments.kept), Recipe())
        digest = save(space, with_letters(space), arguments.out)
    print(f"embedding.npz: {len(space.words):,} words, sha256 {digest}", flush=True)


if __name__ == "__main__":
    main()
