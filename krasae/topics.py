"""Fitting the topics of a workspace's brands."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from sqlite_utils import Database

from krasae.settings import Settings
from listener.errors import InputError
from listener.printable import printable
from listener.query import parse
from listener.query.literal import literal
from listener.query.normalise import fold
from listener.query.tree import Cashtag, Handle, Hashtag, Term, walk
from nlp.embeddings import Embedding, embedding
from nlp.settings import NlpSettings
from nlp.topic_stage.assign import WHOLE_STREAM
from nlp.topic_stage.fits import Found, StoredFit, latest, model_of
from nlp.topic_stage.window import Window, mentions_in, sampled, texts_of, window
from nlp.topics.fit import FEWEST, fit
from nlp.topics.model import Ids, TopicModel, Vectors

SEED = 1
_AT_ONCE = 5000  # mentions that are assigned at once


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose topics are to be fitted; `query` is what its posts are found by."""

    brand: str
    name: str
    query: str
    nlp: NlpSettings
    days: int
    seed: int = SEED


def installed() -> bool:
    """Whether topics can be fitted: `krasae[topics]` is there."""
    return find_spec("bertopic") is not None


def asked(settings: Settings) -> list[Asked]:
    """One for each brand; for the whole stream where there are none."""
    brands = [(brand.id, brand.name, brand.query) for brand in settings.brands]
    return [
        Asked(*brand, settings.nlp, settings.nlp.topic_days)
        for brand in brands or [(WHOLE_STREAM, settings.workspace.name, "")]
    ]


def _naming_the_brand(what: Asked, texts: Collection[str]) -> set[str]:
    """Words that name no topic: the brand's name, and what of its query most posts say."""
    if what.brand == WHOLE_STREAM:
        return set()
    stops = {what.brand, fold(what.name), *fold(what.name).split()}
    leaves = [node for node, _ in walk(parse(what.query)) if isinstance(node, _WORDS)]
    folded = [fold(text) for text in texts]
    for wanted in map(literal, leaves):
        if 2 * sum(map(wanted.within, folded)) > len(folded):
            stops |= {wanted.text, wanted.text.lstrip("#$@")}
    return stops


_WORDS = Term | Hashtag | Cashtag | Handle


def own_words(nlp: NlpSettings) -> tuple[str, ...]:
    """Names that are not to be split."""
    return (*nlp.words, *(name for names in nlp.entities.values() for name in names))


def posts_of(db: Database, what: Asked, *, now: int) -> tuple[Window, list[int]]:
    """What would be looked at. InputError when that is too few posts."""
    looked = window(db, what.brand, days=what.days, now=now)
    seqs = mentions_in(db, looked) if looked else []
    if looked is None or len(seqs) < FEWEST:
        posts = "1 post" if len(seqs) == 1 else f"{len(seqs):,} posts"
        days = "1 day" if what.days == 1 else f"{what.days} days"
        raise InputError(
            f"{printable(what.name)} has {posts} in {days}: too few for "
            f"topics, which need {FEWEST}.",
            remedy="Look at more days, with --days or [nlp] topic_days; posts that were just "
            "imported count after `krasae process`.",
        )
    return looked, seqs


def find(db: Database, what: Asked, *, now: int) -> Found:
    """Fit a brand's topics anew, on its last fit where that was of the same embedding.

    Writes nothing. InputError when there are too few posts.
    """
    looked, seqs = posts_of(db, what, now=now)
    last = latest(db, what.brand)
    previous = model_of(db, last) if last and last.embedding == what.nlp.embedding else None
    texts = texts_of(db, sampled(seqs))
    model = embedding(what.nlp.embedding)
    found = fit(
        list(texts.values()),
        model.encode(list(texts.values())),
        embedding=what.nlp.embedding,
        seed=what.seed,
        previous=previous,
        words=own_words(what.nlp),
        stops=_naming_the_brand(what, texts.values()),
    )
    others = [seq for seq in seqs if seq not in texts]
    parts = [_assigned(db, model, found.model, some) for some in _parts(others)]
    return Found(
        window=looked,
        embedding=what.nlp.embedding,
        fit=found,
        fitted=list(texts),
        others=[seq for known, _, _ in parts for seq in known],
        other_topics=np.concatenate([np.zeros(0, np.int64), *(part[1] for part in parts)]),
        other_similarity=np.concatenate([np.zeros(0, np.float32), *(part[2] for part in parts)]),
        latest=last.id if last else None,
        anew=previous is None,
    )


def _parts(seqs: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(seqs), _AT_ONCE):
        yield seqs[start : start + _AT_ONCE]


def _assigned(
    db: Database, embedded: Embedding, model: TopicModel, seqs: list[int]
) -> tuple[list[int], Ids, Vectors]:
    texts = texts_of(db, seqs)
    topics, similarity = model.assign(embedded.encode(list(texts.values())))
    return list(texts), topics, similarity


def in_words(name: str, stored: StoredFit, topics: int) -> str:
    """A fit in one line, with what became of the topics before."""
    line = (
        f"{printable(name)}: {topics:,} topic{'' if topics == 1 else 's'} "
        f"in {stored.mentions:,} posts"
    )
    churn = stored.churn
    if churn is None:
        return f"{line}."
    as_before = f"{len(churn.kept) + len(churn.renamed)} as before"
    if churn.renamed:
        as_before += f" ({len(churn.renamed)} renamed)"
    return f"{line}: {as_before}, {len(churn.new)} new, {len(churn.gone)} gone."
