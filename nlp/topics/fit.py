"""Finding topics in posts: communities of our embedding's neighbours, named by BERTopic.

Near-copies count once. The graph of nearest neighbours falls into communities; posts whose
neighbours are elsewhere are outliers. Each topic gets its terms, name, group and representatives,
and the identity that it had before.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from listener.errors import InputError
from nlp.topics.clusters import OUTLIER, Clusters, clustered
from nlp.topics.groups import grouped
from nlp.topics.identity import coloured, gone_since, likeness, same_groups, with_identity
from nlp.topics.model import NONE, Churn, Fit, Group, Ids, Topic, TopicModel, Vectors
from nlp.topics.naming import in_language, label_of, require_bertopic, telling_terms
from nlp.topics.reading import Reading, read

FEWEST = 30  # different texts; of fewer no topics can be told


def fit(
    texts: Sequence[str],
    vectors: Vectors,
    *,
    embedding: str = "shipped",
    seed: int = 1,
    previous: TopicModel | None = None,
    words: Iterable[str] = (),
    stops: Collection[str] = (),
) -> Fit:
    """The topics of raw texts, whose `vectors` are those of the embedding of that name.

    `previous` is the model whose topics keep their id, label and colour where they are still
    there. `words` are names that the Thai tokenizer must not split; `stops` name no topic, such
    as the brand that all posts are about. Near-copies count once for what topics there are.
    InputError for fewer than FEWEST different texts; SettingsError without `krasae[topics]`, or
    when `previous` was made with another embedding.
    """
    require_bertopic()
    vectors = np.asarray(vectors, np.float32)
    if vectors.ndim != 2 or len(vectors) != len(texts):
        raise ValueError(f"{len(texts)} texts, but vectors of shape {vectors.shape}")
    if previous is not None:
        previous.check(embedding, vectors.shape[1])
    posts = _different(read(texts, words=words, stops=stops), vectors)
    before = None if previous is None else previous.assign(posts.points)[0]
    clusters = clustered(posts.points, seed=seed, before=before)
    topics, churn = _identified(_found(posts, clusters), clusters, previous, before)
    sizes = np.bincount(posts.of_texts(clusters.labels, OUTLIER) + 1, minlength=len(topics) + 1)
    topics = [replace(one, size=int(size)) for one, size in zip(topics, sizes[1:], strict=True)]
    groups = _groups(posts, clusters, topics, previous)
    model = _model(topics, groups, embedding, posts, clusters, previous)
    return _fitted(model, posts, clusters, vectors, churn)


@dataclass(frozen=True)
class _Posts:
    """The different texts that say something; `places` are theirs among all texts."""

    reading: Reading
    places: Ids
    points: Vectors

    def telling(self, labels: Ids) -> dict[int, tuple[str, ...]]:
        """The telling terms of each label, from the posts in the language of most of them."""
        languages = self.languages(labels)
        terms = [
            in_language(self.reading.terms[place], languages[label])
            if label != OUTLIER and self.reading.languages[place] == languages[label]
            else ()
            for place, label in zip(self.places.tolist(), labels.tolist(), strict=True)
        ]
        texts = [self.reading.texts[place] for place in self.places.tolist()]
        return telling_terms(terms, texts, self.points, labels, self.reading.tokenizer)

    def languages(self, labels: Ids) -> dict[int, str]:
        """What most posts of each label are written in."""
        counts: dict[int, Counter[str]] = {}
        for place, label in zip(self.places.tolist(), labels.tolist(), strict=True):
            counts.setdefault(label, Counter())[self.reading.languages[place]] += 1
        return {label: count.most_common(1)[0][0] for label, count in counts.items()}

    def of_texts(self, values: Ids, nothing: int) -> Ids:
        """Values of the posts as values of all texts, where a copy has that of its original."""
        found = np.full(len(self.reading.originals), nothing, np.int64)
        found[self.places] = values
        return found[self.reading.originals]


def _different(reading: Reading, vectors: Vectors) -> _Posts:
    own = np.arange(len(vectors)) == reading.originals
    places = np.flatnonzero(own & vectors.any(axis=1))
    if len(places) < FEWEST:
        raise InputError(
            f"Of {len(vectors)} texts only {len(places)} say something and are no copies; topics "
            f"need {FEWEST}.",
            remedy="Wait for more posts, or find topics over a longer time.",
        )
    return _Posts(reading, places, vectors[places])


def _found(posts: _Posts, clusters: Clusters) -> list[Topic]:
    """The topics under provisional ids, without size, group and colour."""
    languages = posts.languages(clusters.labels)
    telling = posts.telling(clusters.labels)
    topics = []
    for label, chosen in enumerate(clusters.representatives(posts.points)):
        topics.append(
            Topic(
                id=label + 1,
                label=label_of(telling[label]),
                terms=telling[label],
                size=0,
                representatives=tuple(int(posts.places[post]) for post in chosen),
                parent=None,
                language=languages[label],
                colour=0,
            )
        )
    return topics


def _identified(
    found: list[Topic], clusters: Clusters, previous: TopicModel | None, before: Ids | None
) -> tuple[list[Topic], Churn | None]:
    if previous is None or before is None:
        return coloured(found, new={topic.id for topic in found}), None
    alike = likeness(previous, clusters.centroids, before, clusters.labels)
    return with_identity(found, clusters.centroids, previous, alike)


def _groups(
    posts: _Posts, clusters: Clusters, topics: Sequence[Topic], previous: TopicModel | None
) -> list[Group]:
    inside = grouped(clusters.centroids, [topic.size for topic in topics])
    if not inside:
        return []
    of_topic = np.full(len(topics) + 1, OUTLIER)  # the last is an outlier's
    for group, places in enumerate(inside):
        of_topic[places] = group
    labels = of_topic[clusters.labels].astype(np.int64)
    telling = posts.telling(labels)
    groups = [
        Group(group + 1, label_of(telling[group]), tuple(topics[place].id for place in places))
        for group, places in enumerate(inside)
    ]
    return same_groups(groups, previous.groups if previous else ())


def _model(
    topics: Sequence[Topic],
    groups: Sequence[Group],
    embedding: str,
    posts: _Posts,
    clusters: Clusters,
    previous: TopicModel | None,
) -> TopicModel:
    parents = {topic: group.id for group in groups for topic in group.topics}
    dimensions = posts.points.shape[1]
    gone: tuple[Topic, ...] = ()
    gone_centroids = np.zeros((0, dimensions), np.float32)
    if previous is not None:
        gone, gone_centroids = gone_since(previous, topics)
    following = max([topic.id for topic in topics], default=0) + 1
    return TopicModel(
        topics=tuple(replace(topic, parent=parents.get(topic.id)) for topic in topics),
        groups=tuple(groups),
        embedding=embedding,
        dimensions=dimensions,
        centroids=clusters.centroids,
        nearest=clusters.nearest(posts.points),
        gone=gone,
        gone_centroids=gone_centroids,
        next_id=max(following, previous.next_id if previous else 1),
    )


def _fitted(
    model: TopicModel, posts: _Posts, clusters: Clusters, vectors: Vectors, churn: Churn | None
) -> Fit:
    labels = posts.of_texts(clusters.labels, OUTLIER)
    ids = np.array([*(topic.id for topic in model.topics), NONE], np.int64)
    found = ids[labels]
    return Fit(
        model=model,
        topics=found,
        similarity=Clusters(labels, clusters.centroids).similarity(vectors),
        outliers=float((found == NONE).mean()),
        churn=churn,
    )
