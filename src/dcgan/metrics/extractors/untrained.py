"""The extractor ``random``: coarse means and a network of random filters, for pictures without labels.

A random convolutional network is a usable embedding for comparing sets of pictures, and unlike a trained one it favours
no data set (Naeem and others, arXiv 2002.09797, section 4). Two parts:

- means over 8x8 parts of the brightness, over 4x4 parts of two colour differences and of alpha: what is where;
- at the picture's own size, at a half and at a quarter: 16 filters of 5x5 that are blind to flat areas, their absolute
  values, 32 filters of 3x3 over those, the positive part; of both layers the mean over the picture: what it is made of.

The filters of a layer are orthonormal and drawn once and for all. The second part counts three times, so that neither
part drowns the other. How well each of them, and both together, see blur, noise, wrong arrangement and repetition is
measured in docs/extractors.md.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.reading import area_means, fitting, premultiplied, reader, width_of
from dcgan.rng import key

VERSION = 1
SEED = 0
SCALES, FIRST, SECOND = 3, 16, 32
WEIGHT = 3.0
MOST = 128  # larger pictures are shrunk to about as many pixels
FEWEST = 7  # pixels a side that the two layers need

Bank = list[tuple[Tensor, Tensor]]


def open_random(shape: tuple[int, int, int], device: torch.device) -> Extractor:
    """Return the extractor of means and random filters for pictures of ``shape`` (height, width, channels).

    It has 208 features of a gray picture, 240 of a colour one, 256 of one with alpha; fewer below 28 pixels a side. It
    is the same on every machine, but for the last bits of its float32 numbers.
    """
    filters = [(first.to(device), second.to(device)) for first, second in bank(shape[2])]

    def network(pixels: Tensor) -> Tensor:
        x = premultiplied(fitting(pixels, shape, "random"))
        x = area_means(x, *_side(*shape[:2]))
        return torch.cat([means(x), WEIGHT * textures(x, filters)], 1)

    dim = width_of(network, shape, device)
    return Extractor(
        name="random",
        key=f"random-{VERSION}-{'x'.join(map(str, shape))}",
        dim=dim,
        read=reader(network, device, name="random"),
        facts={
            "what": f"{dim} numbers of a picture: means over 8x8 parts, and a network of random filters",
            "limits": "it sees blur, noise, missing kinds and wrong arrangement, but knows nothing of what a picture "
            "shows; its figures compare models on the same pictures at the same size",
        },
    )


def means(x: Tensor) -> Tensor:
    """Return the means of x (N, C, H, W) over 8x8 parts of the brightness, 4x4 parts of the other channels: (N, m)."""
    if x.shape[1] == 1:
        return area_means(x, 8, 8).flatten(1)
    bright = x[:, :3].mean(1, keepdim=True)
    rest = [x[:, :1] - bright, x[:, 2:3] - bright, x[:, 3:]]
    return torch.cat([area_means(bright, 8, 8).flatten(1), area_means(torch.cat(rest, 1), 4, 4).flatten(1)], 1)


def textures(x: Tensor, filters: Bank) -> Tensor:
    """Return the mean responses of x (N, C, H, W) in [0, 1] at every scale that is large enough: (N, 48 a scale)."""
    found: list[Tensor] = []
    x = x * 2 - 1
    for first, second in filters:
        if found:
            x = F.avg_pool2d(x, 2)
        if min(x.shape[2:]) < FEWEST:
            break
        edges = F.conv2d(x, first).abs()
        found += [edges.mean((2, 3)), F.conv2d(edges, second, stride=2).relu().mean((2, 3))]
    return torch.cat(found, 1)


def bank(channels: int) -> Bank:
    """Return the filters of both layers for every scale."""
    return [
        (
            filters(FIRST, channels, 5, key(SEED, f"random filters 1 of {channels}", scale), blind=True),
            filters(SECOND, FIRST, 3, key(SEED, f"random filters 2 of {channels}", scale), blind=False),
        )
        for scale in range(SCALES)
    ]


def filters(count: int, channels: int, side: int, seed: int, *, blind: bool) -> Tensor:
    """Return ``count`` orthonormal filters (count, channels, side, side); ``blind``: each sums to 0 in a channel."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(channels, side * side, count, generator=generator, dtype=torch.float64)
    if blind:
        drawn = drawn - drawn.mean(1, keepdim=True)
    columns = torch.linalg.qr(drawn.flatten(0, 1))[0]
    return columns.t().reshape(count, channels, side, side).float().contiguous()


def _side(height: int, width: int) -> tuple[int, int]:
    shrink = min(1.0, MOST / (height * width) ** 0.5)
    return max(8, round(height * shrink)), max(8, round(width * shrink))
