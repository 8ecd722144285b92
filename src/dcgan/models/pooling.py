"""Maps made small, as D's features are read."""

from torch import Tensor, nn


def max_pooled(maps: Tensor, side: int) -> Tensor:
    """Max-pool maps (N, C, H, W) to ``side`` x ``side``, or to H x W where that is less.

    Where H is no multiple of ``side`` the windows are those of adaptive pooling, which overlap by a row.
    """
    height, width = (min(side, s) for s in maps.shape[2:])
    return nn.functional.adaptive_max_pool2d(maps, (height, width))
