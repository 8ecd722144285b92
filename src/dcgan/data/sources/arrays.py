"""Arrays of pictures: NumPy's files, and scikit-learn's digits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dcgan.data.sources.handles import kept
from dcgan.data.sources.source import Item, Source, make_source, state_of
from dcgan.errors import DataError

PICTURE_ARRAYS = ("images", "pictures", "x", "x_train", "data", "arr_0")
LABEL_ARRAYS = ("labels", "label", "y", "y_train", "targets", "arr_1")
RANGES = {"unit": "[0, 1]", "signed": "[-1, 1]", "bytes": "[0, 255]"}


@dataclass(frozen=True)
class ArrayOpener:
    """Returns one picture of an array; the key is its index. ``loader`` names who loads the array from ``paths``."""

    loader: str
    paths: tuple[str, ...]

    def __call__(self, key: int) -> np.ndarray:
        return kept("array", self.paths, lambda: _array(self.loader, self.paths), most=1)[key]


def _array(loader: str, paths: tuple[str, ...]) -> "np.ndarray | Pixels":
    from dcgan.data.sources import cifar, idx  # they import this file

    load: dict[str, Callable[..., np.ndarray | Pixels]] = {
        "idx": idx.read_pictures,
        "numpy": read_numpy,
        "cifar": cifar.read_pixels,
        "digits": lambda *_: _digits(),
    }
    return load[loader](*map(Path, paths))


def array_items(count: int, labels: Sequence[str] | None) -> list[Item]:
    """Return an item for each of ``count`` pictures, named by its number."""
    return [Item(name=f"{i:06d}", key=i, label=labels[i] if labels is not None else None) for i in range(count)]


def open_digits() -> Source:
    """scikit-learn's 1,797 real handwritten digits, 8x8 gray (UCI, Alpaydin and Kaynak 1998), labelled."""
    from sklearn.datasets import load_digits

    labels = [str(v) for v in load_digits().target]
    items = array_items(len(labels), labels)
    return make_source("digits", "digits", "digits", items, ArrayOpener("digits", ()), "scikit-learn")


def _digits() -> np.ndarray:
    from sklearn.datasets import load_digits

    return np.rint(load_digits().images * (255 / 16)).astype(np.uint8)


# NumPy's files ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pixels:
    """An array of pictures in any of the usual forms; an index gives uint8 (H, W) or (H, W, C)."""

    array: np.ndarray
    range: str
    first: bool
    """Whether channels stand before height and width."""

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, index: int) -> np.ndarray:
        picture = self.array[index]
        return to_bytes(np.moveaxis(picture, 0, -1) if self.first else picture, self.range)


def open_numpy(path: Path) -> Source:
    """Open a ``.npy`` file, or an ``.npz`` with the pictures and, where it has them, the labels by their usual names.

    Pictures are (N, H, W), (N, H, W, C) or (N, C, H, W) with 1, 3 or 4 channels: bytes, 16-bit numbers, true or false,
    or floats in [0, 1], [-1, 1] or [0, 255]. An array of Python objects is not loaded.

    Raises:
        DataError: it holds no such array, or another number of labels.
    """
    pixels = read_numpy(path)
    labels = _numpy_labels(path)
    if labels is not None and len(labels) != len(pixels):
        raise DataError(f"{path} has {len(pixels)} pictures and {len(labels)} labels: they must match")
    notes = (f"the numbers are floats in {RANGES[pixels.range]}",) if pixels.range != "integers" else ()
    opener = ArrayOpener("numpy", (str(path.resolve()),))
    items = array_items(len(pixels), labels)
    plain = path.suffix.lower() == ".npy"  # memory-mapped, so that any number of processes share it
    return make_source(path.stem, "numpy", path, items, opener, state_of(path), notes=notes, parallel=plain)


