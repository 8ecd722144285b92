"""Where pictures come from: every kind of source lists items, and an item reads one picture.

To add a kind, write an ``open_...`` function that returns a ``Source`` and give it a place in ``open_source``.
"""

import gzip
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from dcgan.errors import DataError

SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "__macosx"}


@dataclass(frozen=True, kw_only=True)
class Item:
    """One picture that has not been read yet."""

    name: str
    label: str | None
    """Name of its class, or None where the source has no labels."""
    read: Callable[[], Image.Image]
    """Opens the picture; raises OSError, ValueError or SyntaxError where there is none (Pillow's own errors)."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A named list of items, and a fingerprint that changes when what it lists changes."""

    name: str
    kind: str
    items: Sequence[Item]
    fingerprint: str


def open_source(text: str) -> Source:
    """Open a source by what it is: ``digits``, a folder, a zip file, an IDX file or a folder of them.

    Raises:
        DataError: nothing is there, or it is of no kind that can be read.
    """
    path = Path(text).expanduser()
    if text == "digits" and not path.exists():
        return open_digits()
    if not path.exists():
        raise DataError(f"there is no source of pictures at {text}: give a folder, a zip file, IDX files or `digits`")
    if path.is_dir():
        idx = sorted(p for p in path.iterdir() if _is_idx_pictures(p))
        return open_idx(idx[-1]) if idx else open_folder(path)
    if _is_idx_pictures(path):
        return open_idx(path)
    if zipfile.is_zipfile(path):
        return open_zip(path)
    raise DataError(f"{text} is not a source of pictures: give a folder, a zip file, IDX files or `digits`")


# Files of pictures --------------------------------------------------------------------------------------------------


def open_folder(folder: Path) -> Source:
    """List every file below a folder; class subfolders are labels. Hidden and system files are passed over."""
    files = sorted(p for p in _walk(folder) if p.is_file() and _wanted(p.relative_to(folder).as_posix()))
    names = [p.relative_to(folder).as_posix() for p in files]
    stats = [(name, p.stat().st_size, p.stat().st_mtime_ns) for name, p in zip(names, files, strict=True)]
    items = [
        Item(name=name, label=label, read=lambda p=path: Image.open(p))  # type: ignore[misc]
        for name, label, path in zip(names, _labels(names), files, strict=True)
    ]
    return _source(folder.resolve().name, "folder", folder, items, stats)


def _walk(folder: Path) -> Iterator[Path]:
    """Every file below a folder, also through links to folders, each folder once."""
    entered = set()
    for where, folders, files in os.walk(folder, followlinks=True):
        entered.add(os.path.realpath(where))
        folders[:] = [name for name in folders if os.path.realpath(Path(where) / name) not in entered]
        yield from (Path(where) / name for name in files)


def open_zip(path: Path) -> Source:
    """List every file in a zip, read in place; class folders are labels.

    Raises:
        DataError: it is damaged.
    """
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise DataError(f"{path} is damaged ({error}): fetch it again") from error
    names = sorted(info.filename for info in archive.infolist() if not info.is_dir() and _wanted(info.filename))
    items = [
        Item(name=name, label=label, read=lambda n=name: Image.open(io.BytesIO(archive.read(n))))  # type: ignore[misc]
        for name, label in zip(names, _labels(names), strict=True)
    ]
    return _source(path.stem, "zip", path, items, [path.stat().st_size, path.stat().st_mtime_ns])


def _wanted(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not any(part.startswith(".") or part.lower() in SYSTEM_NAMES for part in parts)


def _labels(names: Sequence[str]) -> list[str | None]:
    """The first folder below the one that all files share, where every file has one and there are at least two."""
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    shared = 0
    while folders and all(len(f) > shared for f in folders) and len({f[shared] for f in folders}) == 1:
        shared += 1
    labelled = bool(folders) and all(len(f) > shared for f in folders)
    return [f[shared] if labelled else None for f in folders]


# IDX, the form of MNIST ---------------------------------------------------------------------------------------------


def open_idx(path: Path) -> Source:
    """Read an IDX file of pictures (``...-images-idx3-ubyte``, gzipped or not) and the labels that stand beside it.

    Of a folder with several, ``open_source`` takes the one that sorts last: MNIST's ``train-images``.

    Raises:
        DataError: the file is not IDX, is cut off, or has another number of pictures than of labels.
    """
    pixels = read_idx(path)
    if pixels.ndim not in (3, 4) or pixels.dtype != np.uint8:
        raise DataError(f"{path} does not hold pictures: bytes of shape (count, height, width) are expected")
    labels_path = _idx_labels(path)
    labels = [str(v) for v in read_idx(labels_path).tolist()] if labels_path else None
    if labels is not None and len(labels) != len(pixels):
        raise DataError(
            f"{path} has {len(pixels)} pictures and {labels_path} has {len(labels)} labels: they must match"
        )
    name = path.resolve().parent.name or path.stem
    stats = [(p.stat().st_size, p.stat().st_mtime_ns) for p in (path, labels_path) if p]
    return _source(name, "idx", path, _array_items(pixels, labels), stats)


def read_idx(path: Path) -> np.ndarray:
    """Read an IDX file (LeCun's format) as an array of its own shape, uint8.

    Raises:
        DataError: it is damaged or of another format.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be unpacked ({error}): fetch it again") from error
    if len(data) < 4 or data[:3] != b"\x00\x00\x08":
        raise DataError(f"{path} is not an IDX file of bytes: its first bytes are {data[:4]!r}")
    header = 4 + 4 * data[3]
    if len(data) < header:
        raise DataError(f"{path} is cut off: {len(data)} bytes where its header alone needs {header}")
    shape = np.frombuffer(data[4:header], ">i4").tolist()
    if len(data) - header != int(np.prod(shape)):
        raise DataError(f"{path} is damaged: {len(data) - header} bytes where {shape} needs {int(np.prod(shape))}")
    return np.frombuffer(data, np.uint8, offset=header).reshape(shape)


def _is_idx_pictures(path: Path) -> bool:
    return path.is_file() and path.name.removesuffix(".gz").endswith(("-images-idx3-ubyte", "-images.idx3-ubyte"))


def _idx_labels(path: Path) -> Path | None:
    plain = path.name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1")
    return next((p for p in (path.with_name(plain + ".gz"), path.with_name(plain)) if p.exists()), None)


# Pictures that a library brings along -------------------------------------------------------------------------------


def open_digits() -> Source:
    """scikit-learn's 1,797 real handwritten digits, 8x8 gray (UCI, Alpaydin and Kaynak 1998), labelled."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    return _source("digits", "digits", "digits", _array_items(pixels, [str(v) for v in digits.target]), "scikit-learn")


def _array_items(pixels: np.ndarray, labels: Sequence[str] | None) -> list[Item]:
    return [
        Item(
            name=f"{i:06d}",
            label=labels[i] if labels is not None else None,
            read=lambda a=picture: Image.fromarray(a),  # type: ignore[misc]
        )
        for i, picture in enumerate(pixels)
    ]


def _source(name: str, kind: str, path: Path | str, items: Sequence[Item], content: object) -> Source:
    where = str(path.resolve()) if isinstance(path, Path) else path
    if not items:
        raise DataError(f"there is no file in {where}: give a source with pictures in it")
    fingerprint = hashlib.blake2b(repr((where, content)).encode(), digest_size=8).hexdigest()
    return Source(name=name, kind=kind, items=items, fingerprint=fingerprint)
