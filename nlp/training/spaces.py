"""Vector spaces of words: counted from texts, led toward a teacher, turned onto another."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd

from nlp.embeddings import grams

Floats = NDArray[np.float32]
Rows = Mapping[str, int]

WINDOW = 5
SMOOTHING = 0.75  # of how frequent a context is (Levy et al. 2015)
PIECE = 60  # words of a long text that count as one text
SEED = 7


def unit(rows: Floats) -> Floats:
    """The rows at unit length; zeros stay."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    found: Floats = rows / np.maximum(norms, 1e-9)
    return found


def vocabulary(texts: Sequence[Sequence[str]], fewest: int, most: int) -> list[str]:
    """The most frequent words, most frequent first."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [word for word, count in islice(ranked, most) if count >= fewest]


def bags(texts: Sequence[Sequence[str]], rows: Rows) -> sparse.csr_array:
    """How often each word stands in each text."""
    places = [[rows[word] for word in text if word in rows] for text in texts]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in places])])
    columns = np.array([place for one in places for place in one], np.int64)
    counts = np.ones(len(columns), np.float32)
    found = sparse.csr_array((counts, columns, starts), shape=(len(texts), len(rows)))
    found.sum_duplicates()
    return found


def neighbours(texts: Sequence[Sequence[str]], rows: Rows, dimensions: int) -> Floats:
    """Words by the words near them: positive pointwise mutual information, root of the SVD."""
    flat = np.array(
        [place for text in texts for place in [*(rows.get(w, -1) for w in text), *[-1] * WINDOW]]
    )
    size = len(rows)
    near = sparse.csr_array((size, size), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        one, other = flat[:-distance], flat[distance:]
        inside = (one >= 0) & (other >= 0) & (one != other)
        weights = np.full(int(inside.sum()), 1 / distance, np.float32)
        near += sparse.coo_array((weights, (one[inside], other[inside])), (size, size)).tocsr()
    pairs = (near + near.T).tocoo()
    row, column = pairs.coords
    total = np.maximum(np.bincount(row, pairs.data, minlength=size), 1e-9)
    context = total**SMOOTHING / np.sum(total**SMOOTHING)
    value = np.log(pairs.data / total[row] / context[column])
    kept = value > 0
    matrix = sparse.csr_array(
        (value[kept].astype(np.float32), (row[kept], column[kept])), (size, size)
    )
    left, strength, _ = randomized_svd(matrix, dimensions, n_iter=3, random_state=SEED)
    found: Floats = (left * strength**0.5).astype(np.float32)
    return found


def subjects(
    texts: Sequence[Sequence[str]], rows: Rows, weights: Floats, dimensions: int
) -> Floats:
    """Words by the texts they stand in: latent semantic analysis, with the weights of words."""
    parts = [text[at : at + PIECE] for text in texts for at in range(0, len(text), PIECE)]
    counts = bags(parts, rows)
    counts.data = (1 + np.log(counts.data)) * weights[counts.indices]
    lengths = np.repeat(np.sqrt(counts.power(2).sum(axis=1)), np.diff(counts.indptr))
    counts.data /= np.maximum(lengths, 1e-9)
    _, strength, right = randomized_svd(counts, dimensions, n_iter=2, random_state=SEED)
    found: Floats = (right.T * strength**0.25 * weights[:, None]).astype(np.float32)
    return found


def directions(texts: Floats) -> Floats:
    """The principal directions of texts at unit length, the strongest first, as rows."""
    _, vectors = np.linalg.eigh(texts.T.astype(float) @ texts)
    found = vectors[:, ::-1].T
    # The sign of a direction is nobody's choice: the largest part is positive.
    largest = found[np.arange(len(found)), np.abs(found).argmax(axis=1)]
    signed: Floats = (found * np.sign(largest)[:, None]).astype(np.float32)
    return signed


def solved(left: sparse.csr_array, right: Floats, ridge: float, steps: int) -> Floats:
    """Rows X with left @ X near right, and small: ridge regression by conjugate gradients."""
    found = np.zeros((left.shape[1], right.shape[1]), np.float32)
    rest = (left.T @ right).astype(np.float32)
    step = rest.copy()
    size = np.einsum("ij,ij->j", rest, rest)
    for _ in range(steps):
        moved = left.T @ (left @ step) + ridge * step
        rate = size / np.maximum(np.einsum("ij,ij->j", step, moved), 1e-12)
        found += rate * step
        rest -= rate * moved
        new = np.einsum("ij,ij->j", rest, rest)
        step = rest + new / np.maximum(size, 1e-12) * step
        size = new
    return found.astype(np.float32)


def taught(
    start: Floats, counts: sparse.csr_array, targets: Floats, ridge: float, steps: int = 30
) -> Floats:
    """Word vectors near `start` whose sums lie near what a teacher says of the texts."""
    sums = counts @ start
    lengths = np.maximum(np.linalg.norm(sums, axis=1), 1e-6)
    scaled = sparse.diags_array((1 / lengths).astype(np.float32)) @ counts
    change = solved(scaled.tocsr(), targets - sums / lengths[:, None], ridge, steps)
    return start + change


def rotation(rows: Floats, onto: Floats) -> Floats:
    """The rotation that turns rows onto others (Schönemann 1966)."""
    left, _, right = np.linalg.svd(rows.T.astype(float) @ onto)
    found: Floats = (left @ right).astype(np.float32)
    return found


def letters(words: Sequence[str], vectors: Floats, buckets: int, ridge: float) -> Floats:
    """A vector for each letter place, so that a word's places sum up to about its vector."""
    places = [grams(word, buckets) for word in words]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in places])])
    columns = np.array([place for one in places for place in one], np.int64)
    matrix = sparse.csr_array(
        (np.ones(len(columns), np.float32), columns, starts), (len(words), buckets)
    )
    return solved(matrix, vectors, ridge, 15)
