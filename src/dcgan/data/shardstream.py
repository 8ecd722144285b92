"""Training on shards as they lie, for sets that are larger than the disk: nothing is prepared, nothing is kept.

Every shard is cut into runs of consecutive pictures. An epoch is a permutation of all runs; some of them together are a
window, which is read run by run, made to measure, and permuted in memory. Where a picture stands in the stream is a
pure function of the seed and of the shards' sizes: a run is resumed at any point by reading one window again, and of
several processes each decodes only its own part of every batch.
"""

import hashlib
import itertools
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from dcgan.data.examine import Measure
from dcgan.data.order import coins, mirror, permutation
from dcgan.data.sources.handles import close_all
from dcgan.data.sources.shards import ShardsOpener, open_shard, shard_paths, shards_name
from dcgan.data.sources.source import Item, Source, state_of
from dcgan.data.workers import examine_all
from dcgan.errors import DataError

RUN = 512  # consecutive pictures that are read together, at most: a quarter of a window
LEAST_RUN = 4
WINDOW_BYTES = 2**27  # of pixels that are mixed with each other
NAMED = 1000  # bad files that are remembered


@dataclass(frozen=True)
class Window:
    """Pictures that are mixed with each other: some runs of an epoch."""

    epoch: int
    number: int
    start: int
    """Position of its first picture in the epoch."""
    runs: tuple[int, ...]
    count: int


