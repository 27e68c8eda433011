"""Fits made by hand: a theme is a word, and a post that says it belongs to it.

`by_word` takes and gives what `nlp.topics.fit.fit` does, in no time.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import cache

import numpy as np

from krasae.workspace import Workspace
from listener.errors import InputError
from listener.model import HOUR_MS, Mention
from listener.query import BrandMatcher
from listener.stage import run_to_end
from listener.store import append
from nlp.embeddings import Embedding, StaticEmbedding
from nlp.enrich import Enricher
from nlp.settings import NlpSettings
from nlp.stage import EnrichStage
from nlp.topic_stage.fits import Found, StoredFit, keep, latest, model_of
from nlp.topic_stage.window import mentions_in, sampled, texts_of, window
from nlp.topics.fit import FEWEST
from nlp.topics.model import NONE, Churn, Fit, Group, Topic, TopicModel, Vectors

NOW = 1_800_000_000_000
START = NOW - 100 * 24 * HOUR_MS
THEMES = ("battery", "price", "camera", "แบต", "fire", "ipo")
SAYINGS = {
    "battery": "my iphone battery drains far too fast, charging the battery again",
    "price": "the price of this iphone is high, what a price to pay for a phone",
    "camera": "the iphone camera takes lovely pictures at night, great camera",
    "แบต": "แบต iphone หมดไวมาก ชาร์จแบตวันละหลายรอบ",
}


@cache
def shipped() -> Embedding:
    """The shipped embedding, loaded once."""
    return StaticEmbedding.shipped()


def posts(*themes: str, first: int = 0, author: str | None = None) -> list[Mention]:
    """A post for each theme, an hour apart, each by another author unless one is given."""
    return [
        Mention(
            platform="x",
            native_id=str(number),
            published_at=START + number * HOUR_MS,
            text=f"{SAYINGS.get(theme, theme)} {number}",
            author=author or f"author {number}",
        )
        for number, theme in enumerate(themes, first)
    ]


def by_word(
    texts: Sequence[str],
    vectors: Vectors,
    *,
    embedding: str = "shipped",
    seed: int = 1,
    previous: TopicModel | None = None,
    words: Iterable[str] = (),
    stops: Collection[str] = (),
) -> Fit:
    """The topics of texts by the words of THEMES; a topic keeps its id by its first term."""
    if len(set(texts)) < FEWEST:
        raise InputError("too few different texts")
    known = {topic.terms[0]: topic for topic in previous.topics} if previous else {}
    last = max((topic.id for topic in known.values()), default=0)
    topics, centroids = [], []
    found = np.full(len(texts), NONE, np.int64)
    for theme in THEMES:
        places = [place for place, text in enumerate(texts) if theme in text.casefold()]
        if not places:
            continue
        if theme in known:
            number = known[theme].id
        else:
            last = number = last + 1
        found[places] = number
        centroid = vectors[places].mean(axis=0)
        centroids.append(centroid / np.linalg.norm(centroid))
        topics.append(
            Topic(
                id=number,
                label=f"{theme}, iphone",
                terms=(theme, "iphone", "unheard-of"),
                size=len(places),
                representatives=tuple(places[:2]),
                parent=1,
                language="th" if theme == "แบต" else "en",
                colour=number % 12,
            )
        )
    return Fit(
        model=made(topics, centroids, embedding, vectors.shape[1]),
        topics=found,
        similarity=np.where(found == NONE, 0, 0.9).astype(np.float32),
        outliers=float(np.mean(found == NONE)),
        churn=_churn(known, topics) if previous else None,
    )


def made(
    topics: Sequence[Topic], centroids: Sequence[Vectors], embedding: str, dimensions: int
) -> TopicModel:
    """A model of these topics, all in one group."""
    none = np.zeros((0, dimensions), np.float32)
    return TopicModel(
        topics=tuple(topics),
        groups=(Group(1, "iphone", tuple(topic.id for topic in topics)),),
        embedding=embedding,
        dimensions=dimensions,
        centroids=np.array(centroids, np.float32).reshape(-1, dimensions),
        nearest=np.full(len(topics), 0.5, np.float32),
        gone=(),
        gone_centroids=none,
        next_id=max((topic.id for topic in topics), default=0) + 1,
    )


def _churn(known: dict[str, Topic], topics: Sequence[Topic]) -> Churn:
    before = {topic.id for topic in known.values()}
    now = [topic.id for topic in topics]
    return Churn(
        kept=tuple(one for one in now if one in before),
        new=tuple(one for one in now if one not in before),
        gone=tuple(sorted(before - set(now))),
    )


@cache
def enricher() -> Enricher:
    """The models, loaded once."""
    return Enricher(NlpSettings())


def hear(workspace: Workspace, mentions: Sequence[Mention]) -> None:
    """Hear mentions and enrich them, but do not assign them."""
    append(workspace.db, mentions, source="test", key=workspace.key, now=NOW)
    enrich(workspace)


def enrich(workspace: Workspace) -> None:
    """Run the enrich stage to its end."""
    queries = {brand.id: brand.query for brand in workspace.settings.brands}
    stage = EnrichStage(enricher(), BrandMatcher(queries, workspace.key))
    run_to_end(stage, workspace.db, now=NOW)


def found_for(workspace: Workspace, brand: str, *, days: int = 30, most: int = 20_000) -> Found:
    """What a fit by hand finds of a brand."""
    db = workspace.db
    looked = window(db, brand, days=days, now=NOW)
    assert looked is not None
    seqs = mentions_in(db, looked)
    texts = texts_of(db, sampled(seqs, most))
    last = latest(db, brand)
    previous = model_of(db, last) if last else None
    fit = by_word(list(texts.values()), shipped().encode(list(texts.values())), previous=previous)
    others = texts_of(db, [seq for seq in seqs if seq not in texts])
    topics, similarity = fit.model.assign(shipped().encode(list(others.values())))
    return Found(
        window=looked,
        embedding="shipped",
        fit=fit,
        fitted=list(texts),
        others=list(others),
        other_topics=topics,
        other_similarity=similarity,
        latest=last.id if last else None,
        anew=previous is None,
    )


def keep_fit(workspace: Workspace, brand: str = "apple", **options: int) -> StoredFit:
    """Fit a brand by hand, and keep it."""
    return keep(workspace.db, found_for(workspace, brand, **options), now=NOW)


def topic_of(workspace: Workspace, native_id: str, brand: str = "apple") -> str | None:
    """The first term of a mention's topic."""
    row = workspace.db.execute(
        "SELECT terms ->> 0 FROM mentions JOIN mention_topics ON mention_seq = seq "
        "JOIN topics ON topics.brand = mention_topics.brand AND topics.id = topic "
        "WHERE native_id = ? AND topics.brand = ?",
        [native_id, brand],
    ).fetchone()
    return row[0] if row else None
