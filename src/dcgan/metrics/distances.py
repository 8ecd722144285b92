"""Squared Euclidean distances between many rows, a tile at a time, and the nearest rows of each.

The distances of a tile are one product of matrices in float64, |a|² + |b|² - 2ab, taken about the mean, so that an
offset costs no digits. Where a and b nearly coincide the sum cancels; there the differences themselves are squared. So
each is right to about 1e-10 of itself, and 0 exactly where two rows are equal, as they often are when G memorises or
collapses. Memory does not grow with the number of pairs.
"""

from collections.abc import Iterator

import numpy as np
from scipy.spatial.distance import cdist

from dcgan.metrics.checks import parts

TIE = 1e-9
"""Squared distances that differ by less than this share of themselves count as equal, whatever was rounded."""
CLOSE = 2e-5  # of |a|²: below, the product has too few digits left
MANY = 8  # with more than one pair of so many close, or tied, the tile is treated as a whole
FEW = 2**16  # candidates that are never too many
COLUMNS = 2**14


def tiles(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Yield (rows of a, rows of b, their squared distances float64), all of b for the first rows of a, and so on.

    Args:
        a: (N, d), any real dtype.
        b: (M, d).
    """
    centre = b.mean(axis=0, dtype=np.float64)
    for rows in parts(len(a), min(len(b), COLUMNS)):
        left = a[rows] - centre
        own = np.einsum("nd,nd->n", left, left)
        left = np.column_stack([-2 * left, own, np.ones(len(left))])  # one product makes all three terms
        for start in range(0, len(b), COLUMNS):
            columns = slice(start, min(start + COLUMNS, len(b)))
            right = b[columns] - centre
            other = np.einsum("nd,nd->n", right, right)
            found = left @ np.column_stack([right, np.ones(len(right)), other]).T
            _settle(found, own, a[rows], b[columns])
            yield rows, columns, found


def squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the squared distances of a[i] to b[i], float64 (N,), by the differences themselves."""
    found = np.empty(len(a))
    for rows in parts(len(a), a.shape[1]):
        found[rows] = np.square(a[rows].astype(np.float64) - b[rows]).sum(axis=1)
    return found


def nearest(a: np.ndarray, b: np.ndarray, k: int, leave_self: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Find for every row of a the k rows of b that are nearest to it, nearest first; of equals the lower row.

    Products of matrices propose candidates, the differences themselves decide. Only where more than an eighth of a
    large tile is tied, as after a collapse, is it left open which of the equals are named.

    Args:
        a: (N, d), any real dtype.
        b: (M, d), M at least k (k + 1 with ``leave_self``).
        k: how many.
        leave_self: a is b, and a row is not its own neighbour. An equal one is.

    Returns:
        Squared distances float64 (N, k) and indices int64 (N, k).
    """
    distances, indices = np.full((len(a), k), np.inf), np.full((len(a), k), -1)
    for rows, columns, found in tiles(a, b):
        if leave_self:
            own = np.arange(max(rows.start, columns.start), min(rows.stop, columns.stop))
            found[own - rows.start, own - columns.start] = np.inf
        i, j = _candidates(found, k, distances[rows, -1:])
        exact = _pairs(a[rows], b[columns], i, j)
        _merge(distances[rows], indices[rows], i, j + columns.start, exact)
    return distances, indices


def _settle(found: np.ndarray, own: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """Put the squared differences where the product has lost its digits."""
    close = found < CLOSE * own[:, None]
    count = np.count_nonzero(close)
    if count * MANY > found.size:
        cdist(a.astype(np.float64), b.astype(np.float64), "sqeuclidean", out=found)
    elif count:
        i, j = np.nonzero(close)
        found[i, j] = _pairs(a, b, i, j)


def _pairs(a: np.ndarray, b: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    found = np.empty(len(i))
    for some in parts(len(i), a.shape[1]):
        found[some] = squared(a[i[some]], b[j[some]])
    return found


def _candidates(found: np.ndarray, k: int, reached: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places (rows, columns) of at least the k smallest of each row, unless k smaller than ``reached`` are known."""
    bound = np.minimum(_bound(found, k), reached)
    tied = found <= bound * (1 + TIE)
    if np.count_nonzero(tied) <= max(found.size // MANY, FEW):
        i, j = np.nonzero(tied)
        return i, j
    columns = np.argpartition(found, k - 1, axis=1)[:, :k]
    return np.repeat(np.arange(len(found)), k), columns.ravel()


def _bound(found: np.ndarray, k: int) -> np.ndarray:
    """Return (N, 1) numbers that at least k of each row do not exceed; infinity where a row has fewer.

    Columns are folded upon each other, the smaller value staying: k values that stay are values of k columns. That is
    ten times as fast as partitioning whole rows.
    """
    if found.shape[1] < k:
        return np.full((len(found), 1), np.inf)
    while found.shape[1] >= max(128, 8 * k):
        half = found.shape[1] // 2
        found = np.minimum(found[:, :half], found[:, half : 2 * half])
    return np.partition(found, k - 1, axis=1)[:, k - 1 : k]


def _merge(distances: np.ndarray, indices: np.ndarray, i: np.ndarray, j: np.ndarray, exact: np.ndarray) -> None:
    """Let the candidates take their places among the k nearest so far."""
    count, k = distances.shape
    rows = np.concatenate([np.repeat(np.arange(count), k), i])
    values, names = np.concatenate([distances.ravel(), exact]), np.concatenate([indices.ravel(), j])
    order = np.lexsort((names, values, rows))
    starts = np.searchsorted(rows[order], np.arange(count))
    kept = order[starts[:, None] + np.arange(k)]
    distances[:], indices[:] = values[kept], names[kept]
