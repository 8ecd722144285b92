"""Which pictures a step sees: a pure function of the seed and of how many pictures have been seen."""

from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from dcgan.data.pictures import Pictures
from dcgan.rng import key


def indices_at(count: int, batch: int, nimg: int, *, seed: int, order: Literal["shuffled", "sequential"]) -> np.ndarray:
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
        parts.append(_permutation(count, seed, epoch)[offset : offset + taken])
        start += taken
    return np.concatenate(parts)


@lru_cache(maxsize=2)
def _permutation(count: int, seed: int, epoch: int) -> np.ndarray:
    generator = torch.Generator().manual_seed(key(seed, "order", epoch))
    return torch.randperm(count, generator=generator).numpy()


def mirrored_at(count: int, batch: int, nimg: int, *, seed: int) -> np.ndarray:
    """Return which of the ``batch`` pictures that follow the first ``nimg`` are mirrored, (batch,) bool.

    A coin decides for each in every even epoch, and the odd one after it shows them the other way round: two epochs
    show every picture both ways. It belongs to the place in the stream, as the order does.
    """
    place = np.arange(nimg, nimg + batch)
    epochs, places = np.divmod(place, count)
    found = np.empty(batch, np.bool_)
    for epoch in np.unique(epochs):
        here = epochs == epoch
        pictures = _permutation(count, seed, int(epoch))[places[here]]
        found[here] = _coins(count, seed, int(epoch) // 2)[pictures] ^ bool(epoch % 2)
    return found


@lru_cache(maxsize=2)
def _coins(count: int, seed: int, pair: int) -> np.ndarray:
    generator = torch.Generator().manual_seed(key(seed, "mirror", pair))
    return torch.randint(2, (count,), generator=generator, dtype=torch.bool).numpy()


def read(pictures: Pictures, indices: np.ndarray, mirrored: np.ndarray | None = None) -> Tensor:
    """Return these pictures as a uint8 tensor (len(indices), H, W, C) on the CPU, some of them mirrored."""
    pixels = pictures.pixels[indices]
    if mirrored is not None:
        pixels[mirrored] = pixels[mirrored, :, ::-1]
    return torch.from_numpy(pixels)
