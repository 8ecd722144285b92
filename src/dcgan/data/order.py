"""Which pictures a step sees: a pure function of the seed and of how many pictures have been seen."""

from functools import lru_cache

import numpy as np
import torch

from dcgan.config import Order
from dcgan.rng import key


def indices_at(count: int, batch: int, nimg: int, *, seed: int, order: Order) -> np.ndarray:
    """Return the indices (batch,) int64 of the pictures that follow the first ``nimg``.

    shuffled: the stream is one permutation of the data after another, each addressed by its epoch; a batch may
    straddle two, so every picture is seen once an epoch and no batch is smaller. sequential: the pictures as stored,
    starting over before the last partial batch.
    """
    if order == "sequential":
        usable = max(count // batch * batch, min(count, batch))
        return np.arange(nimg, nimg + batch) % usable
    parts = []
    start, end = nimg, nimg + batch
    while start < end:
        epoch, offset = divmod(start, count)
        taken = min(count - offset, end - start)
        parts.append(permutation(count, seed, "order", epoch)[offset : offset + taken])
        start += taken
    return np.concatenate(parts)


def mirrored_at(indices: np.ndarray, count: int, nimg: int, *, seed: int) -> np.ndarray:
    """Return which of the pictures that follow the first ``nimg`` are mirrored, (batch,) bool.

    A coin decides for each picture in every even epoch, and the odd one after it shows it the other way round: two
    epochs show every picture both ways.

    Args:
        indices: the pictures (batch,), from ``indices_at``.
        count: pictures in all.
        nimg: images seen before.
        seed: the run's.
    """
    epochs = np.arange(nimg, nimg + len(indices)) // count
    found = np.empty(len(indices), np.bool_)
    for epoch in np.unique(epochs).tolist():
        here = epochs == epoch
        found[here] = coins(count, seed, "mirror", epoch // 2)[indices[here]] ^ bool(epoch % 2)
    return found


@lru_cache(maxsize=4)
def permutation(count: int, seed: int, purpose: str, number: int) -> np.ndarray:
    """Return the permutation (count,) int64 at an address: seed, purpose and the epoch, or whatever counts."""
    generator = torch.Generator().manual_seed(key(seed, purpose, number))
    return torch.randperm(count, generator=generator).numpy()


@lru_cache(maxsize=2)
def coins(count: int, seed: int, purpose: str, number: int) -> np.ndarray:
    """Return coins (count,) bool at an address, as ``permutation`` does."""
    generator = torch.Generator().manual_seed(key(seed, purpose, number))
    return torch.randint(2, (count,), generator=generator, dtype=torch.uint8).numpy().astype(np.bool_)


def mirror(pixels: np.ndarray, mirrored: np.ndarray) -> np.ndarray:
    """Turn some pictures of (N, H, W, C) left for right, in place."""
    pixels[mirrored] = pixels[mirrored, :, ::-1]
    return pixels
