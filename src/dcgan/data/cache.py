"""From a source to a cache: every picture fitted once, kept as uint8 in a memory-mapped array.

A cache is a folder: ``pictures.npy`` (N, H, W, C) uint8, ``labels.npy`` (N,) int64, ``manifest.json``. Its name holds
a key of the source's fingerprint and of the settings, so a changed source or setting makes another one. It is made
under a temporary name and renamed when it is whole.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import UnidentifiedImageError

from dcgan.data.fit import fit
from dcgan.data.sources import Item, Source
from dcgan.errors import DataError
from dcgan.files import replacing_dir, write_json

VERSION = 2  # raised when a change of this package would change the pixels
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """A data set ready to train on."""

    name: str
    pixels: np.ndarray
    """uint8 (N, H, W, C), memory-mapped, read-only."""
    labels: np.ndarray
    """int64 (N,), indices into ``classes``; -1 where there are none."""
    classes: tuple[str, ...]
    digest: str = ""
    """Changes with any pixel, and with the order of the pictures."""
    folder: Path = Path()
    """Where the cache is."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Files that are not in it: (name, why)."""

    def __len__(self) -> int:
        return len(self.pixels)


def prepare(
    source: Source, *, height: int, width: int, channels: int, root: Path, progress: Progress = lambda done, total: None
) -> Pictures:
    """Return the pictures of a source at this size, from the cache below ``root`` or made now.

    A file that is no picture is left out and named in ``left_out``.

    Args:
        source: what to read.
        height: pixels.
        width: pixels.
        channels: 1, 3 or 4.
        root: the folder that holds caches.
        progress: called with (files read, files in all).

    Raises:
        DataError: no picture is left, or the cache cannot be written.
    """
    settings = {
        "version": VERSION,
        "source": source.fingerprint,
        "height": height,
        "width": width,
        "channels": channels,
    }
    key = hashlib.blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=6).hexdigest()
    folder = root / f"{source.name}-{height}x{width}x{channels}-{key}"
    try:
        return load(folder)
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there is none yet, or it is damaged
    try:
        with replacing_dir(folder) as temporary:
            _make(source, temporary, (height, width, channels), settings, progress)
    except OSError as error:
        raise DataError(f"the cache {folder} cannot be written ({error}): give another folder with --cache") from error
    return load(folder)


def load(folder: Path) -> Pictures:
    """Open a cache that ``prepare`` has made.

    Raises:
        OSError, ValueError, KeyError, TypeError: there is none, or it is damaged.
    """
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return Pictures(
        name=manifest["name"],
        pixels=np.load(folder / "pictures.npy", mmap_mode="r"),
        labels=np.load(folder / "labels.npy"),
        classes=tuple(manifest["classes"]),
        digest=manifest["digest"],
        folder=folder,
        left_out=tuple((name, why) for name, why in manifest["left_out"]),
    )


def _make(
    source: Source, folder: Path, shape: tuple[int, int, int], settings: dict[str, Any], progress: Progress
) -> None:
    kept: list[Item] = []
    left_out: list[tuple[str, str]] = []
    digest = hashlib.blake2b(digest_size=16)
    with (folder / "pictures.npy").open("wb") as f:  # not memory-mapped: on a full disk that ends in SIGBUS
        _write_header(f, (len(source.items), *shape))
        for done, (item, result) in enumerate(_fitted(source, shape), start=1):
            if isinstance(result, str):
                left_out.append((item.name, result))
            else:
                f.write(result.tobytes())
                digest.update(result.tobytes())
                kept.append(item)
            progress(done, len(source.items))
        _write_header(f, (len(kept), *shape))
    if not kept:
        name, why = left_out[0]
        raise DataError(f"no file of {source.name} is a picture; the first one, {name}: {why}")
    classes = sorted({item.label for item in kept if item.label is not None}, key=_natural)
    labels = [classes.index(item.label) if item.label is not None else -1 for item in kept]
    np.save(folder / "labels.npy", np.asarray(labels, np.int64))
    manifest = {
        "name": source.name,
        "classes": classes,
        "left_out": left_out,
        "pictures": len(kept),
        "digest": digest.hexdigest(),
        "settings": settings,
    }
    write_json(folder / "manifest.json", manifest)


def _fitted(source: Source, shape: tuple[int, int, int]) -> Iterator[tuple[Item, np.ndarray | str]]:
    """Read and fit every item on all processors, in order; a string says why an item is no picture."""

    def one(item: Item) -> tuple[Item, np.ndarray | str]:
        try:
            with item.read() as picture:
                return item, fit(picture, *shape)
        except UnidentifiedImageError:
            return item, "not a picture in a format that is known"  # Pillow's sentence names an object in memory
        except Exception as error:  # Pillow's decoders raise many kinds
            return item, str(error).splitlines()[0] if str(error) else type(error).__name__

    chunk = 1024  # bounds what waits in memory
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(source.items), chunk):
            yield from pool.map(one, source.items[start : start + chunk])


def _write_header(f: BinaryIO, shape: tuple[int, ...]) -> None:
    """Write the header of a uint8 array; numpy makes it of one length, whatever the first number is."""
    f.seek(0)
    np.lib.format.write_array_header_1_0(f, {"descr": "|u1", "fortran_order": False, "shape": shape})


def _natural(name: str) -> tuple[int, int, str]:
    """Sort "2" before "10", and numbers before names."""
    return (0, int(name), name) if name.isdecimal() else (1, 0, name)
