"""Small sources for the tests: files of pictures, folders and zips of them, IDX bytes, items that are counted."""

import io
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dcgan.data.cache import prepare
from dcgan.data.decode import open_picture
from dcgan.data.examine import Measure
from dcgan.data.pictures import Pictures
from dcgan.data.sources.open import open_source
from dcgan.data.sources.source import Item, Source


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def encoded(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format=form, **options)
    return buffer.getvalue()


def flat(value: int, side: int = 8) -> Image.Image:
    """Return a gray picture of one value."""
    return Image.new("L", (side, side), value)


def write_source(path: Path, kind: str, files: Mapping[str, bytes]) -> Path:
    """Write files as a folder, a zip or a tar (``tar``, ``tar.gz``, ...); return where it is."""
    if kind.startswith("tar"):
        return write_tar(path.with_name(f"{path.name}.{kind}"), files, kind.removeprefix("tar").lstrip("."))
    if kind == "zip":
        path = path.with_suffix(".zip")
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return path
    path.mkdir()
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def idx(array: np.ndarray, code: int = 8) -> bytes:
    """Return an array as the bytes of an IDX file."""
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return bytes([0, 0, code, array.ndim]) + sizes + array.tobytes()


def shown(source: Source, index: int) -> np.ndarray:
    """Return the pixels of a source's picture as they are in its file."""
    return np.asarray(open_picture(source.read(index)))


class Counted:
    """A source whose reads are counted; a string among its pictures is raised as an error when it is read.

    Its pictures are in memory and its opener is no part of the package, so it is read in this process.
    """

    def __init__(self, pictures: Sequence[Image.Image | str], labels: Sequence[str | None] | None = None) -> None:
        self.pictures, self.labels = pictures, labels
        self.reads: list[int] = []

    def source(self, fingerprint: str = "one", name: str = "counted", **more: Any) -> Source:
        """Return it as a source; ``more`` are further fields of that."""
        labels = self.labels or [None] * len(self.pictures)
        items = [Item(name=f"file {i}", key=i, label=label) for i, label in enumerate(labels)]
        fields = {"kind": "test", "where": "memory", "opener": self.read, "items": items, **more}
        return Source(name=name, fingerprint=fingerprint, **fields)

    def read(self, key: int) -> bytes | np.ndarray:
        """Count, and return a picture."""
        self.reads.append(key)
        picture = self.pictures[key]
        if isinstance(picture, str):
            raise OSError(picture)
        return np.asarray(picture) if picture.mode in ("L", "RGB", "RGBA") else encoded(picture)


# Pictures and archives that libraries do not write --------------------------------------------------------------------


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *more: bytes) -> bytes:
    """Return a PNG by hand: ``rows`` are big-endian samples, without filter bytes; ``more`` are chunks before IDAT."""
    wide = len(rows) // height if rows else 0
    lines = b"".join(b"\0" + rows[i : i + wide] for i in range(0, len(rows), wide or 1))
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", head), *more, chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def oriented(orientation: int) -> Image.Exif:
    """Return EXIF that says how the camera was held."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def write_tar(path: Path, files: Mapping[str, bytes], pack: str = "", special: Sequence[tarfile.TarInfo] = ()) -> Path:
    """Write a tar, packed as ``gz``, ``bz2`` or ``xz``, with members that are no files at its end."""
    with tarfile.open(path, f"w:{pack}") as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in special:
            archive.addfile(info)
    return path


def prepared(path: Path, root: Path, height: int = 8, width: int = 8, channels: int = 1, **more: Any) -> Pictures:
    """Open a source and make its pictures to measure; ``more`` are of ``Measure``, or of ``prepare``."""
    rest = {name: more.pop(name) for name in ("limit", "dedupe", "workers") if name in more}
    measure = Measure(height=height, width=width, channels=channels, **more)
    return prepare(open_source(str(path)), measure, root=root, **rest)


KINDS = ("zip", "tar", "tar.gz", "tar.xz", "npy", "npz", "idx", "cifar")
"""What ``write_as`` can write."""


def write_as(folder: Path, kind: str, pixels: np.ndarray) -> Path:
    """Write gray pictures, uint8 (N, H, W), as a source of some kind; always at the same place."""
    path = folder / {"idx": "a-images-idx3-ubyte", "cifar": "data_batch_1"}.get(kind, f"a.{kind}")
    files = {f"{i:03d}.png": encoded(Image.fromarray(picture)) for i, picture in enumerate(pixels)}
    if kind == "zip":
        return write_source(folder / "a", "zip", files)
    if kind.startswith("tar"):
        return write_tar(path, files, kind[4:])
    if kind == "npz":
        np.savez_compressed(path, images=pixels)
    elif kind == "cifar":
        rows = np.resize(pixels, (len(pixels), 32, 32))[:, None].repeat(3, axis=1).reshape(len(pixels), 3072)
        path.write_bytes(pickle.dumps({b"data": rows, b"labels": [0] * len(rows)}, protocol=2))
    else:
        path.write_bytes(idx(pixels) if kind == "idx" else saved(pixels))
    return path


def saved(array: Any) -> bytes:
    """Return an array as the bytes of a ``.npy`` file."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()
