"""IDX, the form of MNIST: a file of pictures and, beside it, a file of labels, gzipped or not."""

import gzip
import zlib
from pathlib import Path

import numpy as np

from dcgan.data.sources.arrays import ArrayOpener, array_items
from dcgan.data.sources.source import Source, make_source, state_of
from dcgan.errors import DataError


def open_idx(path: Path) -> Source:
    """Read an IDX file of pictures (``...-images-idx3-ubyte``, gzipped or not) and the labels that stand beside it.

    Raises:
        DataError: the file is not IDX, is cut off, or has another number of pictures than of labels.
    """
    count = len(read_pictures(path))
    labels_path = labels_beside(path)
    labels = [str(v) for v in read_idx(labels_path).tolist()] if labels_path else None
    if labels is not None and len(labels) != count:
        raise DataError(f"{path} has {count} pictures and {labels_path} has {len(labels)} labels: they must match")
    name = path.resolve().parent.name or path.stem
    content = state_of(path, *([labels_path] if labels_path else []))
    opener = ArrayOpener("idx", (str(path.resolve()),))
    return make_source(name, "idx", path, array_items(count, labels), opener, content, parallel=False)


def read_pictures(path: Path) -> np.ndarray:
    """Read an IDX file of pictures: uint8 (N, H, W) or (N, H, W, C).

    Raises:
        DataError: it is damaged or holds something else.
    """
    pixels = read_idx(path)
    if pixels.ndim not in (3, 4) or (pixels.ndim == 4 and pixels.shape[3] not in (1, 3, 4)):
        shape = " x ".join(map(str, pixels.shape))
        raise DataError(f"{path} does not hold pictures: (count, height, width) or (..., 1, 3 or 4), not {shape}")
    if 0 in pixels.shape[1:]:
        raise DataError(f"{path} does not hold pictures: they are {pixels.shape[1]}x{pixels.shape[2]} pixels")
    return pixels


def read_idx(path: Path) -> np.ndarray:
    """Read an IDX file (LeCun's format) as an array of its own shape, uint8.

    Raises:
        DataError: it is damaged or of another format.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as f:
            head = f.read(4)
            if len(head) < 4 or head[:3] != b"\x00\x00\x08":
                raise DataError(f"{path} is not an IDX file of bytes: its first bytes are {head!r}")
            sizes = f.read(4 * head[3])
            if len(sizes) < 4 * head[3]:
                raise DataError(f"{path} is cut off: {4 + len(sizes)} bytes where its header needs {4 + 4 * head[3]}")
            shape = np.frombuffer(sizes, ">u4").tolist()
            expected = int(np.prod(shape, dtype=object))
            data = f.read(expected + 1)  # what it claims to hold bounds what is unpacked
    except (OSError, EOFError, zlib.error, OverflowError, MemoryError) as error:
        raise DataError(f"{path} cannot be unpacked ({error}): fetch it again") from error
    if len(data) != expected:
        found = "more" if len(data) > expected else f"{len(data)}"
        raise DataError(f"{path} is damaged: {found} bytes where {shape} needs {expected}")
    if len(shape) > 4:
        raise DataError(f"{path} does not hold pictures: it has {len(shape)} axes")
    return np.frombuffer(data, np.uint8).reshape(shape)


def is_idx_pictures(path: Path) -> bool:
    """Tell by its name whether a file holds pictures as IDX."""
    named = path.name.removesuffix(".gz").endswith(("-images-idx3-ubyte", "-images.idx3-ubyte"))
    return named and path.is_file()


def labels_beside(path: Path) -> Path | None:
    """Return the IDX file of labels that belongs to one of pictures; None where it is missing."""
    plain = path.name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1")
    return next((p for p in (path.with_name(plain + ".gz"), path.with_name(plain)) if p.exists()), None)
