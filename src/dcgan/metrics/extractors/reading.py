"""What the extractors share: pictures as a network's input, a batch at a time, in plain float32."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dcgan.errors import UserError
from dcgan.metrics.extractors.extractor import Reading
from dcgan.models.precision import plain_float32

BATCH = 128

Network = Callable[[Tensor], Tensor | tuple[Tensor, Tensor]]
"""Reads uint8 (n, C, H, W) as features (n, d), or as features and (n, classes) or (n, attributes)."""


def reader(
    network: Network, device: torch.device, *, name: str, batch: int = BATCH, answers: bool = False
) -> Callable[[np.ndarray], Reading]:
    """Return what an ``Extractor`` has as ``read``: ``batch`` pictures at a time, in float32, without gradients.

    Args:
        network: what reads a batch; it is given uint8 (n, C, H, W) on ``device``, in channels_last order.
        device: where it computes.
        name: for the sentence where a feature is not a number.
        batch: pictures at a time.
        answers: whether what it says besides are the answers to yes-or-no questions, not probabilities of classes.
    """

    def read(pixels: np.ndarray) -> Reading:
        parts = [_read_batch(network, part, name) for part in batches_of(pixels, device, batch)]
        features = np.concatenate([part for part, _ in parts])
        said = [part for _, part in parts if part is not None]
        besides = np.concatenate(said) if said else None
        if answers:
            return Reading(features=features, answers=besides)
        return Reading(features=features, probabilities=besides)

    return read


def batches_of(
    pixels: np.ndarray, device: torch.device, batch: int = BATCH, rows: np.ndarray | None = None
) -> Iterator[Tensor]:
    """Yield pictures as tensors (n, C, H, W), n at most ``batch``; of no pictures, one empty tensor.

    Args:
        pixels: uint8 (N, H, W, C), memory-mapped or not.
        device: where the tensors are to be.
        batch: pictures at a time: no more of them are read together.
        rows: int64, which pictures; None: all.
    """
    assert pixels.dtype == np.uint8, f"pictures are uint8, not {pixels.dtype}"
    assert pixels.ndim == 4, f"pictures are (N, H, W, C), not {pixels.shape}"
    for start in range(0, max(len(pixels if rows is None else rows), 1), batch):
        some = slice(start, start + batch)
        part = np.array(pixels[some if rows is None else rows[some]])  # a copy: torch warns of what cannot be written
        yield torch.from_numpy(part).to(device).permute(0, 3, 1, 2)


def _read_batch(network: Network, pixels: Tensor, name: str) -> tuple[np.ndarray, np.ndarray | None]:
    with plain_float32(pixels.device):
        out = network(pixels)
    features, besides = out if isinstance(out, tuple) else (out, None)
    if not torch.isfinite(features).all():
        raise UserError(f"the extractor {name} gives features that are not all finite numbers: take another extractor")
    return (
        features.float().cpu().numpy().astype(np.float32),
        None if besides is None else besides.float().cpu().numpy(),
    )


def width_of(network: Network, shape: tuple[int, int, int], device: torch.device) -> int:
    """Return how many features a network gives of a picture of ``shape``, (height, width, channels)."""
    blank = torch.zeros(1, shape[2], *shape[:2], dtype=torch.uint8, device=device)
    with plain_float32(device):
        out = network(blank)
    return (out[0] if isinstance(out, tuple) else out).shape[1]


def fitting(pixels: Tensor, shape: tuple[int, ...], name: str) -> Tensor:
    """Return uint8 (N, C, H, W) as it is.

    Raises:
        UserError: the pictures are not of ``shape``, (H, W, C).
    """
    height, width, channels = shape
    if tuple(pixels.shape[1:]) != (channels, height, width):
        given = f"{pixels.shape[2]}x{pixels.shape[3]} with {pixels.shape[1]} channels"
        raise UserError(
            f"the extractor {name} reads pictures of {height}x{width} with {channels} channels, not {given}: "
            "prepare the pictures as the model makes them"
        )
    return pixels


# Pictures as input ------------------------------------------------------------------------------------------------


def premultiplied(pixels: Tensor) -> Tensor:
    """Turn uint8 (N, C, H, W) into float32 in [0, 1], colours times alpha where there is one: what cannot be seen
    makes no difference."""
    x = pixels.float().div(255)
    return x if x.shape[1] != 4 else torch.cat([x[:, :3] * x[:, 3:], x[:, 3:]], 1)


def on_white(pixels: Tensor) -> Tensor:
    """Turn uint8 (N, C, H, W) of 1, 3 or 4 channels into uint8 (N, 3, H, W): gray repeated, RGBA laid on white."""
    if pixels.shape[1] == 1:
        return pixels.expand(-1, 3, -1, -1)
    if pixels.shape[1] == 3:
        return pixels
    colour, alpha = pixels[:, :3].float(), pixels[:, 3:].float()
    return ((colour * alpha + 255 * (255 - alpha)) / 255).round().to(torch.uint8)


def resized(x: Tensor, height: int, width: int) -> Tensor:
    """Resize float (N, C, H, W) in [0, 1], bicubic with antialiasing, and hold it in [0, 1]."""
    if tuple(x.shape[2:]) == (height, width):
        return x
    x = F.interpolate(x.contiguous(), (height, width), mode="bicubic", antialias=True, align_corners=False)
    return x.clamp(0, 1)


def area_means(x: Tensor, height: int, width: int) -> Tensor:
    """Shrink float (N, C, H, W) to (N, C, height, width): each number is the mean over its share of the picture.

    Shares need not be whole pixels: one that lies partly in a share counts by the part. Sides that are already as
    small stay as they are.
    """
    rows, columns = (area_weights(a, min(a, b)).to(x) for a, b in zip(x.shape[2:], (height, width), strict=True))
    if tuple(x.shape[2:]) == (len(rows), len(columns)):
        return x
    return torch.einsum("nchw,ah,bw->ncab", x, rows, columns)


def area_weights(side: int, wanted: int) -> Tensor:
    """Return float32 (wanted, side): row i holds the share of every pixel in the i-th of ``wanted`` equal parts."""
    edges = torch.arange(wanted + 1, dtype=torch.float64) * (side / wanted)
    pixels = torch.arange(side, dtype=torch.float64)
    overlap = torch.minimum(edges[1:, None], pixels + 1) - torch.maximum(edges[:-1, None], pixels)
    return (overlap.clamp(min=0) * (wanted / side)).float()
