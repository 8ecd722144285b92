"""What training asks of its data: the batch that follows so many pictures, whether they are stored or streamed."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from dcgan.config import Order
from dcgan.data.order import indices_at, mirror, mirrored_at
from dcgan.data.pictures import Pictures
from dcgan.rng import key


class Feed(Protocol):
    """Batches of pictures in an order that can be entered anywhere; ``Stored`` is one, a stream another."""

    def __len__(self) -> int:
        """Pictures in an epoch."""

    def batch_at(self, nimg: int) -> Tensor:
        """Return the batch that follows the first ``nimg`` pictures: uint8 (batch, H, W, C), on the CPU."""

    def some(self, count: int) -> np.ndarray:
        """Return some pictures to look at, uint8 (at most count, H, W, C)."""


def feed_of(pictures: "Pictures | Feed", *, batch: int, seed: int, order: Order, mirrored: bool) -> Feed:
    """Return batches of prepared pictures; what is a feed already comes back as it is."""
    if isinstance(pictures, Pictures):
        return Stored(pictures=pictures, batch=batch, seed=seed, order=order, mirrored=mirrored)
    return pictures


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Batches of prepared pictures."""

    pictures: Pictures
    batch: int
    seed: int
    order: Order = "shuffled"
    mirrored: bool = False
    """Show every picture also mirrored, every second time."""

    def __len__(self) -> int:
        return len(self.pictures)

    def batch_at(self, nimg: int) -> Tensor:
        """Return the batch that follows the first ``nimg`` pictures (``order.indices_at``, ``order.mirrored_at``)."""
        count = len(self.pictures)
        chosen = indices_at(count, self.batch, nimg, seed=self.seed, order=self.order)
        pixels = self.pictures.pixels[chosen]
        if self.mirrored:
            mirror(pixels, mirrored_at(chosen, count, nimg, seed=self.seed))
        return torch.from_numpy(pixels)

    def some(self, count: int) -> np.ndarray:
        """Return pictures drawn from all, in their order, uint8 (at most count, H, W, C)."""
        generator = torch.Generator().manual_seed(key(self.seed, "reals"))
        chosen = torch.randperm(len(self.pictures), generator=generator)[:count]
        return self.pictures.pixels[chosen.sort().values.numpy()]
