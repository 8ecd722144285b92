"""A direction that leaves others alone, as far as they are straight: projection (Shen and others, arXiv 1907.10786)."""

from collections.abc import Sequence

import numpy as np

from dcgan.errors import ConfigError

LEAST = 0.05
"""Of a direction's length at least so much is left, else nothing of it is its own."""


def conditional(direction: np.ndarray, others: Sequence[np.ndarray]) -> np.ndarray:
    """Return what of a direction is at right angles to all others.

    Moved along it, z keeps its place along each of the others. With one other direction n2 this is n1 - (n1 . n2) n2,
    at length 1.

    Args:
        direction: (d,), of length 1.
        others: (d,) each, of length 1; they need not be at right angles to each other.

    Returns:
        float64 (d,), of length 1.

    Raises:
        ConfigError: nearly nothing is left.
    """
    if not others:
        return np.asarray(direction, np.float64)
    left, sizes, _ = np.linalg.svd(np.stack(others, 1).astype(np.float64), full_matrices=False)
    span = left[:, sizes > 1e-9 * sizes.max()]
    rest = direction - span @ (span.T @ direction)
    length = np.linalg.norm(rest)
    if length < LEAST:
        raise ConfigError("the direction lies within those that it is to leave alone: condition on fewer labels")
    return rest / length
