"""Several processes that train one model together: who this one is, and the few things they say to each other.

Weights are the same in all of them and are updated with the mean of all gradients. Every process takes a contiguous
share of each batch, and of the z drawn for it, so that together they do what one process would do with the whole batch.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Processes:
    """Some processes, seen from one of them. By default it is alone."""

    rank: int = 0
    """Which one this is, of all."""
    world: int = 1
    """How many there are."""
    local: int = 0
    """Which one this is, of those on this machine."""
    control: Any = None
    """The group through which they speak without a GPU; None for one process."""

    @property
    def first(self) -> bool:
        """Whether this is the one that writes and prints."""
        return self.rank == 0

    def share(self, whole: Tensor) -> Tensor:
        """Return this process's part of a batch, (N, ...) -> (N / world, ...)."""
        each = len(whole) // self.world
        assert each * self.world == len(whole), (len(whole), self.world)
        return whole[self.rank * each : (self.rank + 1) * each]

    def average_(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor, in place, by its mean over all processes; they travel in one piece. All are float32."""
        if self.world == 1 or not tensors:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        dist.all_reduce(flat)
        flat /= self.world
        for tensor, part in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(part.view(tensor.shape))

    def any(self, *flags: bool) -> list[bool]:
        """Return for each flag whether it is up in any process; every process gets the same answer."""
        if self.world == 1:
            return list(flags)
        raised = torch.tensor(flags, dtype=torch.uint8)
        dist.all_reduce(raised, dist.ReduceOp.MAX, group=self.control)
        return [bool(flag) for flag in raised.tolist()]

    def from_first(self, value: Any) -> Any:
        """Return the first process's value, in all of them. It is pickled on the way."""
        if self.world == 1:
            return value
        carried = [value]
        dist.broadcast_object_list(carried, src=0, group=self.control)
        return carried[0]

    def wait(self) -> None:
        """Wait until all are here."""
        if self.world > 1:
            dist.barrier(group=self.control)

    def gathered(self, parts: Iterable[Any], rounds: int) -> Iterator[Any]:
        """Yield in the first process the parts of all, one of each process in turn; the others yield nothing.

        Args:
            parts: this process's own, ``rounds`` or one less, in every process.
            rounds: how often all are asked.
        """
        own = iter(parts)
        for _ in range(rounds):
            found = [next(own, None)]
            if self.world > 1:
                everyone: list[Any] | None = [None] * self.world if self.first else None
                dist.gather_object(found[0], everyone, dst=0, group=self.control)
                found = everyone or []
            yield from (part for part in found if part is not None)


ALONE = Processes()
