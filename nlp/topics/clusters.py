"""Posts in clusters, with outliers, from which topics are made."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from nlp.topics.graph import communities, neighbour_graph, support
from nlp.topics.model import Ids, Vectors

OUTLIER = -1
# A post is an outlier when less than this of its neighbours' weight is in its cluster; but at
# most this share of all posts are, those with the least support.
SUPPORTED = 0.4
MOST_OUTLIERS = 0.15
# A cluster has at least so many posts, and one in so many.
_SMALLEST, _ONE_IN = 5, 1000
# New posts must be as near to a centroid as all but this share of its posts are.
_FARTHEST = 0.05
# But so near is near enough for any, and farther than this (rows of zeros) for none.
_NEAR, _FAR = 0.5, 0.05
_REPRESENTATIVES = 4
_TOO_ALIKE = 0.9


@dataclass(frozen=True)
class Clusters:
    """`labels` are OUTLIER or from 0, the largest first; `centroids` has a row for each."""

    labels: Ids
    centroids: Vectors

    def similarity(self, points: Vectors) -> Vectors:
        """How near each post is to the centroid of its cluster; 0 for an outlier."""
        found = np.zeros(len(points), np.float32)
        inside = self.labels != OUTLIER
        near = self.centroids[self.labels[inside]]
        found[inside] = np.einsum("ij,ij->i", points[inside], near)
        return found

    def nearest(self, points: Vectors) -> Vectors:
        """For each cluster the similarity that a new post must reach."""
        similarity = self.similarity(points)
        return np.array(
            [
                np.clip(np.quantile(similarity[self.labels == label], _FARTHEST), _FAR, _NEAR)
                for label in range(len(self.centroids))
            ],
            np.float32,
        )

    def representatives(self, points: Vectors) -> list[tuple[int, ...]]:
        """For each cluster the posts nearest to its centroid that are unlike each other."""
        similarity = self.similarity(points)
        found = []
        for label in range(len(self.centroids)):
            members = np.flatnonzero(self.labels == label)
            chosen: list[int] = []
            for post in members[np.argsort(-similarity[members], kind="stable")].tolist():
                if all(points[post] @ points[other] < _TOO_ALIKE for other in chosen):
                    chosen.append(post)
                if len(chosen) == _REPRESENTATIVES:
                    break
            found.append(tuple(chosen))
        return found


def clustered(points: Vectors, *, seed: int, before: Ids | None = None) -> Clusters:
    """Clusters of rows of unit length; `before` are their topics in an earlier fit (0: none)."""
    graph = neighbour_graph(points)
    labels = communities(graph, seed=seed, before=before)
    smallest = max(_SMALLEST, len(points) // _ONE_IN)
    labels = _by_neighbours(graph, labels, smallest)
    labels = _without_outliers(graph, labels)
    sizes = np.bincount(labels[labels != OUTLIER])
    order = [int(label) for label in np.argsort(-sizes, kind="stable") if sizes[label] > 1]
    number = np.full(len(sizes) + 1, OUTLIER)  # the last is what an outlier, -1, looks up
    number[order] = np.arange(len(order))
    labels = number[labels].astype(np.int64)
    return Clusters(labels, _centroids(points, labels, len(order)))


def _by_neighbours(graph: csr_array, labels: Ids, smallest: int) -> Ids:
    """Each post goes where most of its neighbours are; clusters too small are given up."""
    weight = support(graph, labels)
    weight[:, np.bincount(labels, minlength=weight.shape[1]) < smallest] = 0
    best = weight.argmax(axis=1)
    return np.where(weight.max(axis=1) > 0, best, OUTLIER).astype(np.int64)


def _without_outliers(graph: csr_array, labels: Ids) -> Ids:
    weight = support(graph, labels)
    inside = labels != OUTLIER
    own = np.where(inside, weight[np.arange(len(labels)), labels], 0)
    most = np.sort(own)[int(MOST_OUTLIERS * len(own))]
    return np.where(inside & (own >= min(SUPPORTED, most)), labels, OUTLIER).astype(np.int64)


def _centroids(points: Vectors, labels: Ids, count: int) -> Vectors:
    inside = np.flatnonzero(labels != OUTLIER)
    shape = (count, len(points))
    belongs = csr_array((np.ones(len(inside), np.float32), (labels[inside], inside)), shape=shape)
    sums = np.asarray(belongs @ points, np.float32)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.maximum(norms, 1e-9), np.float32)