def read_numpy(path: Path) -> Pixels:
    """Find the pictures in a NumPy file.

    Raises:
        DataError: there are none, or their range is none of the known ones.
    """
    array = _load(path, PICTURE_ARRAYS, "pictures")
    assert array is not None
    if array.ndim not in (3, 4) or 0 in array.shape[1:]:
        raise DataError(f"{path} holds an array of shape {array.shape}: pictures are (N, H, W) or (N, H, W, channels)")
    last, first = (array.ndim == 4 and array.shape[axis] in (1, 3, 4) for axis in (3, 1))
    if array.ndim == 4 and not last and not first:
        raise DataError(f"{path} holds an array of shape {array.shape}: none of its axes is 1, 3 or 4 channels")
    return Pixels(array=array, range=_range(path, array), first=first and not last)


def to_bytes(picture: np.ndarray, range: str) -> np.ndarray:
    """Return a picture's numbers as uint8; ``range`` is one of ``RANGES``, or "integers"."""
    if picture.dtype == np.bool_:
        return picture.astype(np.uint8) * np.uint8(255)
    if range == "integers":
        return picture if picture.dtype == np.uint8 else _shifted(picture)
    scaled = picture.astype(np.float32)
    scaled = (scaled + 1) * 127.5 if range == "signed" else scaled * 255 if range == "unit" else scaled
    return np.rint(scaled).clip(0, 255).astype(np.uint8)


def _shifted(picture: np.ndarray) -> np.ndarray:
    sixteen = picture.dtype.kind == "u" and picture.dtype.itemsize == 2
    return (picture >> 8 if sixteen else picture).astype(np.uint8)


def _range(path: Path, array: np.ndarray) -> str:
    if array.dtype.kind == "b" or (array.dtype.kind == "u" and array.dtype.itemsize <= 2):
        return "integers"
    if array.dtype.kind not in "iuf":
        raise DataError(f"{path} holds numbers of type {array.dtype}: pictures are uint8, uint16, bool or float")
    low, high = _extremes(array)
    if array.dtype.kind in "iu":
        if low < 0 or high > 255:
            raise DataError(f"{path} holds integers from {low:g} to {high:g}: as {array.dtype} they are 0 to 255")
        return "integers"
    for name, (least, most) in {"unit": (0, 1), "signed": (-1, 1), "bytes": (0, 255)}.items():
        if least <= low and high <= most:
            return name
    raise DataError(f"{path} holds floats from {low:g} to {high:g}: pictures are in [0, 1], [-1, 1] or [0, 255]")


def _extremes(array: np.ndarray) -> tuple[float, float]:
    """Least and greatest number, read in parts: the array may be larger than the memory."""
    step = max(1, 2**24 // max(1, array[0].size)) if len(array) else 1
    parts = [array[i : i + step] for i in range(0, len(array), step)]
    if not all(np.isfinite(part).all() for part in parts):
        return float("nan"), float("nan")
    return min((float(p.min()) for p in parts), default=0.0), max((float(p.max()) for p in parts), default=0.0)


def _numpy_labels(path: Path) -> list[str] | None:
    found = _load(path, LABEL_ARRAYS, "labels") if path.suffix.lower() == ".npz" else None
    if found is None:
        return None
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim == 2 and np.isin(found, (0, 1)).all() and (found.sum(axis=1) == 1).all():
        found = found.argmax(axis=1)  # one-hot
    if found.ndim != 1 or found.dtype.kind not in "iuUS":
        raise DataError(f"{path} holds labels of shape {found.shape} and type {found.dtype}: one class a picture")
    return [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in found.tolist()]


def _load(path: Path, names: Sequence[str], what: str) -> np.ndarray | None:
    try:
        if path.suffix.lower() == ".npy":
            return np.load(path, mmap_mode="r", allow_pickle=False)
        with path.open("rb") as f, np.load(f, allow_pickle=False) as found:
            name = next((n for n in names if n in {f.lower() for f in found.files}), None)
            if name is not None:
                return found[next(f for f in found.files if f.lower() == name)]
            if what == "labels":
                return None
            several = ", ".join(found.files[:8]) or "nothing"
            raise DataError(f"{path} has no array of {what}: name it {' or '.join(names[:3])} (it has {several})")
    except Exception as error:  # a damaged header or member raises almost anything
        if isinstance(error, DataError):
            raise
        pickled = "allow_pickle" in str(error) or "Python objects" in str(error)
        why = "it holds Python objects, which are not loaded" if pickled else str(error)
        raise DataError(f"{path} cannot be read: {why}") from error
