"""From z to pictures, a batch at a time: every experiment on z ends here."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dcgan.errors import ConfigError
from dcgan.images import to_pixels
from dcgan.latent.frames import Frames
from dcgan.models.generator import Generator

BATCH = 64


def units(G: Generator, z: np.ndarray, batch: int = BATCH) -> Iterator[Tensor]:
    """Yield the pictures of vectors as G makes them, in order, without gradients and without rounding.

    Args:
        G: the generator, in evaluation mode.
        z: (N, z_dim), any real dtype; read as float32.
        batch: pictures made at a time; they do not depend on it.

    Yields:
        float32 (at most ``batch``, C, H, W) in [-1, 1], on G's device.

    Raises:
        ValueError: z is not (N, z_dim).
        ConfigError: it holds what is no finite number in float32.
    """
    device = next(G.parameters()).device
    for start in range(0, len(z), batch):
        part = torch.from_numpy(_float32(z[start : start + batch])).to(device)
        with torch.inference_mode():
            x = G(part)
        yield x  # outside: a mode that is on while a generator waits is on for its caller too


def _float32(z: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        found = np.ascontiguousarray(z, np.float32)
    if not np.isfinite(found).all():
        raise ConfigError("some numbers of z are too large, or no numbers: nothing can be made of them")
    return found


def stream_pixels(G: Generator, z: np.ndarray, batch: int = BATCH) -> Iterator[np.ndarray]:
    """Yield the pictures of vectors (N, z_dim), uint8 (at most ``batch``, H, W, C) at a time. See ``units``."""
    for x in units(G, z, batch):
        yield to_pixels(x)


def render(G: Generator, z: np.ndarray, batch: int = BATCH) -> np.ndarray:
    """Return the pictures of vectors z (N, z_dim) as one array, uint8 (N, H, W, C). See ``units``."""
    return gathered(G, stream_pixels(G, z, batch))


def gathered(G: Generator, stream: Iterable[np.ndarray]) -> np.ndarray:
    """Return pictures of G that come some at a time, uint8 (n, H, W, C), as one array; it may be of none."""
    parts, config = list(stream), G.config
    return np.concatenate(parts) if parts else np.empty((0, config.height, config.width, config.channels), np.uint8)


def frames_of(G: Generator, z: np.ndarray, what: list[dict[str, Any]]) -> Frames:
    """Return the pictures of vectors z (N, z_dim) with what each one is."""
    return Frames(pixels=render(G, z), z=_float32(z), what=what)
