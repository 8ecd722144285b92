"""The turn: the difference of two averages of samples, and any sample moved along it.

Radford and others (arXiv 1511.06434, section 6.3.2): from four averaged samples of faces that look left and four that
look right a vector was made, and with interpolations along this axis random samples were turned.
"""

from dataclasses import dataclass, replace

import numpy as np

from dcgan.errors import check
from dcgan.latent.directions.examples import difference
from dcgan.latent.frames import Frames
from dcgan.latent.move import deviation
from dcgan.latent.traverse import along
from dcgan.models.generator import Generator


@dataclass(frozen=True, kw_only=True)
class Turn:
    """From one average to another."""

    direction: np.ndarray
    """float64 (z_dim,), of length 1."""
    length: float
    """Of the difference."""


def turn_between(from_: np.ndarray, to: np.ndarray) -> Turn:
    """Return the turn from the mean of vectors (n, d) to the mean of others (m, d).

    Raises:
        ConfigError: both means are the same.
    """
    direction, length = difference(to, from_)
    return Turn(direction=direction, length=length)


def turned(G: Generator, base: np.ndarray, turn: Turn, steps: int, reach: float = 1.0) -> Frames:
    """Move samples along a turn, both ways: from the sample less the whole difference to the sample and all of it.

    Args:
        G: the generator.
        base: z of the samples, (N, z_dim).
        turn: the turn.
        steps: pictures a sample, at least 2; an odd number has the sample itself in the middle.
        reach: 1 is the whole difference at both ends.

    Returns:
        N * steps pictures: all of the first sample, then of the second.

    Raises:
        ConfigError: there are fewer than two steps, or no reach.
    """
    check(steps >= 2, "--steps is at least 2", steps)
    check(0 < reach < 1000, "--reach is above 0", reach)
    amounts = np.linspace(-reach, reach, steps)
    frames = along(G, base, turn.direction, amounts * turn.length / deviation(G.config.prior))
    what = [{"sample": i, "turn": round(float(t), 4)} for i in range(len(base)) for t in amounts]
    return replace(frames, what=what)
