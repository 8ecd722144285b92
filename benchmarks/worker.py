"""A training step in a process of its own, as its users run it: it is told when to take steps, and times them.

So our memory setting does not help the others, and each one's peak memory can be told. While one works, the others
wait.
"""

from __future__ import annotations

from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import torch
from common import resident_mb
from rates import clock
from rivals import Case, prepare


class Worker:
    """Runs a case. It is a way: called with a number of steps, it returns the seconds that one took."""

    def __init__(self, case: Case, warm: int = 2) -> None:
        context = get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, case, warm), daemon=True)
        self.process.start()
        other.close()

    def ready(self) -> str | None:
        """Wait until it has taken its first steps. Returns what went wrong, or None."""
        return str(answer) if isinstance(answer := self._read(), Exception) else None

    def __call__(self, count: int) -> float:
        self.pipe.send(count)
        answer = self._read()
        if isinstance(answer, Exception):
            raise answer
        return float(answer)

    def close(self) -> float:
        """End it. Returns the peak memory of its steps in MB: on a CPU above what the imports took."""
        self.pipe.send(0)
        peak = self._read()
        self.process.join()
        return float(peak)

    def _read(self) -> Any:
        try:
            return self.pipe.recv()
        except EOFError:
            return RuntimeError("the process ended before its time: it may have run out of memory")


def settle() -> None:
    """Have PyTorch load what it loads at the first use, so that it is not counted as a step's memory."""
    net = torch.nn.Conv2d(3, 8, 3)
    optimizer = torch.optim.Adam(net.parameters())
    with torch.autocast("cpu", torch.bfloat16):
        loss = net(torch.zeros(2, 3, 8, 8)).float().sum()
    loss.backward()
    optimizer.step()


def serve(pipe: Connection, case: Case, warm: int) -> None:
    """Answer a number with the seconds a step took, and 0 with the peak memory, until then."""
    try:
        build = prepare(case)
        settle()
        before = resident_mb()
        way = clock(build(), case.device)
        way(warm)
    except (RuntimeError, ImportError) as error:
        return pipe.send(RuntimeError(str(error).splitlines()[0]))
    pipe.send(None)
    while count := pipe.recv():
        pipe.send(way(count))
    if case.device == "cuda":
        return pipe.send(torch.cuda.max_memory_allocated() / 1024**2)
    return pipe.send(resident_mb(peak=True) - before)
