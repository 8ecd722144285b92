"""Moving z along a direction: the one way in which it is done.

Amounts are counted in standard deviations of the prior, so that 3 is as far in every model: 3 for N(0, 1), as in
InterFaceGAN (Shen and others, arXiv 1907.10786), and sqrt(3) for U(-1, 1).

Numbers that leave [-1, 1] under a uniform prior are not brought back. On a 32x32 CelebA model with five labels,
clipping flipped 0 to 6 in 100 labels fewer at the same amount and as many for as much change elsewhere, and the
pictures looked the same. Without it a step back undoes a step forward, and ``seed:1 + 3 * direction:smile`` is the same
vector as here.
"""

import numpy as np

from dcgan.config import Prior


def moved(prior: Prior, z: np.ndarray, direction: np.ndarray, amount: float | np.ndarray) -> np.ndarray:
    """Return z moved by so many standard deviations.

    Args:
        prior: that z was drawn from.
        z: (d,) or (N, d).
        direction: (d,), of length 1.
        amount: a number, or (N,).

    Returns:
        float64, of the shape of z, or (N, d).
    """
    return np.asarray(z, np.float64) + np.asarray(amount, np.float64)[..., None] * step(prior, direction)


def step(prior: Prior, direction: np.ndarray) -> np.ndarray:
    """Return what an amount of 1 adds to z: a direction (d,) of length 1 at the length of a standard deviation."""
    return deviation(prior) * np.asarray(direction, np.float64)


def deviation(prior: Prior) -> float:
    """Return the standard deviation of every number of z: 1 for N(0, 1), 1 / sqrt(3) for U(-1, 1)."""
    return 1.0 if prior == "normal" else 3**-0.5