class ShardStream:
    """Pictures of shards, in an order that can be entered anywhere.

    Attributes:
        name: what the set is called.
        channels: 1 (gray), 3 (RGB) or 4 (RGBA).
        digest: changes with the shards, and with what the pictures are made to.
        classes: none, a stream has no labels.
        left_out: (name, why) of pictures that could not be read; another one took their place.
    """

    classes: tuple[str, ...] = ()

    def __init__(
        self, text: str, measure: Measure, *, batch: int, seed: int, mirrored: bool = False, rank: int = 0,
        world: int = 1, window_bytes: int = WINDOW_BYTES, workers: int | None = None,
    ) -> None:  # fmt: skip
        """Open the shards.

        Args:
            text: a folder of shards, ``train-{000..099}.tar``, ``train-*.tar``, or one shard.
            measure: what the pictures are made to.
            batch: pictures of a step, of all processes together.
            seed: the run's.
            mirrored: show every picture also mirrored, every second time.
            rank: which process this is.
            world: how many there are; ``batch`` is a multiple of it.
            window_bytes: memory for the pictures that are mixed; twice as much is used.
            workers: processes that decode; None: one for each processor.

        Raises:
            DataError: there are no shards, or one of them is missing or damaged.
        """
        paths = shard_paths(text)
        if not paths:
            raise DataError(f"there are no shards at {text}: give a folder of .tar files, or train-{{000..099}}.tar")
        assert batch % world == 0, (batch, world)
        self.paths, self.measure, self.seed, self.mirrored, self.workers = paths, measure, seed, mirrored, workers
        self.batch, self.rank, self.world = batch, rank, world
        self.name, self.channels = shards_name(text), measure.channels
        self.left_out: list[tuple[str, str]] = []
        shards = [(len(shard.items), shard.opener) for shard in map(open_shard, paths)]
        self._opener = ShardsOpener(tuple(opener for _, opener in shards))
        self.digest = hashlib.blake2b(repr((state_of(*paths), measure)).encode(), digest_size=16).hexdigest()
        room = max(1, window_bytes // int(np.prod(measure.shape)))  # pictures
        run = max(LEAST_RUN, min(RUN, room // 4))
        self.runs = [(s, i, min(i + run, n)) for s, (n, _) in enumerate(shards) for i in range(0, n, run)]
        self.together = max(1, room // run)
        self._read: OrderedDict[Window, Future[np.ndarray]] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, "stream")
        self._closed = False

    def __len__(self) -> int:
        return sum(stop - start for _, start, stop in self.runs)

    def batch_at(self, nimg: int) -> Tensor:
        """Return this process's part of the batch that follows the first ``nimg`` pictures.

        Returns:
            uint8 (batch / world, H, W, C), on the CPU.
        """
        share = self.batch // self.world
        first = nimg + self.rank * share
        return torch.from_numpy(np.concatenate([self._piece(*piece) for piece in self._pieces(first, first + share)]))

    def some(self, count: int) -> np.ndarray:
        """Return pictures from all over the shards, uint8 (count, H, W, C); fewer where some cannot be read."""
        rows = np.arange(min(count, len(self))) * len(self) // max(1, min(count, len(self)))
        ends = np.cumsum([stop - start for _, start, stop in self.runs])
        runs = np.searchsorted(ends, rows, side="right")
        items = [
            self._items(int(run))[int(row - ends[run]) + self._length(int(run))]
            for run, row in zip(runs, rows, strict=True)
        ]
        return np.concatenate(
            [found.pixels for _, found in examine_all(self._source(items), range(len(items)), self.measure, 0)]
        )

    def close(self) -> None:
        """Stop reading ahead."""
        self._closed = True
        for reading in self._read.values():
            reading.cancel()
        self._thread.submit(close_all)
        self._thread.shutdown(wait=True)

    # Where pictures stand -------------------------------------------------------------------------------------------

    def windows(self, epoch: int) -> tuple[Window, ...]:
        """Return the windows of an epoch, in order."""
        return _windows(tuple(self._length(i) for i in range(len(self.runs))), self.together, self.seed, epoch)

    def rows(self, window: Window) -> np.ndarray:
        """Return which of a window's pictures, counted run by run, stands at each of its places, (count,) int64."""
        return permutation(window.count, self.seed, f"window {window.epoch}", window.number)

    def _length(self, run: int) -> int:
        _, start, stop = self.runs[run]
        return stop - start

    def _pieces(self, first: int, last: int) -> list[tuple[Window, int, int]]:
        """Cut positions [first, last) of the whole stream at the borders of windows."""
        found = []
        while first < last:
            epoch, offset = divmod(first, len(self))
            window = next(w for w in self.windows(epoch) if offset < w.start + w.count)
            taken = min(window.start + window.count - offset, last - first)
            found.append((window, offset - window.start, taken))
            first += taken
        return found

    def _piece(self, window: Window, start: int, count: int) -> np.ndarray:
        pixels = self._pixels(window)
        mine = self._mine(window)
        before = int(mine[:start].sum())
        found = pixels[before : before + count].copy()
        assert len(found) == count, (window, start, count)
        return mirror(found, self._mirrored(window)[start : start + count]) if self.mirrored else found

    def _mine(self, window: Window) -> np.ndarray:
        """Which places of a window belong to this process, (count,) bool."""
        place = window.epoch * len(self) + window.start + np.arange(window.count)
        return place % self.batch * self.world // self.batch == self.rank

    def _mirrored(self, window: Window) -> np.ndarray:
        """Which places show their picture mirrored, (count,) bool; the other way round in the next epoch."""
        ways = [coins(self._length(run), self.seed, f"mirror {run}", window.epoch // 2) for run in window.runs]
        return np.concatenate(ways)[self.rows(window)] ^ bool(window.epoch % 2)

    # Reading --------------------------------------------------------------------------------------------------------

    def _pixels(self, window: Window) -> np.ndarray:
        """Return this process's pictures of a window, in their places' order, and have the next one read ahead."""
        for wanted in (window, self._after(window)):
            if wanted not in self._read:
                self._read[wanted] = self._thread.submit(self._load, wanted)
            self._read.move_to_end(wanted)
        while len(self._read) > 2:
            self._read.popitem(last=False)
        return self._read[window].result()

    def _after(self, window: Window) -> Window:
        here = self.windows(window.epoch)
        return here[window.number + 1] if window.number + 1 < len(here) else self.windows(window.epoch + 1)[0]

    def _load(self, window: Window) -> np.ndarray:
        items = list(itertools.chain.from_iterable(self._items(run) for run in window.runs))
        rows = self.rows(window)[self._mine(window)]
        stored = np.sort(rows)
        pixels = np.empty((len(rows), *self.measure.shape), np.uint8)
        good = np.zeros(len(rows), np.bool_)
        source = self._source([items[row] for row in stored.tolist()])
        for chunk, found in examine_all(source, range(len(stored)), self.measure, self.workers):
            fine = [i for n, i in enumerate(chunk) if n not in found.bad]
            pixels[fine], good[fine] = found.pixels, True
            if self._closed:
                raise InterruptedError
            self._note([(source.items[chunk[n]].name, why) for n, why in found.bad.items()])
        if len(rows) and not good.any():
            raise DataError(
                f"none of {len(rows):,} pictures in a row of {self.name} can be read: {self.left_out[-1][1]}"
            )
        stands_in = np.flatnonzero(good)
        bad = np.flatnonzero(~good)
        pixels[bad] = pixels[stands_in[np.searchsorted(stands_in, bad) % max(1, len(stands_in))]]
        return pixels[np.searchsorted(stored, rows)]

    def _items(self, run: int) -> Sequence[Item]:
        shard, start, stop = self.runs[run]
        path = self.paths[shard]
        return [Item(name=f"{path.stem}/{i.name}", key=(shard, i.key)) for i in open_shard(path).items[start:stop]]

    def _source(self, items: Sequence[Item]) -> Source:
        return Source(name=self.name, kind="stream", where=self.name, items=items, opener=self._opener, fingerprint="")

    def _note(self, bad: list[tuple[str, str]]) -> None:
        known = set(self.left_out)
        self.left_out.extend(row for row in bad[: NAMED - len(self.left_out)] if row not in known)


@lru_cache(maxsize=4)
def _windows(lengths: tuple[int, ...], together: int, seed: int, epoch: int) -> tuple[Window, ...]:
    order = permutation(len(lengths), seed, "runs", epoch).tolist()
    found, start = [], 0
    for number, first in enumerate(range(0, len(order), together)):
        runs = tuple(order[first : first + together])
        count = sum(lengths[run] for run in runs)
        found.append(Window(epoch=epoch, number=number, start=start, runs=runs, count=count))
        start += count
    return tuple(found)
