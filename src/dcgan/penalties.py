"""Penalties on D's gradient with respect to pictures.

D takes pictures (N, C, H, W) to logits, one for every group of ``pack`` pictures that follow each other; a gradient is
that of a group, as long as all its pictures together.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Judge = Callable[[Tensor], Tensor]


def gradient_square(D: Judge, x: Tensor) -> Tensor:
    """Return the mean over groups of |grad_x D(x)|^2, a scalar that can be differentiated again.

    R1 is gamma / 2 times this on real pictures, R2 the same on generated ones (Mescheder and others, arXiv 1801.04406).

    Args:
        D: pictures -> logits.
        x: pictures (N, C, H, W); a copy cut off from its history is used.
    """
    gradient, groups = _gradient(D, x)
    return gradient.square().sum(dim=(1, 2, 3)).view(groups, -1).sum(1).mean()


def gradient_distance(D: Judge, x: Tensor) -> Tensor:
    """Return the mean over groups of (|grad_x D(x)| - 1)^2, a scalar that can be differentiated again.

    WGAN-GP's penalty is lambda times this on ``between`` (Gulrajani and others, arXiv 1704.00028, equation 3), DRAGAN's
    on ``near`` (Kodali and others, arXiv 1705.07215). Both are two-sided, as in their authors' code: a gradient shorter
    than 1 costs as a longer one does.

    Args:
        D: pictures -> logits.
        x: pictures (N, C, H, W); a copy cut off from its history is used.
    """
    gradient, groups = _gradient(D, x)
    lengths = torch.linalg.vector_norm(gradient.reshape(groups, -1), dim=1)  # differentiable, as 0, at 0
    return (lengths - 1).square().mean()


def between(real: Tensor, fake: Tensor, generator: torch.Generator, pack: int = 1) -> Tensor:
    """Return points (N, C, H, W) on the lines from fakes to reals, each at U(0, 1) of its way, one draw a group.

    Args:
        real: pictures (N, C, H, W).
        fake: as many.
        generator: on the CPU, so that the points are the same on every device.
        pack: pictures a group.
    """
    return torch.lerp(fake.to(real.dtype), real, _shares(real, generator, pack))


def near(real: Tensor, generator: torch.Generator, pack: int = 1) -> Tensor:
    """Return points (N, C, H, W) beside reals: at U(0, 1) of the way, one draw a group, to the reals plus 0.5 * std *
    U(0, 1), one draw an element.

    std is that of all numbers of the batch, as in the code of DRAGAN's authors; their paper has Gaussian noise.
    """
    far = torch.rand(real.shape, generator=generator).to(real.device, non_blocking=True)
    reach = 0.5 * real.std(correction=0) * _shares(real, generator, pack)
    return real + reach * far


def _shares(x: Tensor, generator: torch.Generator, pack: int) -> Tensor:
    draws = torch.rand(len(x) // pack, generator=generator).repeat_interleave(pack)
    return draws.view(-1, 1, 1, 1).to(x, non_blocking=True)


def _gradient(D: Judge, x: Tensor) -> tuple[Tensor, int]:
    """Return grad_x D(x), with its history, and how many groups D saw."""
    x = x.detach().requires_grad_(True)
    logits = D(x)
    (gradient,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return gradient, len(logits)
