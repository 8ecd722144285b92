"""Which pictures a step sees: a pure function of the seed and of how many pictures have been seen."""

from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from dcgan.data.cache import Pictures
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


def read(pictures: Pictures, indices: np.ndarray) -> Tensor:
    """Return these pictures as a uint8 tensor (len(indices), H, W, C) on the CPU."""
    return torch.from_numpy(pictures.pixels[indices])
