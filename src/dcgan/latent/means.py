"""z ~ N(mean, std): what moving the mean and the spread of z does to pictures, and their average."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from dcgan.config import Prior
from dcgan.errors import ConfigError
from dcgan.images import to_pixels
from dcgan.latent.frames import Frames
from dcgan.latent.render import BATCH, frames_of, units
from dcgan.models.generator import Generator
from dcgan.models.prior import from_seeds


def law(prior: Prior, mean: float, std: float) -> str:
    """Return a distribution of z in words: ``N ~ (0, 0.4)`` as the source of ``anime-chollet`` writes it; for a uniform
    prior, whose numbers are multiplied by std and moved by mean just so, its ends."""
    if prior == "normal":
        return f"N ~ ({mean:g}, {std:g})"
    return f"U ~ ({mean - std:g}, {mean + std:g})"


def cell(G: Generator, seeds: Sequence[int], mean: float, std: float) -> Frames:
    """Return the pictures of seeds under another mean and spread: the same seed is the same draw in every cell.

    Args:
        G: the generator.
        seeds: any integers.
        mean: added to every number of z.
        std: multiplies every number of z before that; not negative.
    """
    z = _drawn(G, seeds) * std + mean
    what = [{"seed": seed, "mean": mean, "std": std} for seed in seeds]
    return frames_of(G, z, what)


def shifted(G: Generator, n: int, mean: float, std: float, first: int = 0, batch: int = BATCH) -> Iterator[Tensor]:
    """Yield the pictures of n seeds under a mean and a spread, float32 (at most ``batch``, C, H, W) in [-1, 1]."""
    for start in range(first, first + n, batch):
        yield from units(G, _drawn(G, range(start, min(start + batch, first + n))) * std + mean, batch)


def average(G: Generator, n: int, mean: float, std: float, first: int = 0, batch: int = BATCH) -> np.ndarray:
    """Return the average picture of n samples, in flat memory: the mean of what G makes, not G of a mean.

    Transparent pictures are averaged as they are seen: colours count by their alpha.

    Args:
        G: the generator.
        n: samples, at least 1: seeds ``first`` to ``first + n - 1``.
        mean, std: of z, as for ``cell``.
        first: the first seed.
        batch: pictures made at a time.

    Returns:
        uint8 (H, W, C); sums are float64.
    """
    if n < 1:
        raise ConfigError(f"--n is at least 1, not {n}")
    total: Tensor | None = None
    for x in shifted(G, n, mean, std, first, batch):
        part = _weighted(x).sum(0).cpu().double()  # a batch fits float32, and not every device has float64
        total = part if total is None else total + part
    assert total is not None
    return to_pixels(_unweighted(total / n)[None])[0]


def centre(G: Generator, mean: float) -> np.ndarray:
    """Return the vector all of whose numbers are ``mean``, float32 (1, z_dim): the mean of the z that are averaged."""
    return np.full((1, G.config.z_dim), mean, np.float32)


def _drawn(G: Generator, seeds: Sequence[int]) -> np.ndarray:
    return from_seeds(G.config.prior, seeds, G.config.z_dim).numpy().astype(np.float64)


def _weighted(x: Tensor) -> Tensor:
    """Multiply colours in [0, 1] by their alpha, where there is one; (N, C, H, W) in [-1, 1] otherwise as it is."""
    if x.shape[1] != 4:
        return x
    seen = (x + 1) / 2
    return torch.cat([seen[:, :3] * seen[:, 3:], seen[:, 3:]], 1)


def _unweighted(mean: Tensor) -> Tensor:
    """Undo ``_weighted`` for a mean (C, H, W)."""
    if len(mean) != 4:
        return mean
    return torch.cat([mean[:3] / mean[3:].clamp(min=1e-6), mean[3:]]) * 2 - 1
