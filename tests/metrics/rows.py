"""Features for tests of measures."""

import numpy as np

BAD = [
    (np.zeros((9, 3)), np.zeros((9, 4)), r"same d.*\(9, 3\).*\(9, 4\)"),
    (np.zeros((0, 3)), np.zeros((9, 3)), r"\(0, 3\)"),
    (np.zeros((9, 3)), np.full((9, 3), np.nan), r"NaN.*\(9, 3\)"),
    (np.zeros((9, 3)), np.full((9, 3), np.inf), r"infinity.*\(9, 3\)"),
    (np.zeros(9), np.zeros((9, 3)), r"\(9,\)"),
    (np.zeros((9, 3)), np.zeros((9, 3), complex), "real numbers"),
    (np.zeros((1, 3)), np.zeros((9, 3)), r"\(1, 3\)"),
]
"""Two sets that a measure of two sets refuses, and what it says; the last for measures that need two rows."""


def gaussian(seed: int, *shape: int) -> np.ndarray:
    """Draw N(0, 1), float64."""
    return np.random.default_rng(seed).normal(size=shape)


def clusters(seed: int, count: int, kinds: int, dim: int = 8, apart: float = 20.0) -> np.ndarray:
    """Draw rows around ``kinds`` centres, which are the same for every seed; ``count`` of each kind, kind by kind."""
    centres = apart * gaussian(0, kinds, dim)
    return np.repeat(centres, count, axis=0) + gaussian(seed, count * kinds, dim)
