"""The extractor ``pixels``: the picture itself, or the means over 16x16 parts of it. A plain baseline."""

import torch
from torch import Tensor

from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.reading import area_means, fitting, premultiplied, reader

VERSION = 1
SIDE = 16


def open_pixels(shape: tuple[int, int, int], device: torch.device) -> Extractor:
    """Return the extractor of pixels in [0, 1] for pictures of ``shape`` (height, width, channels).

    Channel by channel, row by row; sides above 16 are shrunk to 16 by area means, colours are multiplied by alpha.
    """
    height, width, channels = min(shape[0], SIDE), min(shape[1], SIDE), shape[2]

    def network(pixels: Tensor) -> Tensor:
        return area_means(premultiplied(fitting(pixels, shape, "pixels")), SIDE, SIDE).flatten(1)

    whole = (
        "the pixels themselves" if (height, width) == shape[:2] else f"means over {height}x{width} parts of the pixels"
    )
    return Extractor(
        name="pixels",
        key=f"pixels-{VERSION}-{SIDE}-{'x'.join(map(str, shape))}",
        dim=height * width * channels,
        read=reader(network, device, name="pixels"),
        facts={
            "what": f"{whole}, {height * width * channels} numbers of a picture",
            "limits": "it compares what is where, not what is seen: fine detail is lost, and a picture moved by some "
            "pixels is far from itself",
        },
    )
