"""Directions from examples: a few samples that are called "with", and a few "without"."""

import numpy as np

from dcgan.errors import ConfigError


def difference(with_: np.ndarray, without: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the direction from the mean of some vectors to the mean of others, and how far it is.

    With a handful of examples this is what there is to be known: means of three were what made arithmetic on z stable
    in Radford and others (arXiv 1511.06434), and the "turn" there is such a difference of means of four.

    Args:
        with_: (n, d).
        without: (m, d).

    Returns:
        float64 (d,) of length 1, and the length of the difference.

    Raises:
        ConfigError: both means are the same.
    """
    found = np.asarray(with_, np.float64).mean(0) - np.asarray(without, np.float64).mean(0)
    length = float(np.linalg.norm(found))
    if length < 1e-9:
        raise ConfigError("both sides have the same mean, so there is no direction between them: give other examples")
    return found / length, length
