"""Pictures where they are needed: in the memory of a CUDA device if they fit into it, else sent there ahead of time."""

from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from dcgan.data.feed import Feed, Stored

SHARE = 0.3  # of a device's free memory that pictures may take


def ready(feed: Feed, device: torch.device) -> Feed:
    """Return ``feed`` with its batches on ``device`` or on their way to it; on a CPU there is nothing to do."""
    if device.type != "cuda":
        return feed
    if isinstance(feed, Stored) and feed.pictures.pixels.nbytes < SHARE * torch.cuda.mem_get_info(device)[0]:
        return Resident(feed, device)
    return Ahead(feed, device)


def behind(feed: Feed) -> Feed:
    """Return the feed that ``ready`` was given."""
    if isinstance(feed, Resident):
        return feed.stored
    return feed.feed if isinstance(feed, Ahead) else feed


class Resident:
    """Prepared pictures, all of them in a device's memory, as uint8.

    Args:
        stored: the pictures, and their order.
        device: where they are kept.
    """

    def __init__(self, stored: Stored, device: torch.device) -> None:
        self.stored, self.device = stored, device
        whole = stored.pictures.pixels
        self.pixels = torch.empty(whole.shape, dtype=torch.uint8, device=device)
        for start in range(0, len(whole), 1024):  # the cache is memory-mapped: a part at a time
            self.pixels[start : start + 1024] = torch.from_numpy(np.array(whole[start : start + 1024]))

    def __len__(self) -> int:
        return len(self.stored)

    def batch_at(self, nimg: int) -> Tensor:
        """Return this process's part of the batch that follows the first ``nimg`` pictures."""
        chosen, turned = self.stored.chosen_at(nimg)
        batch = self.pixels[torch.from_numpy(chosen).to(self.device, non_blocking=True)]
        if turned is None:
            return batch
        sides = torch.from_numpy(turned).to(self.device, non_blocking=True)
        return torch.where(sides[:, None, None, None], batch.flip(2), batch)

    def some(self, count: int) -> np.ndarray:
        """Return some pictures to look at."""
        return self.stored.some(count)


class Ahead:
    """A feed whose next batch is read by a thread, and put into memory from which a device can fetch it by itself.

    Args:
        feed: what to read.
        device: where the batches are wanted.
    """

    def __init__(self, feed: Feed, device: torch.device) -> None:
        self.feed, self.device = feed, device
        self._thread = ThreadPoolExecutor(1, "ahead")
        self._next: dict[int, Future[Tensor]] = {}
        self._last: int | None = None

    def __len__(self) -> int:
        return len(self.feed)

    def batch_at(self, nimg: int) -> Tensor:
        """Return this process's part of the batch that follows the first ``nimg`` pictures, and have the next read."""
        found = self._next.pop(nimg, None) or self._thread.submit(self._read, nimg)
        if self._last is not None and nimg > self._last:
            ahead = 2 * nimg - self._last
            self._next = {ahead: self._thread.submit(self._read, ahead)}
        self._last = nimg
        return found.result().to(self.device, non_blocking=True)

    def some(self, count: int) -> np.ndarray:
        """Return some pictures to look at."""
        return self.feed.some(count)

    def close(self) -> None:
        """Stop reading ahead."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _read(self, nimg: int) -> Tensor:
        batch = self.feed.batch_at(nimg)
        return batch.pin_memory() if self.device.type == "cuda" else batch
