"""What topics are called: the terms that tell them from the others, by BERTopic's c-TF-IDF.

The one file that knows BERTopic. Posts come to it cut into terms (nlp/terms.py), so that no stop
word, fragment or sentence can become a name, in Thai as in English.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

from listener.errors import SettingsError
from nlp.tokens import Tokenizer
from nlp.topics.model import Ids, Vectors
from nlp.topics.spelling import spelled

MOST_TERMS = 10
_ON_A_LABEL = 3
_CANDIDATES = 80
_FEWEST_POSTS = 2  # say a term
# Of the posts of a topic at least so large a share must say a term as of any other topic's.
_OWN = 0.5
_BETWEEN = "\x1f"  # terms hold spaces
_THAI = re.compile("[\u0e01-\u0e5b]")
_PLURAL = re.compile(r"(?<=[a-z]{3})(?:'s|’s|es|s)$")
JOINT = ", "


def require_bertopic() -> Any:
    """BERTopic's module; SettingsError when it is not installed."""
    try:
        import bertopic
    except ImportError as error:
        raise SettingsError(
            "Topics need BERTopic, which is not installed.",
            remedy="Install it: pip install 'krasae[topics]' (torch comes with it, some 1 GB).",
        ) from error
    return bertopic


def telling_terms(
    posts: Sequence[Sequence[str]],
    texts: Sequence[str],
    vectors: Vectors,
    labels: Ids,
    tokenizer: Tokenizer,
) -> dict[int, tuple[str, ...]]:
    """For each label from 0 the terms that tell it from the others, the most telling first.

    `posts` are the terms of each of the normalised `texts`. A label of which no post has a term
    gets none.
    """
    ranked = _ranked(posts, vectors, labels)
    said: dict[int, Counter[str]] = {label: Counter() for label in ranked}
    written: dict[int, list[str]] = {label: [] for label in ranked}
    for terms, text, label in zip(posts, texts, labels.tolist(), strict=True):
        if label in said:
            said[label].update(terms)
            written[label].append(text)
    own = _own(said, {label: len(some) for label, some in written.items()})
    return {
        label: _chosen(
            [term for term in terms if term in own[label]], said[label], written[label], tokenizer
        )
        for label, terms in ranked.items()
    }


def _own(
    said: Mapping[int, Mapping[str, int]], sizes: Mapping[int, int]
) -> dict[int, frozenset[str]]:
    """The terms of each topic, without those that another's posts say more than twice as often."""
    most: dict[str, float] = {}
    for label, counts in said.items():
        for term, count in counts.items():
            most[term] = max(most.get(term, 0), count / sizes[label])
    return {
        label: frozenset(
            term for term, count in counts.items() if count / sizes[label] >= _OWN * most[term]
        )
        for label, counts in said.items()
    }


def _ranked(
    posts: Sequence[Sequence[str]], vectors: Vectors, labels: Ids
) -> dict[int, tuple[str, ...]]:
    bertopic = require_bertopic()
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.feature_extraction.text import CountVectorizer

    wanted = sorted({label for label in labels.tolist() if label >= 0})
    if not any(chain.from_iterable(posts)):
        return dict.fromkeys(wanted, ())
    model = bertopic.BERTopic(
        language="multilingual",
        embedding_model=None,
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        vectorizer_model=CountVectorizer(tokenizer=_split, token_pattern=None, lowercase=False),
        ctfidf_model=ClassTfidfTransformer(),
        top_n_words=_CANDIDATES,
        verbose=False,
    )
    # It joins the posts of a topic with spaces: a mark on either side keeps the terms apart.
    documents = [_BETWEEN + _BETWEEN.join(terms) + _BETWEEN for terms in posts]
    found, _ = model.fit_transform(documents, embeddings=vectors, y=labels)
    # It numbers topics by their size; ours are told by one of their posts.
    theirs = dict(zip(labels.tolist(), found, strict=True))
    return {
        label: tuple(term for term, score in model.get_topic(theirs[label]) if term and score > 0)
        for label in wanted
    }


def _split(document: str) -> list[str]:
    return [term for term in document.split(_BETWEEN) if term.strip()]


def _chosen(
    ranked: Sequence[str], said: Mapping[str, int], texts: Sequence[str], tokenizer: Tokenizer
) -> tuple[str, ...]:
    """The first MOST_TERMS that say different things: of a phrase and its words, the better."""
    chosen: dict[str, str] = {}  # terms, and how they are written
    for term in ranked:
        if said[term] < _FEWEST_POSTS and chosen:
            continue
        words = set(_stems(term))
        same = [other for other in chosen if words & set(_stems(other))]
        # Nearly each time that the words are said, it is in the phrase.
        better = len(words) > 1 and all(
            set(_stems(other)) < words and 2 * said[term] >= said[other] for other in same
        )
        if same and not better:
            continue
        written = spelled(term, texts, tokenizer)
        rest = [how for other, how in chosen.items() if other not in same]
        if not written or any(_one_in_the_other(written, how) for how in rest):
            continue
        chosen = {
            **{
                term if other in same[:1] else other: how
                for other, how in chosen.items()
                if other not in same[1:]
            },
            term: written,
        }
        if len(chosen) == MOST_TERMS:
            break
    return tuple(chosen.values())


def _one_in_the_other(one: str, other: str) -> bool:
    return bool(_THAI.search(one)) and (one in other or other in one)


def _stems(term: str) -> list[str]:
    return [_PLURAL.sub("", word.lstrip("#$")) for word in term.split()]


def label_of(terms: Sequence[str]) -> str:
    """A name of the most telling terms."""
    return JOINT.join(terms[:_ON_A_LABEL])


def still_true(label: str, terms: Collection[str]) -> bool:
    """Whether a name still fits: most of what it says is among the telling terms."""
    said = label.split(JOINT)
    return 2 * sum(one in terms for one in said) > len(said)


def in_language(terms: Sequence[str], language: str) -> tuple[str, ...]:
    """Without Thai terms unless the topic is Thai; Thai posts name brands in Latin letters."""
    if language == "th":
        return tuple(terms)
    return tuple(term for term in terms if not _THAI.search(term))
