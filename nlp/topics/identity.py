"""The same theme keeps its identity from fit to fit: number, name and colour."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from nlp.topics.model import COLOURS, NONE, Churn, Group, Ids, Topic, TopicModel, Vectors
from nlp.topics.naming import still_true

# Two topics are the same when the mean of their centroids' cosine and of the share of posts that
# both fits give them reaches this. Chosen on windows of Hacker News that slide.
SAME = 0.5
# One that was gone has no posts to compare; its centroid must be very near.
SAME_AGAIN = 0.9
MOST_GONE = 500  # remembered


def likeness(previous: TopicModel, centroids: Vectors, before: Ids, labels: Ids) -> Vectors:
    """How alike each topic before (a row) and each label now (a column) are, from 0 to 1.

    `before` are the ids that the previous model gives the posts that now have `labels`.
    """
    count = len(centroids)
    rows = {topic.id: row for row, topic in enumerate(previous.topics)}
    shared = np.zeros((len(rows), count))
    for old, label in zip(before.tolist(), labels.tolist(), strict=True):
        if old != NONE and label >= 0:
            shared[rows[old], label] += 1
    old_sizes = shared.sum(axis=1, keepdims=True)
    new_sizes = shared.sum(axis=0, keepdims=True)
    either = np.maximum(old_sizes + new_sizes - shared, 1)
    cosine = np.clip(previous.centroids.astype(np.float64) @ centroids.T, 0, 1)
    return np.asarray((cosine + shared / either) / 2, np.float32)


def matched(alike: NDArray[np.float32], least: float) -> dict[int, int]:
    """Columns to rows, one to one, so that they are most alike in all; none below `least`."""
    rows, columns = linear_sum_assignment(-np.asarray(alike, np.float64))
    return {
        int(column): int(row)
        for row, column in zip(rows, columns, strict=True)
        if alike[row, column] >= least
    }


def with_identity(
    found: Sequence[Topic], centroids: Vectors, previous: TopicModel, alike: Vectors
) -> tuple[list[Topic], Churn]:
    """The topics found, those that were there before under their id, colour and (if true) name."""
    same = matched(alike, SAME)
    known = {place: previous.topics[row] for place, row in same.items()}
    rest = [place for place in range(len(found)) if place not in known]
    if previous.gone and rest:
        again = previous.gone_centroids @ centroids[rest].T
        for column, row in matched(again, SAME_AGAIN).items():
            known[rest[column]] = previous.gone[row]
    following = previous.next_id
    topics: list[Topic] = []
    for place, topic in enumerate(found):
        before = known.get(place)
        if before is None:
            topics.append(replace(topic, id=following))
            following += 1
            continue
        label = before.label if still_true(before.label, topic.terms) else topic.label
        topics.append(replace(topic, id=before.id, label=label, colour=before.colour))
    topics = coloured(topics, new={topics[place].id for place in range(len(found))} - _ids(known))
    return topics, _churn(previous, topics)


def _ids(known: dict[int, Topic]) -> set[int]:
    return {topic.id for topic in known.values()}


def coloured(topics: Sequence[Topic], new: set[int]) -> list[Topic]:
    """The topics, each of the ids in `new` in the colour that is used least so far."""
    used = Counter(topic.colour for topic in topics if topic.id not in new)
    painted = []
    for topic in topics:
        if topic.id in new:
            colour = min(range(COLOURS), key=lambda colour: (used[colour], colour))
            used[colour] += 1
            topic = replace(topic, colour=colour)  # noqa: PLW2901 - the same topic, painted
        painted.append(topic)
    return painted


def _churn(previous: TopicModel, topics: Sequence[Topic]) -> Churn:
    labels = {topic.id: topic.label for topic in previous.topics}
    now = {topic.id: topic.label for topic in topics}
    return Churn(
        kept=tuple(one for one in now if labels.get(one) == now[one]),
        renamed=tuple(one for one in now if one in labels and labels[one] != now[one]),
        new=tuple(one for one in now if one not in labels),
        gone=tuple(one for one in labels if one not in now),
    )


def gone_since(previous: TopicModel, topics: Sequence[Topic]) -> tuple[tuple[Topic, ...], Vectors]:
    """The topics that were there before and are not now, the latest first, with their centroids."""
    here = {topic.id for topic in topics}
    both = [
        *zip(previous.topics, previous.centroids, strict=True),
        *zip(previous.gone, previous.gone_centroids, strict=True),
    ]
    kept = [(topic, row) for topic, row in both if topic.id not in here][:MOST_GONE]
    # What they stood for in the texts of another fit means nothing any more.
    gone = tuple(replace(topic, representatives=(), parent=None) for topic, _ in kept)
    rows = [row for _, row in kept]
    return gone, np.array(rows, np.float32).reshape(len(rows), previous.dimensions)


def same_groups(groups: Sequence[Group], previous: Sequence[Group]) -> list[Group]:
    """The groups, those under the id of the group before with which they share most topics."""
    kept: dict[int, int] = {}
    if groups and previous:
        alike = np.array(
            [
                [
                    len(set(old.topics) & set(new.topics)) / len(set(old.topics) | set(new.topics))
                    for new in groups
                ]
                for old in previous
            ],
            np.float32,
        )
        kept = {place: previous[row].id for place, row in matched(alike, 1 / 3).items()}
    following = max((group.id for group in previous), default=0) + 1
    named = []
    for place, group in enumerate(groups):
        number = kept.get(place, following)
        following += place not in kept
        named.append(replace(group, id=number))
    return named
