"""Decoding on all processors: a few processes that are asked for a chunk of pictures each, answered in order.

They are plain child processes with a pipe (``worker.py``), not ``multiprocessing``: that would import the user's own
script in each of them, or fork a process in which torch's threads run. The process that asks decodes nothing itself:
a file that brings a decoder down costs one of the others.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import islice
from queue import SimpleQueue
from typing import Any, cast

import numpy as np

from dcgan.data.examine import Examined, Measure, examine
from dcgan.data.sources.source import Source
from dcgan.data.worker import receive, send

CHUNK_BYTES = 2**22  # of pixels in a chunk, at most
CHUNK = 128  # pictures in a chunk, at most
AHEAD = 3  # chunks a process that may wait to be taken
START_SECONDS = 60.0  # a process that has not answered by then is given up
SETTINGS = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "PILLOW_BLOCKS_MAX": "8",  # Pillow keeps memory for the next picture: 5% faster
}
RUN = "from dcgan.data.worker import main; main()"
SMALL = 16  # a source of fewer pictures is not worth a second process


def examine_all(
    source: Source, indices: Sequence[int], measure: Measure, workers: int | None = None
) -> Iterator[tuple[Sequence[int], Examined]]:
    """Read and fit items of a source, in order, chunk by chunk; memory stays flat.

    Args:
        source: what to read.
        indices: which items.
        measure: what the pictures are made to.
        workers: processes that decode while this one writes; None: one for each processor; 0: this one does.

    Yields:
        The indices of a chunk, and what came of them.
    """
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if len(indices) < SMALL or not source.parallel or not can_travel(source):
        workers = 0
    size = max(1, min(CHUNK, CHUNK_BYTES // int(np.prod(measure.shape)), -(-len(indices) // (4 * max(1, workers)))))
    chunks = [indices[i : i + size] for i in range(0, len(indices), size)]
    if not workers:
        for chunk in chunks:
            yield chunk, _here(source, chunk, measure)
        return
    with _crew(source, measure, min(workers, len(chunks))) as ask:
        rest = iter(chunks)
        waiting = deque((chunk, ask(chunk)) for chunk in islice(rest, AHEAD * workers + 1))
        while waiting:
            chunk, answer = waiting.popleft()
            waiting.extend((chunk, ask(chunk)) for chunk in islice(rest, 1))
            try:
                yield chunk, answer.result()
            except NoWorkerError:
                yield chunk, _here(source, chunk, measure)


def can_travel(source: Source) -> bool:
    """Whether other processes can be given the source's opener; one made in a user's own script cannot."""
    module = type(source.opener).__module__
    return module.startswith("dcgan.")


def _here(source: Source, chunk: Sequence[int], measure: Measure) -> Examined:
    return examine(source.opener, [source.items[i].key for i in chunk], measure)


@contextmanager
def _crew(source: Source, measure: Measure, count: int) -> Iterator[Any]:
    """Yield a function that has a chunk examined by whichever process is idle, and returns a future of it."""
    idle: SimpleQueue[_Worker] = SimpleQueue()
    crew = [_Worker(source.opener, measure) for _ in range(count)]
    for worker in crew:
        idle.put(worker)

    def ask(chunk: Sequence[int]) -> Examined:
        worker = idle.get()
        try:
            return worker.examine([source.items[i].key for i in chunk])
        finally:
            idle.put(worker)

    threads = ThreadPoolExecutor(count)
    try:
        yield lambda chunk: threads.submit(ask, chunk)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for worker in crew:
            worker.stop()
        threads.shutdown()
        for worker in crew:
            worker.close()


def _widen(pipe: Any) -> None:
    """Let a pipe hold a chunk, where the system allows it (Linux): whoever writes need not wait for the reader."""
    with suppress(OSError, AttributeError, ImportError):
        import fcntl  # there is none on Windows

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, 2**20)


class NoWorkerError(Exception):
    """A process that does not even start: nothing is wrong with the pictures."""


class _Worker:
    """One process; a picture that brings it down is left out, and another process takes its place."""

    def __init__(self, opener: Any, measure: Measure) -> None:
        self.first = (opener, measure)
        self.stopped = self.failed = False
        self.process: subprocess.Popen[bytes] | None = None

    def examine(self, keys: Sequence[Any]) -> Examined:
        """Ask, and wait for the answer."""
        process = self._running()
        try:
            send(process.stdin, keys)  # type: ignore[arg-type]
            return cast(Examined, receive(process.stdout))  # type: ignore[arg-type]
        except (EOFError, OSError, pickle.UnpicklingError):
            if self.stopped:
                raise NoWorkerError from None
        self.close()
        self.process = None
        return self._apart(keys)

    def _running(self) -> "subprocess.Popen[bytes]":
        """Return the process, started and ready."""
        if self.process is not None and not self.failed:
            return self.process
        if self.failed or self.stopped:
            raise NoWorkerError
        code = f"import os, sys; os.environ.update({SETTINGS}); sys.path[:] = {sys.path!r}; {RUN}"
        try:
            process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.process = process
            _widen(process.stdout)
            if self.stopped:  # meanwhile, by the one who asks
                process.kill()
            patience = threading.Timer(START_SECONDS, process.kill)
            patience.daemon = True
            patience.start()
            try:
                send(process.stdin, self.first)  # type: ignore[arg-type]
                receive(process.stdout)  # type: ignore[arg-type]
            finally:
                patience.cancel()
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            self.failed = True  # the next one would not start either
            raise NoWorkerError from error
        return process

    def _apart(self, keys: Sequence[Any]) -> Examined:
        """Find the one that brought the process down by asking for each by itself."""
        if len(keys) == 1:
            why = {0: "damaged: it brings the decoder down"}
            measure = self.first[1]
            nothing = examine(self.first[0], [], measure)
            return Examined(pixels=nothing.pixels, facts=nothing.facts, bad=why)
        parts = [self.examine([key]) for key in keys]
        bad = {i: part.bad[0] for i, part in enumerate(parts) if part.bad}
        return Examined(
            pixels=np.concatenate([part.pixels for part in parts]),
            facts=np.concatenate([part.facts for part in parts]),
            bad=bad,
        )

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self.stopped = True
        self._end()

    def _end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        """Close the pipes, once nobody reads from them any more."""
        self._end()
        for stream in (self.process.stdin, self.process.stdout) if self.process is not None else ():
            with suppress(OSError):  # something unsent in it is no news here
                if stream is not None:
                    stream.close()
