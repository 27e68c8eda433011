"""Topics that are alike, in groups that have names of their own."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.topics.model import Vectors

_FEWEST = 4  # topics; fewer need no groups


def grouped(centroids: Vectors, sizes: Sequence[int]) -> list[list[int]]:
    """The places of topics by group, the largest group and in it the largest topic first.

    Ward's method on the centroids, cut where there are as many groups as a group has topics on
    average. A topic that is like no other is in no group.
    """
    count = len(centroids)
    if count < _FEWEST:
        return []
    from scipy.cluster.hierarchy import fcluster, linkage

    tree = linkage(np.asarray(centroids, np.float64), method="ward")
    labels: NDArray[np.int32] = fcluster(tree, round(count**0.5), criterion="maxclust")
    found: dict[int, list[int]] = {}
    for place in sorted(range(count), key=lambda place: (-sizes[place], place)):
        found.setdefault(int(labels[place]), []).append(place)
    groups = [places for places in found.values() if len(places) > 1]
    return sorted(groups, key=lambda places: (-sum(sizes[place] for place in places), places))
