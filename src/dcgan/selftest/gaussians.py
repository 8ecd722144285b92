"""Modes that can be counted exactly: two-dimensional mixtures of Gaussians, and what samples cover of them.

The mixtures are those of PacGAN (Lin and others, arXiv 1712.04086) as its released code has them, after VEEGAN
(Srivastava and others, arXiv 1705.07761): a ring of 8 and a grid of 25. So is the counting: a sample is of high quality
when it lies within three standard deviations of a mode's centre, and a mode is found when a sample of high quality
falls to it.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dcgan.metrics.modes import modes

NEAR = 3.0  # standard deviations within which a sample is of high quality
SAMPLES = 2500  # judged, as in PacGAN


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """Equally likely round Gaussians in the plane."""

    name: str
    centres: np.ndarray
    """float64 (modes, 2)."""
    std: float
    """Standard deviation in each direction, in the unit of the centres."""

    @property
    def reach(self) -> float:
        """The largest coordinate of a centre: G and D see points divided by it."""
        return float(np.abs(self.centres).max())


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What samples cover of a mixture."""

    found: int
    """Modes that a sample of high quality falls to."""
    good: float
    """Share of samples of high quality, in [0, 1]."""
    kl: float
    """Reverse KL in nats: the modes of the samples of high quality against equal shares; NaN where there are none."""


def ring() -> Mixture:
    """Eight modes on the unit circle, of standard deviation 0.01."""
    angles = np.arange(8) * 2 * np.pi / 8
    return Mixture(name="ring", centres=np.stack([np.cos(angles), np.sin(angles)], axis=1), std=0.01)


def grid() -> Mixture:
    """Twenty-five modes at -4, -2, 0, 2, 4 in both directions, of standard deviation 0.05."""
    steps = np.arange(-4.0, 5, 2)
    return Mixture(name="grid", centres=np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2), std=0.05)


MIXTURES = {"ring": ring, "grid": grid}


def judge(mixture: Mixture, points: np.ndarray) -> Verdict:
    """Return what points (N, 2), in the mixture's unit, cover."""
    distances = np.linalg.norm(points[:, None] - mixture.centres[None], axis=2)
    nearest = distances.argmin(axis=1)
    good = distances[np.arange(len(points)), nearest] < NEAR * mixture.std
    if not good.any():
        return Verdict(found=0, good=0.0, kl=math.nan)
    counted = modes(nearest[good], len(mixture.centres))
    return Verdict(found=counted.found, good=float(good.mean()), kl=counted.kl)


def draw_points(mixture: Mixture, count: int, address: int) -> Tensor:
    """Draw points of a mixture as pictures of one pixel and two channels, divided by its reach.

    Args:
        mixture: what to draw from.
        count: how many.
        address: decides the draw (``rng.key``).

    Returns:
        float32 (count, 2, 1, 1).
    """
    generator = torch.Generator().manual_seed(address)
    chosen = torch.randint(len(mixture.centres), (count,), generator=generator)
    centres = torch.from_numpy(mixture.centres).float()[chosen]
    noise = torch.randn((count, 2), generator=generator)
    return ((centres + mixture.std * noise) / mixture.reach)[:, :, None, None]


def to_points(x: Tensor, mixture: Mixture) -> np.ndarray:
    """Return points (N, 2), float64 in the mixture's unit, of what G makes (N, 2, 1, 1)."""
    return x.detach()[:, :, 0, 0].double().numpy() * mixture.reach


def noise_over(mixture: Mixture, count: int, address: int) -> np.ndarray:
    """Return points (count, 2) spread evenly over the square that holds the mixture: what knows nothing of it.

    Many such points find every mode, each by accident: it is the share of high quality that tells them apart.
    """
    generator = torch.Generator().manual_seed(address)
    x = torch.rand((count, 2), generator=generator).mul_(2).sub_(1)
    return to_points(x[:, :, None, None], mixture)
