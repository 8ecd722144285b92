"""Spaces in which pictures are compared: D's features, normalised as LPIPS does, and the pixels themselves.

A space turns pictures into parts, and the distance of two pictures is the sum over their parts of the squared
differences, averaged over places. Both are differentiable, and nothing is rounded.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from dcgan.models.discriminator import Discriminator

Parts = list[Tensor]
"""Maps (N, C, H, W), or vectors (N, C): what two pictures are compared by."""
Space = Callable[[Tensor], Parts]
"""From pictures (N, C, H, W) in [-1, 1] to their parts."""
EPS = 1e-20  # added to the squared length of a channel vector: one of zeros stays that, and has a gradient


def perceptual(D: Discriminator) -> Space:
    """Return D's features as a space: of every layer but the last, each place's channel vector at unit length.

    With ``distance`` it is LPIPS (Zhang and others, arXiv 1801.03924) with D in place of a classifier, and without
    learnt weights: D was trained to see what tells these very pictures apart, and it is at hand. Two D's measure by
    different rules, so distances may only be compared within one.

    Args:
        D: the discriminator, in evaluation mode, so that a picture's features do not depend on the others. One that
            judges several pictures together is shown each picture that many times.
    """
    assert not D.training, "D in evaluation mode"

    def parts(x: Tensor) -> Parts:
        return [_unit(maps) for maps in D.features(x.repeat_interleave(D.config.pack, 0))]

    return parts


def pixels(x: Tensor) -> Parts:
    """Return pictures as they are: ``distance`` is then the squared difference of two pixels, summed over channels
    and averaged over places."""
    return [x]


def distance(a: Parts, b: Parts) -> Tensor:
    """Return how far pictures are from each other, (N,), or (1,) against N: 0 for equal ones.

    The squared difference of two places' vectors, averaged over places, summed over parts.
    """
    return torch.stack([_places((x - y).square().sum(1)) for x, y in zip(a, b, strict=True)]).sum(0)


def squared_length(parts: Sequence[Tensor]) -> Tensor:
    """Return the distance (N,) from parts that are differences already."""
    return torch.stack([_places(x.square().sum(1)) for x in parts]).sum(0)


def _unit(maps: Tensor) -> Tensor:
    return maps * (maps.square().sum(1, keepdim=True) + EPS).rsqrt()


def _places(values: Tensor) -> Tensor:
    """Average (N, H, W), or (N,), over places."""
    return values.flatten(1).mean(1) if values.ndim > 1 else values
