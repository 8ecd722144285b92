"""What every kind of source comes down to: a list of items, and an opener that fetches what one of them holds."""

import hashlib
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from dcgan.errors import DataError

PICTURE_ENDINGS = ("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "ppm", "pgm", "avif", "jp2")
SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "__macosx"}
DAMAGE = (  # what a damaged archive may raise
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
)
MOST_BYTES = 512 * 2**20  # of one file; a camera's largest is a tenth of it


class UnreadableError(ValueError):
    """Why an item is no picture: a kind (empty, cut off, damaged, too large ...), a colon, and what exactly."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One picture that has not been read yet."""

    name: str
    """What it is called in a report; always printable."""
    key: Any
    """Where the source's opener finds it."""
    label: str | None = None
    """Name of its class, or None where the source has no labels."""


class Opener(Protocol):
    """Fetches what a key stands for. It is small and can be pickled: it travels to the processes that decode."""

    def __call__(self, key: Any, /) -> bytes | np.ndarray:
        """Return a picture's file as bytes, or its pixels as uint8 (H, W) or (H, W, C).

        Raises:
            UnreadableError, or what the file or archive raises: it cannot be had.
        """


@dataclass(frozen=True, kw_only=True)
class Source:
    """A named list of items, and a fingerprint that changes when what it lists changes."""

    name: str
    kind: str
    where: str
    """Path, or address."""
    items: Sequence[Item]
    opener: Opener
    fingerprint: str
    left_out: tuple[tuple[str, str], ...] = ()
    """What was found and is not read: (name, why)."""
    attributes: tuple[str, ...] = ()
    """Names of yes-or-no properties."""
    values: np.ndarray | None = None
    """int8 (items, attributes): 1 yes, 0 no, -1 not known; None without attributes."""
    notes: tuple[str, ...] = ()
    """Sentences for the check-up."""
    labelled: bool = False
    """Whether its items have the labels that it gives them already."""
    parallel: bool = True
    """Whether other processes can open it too without a copy of it in each one's memory."""

    def only(self, places: Sequence[int]) -> "Source":
        """Return the source with these of its items alone, and what is known of them."""
        values = self.values[list(places)] if self.values is not None else None
        return replace(self, items=[self.items[i] for i in places], values=values)

    def read(self, index: int) -> bytes | np.ndarray:
        """Return what the item at ``index`` holds; see ``Opener``."""
        return self.opener(self.items[index].key)


def path_of(text: str, trouble: str) -> Path:
    """Return a user's path, with ``~`` expanded.

    Raises:
        DataError: it cannot be one (nobody's home, a name too long or with a zero byte). ``trouble`` begins it.
    """
    try:
        path = Path(text).expanduser()
        path.exists()
    except (RuntimeError, OSError, ValueError) as error:
        raise DataError(f"{trouble}: {error}") from error
    return path


def make_source(
    name: str, kind: str, where: Path | str, items: Sequence[Item], opener: Opener, content: object, **more: Any
) -> Source:
    """Build a source and its fingerprint from where it is and what says that its content changed.

    Raises:
        DataError: it has no items.
    """
    place = str(where.resolve()) if isinstance(where, Path) else where
    if not items:
        also = f" ({printable(more['left_out'][0][0])}: {more['left_out'][0][1]})" if more.get("left_out") else ""
        raise DataError(f"there is no file in {printable(place)}{also}: give a source with pictures in it")
    fingerprint = hashlib.blake2b(repr((place, content)).encode("utf-8", "replace"), digest_size=8).hexdigest()
    return Source(
        name=printable(name), kind=kind, where=place, items=items, opener=opener, fingerprint=fingerprint, **more
    )


def state_of(*paths: Path) -> list[tuple[str, int, int]]:
    """Return what changes when one of these files does: name, size in bytes, time of the last change."""
    return [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in paths]


def wanted(name: str) -> bool:
    """Tell a picture's possible name from a hidden file's or a system's (``.DS_Store``, ``Thumbs.db``)."""
    parts = name.split("/")  # not a Path: of a million names that takes two seconds
    return not any((part[:1] == "." and part not in (".", "..")) or part.lower() in SYSTEM_NAMES for part in parts)


def ending(name: str) -> str:
    """Return what stands behind a name's last dot, in small letters; empty where there is none."""
    stem, _, end = name.rpartition("/")[2].rpartition(".")
    return end.lower() if stem else ""


def climbs(name: str) -> bool:
    """Tell whether a name in an archive leads out of it."""
    return name.startswith(("/", "\\")) or name[1:2] == ":" or ".." in name.replace("\\", "/").split("/")


def printable(name: str) -> str:
    """Return a file's name as text that can be written as UTF-8, whatever bytes it has on disk."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(name).decode("utf-8", "replace")
    return name


def natural(name: str) -> tuple[int, int, str]:
    """Sort "2" before "10", and numbers before names."""
    return (0, int(name), name) if name.isdecimal() else (1, 0, name)
