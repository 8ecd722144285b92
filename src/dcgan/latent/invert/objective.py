"""What an inversion makes small: how far G(z) is from a picture, and how unlikely z is."""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from dcgan.latent.perceptual import Space
from dcgan.models.generator import Generator

EXACT = 1e-12
"""A mean squared error that is G's own rounding in float32: nothing is left to find."""
CHUNK = 2**26  # numbers of tangents held at once


class Objective:
    """The inversion of N pictures as least squares: N rows of residuals, and a prior for z.

    A row holds the differences of the pixels, scaled so that its squared length is the mean squared error of pixels in
    [-1, 1], and those of the features, scaled so that theirs is ``weight`` times the perceptual distance.

    Under a normal prior the value is error * exp(prior * |z|^2 / R), R being the number of pixel values. Its logarithm
    is, but for a factor, the negative log posterior of z where the noise of the pixels is not known but estimated by
    the error itself. So the pull towards 0 fades as the fit becomes exact, and a z that exists is found without bias.
    Under a uniform prior the value is the error.

    Args:
        G: the generator, in evaluation mode, without gradients of its own.
        x: pictures, float32 (N, C, H, W) in [-1, 1], on G's device.
        space: D's features (``perceptual``); not looked at where ``weight`` is 0.
        weight: of the perceptual distance, beside the mean squared error of pixels.
        prior: 1 is the posterior, 0 leaves the prior out.
    """

    def __init__(
        self, G: Generator, x: Tensor, *, space: Space | None = None, weight: float = 0.0, prior: float = 1.0
    ) -> None:
        assert not G.training, "G in evaluation mode"
        self.G, self.x = G, x
        self.space, self.weight, self.prior = (space if weight > 0 else None), weight, prior
        self.bounded = G.config.prior == "uniform"
        with torch.no_grad():
            self.target = self.rows(x)

    def of(self, chosen: Tensor) -> "Objective":
        """Return the objective of some of the pictures, in the order of the indices ``chosen``; repeats may be."""
        chosen = chosen.to(self.x.device)
        part = object.__new__(Objective)
        part.__dict__ = self.__dict__ | {"x": self.x[chosen], "target": self.target[chosen]}
        return part

    def rows(self, x: Tensor) -> Tensor:
        """Return what pictures are compared by, scaled: (N, R)."""
        found = [x.flatten(1) / x[0].numel() ** 0.5]
        for part in self.space(x) if self.space else ():
            places = part[0, 0].numel()
            found.append(part.flatten(1) * (self.weight / places) ** 0.5)
        return torch.cat(found, 1)

    def residual(self, z: Tensor) -> Tensor:
        """Return G(z) less the picture, as rows (N, R)."""
        return self.rows(self.G(z)) - self.target

    def unlikely(self, z: Tensor) -> Tensor:
        """Return the exponent (N,) by which the value exceeds the error."""
        if self.bounded:
            return torch.zeros(len(z), device=z.device)
        return self.prior / self.x[0].numel() * z.square().sum(1)

    def value(self, z: Tensor) -> Tensor:
        """Return what is made small, (N,)."""
        return self.judge(self.G(z), z)

    def judge(self, x: Tensor, z: Tensor) -> Tensor:
        """Return the value (N,) of z whose pictures are x."""
        return (self.rows(x) - self.target).square().sum(1) * self.unlikely(z).exp()

    @torch.no_grad()
    def pixel_error(self, z: Tensor) -> Tensor:
        """Return the mean squared error of pixels in [-1, 1], (N,)."""
        return (self.G(z) - self.x).square().flatten(1).mean(1)

    @torch.no_grad()
    def normal_equations(self, z: Tensor) -> Tensor:
        """Return J^T J, float64 (N, d, d) on the CPU, J being the derivative of the residual by z, by forward
        differentiation."""
        step = max(1, CHUNK // (z.shape[1] * 64 * self.target.shape[1]))
        parts = z.to(self.x.device).split(step)
        return torch.cat([_gram(lambda part: self.rows(self.G(part)), part) for part in parts])


def _gram(function: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    """Return J^T J of each row, float64 (n, d, d) on the CPU: all d tangents of a row in one pass."""
    along = torch.func.vmap(lambda direction: tangent(function, z, direction.expand_as(z)))
    J = along(torch.eye(z.shape[1], device=z.device))  # d, n, R
    J = (J.cpu() if z.device.type == "mps" else J).double()  # which has no float64
    return torch.einsum("anr,bnr->nab", J, J).cpu()


def tangent(function: Callable[[Tensor], Any], z: Tensor, direction: Tensor) -> Any:
    """Return the derivative of ``function`` at z along a direction, by forward differentiation."""
    with warnings.catch_warnings():  # the first time, torch loads what it itself has deprecated
        warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", DeprecationWarning)
        return torch.func.jvp(function, (z,), (direction,))[1]
