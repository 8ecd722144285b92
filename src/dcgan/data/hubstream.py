"""Training on a Hub data set as it arrives, through ``datasets`` in its streaming mode.

``datasets`` mixes the set's shards and a buffer of examples; the seed and the epoch decide how. Every process draws the
same examples and decodes only its own part of a batch. To resume, the epoch's first examples are drawn again and
dropped, which is exact, and takes as long as fetching them.
"""

import itertools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dcgan.data.examine import Measure, examine
from dcgan.data.order import mirror
from dcgan.data.sources.hub import hub_place, load, picture_column
from dcgan.data.sources.parquet import cell_bytes, need
from dcgan.errors import DataError
from dcgan.rng import key

BUFFER = 10_000  # examples that are mixed with each other, undecoded
NAMED = 1000  # bad pictures that are remembered


class HubStream:
    """Pictures of a Hub data set, without a copy on the disk.

    Attributes:
        name: the data set's.
        channels: 1 (gray), 3 (RGB) or 4 (RGBA).
        digest: changes with the data set's name, with how many of it are used, and with what they are made to.
        classes: none, a stream has no labels.
        left_out: (name, why) of pictures that could not be read, at most 1,000; another one of the batch took their
            place.
    """

    classes: tuple[str, ...] = ()

    def __init__(
        self, text: str, measure: Measure, *, batch: int, seed: int, count: int | None = None, mirrored: bool = False,
        rank: int = 0, world: int = 1,
    ) -> None:  # fmt: skip
        """Open the data set.

        Args:
            text: ``hub:owner/name`` or ``hub:owner/name:split``.
            measure: what the pictures are made to.
            batch: pictures of a step, of all processes together.
            seed: the run's.
            count: pictures in an epoch; None: what the data set says of itself.
            mirrored: a coin decides for every place of the stream whether its picture is mirrored.
            rank: which process this is.
            world: how many there are; ``batch`` is a multiple of it.

        Raises:
            DataError: it cannot be had, has no pictures, or does not say how many.
        """
        assert batch % world == 0, (batch, world)
        datasets = need("datasets", f"{text}: reading a Hub data set")
        found = load(text, streaming=True)
        self.column = picture_column(datasets, found, text)
        self.dataset = found.cast_column(self.column, datasets.Image(decode=False))
        self.count = count or _length(found)
        if not self.count:
            raise DataError(f"{text} does not say how many pictures it has: say how many an epoch takes with --limit")
        self.measure, self.batch, self.seed, self.mirrored = measure, batch, seed, mirrored
        self.rank, self.world, self.channels = rank, world, measure.channels
        self.name = hub_place(text)[0].rstrip("/").split("/")[-1]
        self.digest = f"{key(self.count, repr((text, measure))):016x}"
        self.left_out: list[tuple[str, str]] = []
        self._position = -1
        self._examples: Iterator[Any] = iter(())
        self._ahead: dict[int, Future[np.ndarray]] = {}
        self._thread = ThreadPoolExecutor(1, "hub")

    def __len__(self) -> int:
        return self.count

    def batch_at(self, nimg: int) -> Tensor:
        """Return this process's part of the batch that follows the first ``nimg`` pictures, uint8, on the CPU."""
        found = self._ahead.pop(nimg, None) or self._thread.submit(self._batch, nimg)
        self._ahead = {nimg + self.batch: self._thread.submit(self._batch, nimg + self.batch)}
        return torch.from_numpy(found.result())

    def some(self, count: int) -> np.ndarray:
        """Return the first pictures of the first epoch that can be read, uint8 (at most count, H, W, C)."""
        cells = [example[self.column] for example in itertools.islice(self._epoch(0), min(count, self.count))]
        return examine(cell_bytes, cells, self.measure).pixels

    def close(self) -> None:
        """Stop reading ahead."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _batch(self, nimg: int) -> np.ndarray:
        share = self.batch // self.world
        cells = [self._draw(nimg + i)[self.column] for i in range(self.batch)]
        found = examine(cell_bytes, cells[self.rank * share : (self.rank + 1) * share], self.measure)
        bad = [(f"picture {nimg + self.rank * share + i}", why) for i, why in found.bad.items()]
        self.left_out.extend(bad[: NAMED - len(self.left_out)])
        if not len(found.pixels):
            raise DataError(f"none of {share} pictures in a row of {self.name} can be read: {bad[-1][1]}")
        good = [i for i in range(share) if i not in found.bad]
        taken = np.searchsorted(good, np.arange(share)) % len(good)
        pixels = found.pixels[taken]
        if self.mirrored:
            place = nimg + self.rank * share + np.arange(share)
            mirror(pixels, np.array([self._is_mirrored(p) for p in place.tolist()]))
        return pixels

    def _is_mirrored(self, place: int) -> bool:
        return bool(key(self.seed, "mirror", place) % 2)

    def _draw(self, place: int) -> Any:
        """Return the example at a place of the whole stream; going on from the last one costs nothing."""
        epoch, offset = divmod(place, self.count)
        if place != self._position or offset == 0:
            self._examples = itertools.islice(self._epoch(epoch), offset, None)
        self._position = place + 1
        return next(self._examples)

    def _epoch(self, epoch: int) -> Iterator[Any]:
        """Yield an epoch's examples; where the set has fewer than it said, it starts over."""
        mixed = self.dataset.shuffle(seed=key(self.seed, "order", epoch) % 2**32, buffer_size=BUFFER)
        while True:
            drawn = False
            for example in mixed:
                drawn = True
                yield example
            if not drawn:
                raise DataError(f"{self.name} has no pictures in it")


def _length(dataset: Any) -> int:
    splits = dataset.info.splits or {}
    split = splits.get(str(dataset.split)) if dataset.split is not None else None
    return int(getattr(split, "num_examples", 0) or 0)
