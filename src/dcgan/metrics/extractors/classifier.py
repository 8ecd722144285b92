"""The small network that ``labels`` trains: pictures of any size in, 128 features and one logit an answer out."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from dcgan.metrics.extractors.reading import area_means, premultiplied

DIM = 128
"""Features of a picture."""
MOST = 64
"""Pictures of more pixels than MOST x MOST are shrunk to about as many."""


class Classifier(nn.Module):
    """Convolutions down to maps of about 4x4, their mean, and one hidden layer, whose outputs are the features.

    Every stage halves the map and has twice the channels, 128 at the end; the fewer pixels, the fewer stages, and below
    12 pixels a side there is one, of 64 channels. With BatchNorm (Ioffe and Szegedy, arXiv 1502.03167), and in the last
    but one stage a residual pair of convolutions (He and others, arXiv 1512.03385).

    Args:
        height, width, channels: of the pictures.
        outputs: logits.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, height: int, width: int, channels: int, outputs: int) -> None:
        super().__init__()
        self.side = reading_side(height, width)
        widths = _widths(min(self.side))
        first = _conv(channels, widths[0], 4, 2)
        stages: list[nn.Module] = [first, _conv(widths[0], widths[0], 3, 1)]
        for i, (before, after) in enumerate(pairwise(widths), 2):
            stages += [_conv(before, after, 3, 2)] + ([Residual(after)] if i == len(widths) - 1 else [])
        self.body = nn.Sequential(*stages)
        self.hidden = nn.Linear(widths[-1], DIM)
        self.head = nn.Linear(DIM, outputs)
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("std", torch.ones(channels, 1, 1))

    def prepared(self, pixels: Tensor) -> Tensor:
        """Turn uint8 (N, C, H, W) into this network's input: float32, shrunk where too large, mean 0 and variance 1."""
        return (area_means(premultiplied(pixels), *self.side) - self.mean) / self.std

    def features(self, x: Tensor) -> Tensor:
        """Return the features (N, 128), at least 0, of what ``prepared`` gave."""
        return torch.relu(self.hidden(self.body(x).mean((2, 3))))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (N, outputs) of what ``prepared`` gave."""
        return self.head(self.features(x))


class Residual(nn.Module):
    """x + two convolutions of x."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_conv(width, width, 3, 1), _conv(width, width, 3, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


def reading_side(height: int, width: int) -> tuple[int, int]:
    """Return the height and width at which pictures are read: their own, or of about 64x64 pixels, the shape kept."""
    shrink = min(1.0, MOST / math.sqrt(height * width))
    return max(min(height, 8), round(height * shrink)), max(min(width, 8), round(width * shrink))


def build(shape: tuple[int, ...], outputs: int, generator: torch.Generator) -> Classifier:
    """Return a network whose weights come from ``generator`` alone: He's normal for convolutions, gains 1, biases 0."""
    height, width, channels = shape
    with torch.device("meta"):  # PyTorch's own start would draw from the global generator
        net = Classifier(height, width, channels, outputs)
    net = net.to_empty(device="cpu")
    net.mean.zero_()
    net.std.fill_(1)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()
        elif isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    nn.init.zeros_(net.head.weight)
    return channels_last(net)


def channels_last(net: Classifier) -> Classifier:
    """Lay the weights out as convolutions are fastest on a CPU and on tensor cores, in place."""
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _widths(side: int) -> list[int]:
    """Channels of each stage, for pictures whose shorter side has so many pixels."""
    stages = min(max(round(math.log2(side / 4)), 1), 4)
    last = min(128, 32 * 2**stages)
    return [last >> (stages - 1 - i) for i in range(stages)]


def _conv(channels: int, width: int, kernel: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, width, kernel, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
    )
