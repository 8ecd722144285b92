"""One dimension of z at a time: moved while the rest is frozen, and every dimension scored by what it changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from dcgan.errors import ConfigError
from dcgan.latent.frames import Frames
from dcgan.latent.move import moved
from dcgan.latent.render import frames_of, units
from dcgan.models.generator import Generator


def traverse(G: Generator, base: np.ndarray, dim: int, values: Sequence[float]) -> Frames:
    """Set one dimension to each of several values, with the rest frozen.

    Args:
        G: the generator.
        base: z of shape (N, z_dim) that are frozen but for the dimension.
        dim: which, from 0.
        values: V of them.

    Returns:
        N * V pictures: all values of the first z, then of the second.

    Raises:
        ConfigError: there is no such dimension.
    """
    if not 0 <= dim < G.config.z_dim:
        raise ConfigError(f"--dims is between 0 and {G.config.z_dim - 1}, since z has {G.config.z_dim}, not {dim}")
    z = np.repeat(base, len(values), 0)
    z[:, dim] = np.tile(values, len(base))
    what = [{"base": i, "dim": dim, "value": float(value)} for i in range(len(base)) for value in values]
    return frames_of(G, z, what)


def along(G: Generator, base: np.ndarray, vector: np.ndarray, amounts: Sequence[float] | np.ndarray) -> Frames:
    """Move vectors along a direction by several amounts, in standard deviations (``move.moved``).

    Args:
        G: the generator.
        base: z of shape (N, z_dim).
        vector: the direction, (z_dim,), of length 1.
        amounts: A of them; 0 is the vector itself.

    Returns:
        N * A pictures: all amounts of the first z, then of the second.
    """
    z = moved(G.config.prior, base.repeat(len(amounts), 0), vector, np.tile(amounts, len(base)))
    what = [{"base": i, "amount": float(amount)} for i in range(len(base)) for amount in amounts]
    return frames_of(G, z, what)


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """How much, and where, the picture changes along each dimension of z."""

    scores: np.ndarray
    """float64 (z_dim,): the mean absolute change of a pixel between both ends, in steps of 0 to 255."""
    maps: np.ndarray
    """float32 (z_dim, H, W): the same at each place."""
    reach: float
    """The ends: -reach and reach."""

    @property
    def order(self) -> np.ndarray:
        """int64 (z_dim,): the dimensions, the one that changes most first."""
        return np.argsort(-self.scores, kind="stable")


def rank(
    G: Generator,
    base: np.ndarray,
    *,
    reach: float = 1.0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Ranking:
    """Score every dimension by how much the picture changes from -reach to reach along it, the rest frozen.

    Args:
        G: the generator.
        base: z of shape (N, z_dim), N at least 1: scores are means over them.
        reach: 1 is one standard deviation of a normal prior, and the end of a uniform one.
        progress: called with (dimensions done, dimensions).
    """
    dims = G.config.z_dim
    scores, maps = np.zeros(dims), np.zeros((dims, G.config.height, G.config.width), np.float32)
    for dim in range(dims):
        low, high = base.copy(), base.copy()
        low[:, dim], high[:, dim] = -reach, reach
        total = torch.zeros(G.config.height, G.config.width, dtype=torch.float64)
        for a, b in zip(units(G, low), units(G, high), strict=True):
            total += (b - a).abs().mean(1).sum(0).cpu()  # not every device has float64
        change = (total / len(base) * 127.5).numpy()
        scores[dim], maps[dim] = change.mean(), change
        progress(dim + 1, dims)
    return Ranking(scores=scores, maps=maps, reach=reach)
