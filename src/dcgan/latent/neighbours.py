"""Memorised or not: the real pictures nearest to samples, and how near real pictures are to each other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

Read = Callable[[np.ndarray], np.ndarray]
"""From pictures uint8 (n, H, W, C) to rows (n, d) whose distances count, of any real dtype."""
Search = Callable[[np.ndarray, np.ndarray, int], tuple[np.ndarray, np.ndarray]]
"""From rows a (n, d), b (m, d) and k, at most m, to the squared distances (n, k) and places in b of the k nearest."""
Progress = Callable[[int, int], None]
BLOCK = 2048  # real pictures that are read at a time
CLOSEST = 1.0  # per cent of real pictures that say what is close


def as_pixels(pictures: np.ndarray) -> np.ndarray:
    """Return pictures as rows of their pixels: a ``Read``. The distance is a root of a sum of
    squared steps of 0 to 255."""
    return pictures.reshape(len(pictures), -1)


@dataclass(frozen=True, kw_only=True)
class Near:
    """The k real pictures nearest to each of some pictures."""

    distances: np.ndarray
    """float64 (N, k), nearest first. Infinity where there are fewer than k."""
    rows: np.ndarray
    """int64 (N, k): which pictures they are; -1 where there are fewer."""

    def part(self, start: int, end: int) -> "Near":
        """Return what belongs to some of the pictures."""
        return Near(distances=self.distances[start:end], rows=self.rows[start:end])


def nearest(
    queries: np.ndarray,
    pictures: np.ndarray,
    rows: np.ndarray,
    k: int,
    *,
    read: Read,
    search: Search,
    own: np.ndarray | None = None,
    progress: Progress = lambda done, total: None,
) -> Near:
    """Find the pictures nearest to each of the queries, in memory that does not grow with the number of pictures.

    Args:
        queries: as ``read`` gives them, (N, d).
        pictures: uint8 (M, H, W, C), memory-mapped or not.
        rows: int64, ascending: which of them may be neighbours.
        k: how many.
        read: what makes a picture a row of numbers.
        search: finds the nearest of a block, such as ``dcgan.metrics.distances.nearest``.
        own: int64 (N,): which picture each query itself is, that is not its neighbour (an equal one is), or -1.
        progress: called with (pictures read, pictures).
    """
    wanted = k + (own is not None)
    distances, found = np.full((len(queries), wanted), np.inf), np.full((len(queries), wanted), -1)
    for part in _blocks(rows):
        block = read(np.asarray(pictures[part]))
        squares, places = search(queries, block, min(wanted, len(part)))
        distances, found = _merged(distances, found, np.sqrt(squares), part[places])
        progress(int(np.searchsorted(rows, part[-1])) + 1, len(rows))
    return Near(distances=distances, rows=found) if own is None else _without(distances, found, own)


def _blocks(rows: np.ndarray) -> Iterator[np.ndarray]:
    return (rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK))


def _merged(
    distances: np.ndarray, found: np.ndarray, others: np.ndarray, their: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest of both, as many as there were; of equals the earlier."""
    both, names = np.concatenate([distances, others], 1), np.concatenate([found, their], 1)
    order = np.argsort(both, axis=1, kind="stable")[:, : distances.shape[1]]
    return np.take_along_axis(both, order, 1), np.take_along_axis(names, order, 1)


def _without(distances: np.ndarray, found: np.ndarray, own: np.ndarray) -> Near:
    """Leave each query's own row out; where more equals than wanted stand before it, the last."""
    other = (found != own[:, None]) | (own < 0)[:, None]
    other[other.all(1), -1] = False
    shape = (len(found), found.shape[1] - 1)
    return Near(distances=distances[other].reshape(shape), rows=found[other].reshape(shape))


# What the distances say ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How near samples are to training pictures, beside how near real pictures are to each other."""

    samples: np.ndarray
    """float64 (N,): from each sample to its nearest training picture."""
    real: np.ndarray
    """float64 (M,): from real pictures to the nearest other real one, without exact copies."""
    copies: int
    """Real pictures of which another is an exact copy; they say nothing of G."""
    held: np.ndarray = field(default_factory=lambda: np.empty(0))
    """float64 (H,): from pictures never trained on to the nearest training picture, where there are some."""

    @property
    def close(self) -> float:
        """What is close: only 1% of real pictures have another one as near, or nearer."""
        return float(np.percentile(self.real, CLOSEST)) if len(self.real) else float("nan")

    @property
    def share(self) -> float:
        """The share of samples that are closer to a training picture than that."""
        return float((self.samples < self.close).mean()) if len(self.real) else float("nan")

    @property
    def share_held(self) -> float:
        """The same share of pictures never trained on: what honest samples would have. NaN where there are none."""
        return float((self.held < self.close).mean()) if len(self.held) else float("nan")

    @property
    def nearer(self) -> float:
        """How often a sample's distance is below a real picture's, in [0, 1] (ties count half): 0.5 where samples are
        as near to training pictures as these are to each other, 1 where all are nearer: copies, or merely smoother,
        since a flat picture is nearer to everything."""
        order = np.sort(self.real)
        below = np.searchsorted(order, self.samples, "left") + np.searchsorted(order, self.samples, "right")
        return float(1 - below.mean() / 2 / len(order)) if len(order) else float("nan")


def verdict(samples: Near, real: Near, copies: np.ndarray, held: Near | None = None) -> Verdict:
    """Judge samples by their distances to the training pictures.

    Args:
        samples: of samples.
        real: of real pictures to the others (``nearest`` with ``own``), M of them.
        copies: bool (M,): which of these have an exact copy. In pixels, where the distance is 0.
        held: of pictures never trained on.
    """
    return Verdict(
        samples=samples.distances[:, 0],
        real=real.distances[~copies, 0],
        copies=int(copies.sum()),
        held=np.empty(0) if held is None else held.distances[:, 0],
    )
