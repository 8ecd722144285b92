"""Comparing two sets of pictures in a space that costs nothing: means and contrast in 8 by 8 cells.

It is no measure of quality: it sees colours, shapes and sharpness as a glance from afar does. It is the same for every
run, needs no trained network, and a training that fails does so at this distance too.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

CELLS = 8


def coarse(x: Tensor) -> Tensor:
    """Return each picture's means in 8 by 8 cells.

    Args:
        x: pictures (N, C, H, W), float in [-1, 1], at least 8 pixels a side.

    Returns:
        float32 (N, C * 64).
    """
    return F.adaptive_avg_pool2d(x.float(), CELLS).flatten(1)


def contrast(x: Tensor) -> Tensor:
    """Return the standard deviation within each of the 8 by 8 cells, a mean over the channels: float32 (N, 64)."""
    x = x.float()
    mean = F.adaptive_avg_pool2d(x, CELLS)
    variance = (F.adaptive_avg_pool2d(x.square(), CELLS) - mean.square()).clamp_min(0)
    return variance.sqrt().mean(1).flatten(1)


class Space:
    """Descriptions of pictures, scaled so that over ``reals`` the cells' means vary by 1, and their contrast too.

    Args:
        reals: pictures (N, C, H, W), float in [-1, 1], at least two.
    """

    def __init__(self, reals: Tensor) -> None:
        self.scales = [_length(part) for part in (coarse(reals), contrast(reals))]

    def describe(self, x: Tensor) -> Tensor:
        """Return float32 (N, C * 64 + 64)."""
        return torch.cat([part / scale for part, scale in zip((coarse(x), contrast(x)), self.scales, strict=True)], 1)


def _length(x: Tensor) -> float:
    """The root of the variances' sum, 1 where nothing varies."""
    return float(x.var(0).sum().sqrt()) or 1.0


def spread(fakes: Tensor, reals: Tensor) -> float:
    """Return how far vectors (N, K) lie from their mean, over how far the others (M, K) do: the root of the ratio of
    the variances' sums. 0: all fakes are one. infinity where only the reals are one."""
    below = float(reals.double().var(0).sum())
    above = float(fakes.double().var(0).sum())
    return (above / below) ** 0.5 if below else float("inf" if above else "nan")


def energy_distance(x: Tensor, y: Tensor) -> float:
    """Return the energy coefficient of two sets of vectors (N, K) and (M, K): 0 where their distributions are the same,
    1 where the distance between the sets leaves all distance within them behind.

    It is (2 E|x - y| - E|x - x'| - E|y - y'|) / (2 E|x - y|), every mean over pairs of different vectors, so that it is
    around 0, a little above or below it, for two samples of one distribution (Szekely and Rizzo, Journal of Statistical
    Planning and Inference 143, 2013, section 2).
    """
    between = torch.cdist(x, y).mean()
    if not between > 0:
        return 0.0
    return float((2 * between - _within(x) - _within(y)) / (2 * between))


def _within(x: Tensor) -> Tensor:
    return torch.cdist(x, x).sum() / (len(x) * (len(x) - 1))


def nearest(x: Tensor, others: Tensor) -> Tensor:
    """Return the distance of each x (N, K) to the nearest of the others (M, K): float32 (N,). M is at least 1."""
    return torch.cat([torch.cdist(part, others).amin(1) for part in x.split(256)])


def nearest_other(x: Tensor, count: int | None = None) -> Tensor:
    """Return the distance of each of the first ``count`` x (all by default) to the nearest other x: (count,)."""
    found = []
    for start in range(0, count or len(x), 256):
        distances = torch.cdist(x[start : min(start + 256, count or len(x))], x)
        rows = torch.arange(len(distances))
        distances[rows, rows + start] = torch.inf
        found.append(distances.amin(1))
    return torch.cat(found)
