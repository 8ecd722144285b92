"""The z of pictures: quick starts, a descent from each, the best one finished."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dcgan.latent.invert.encoder import Encoder, corrected, guess
from dcgan.latent.invert.objective import EXACT, Objective
from dcgan.latent.invert.optimise import adam, gauss_newton
from dcgan.latent.perceptual import Space
from dcgan.models.generator import Generator
from dcgan.models.precision import plain_float32
from dcgan.models.prior import draw_at
from dcgan.rng import key

TOGETHER = 64  # pictures that go down together
CORRECTIONS = 40
ROUNDING = 1e-5  # twice the mean squared error that rounding to 8 bits makes: no other start is worth it
NEAR = 1e-3  # a mean squared error from which Gauss-Newton steps find what there is without another start


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to look for z."""

    steps: int = 100
    """Of Adam, from each start."""
    starts: int = 4
    """At least 1: what the encoder says, or 0 without one, and others drawn from the prior."""
    rate: float = 0.03
    """Of Adam, at the beginning."""
    finish: int = 20
    """Gauss-Newton steps at most, from the best start."""
    perceptual: float = 0.0
    """Weight of the distance in D's features, beside the mean squared error of pixels."""
    prior: float = 1.0
    """Weight of a normal prior (see ``Objective``)."""
    seed: int = 0
    """Decides the starts."""


@dataclass(frozen=True, kw_only=True)
class Inversion:
    """What was found of N pictures."""

    z: np.ndarray
    """float32 (N, z_dim)."""
    error: np.ndarray
    """float64 (N,): the mean squared error of G(z), pixels in [-1, 1]."""
    quick: np.ndarray | None
    """float32 (N, z_dim): what the encoder alone says, inside a uniform prior's cube; None without one."""
    quick_error: np.ndarray | None
    """float64 (N,)."""


def invert(
    G: Generator,
    x: Tensor,
    settings: Settings,
    *,
    space: Space | None = None,
    encoder: Encoder | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Inversion:
    """Find z whose pictures are as near as can be to given ones.

    With an encoder, its z is first corrected by what it sees in G(z) (``encoder.corrected``): of a picture that G made
    this often finds z to G's rounding. What is not found so goes down by Adam with stochastic clipping from several
    starts, and the best of them by Gauss-Newton steps.

    Args:
        G: the generator, in evaluation mode, without gradients of its own.
        x: pictures, float32 (N, C, H, W) in [-1, 1].
        settings: how.
        space: D's features (``perceptual``), where ``settings.perceptual`` is above 0.
        encoder: of this G.
        progress: called with (pictures done, pictures).
    """
    device = next(G.parameters()).device
    parts = []
    for start in range(0, len(x), TOGETHER):
        some = x[start : start + TOGETHER].to(device)
        with plain_float32(device, gradients=True):  # TensorFloat-32 would be the end of the search
            objective = Objective(G, some, space=space, weight=settings.perceptual, prior=settings.prior)
            parts.append(_search(objective, settings, encoder, start))
        progress(start + len(some), len(x))
    return _joined(parts)


def _search(objective: Objective, settings: Settings, encoder: Encoder | None, first: int) -> Inversion:
    """Invert the pictures of one objective, the first of which is number ``first`` of all."""
    z = torch.zeros(len(objective.x), objective.G.config.z_dim, device=objective.x.device)
    value = torch.full((len(z),), math.inf, device=z.device)
    quick = None
    if encoder is not None:
        quick = guess(encoder, objective)
        z, value = corrected(encoder, objective, CORRECTIONS)
        near = torch.nonzero((value > EXACT) & (value < NEAR)).flatten()
        if len(near):
            z[near], value[near] = gauss_newton(objective.of(near), z[near], settings.finish)
    left = torch.nonzero(value > ROUNDING).flatten()
    if len(left):
        found, its = _from_starts(objective.of(left), z[left], settings, left + first)
        better = its < value[left]
        z[left[better]] = found[better]
    return Inversion(
        z=z.cpu().numpy(),
        error=objective.pixel_error(z).double().cpu().numpy(),
        quick=None if quick is None else quick.cpu().numpy(),
        quick_error=None if quick is None else objective.pixel_error(quick).double().cpu().numpy(),
    )


def _from_starts(objective: Objective, z: Tensor, settings: Settings, numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Go down from ``z`` and from starts that are drawn, and finish the best one. ``numbers``: which pictures."""
    count = len(z)
    starts = [z, *(_drawn(objective, settings.seed, start, numbers) for start in range(1, settings.starts))]
    places = torch.arange(count, device=z.device)
    ends, values = [], []
    for number, start in enumerate(starts):
        end, value = adam(objective, start, settings.steps, settings.rate, key(settings.seed, "start", number))
        ends.append(end)
        values.append(value)
    best = torch.stack(values).argmin(0)
    return gauss_newton(objective, torch.stack(ends)[best, places], settings.finish)


def _drawn(objective: Objective, seed: int, start: int, numbers: Tensor) -> Tensor:
    """Return a start for each picture, (N, d): the same whatever other pictures there are."""
    config = objective.G.config
    rows = [
        draw_at(config.prior, 1, config.z_dim, key(seed, f"inversion: start {start}", number))
        for number in numbers.tolist()
    ]
    return torch.cat(rows).to(numbers.device)


def _joined(parts: list[Inversion]) -> Inversion:
    def all_of(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    quick = parts[0].quick is not None
    return Inversion(
        z=all_of("z"),
        error=all_of("error"),
        quick=all_of("quick") if quick else None,
        quick_error=all_of("quick_error") if quick else None,
    )
