"""Features of many pictures on the disk, read a few at a time: the memory is the same for any number of pictures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import numpy as np

from dcgan.data.parts import parts_of
from dcgan.errors import DataError

CHUNK = 32 * 2**20
"""Bytes of features that are read together."""
STORED = np.dtype(np.float16)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Features (count, width) in a file of plain float16 numbers, a row a picture.

    Three significant digits are kept, half the room of float32. The file is read, not mapped, so its pages are not
    this process's memory.
    """

    path: Path
    count: int
    width: int

    def chunks(self, rows: np.ndarray | None = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield (rows, features): int64 (n,) and float16 (n, width), about 32 MB at a time.

        Args:
            rows: int64, ascending: which; None: all. What is yielded is overwritten by the next.
        """
        size = max(CHUNK // (self.width * STORED.itemsize), 1)
        wanted = np.arange(self.count) if rows is None else rows
        room = np.empty((min(size, max(len(wanted), 1)), self.width), STORED)
        with self.path.open("rb", buffering=0) as file:
            for start in range(0, len(wanted), size):
                some = wanted[start : start + size]
                into = room[: len(some)]
                _read(file, some, into)
                yield some, into

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return some rows, int64 in any order, as float32 (n, width)."""
        found = np.empty((len(rows), self.width), np.float32)
        order = np.argsort(rows, kind="stable")
        at = 0
        for some, features in self.chunks(rows[order]):
            found[order[at : at + len(some)]] = features
            at += len(some)
        return found


def _read(file: FileIO, rows: np.ndarray, into: np.ndarray) -> None:
    """Fill ``into`` with rows of a file, those that follow each other at once."""
    ends = np.flatnonzero(np.diff(rows, append=-1) != 1) + 1
    start = 0
    for end in ends:
        file.seek(int(rows[start]) * into.itemsize * into.shape[1])
        view = into[start:end].data.cast("B")
        while view:
            got = file.readinto(view)
            if not got:
                raise DataError("a file of features is shorter than it was: was it changed meanwhile? Start again")
            view = view[got:]
        start = int(end)


def write_table(
    path: Path,
    read: Callable[[np.ndarray], np.ndarray],
    pixels: np.ndarray,
    rows: np.ndarray,
    *,
    batch: int = 256,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Table:
    """Read the features of pictures into a file.

    Args:
        path: the file, made anew.
        read: uint8 (n, H, W, C) to float (n, width).
        pixels: uint8 (N, H, W, C).
        rows: int64, which pictures, at least one: row i of the table is picture ``rows[i]``.
        batch: pictures read together.
        progress: called with (pictures read, pictures in all).

    Raises:
        DataError: a feature is no finite number, or beyond float16's 65,504.
    """
    done, width = 0, 0
    with path.open("wb") as file:
        for part in parts_of(pixels, rows, batch):
            found = read(part)
            file.write(finite(found).data)
            done, width = done + len(part), found.shape[1]
            progress(done, len(rows))
    return Table(path=path, count=len(rows), width=width)


def finite(features: np.ndarray) -> np.ndarray:
    """Return features as they are kept, float16.

    Raises:
        DataError: one is no finite number, or beyond float16's 65,504.
    """
    with np.errstate(over="ignore"):
        kept = np.ascontiguousarray(features, STORED)
    if not np.isfinite(kept).all():
        raise DataError(
            "features are not finite, or beyond 65,504, and cannot be kept: if they are D's, it has come apart: take "
            "an earlier --snapshot"
        )
    return kept


def mean_and_scale(table: Table, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what makes features standard on some rows: their mean and standard deviation, float32 (width,) each.

    Features that hardly vary are not made large: their scale is 1.
    """
    total, squares = np.zeros(table.width), np.zeros(table.width)
    shift: np.ndarray | None = None  # keeps the squares small beside the mean
    for _, features in table.chunks(rows):
        x = features.astype(np.float32)
        shift = x.mean(0, dtype=np.float64) if shift is None else shift
        x -= shift.astype(np.float32)
        total += x.sum(0, dtype=np.float64)
        squares += np.einsum("nd,nd->d", x, x, dtype=np.float64)
    assert shift is not None, "there are rows"
    shift = shift.astype(np.float32).astype(np.float64)
    mean = total / len(rows)
    scale = np.sqrt(np.maximum(squares / len(rows) - mean**2, 0))
    scale[scale < 1e-6] = 1
    return (shift + mean).astype(np.float32), scale.astype(np.float32)
