"""Penalties on D's gradient with respect to pictures."""

from collections.abc import Callable

import torch
from torch import Tensor


def gradient_square(D: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Return the mean over pictures of |grad_x D(x)|^2, a scalar that can be differentiated again.

    R1 is gamma / 2 times this on real pictures, R2 the same on generated ones (Mescheder and others, arXiv 1801.04406).

    Args:
        D: pictures (N, C, H, W) -> logits (N,).
        x: pictures; a copy cut off from its history is used.
    """
    x = x.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean()
