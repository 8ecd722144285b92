"""D's features as the DCGAN paper reads them: every layer's maps, max-pooled to 4x4, one after another."""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from dcgan.data.parts import parts_of
from dcgan.errors import ConfigError
from dcgan.images import to_unit
from dcgan.models.discriminator import Discriminator
from dcgan.models.pooling import max_pooled
from dcgan.models.precision import plain_float32
from dcgan.models.statistics import recompute_statistics

SIDE = 4
BATCH = 64
SETTLING = 10_000
"""Pictures that BatchNorm statistics are measured on at most: a mean over so many does not move any more."""


class Eye:
    """A discriminator as a reader of features: its own copy, in evaluation mode, in plain float32.

    Radford, Metz and Chintala (arXiv 1511.06434, section 5.1) take the maps of all convolutions, max-pool each to 4x4
    and concatenate them: 28,672 numbers of the recipe ``radford2015-32``. A map that is smaller than 4x4 stays as it
    is. A D that judges several pictures together is shown each picture that many times.

    Args:
        D: the discriminator; it stays as it is.
        layers: which layers, from 1; None: all but the last, which is the verdict.
        side: of the pooled maps.
        bf16: compute convolutions in bfloat16: faster where the hardware has it, and numbers are right to two digits.

    Raises:
        ConfigError: there is no such layer.
    """

    def __init__(
        self, D: Discriminator, layers: Sequence[int] | None = None, side: int = SIDE, bf16: bool = False
    ) -> None:
        self.net = copy.deepcopy(D).eval().requires_grad_(False)
        self.side = side
        self.layers = checked_layers(D, layers)
        self.device = next(self.net.parameters()).device
        self.bf16 = bf16

    def settle(self, pixels: np.ndarray, rows: np.ndarray, batch: int = BATCH) -> None:
        """Measure D's BatchNorm statistics anew on real pictures: in training it has seen generated ones, too.

        Args:
            pixels: uint8 (N, H, W, C).
            rows: int64, pictures in the order of a draw; the first ``SETTLING`` of them are taken, in whole batches.
            batch: pictures whose statistics are taken together; their means are averaged, as in the authors' code.
        """
        whole = rows[: max(min(len(rows), SETTLING) // batch, 1) * batch]
        with self._computing():
            recompute_statistics(self.net, (self._input(part) for part in parts_of(pixels, whole, batch)))

    def read(self, pixels: np.ndarray) -> np.ndarray:
        """Return the features of pictures, uint8 (n, H, W, C), n at least 1, as float32 (n, d)."""
        with self._computing():
            found = [self._features(self._input(part)) for part in parts_of(pixels, np.arange(len(pixels)), BATCH)]
            return torch.cat(found).cpu().numpy()

    @property
    def widths(self) -> list[int]:
        """How many features come of each layer, in order; their sum is d."""
        config = self.net.config
        blank = torch.zeros(1, config.channels, config.height, config.width, device=self.device)
        with self._computing():
            maps = self._maps(blank)
        return [pooled(m, self.side).shape[1] for m in maps]

    @contextmanager
    def _computing(self) -> Iterator[None]:
        with plain_float32(self.device), torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            yield

    def _input(self, pixels: np.ndarray) -> Tensor:
        return to_unit(torch.from_numpy(pixels).to(self.device))

    def _maps(self, x: Tensor) -> list[Tensor]:
        maps = self.net.features(x.repeat_interleave(self.net.config.pack, 0))
        return [maps[i - 1] for i in self.layers]

    def _features(self, x: Tensor) -> Tensor:
        return torch.cat([pooled(m, self.side).float() for m in self._maps(x)], 1)


def checked_layers(D: Discriminator, layers: Sequence[int] | None) -> list[int]:
    """Return the layers that are read, numbered from 1, each once, in order.

    Raises:
        ConfigError: there is no such layer.
    """
    count = len(D.layers) - 1
    wanted = sorted(set(range(1, count + 1) if layers is None else layers))
    if not wanted or wanted[0] < 1 or wanted[-1] > count:
        raise ConfigError(f"this D has layers 1 to {count} to read features from, not {', '.join(map(str, wanted))}")
    return wanted


def pooled(maps: Tensor, side: int = SIDE) -> Tensor:
    """Max-pool maps (N, C, H, W) to ``side`` x ``side`` (see ``max_pooled``) and lay them out as (N, C * side * side):
    the first map's rows first."""
    return max_pooled(maps, side).flatten(1)
