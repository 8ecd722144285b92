"""Small sources for the tests: files of pictures, folders and zips of them, IDX bytes, items that are counted."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dcgan.data.sources import Item, Source


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
    """Write files as a folder or as a zip; return where it is."""
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


class Counted:
    """A source whose reads are counted; a string among its pictures is raised as an error when it is read."""

    def __init__(self, pictures: Sequence[Image.Image | str], labels: Sequence[str] | None = None) -> None:
        self.pictures, self.labels = pictures, labels
        self.reads: list[int] = []

    def source(self, fingerprint: str = "one", name: str = "counted") -> Source:
        items = [
            Item(name=f"file {i}", label=self.labels[i] if self.labels else None, read=lambda i=i: self._read(i))  # type: ignore[misc]
            for i in range(len(self.pictures))
        ]
        return Source(name=name, kind="test", items=items, fingerprint=fingerprint)

    def _read(self, i: int) -> Image.Image:
        self.reads.append(i)
        picture = self.pictures[i]
        if isinstance(picture, str):
            raise OSError(picture)
        return picture
