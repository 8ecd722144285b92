"""Precision, recall, density and coverage: are the fakes like reals, and are all kinds of reals among them?"""

from dataclasses import dataclass

import numpy as np

from dcgan.errors import UserError
from dcgan.metrics.checks import check_features
from dcgan.metrics.distances import TIE, nearest, tiles


@dataclass(frozen=True, kw_only=True)
class Prdc:
    """All four are best when high; precision, recall and coverage are shares in [0, 1]."""

    precision: float
    """Share of fakes that lie in the ball of some real."""
    recall: float
    """Share of reals that lie in the ball of some fake."""
    density: float
    """Balls of reals that a fake lies in, on average, over k: about 1 where fakes are reals, not bounded by it."""
    coverage: float
    """Share of reals with a fake in their ball."""


def prdc(real: np.ndarray, fake: np.ndarray, k: int = 5) -> Prdc:
    """Measure precision and recall, density and coverage by balls that reach to the k-th nearest neighbour.

    A real's ball reaches to its k-th nearest other real, a fake's to its k-th nearest other fake (Euclidean). Balls are
    closed, and distances that are equal but for rounding count as equal, so a fake that copies a real lies in its ball
    even where k reals coincide. Kynkäänniemi and others, arXiv 1904.06991 (precision, recall; k = 3 there); Naeem and
    others, arXiv 2002.09797 (density, coverage; k = 5).

    Args:
        real: (N, d) features of real pictures, any real dtype.
        fake: (M, d) features of generated ones.
        k: neighbours; fewer than N and M.

    Raises:
        UserError: the features do not fit together, hold NaN, or are too few for k.
    """
    if k < 1:
        raise UserError(f"prdc takes k of at least 1, not {k}")
    check_features(real=real, fake=fake, least=k + 1)
    real_reach = nearest(real, real, k, leave_self=True)[0][:, -1] * (1 + TIE)
    fake_reach = nearest(fake, fake, k, leave_self=True)[0][:, -1] * (1 + TIE)
    balls = np.zeros(len(fake), np.int64)  # of reals, that each fake lies in
    recalled, covered = np.zeros(len(real), bool), np.zeros(len(real), bool)
    for rows, columns, distances in tiles(real, fake):
        inside = distances <= real_reach[rows, None]
        balls[columns] += np.count_nonzero(inside, axis=0)
        covered[rows] |= inside.any(axis=1)
        recalled[rows] |= (distances <= fake_reach[columns]).any(axis=1)
    return Prdc(
        precision=float(np.mean(balls > 0)),
        recall=float(recalled.mean()),
        density=float(balls.mean() / k),
        coverage=float(covered.mean()),
    )
