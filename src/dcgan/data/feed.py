"""What training asks of its data: the batch that follows so many pictures, whether they are stored or streamed."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from dcgan.config import Config, Order
from dcgan.data.heldback import kept_rows
from dcgan.data.order import indices_at, mirror, mirrored_at
from dcgan.data.pictures import Pictures
from dcgan.rng import key


class Feed(Protocol):
    """Batches of pictures in an order that can be entered anywhere; ``Stored`` is one, a stream another."""

    def __len__(self) -> int:
        """Pictures in an epoch."""

    def batch_at(self, nimg: int) -> Tensor:
        """Return the batch that follows the first ``nimg`` pictures, uint8 (batch, H, W, C); of several processes each
        gets its own part, in their order."""

    def some(self, count: int) -> np.ndarray:
        """Return some pictures to look at, uint8 (at most count, H, W, C)."""


def feed_of(pictures: "Pictures | Feed", config: Config, rank: int = 0, world: int = 1) -> Feed:
    """Return batches of prepared pictures but those that are held back, of ``world`` processes those of ``rank``; a
    feed comes back as it is."""
    if not isinstance(pictures, Pictures):
        return pictures
    return Stored(
        pictures=pictures,
        rows=kept_rows(len(pictures), config.hold_back),
        batch=config.batch,
        seed=config.seed,
        order=config.order,
        mirrored=config.mirror,
        rank=rank,
        world=world,
    )


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Batches of prepared pictures."""

    pictures: Pictures
    batch: int
    seed: int
    order: Order = "shuffled"
    mirrored: bool = False
    """Show every picture also mirrored, every second time."""
    rank: int = 0
    world: int = 1
    rows: np.ndarray | None = None
    """int64: which of the pictures are shown, in their order; None: all."""

    def __len__(self) -> int:
        return len(self.pictures) if self.rows is None else len(self.rows)

    def batch_at(self, nimg: int) -> Tensor:
        """Return this process's part of the batch that follows the first ``nimg`` pictures, on the CPU."""
        chosen, turned = self.chosen_at(nimg)
        pixels = self.pictures.pixels[chosen]
        if turned is not None:
            mirror(pixels, turned)
        return torch.from_numpy(pixels)

    def chosen_at(self, nimg: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Return which pictures those are, int64 (batch / world,), and which of them are mirrored, bool, or None
        (``order.indices_at``, ``order.mirrored_at``)."""
        count, share = len(self), self.batch // self.world
        mine = slice(self.rank * share, (self.rank + 1) * share)
        chosen = indices_at(count, self.batch, nimg, seed=self.seed, order=self.order)
        turned = mirrored_at(chosen, count, nimg, seed=self.seed)[mine] if self.mirrored else None
        return self._among_all(chosen[mine]), turned

    def some(self, count: int) -> np.ndarray:
        """Return pictures drawn from all, in their order, uint8 (at most count, H, W, C)."""
        generator = torch.Generator().manual_seed(key(self.seed, "reals"))
        chosen = torch.randperm(len(self), generator=generator)[:count]
        return self.pictures.pixels[self._among_all(chosen.sort().values.numpy())]

    def _among_all(self, chosen: np.ndarray) -> np.ndarray:
        """Turn indices into what is shown into indices into all pictures."""
        return chosen if self.rows is None else self.rows[chosen]
