"""The measures as their definitions read: loops over rows, scipy's root of a matrix, scikit-learn's neighbours."""

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy.linalg import sqrtm
from sklearn.metrics.pairwise import polynomial_kernel
from sklearn.neighbors import NearestNeighbors


def frechet(a: np.ndarray, b: np.ndarray, ddof: int = 1) -> float:
    """Return the squared Fréchet distance of two Gaussians fitted to rows (N, d), by the root of the product."""
    cov_a, cov_b = (np.atleast_2d(np.cov(x, rowvar=False, ddof=ddof)) for x in (a, b))
    root = np.real(sqrtm(cov_a @ cov_b))
    return float(np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(cov_a + cov_b - 2 * root))


def kernel_distance(
    a: np.ndarray, b: np.ndarray, degree: int = 3, gamma: float | None = None, coef0: float = 1
) -> float:
    """Return the unbiased squared MMD over all rows."""
    k_aa, k_bb, k_ab = (
        polynomial_kernel(x, y, degree=degree, gamma=gamma, coef0=coef0) for x, y in ((a, a), (b, b), (a, b))
    )
    own = sum(np.mean([k[i, j] + k[j, i] for i, j in combinations(range(len(k)), 2)]) / 2 for k in (k_aa, k_bb))
    return float(own - 2 * k_ab.mean())


def reach(rows: np.ndarray, k: int) -> np.ndarray:
    """Return the distance of each row to its k-th nearest other row."""
    found = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(rows).kneighbors()[0]
    return found[:, -1]


def prdc(real: np.ndarray, fake: np.ndarray, k: int = 5) -> tuple[float, float, float, float]:
    """Return precision, recall, density, coverage, pair by pair. Ties are to the last bit: give rows without any."""
    real_reach, fake_reach = reach(real, k), reach(fake, k)
    distance = [[math.dist(r, f) for f in fake] for r in real]
    n, m = len(real), len(fake)
    inside_real = [[distance[i][j] <= real_reach[i] for j in range(m)] for i in range(n)]
    inside_fake = [[distance[i][j] <= fake_reach[j] for j in range(m)] for i in range(n)]
    precision = sum(any(inside_real[i][j] for i in range(n)) for j in range(m)) / m
    recall = sum(any(row) for row in inside_fake) / n
    density = sum(sum(row) for row in inside_real) / (k * m)
    coverage = sum(min(distance[i]) <= real_reach[i] for i in range(n)) / n
    return precision, recall, density, coverage


def inception_score(probabilities: np.ndarray, splits: int) -> tuple[float, float]:
    """Return mean and deviation of exp(mean KL) over consecutive splits, row by row."""
    scores = []
    for i in range(splits):
        part = probabilities[i * len(probabilities) // splits : (i + 1) * len(probabilities) // splits].tolist()
        marginal = [math.fsum(column) / len(part) for column in zip(*part, strict=True)]
        kls = [math.fsum(p * math.log(p / q) for p, q in zip(row, marginal, strict=True) if p > 0) for row in part]
        scores.append(math.exp(math.fsum(kls) / len(part)))
    return float(np.mean(scores)), float(np.std(scores))


def kl(labels: Sequence[int], target: Sequence[float]) -> float:
    """Return sum p ln(p / target), label by label."""
    shares = [sum(label == kind for label in labels) / len(labels) for kind in range(len(target))]
    return math.fsum(p * math.log(p / q) for p, q in zip(shares, target, strict=True) if p > 0)


def nearest(a: np.ndarray, b: np.ndarray, k: int, leave_self: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return squared distances and indices (N, k), nearest first, of equals the lower row first."""
    found = []
    for i, row in enumerate(a):
        pairs = [(float(np.sum((row - other) ** 2)), j) for j, other in enumerate(b) if not (leave_self and i == j)]
        found.append(sorted(pairs)[:k])
    return np.array([[d for d, _ in pairs] for pairs in found]), np.array([[j for _, j in pairs] for pairs in found])
