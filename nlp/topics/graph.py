"""Posts that lie together: the graph of nearest neighbours, and its communities.

Two posts are joined when one is among the NEIGHBOURS nearest of the other, as strongly as they
are alike (the union of fuzzy sets, as in UMAP: McInnes et al. 2018). Topics are the communities of
that graph by Louvain's method (Blondel et al. 2008), which needs no number of topics and leaves
nobody out; those whose neighbours are mostly elsewhere are taken out afterwards.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, triu

from nlp.topics.model import Ids, Vectors

NEIGHBOURS = 15
# A community of a graph of so many posts is about a topic; with more posts, finer ones are found.
_POSTS = 3000
# How strongly a post is held by the topic it had in the fit before: as by so many neighbours.
_HELD = 2.0
_AT_ONCE = 512


def neighbour_graph(vectors: Vectors) -> csr_array:
    """The symmetric graph over rows of unit length; weights from 0 to 1. Exact, no sampling."""
    count = len(vectors)
    near = min(NEIGHBOURS, count - 1)
    places = np.empty((count, near), np.int64)
    weights = np.empty((count, near), np.float64)
    for start in range(0, count, _AT_ONCE):
        alike = vectors[start : start + _AT_ONCE] @ vectors.T
        rows = np.arange(len(alike))
        alike[rows, start + rows] = -2  # nobody is their own neighbour
        best = np.argpartition(-alike, near - 1, axis=1)[:, :near]
        places[start : start + len(alike)] = best
        weights[start : start + len(alike)] = np.take_along_axis(alike, best, axis=1)
    np.clip(weights, 1e-6, 1, out=weights)
    ends = np.arange(0, places.size + 1, near)
    one_way = csr_array((weights.ravel(), places.ravel(), ends), shape=(count, count))
    other_way = csr_array(one_way.T)
    return csr_array(one_way + other_way - one_way * other_way)


def communities(graph: csr_array, *, seed: int, before: Ids | None = None) -> Ids:
    """A label from 0 for each post, the largest community first; the same for the same seed.

    `before` are ids of topics that posts had in an earlier fit (0: none): those of one topic are
    joined through it, so that communities fall as they did where the posts do not say otherwise.
    """
    from networkx import Graph
    from networkx.algorithms.community import louvain_communities

    count = graph.shape[0]
    edges: Any = coo_array(triu(graph, 1))
    network = Graph()
    network.add_nodes_from(range(count))
    network.add_weighted_edges_from(
        zip(edges.coords[0].tolist(), edges.coords[1].tolist(), edges.data.tolist(), strict=True)
    )
    if before is not None:
        held = np.flatnonzero(before)
        anchors = (count + before[held]).tolist()
        network.add_weighted_edges_from(
            (post, anchor, _HELD) for post, anchor in zip(held.tolist(), anchors, strict=True)
        )
    found = louvain_communities(network, resolution=max(1.0, count / _POSTS), seed=seed)
    posts = [sorted(node for node in group if node < count) for group in found]
    labels = np.zeros(count, np.int64)
    for label, group in enumerate(sorted(posts, key=lambda group: (-len(group), group))):
        labels[group] = label
    return labels


def support(graph: csr_array, labels: Ids) -> NDArray[np.float64]:
    """For each post (a row) how much of its neighbours' weight is in each label (a column)."""
    count = len(labels)
    member = labels >= 0
    ones = np.ones(int(member.sum()))
    shape = (count, int(labels.max(initial=-1)) + 1)
    belongs = csr_array((ones, (np.flatnonzero(member), labels[member])), shape=shape)
    weight = np.asarray((graph @ belongs).todense(), np.float64)
    whole = np.asarray(graph.sum(axis=1), np.float64).reshape(-1, 1)
    return np.asarray(weight / np.maximum(whole, 1e-12), np.float64)
