"""Features of pictures as files that last as long as the command."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from dcgan.cli.features.pictures import Side, Sides
from dcgan.cli.progress import Progress
from dcgan.errors import DiskError
from dcgan.probes.table import STORED, Table, write_table

STALE = 24 * 3600.0
Read = Callable[[np.ndarray], np.ndarray]


@contextmanager
def tables_of(sides: Sides, read: Read, name: str, folder: Path) -> Iterator[tuple[Table, Table]]:
    """Read the features of the pictures that are learnt from and tested on into two files, which are removed after use.

    Args:
        sides: the pictures.
        read: uint8 (n, H, W, C) to float (n, d).
        name: what they are features of, for the progress.
        folder: where the files are.

    Raises:
        DiskError: the disk has no room for them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sweep_features(folder)
    check_room(sides, read, folder)
    with tempfile.TemporaryDirectory(prefix=".features.", suffix=".tmp", dir=folder) as place:
        yield (
            _read_side(sides.learn, read, f"{name}: reading", Path(place) / "learn"),
            _read_side(sides.test, read, f"{name}: reading test pictures", Path(place) / "test"),
        )


def sweep_features(folder: Path) -> None:
    """Remove the features that a killed process has left in a folder: those that are more than a day old."""
    for left in folder.glob(".features.*.tmp"):
        if time.time() - left.stat().st_mtime > STALE:
            shutil.rmtree(left, ignore_errors=True)


def check_room(sides: Sides, read: Read, folder: Path) -> None:
    """Check that a disk has room for the features.

    Raises:
        DiskError: it has not.
    """
    width = read(np.array(sides.learn.pictures.pixels[:1])).shape[1]
    needed = (len(sides.learn.rows) + len(sides.test.rows)) * width * STORED.itemsize
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise DiskError(
            f"{width:,} features of each picture take {needed / 1e9:.1f} GB, and {folder} has {free / 1e9:.1f} GB: "
            "free some, take --out on another disk, fewer pictures with --limit, or fewer --layers"
        )


def _read_side(side: Side, read: Read, what: str, path: Path) -> Table:
    with Progress(what) as progress:
        return write_table(path, read, side.pictures.pixels, side.rows, progress=progress.count)
