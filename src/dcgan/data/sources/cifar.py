"""CIFAR-10 and CIFAR-100 as their authors give them: pickled batches, read without running what a pickle says.

Only the shapes of things are rebuilt: a NumPy array's bytes are picked out of its state, and any other name that a
pickle calls for is refused. (The format: https://www.cs.toronto.edu/~kriz/cifar.html.)
"""

import io
import pickle
import tarfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from dcgan.data.sources.arrays import ArrayOpener, array_items
from dcgan.data.sources.source import DAMAGE, Source, make_source, state_of
from dcgan.errors import DataError

TRAIN = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "train")
NAMES = (*TRAIN, "test_batch", "test")
META = ("batches.meta", "meta")


def is_cifar(path: Path) -> bool:
    """Tell whether a path is a folder of batches, one batch, or the archive of them."""
    if path.is_dir():
        return (path / "data_batch_1").is_file() or ((path / "train").is_file() and (path / "meta").is_file())
    return path.is_file() and (path.name in NAMES or (path.name.startswith("cifar-10") and ".tar" in path.name))


def open_cifar(path: Path) -> Source:
    """Open CIFAR's training pictures: a folder of batches or their archive; or one batch, the test one too.

    Raises:
        DataError: a batch is damaged, or is no such batch.
    """
    batches, meta = _batches(path), _meta(path)
    count = sum(len(b["data"]) for b in batches)
    numbers = [v for b in batches for v in b["labels"]]
    if len(numbers) != count:
        raise DataError(f"{path} has {count} pictures and {len(numbers)} labels: they must match")
    labels = [meta[v] if v < len(meta) else str(v) for v in numbers]
    opener = ArrayOpener("cifar", (str(path.resolve()),))
    name = path.name.split("-python")[0].split("-batches")[0] if path.name not in NAMES else path.resolve().parent.name
    content = state_of(*_files(path)) if not path.is_file() else state_of(path)
    return make_source(name, "cifar", path, array_items(count, labels), opener, content, parallel=False)


def read_pixels(path: Path) -> np.ndarray:
    """Return the pictures, uint8 (N, 32, 32, 3)."""
    flat = np.concatenate([b["data"] for b in _batches(path)])
    return np.ascontiguousarray(flat.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [path / name for name in TRAIN if (path / name).is_file()]


def _batches(path: Path) -> list[dict[str, Any]]:
    if ".tar" in path.name:
        return [_batch(data, f"{path}: {name}") for name, data in _members(path, TRAIN).items()]
    return [_batch(_bytes(file), str(file)) for file in _files(path)]


def _meta(path: Path) -> list[str]:
    if ".tar" in path.name:
        found = list(_members(path, META).values())
    else:
        folder = path if path.is_dir() else path.parent
        found = [_bytes(folder / name) for name in META if (folder / name).is_file()]
    names = _loads(found[0], str(path)) if found else {}
    return [str(name) for name in names.get("label_names") or names.get("fine_label_names") or []]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error


def _members(path: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    try:
        with tarfile.open(path) as archive:
            wanted = sorted((m for m in archive if m.isreg() and Path(m.name).name in names), key=lambda m: m.name)
            return {m.name: archive.extractfile(m).read() for m in wanted}  # type: ignore[union-attr]
    except DAMAGE as error:
        raise DataError(f"{path} is damaged ({error}): fetch it again") from error


def _batch(data: bytes, where: str) -> dict[str, Any]:
    batch = _loads(data, where)
    pixels, found = batch.get("data"), batch.get("labels", batch.get("fine_labels"))
    labels = found if isinstance(found, list) else [None]
    fits = isinstance(pixels, np.ndarray) and pixels.shape[1:] == (3072,)
    if not fits or not all(isinstance(v, int) and v >= 0 for v in labels):
        raise DataError(f"{where} is not a batch of CIFAR: it needs data (N, 3072) of bytes, and labels")
    return {"data": pixels, "labels": labels}


def _loads(data: bytes, where: str) -> dict[str, Any]:
    try:
        found = _Inert(io.BytesIO(data), encoding="latin1").load()
        if isinstance(found, dict):
            return {k.decode("latin1") if isinstance(k, bytes) else k: _settled(v) for k, v in found.items()}
    except Exception as error:  # a damaged pickle raises almost anything
        raise DataError(f"{where} cannot be read as a batch of CIFAR ({error}): fetch it again") from error
    raise DataError(f"{where} is not a batch of CIFAR: it holds a {type(found).__name__}")


class _Array:
    """Stands for a NumPy array while a pickle is read."""

    def __init__(self, *arguments: Any) -> None:
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def array(self) -> np.ndarray:
        _, shape, kind, fortran, data = self.state
        if not isinstance(kind, _Kind) or kind.name not in ("u1", "|u1"):
            raise ValueError("its numbers are not bytes")
        raw = data.encode("latin1") if isinstance(data, str) else data
        return np.frombuffer(raw, np.uint8).reshape(shape, order="F" if fortran else "C")


class _Kind:
    """Stands for a NumPy dtype."""

    def __init__(self, name: Any = "", *arguments: Any) -> None:
        self.name = name.decode("latin1") if isinstance(name, bytes) else name

    def __setstate__(self, state: Any) -> None:
        pass


def _encode(text: str, encoding: str = "latin1") -> bytes:
    return text.encode("latin1")


class _Inert(pickle.Unpickler):
    """Rebuilds plain values and byte arrays, and nothing else."""

    KNOWN: ClassVar[dict[tuple[str, str], Any]] = {
        ("numpy.core.multiarray", "_reconstruct"): _Array,
        ("numpy._core.multiarray", "_reconstruct"): _Array,
        ("numpy", "ndarray"): _Array,
        ("numpy", "dtype"): _Kind,
        ("_codecs", "encode"): _encode,
    }

    def find_class(self, module: str, name: str) -> Any:
        known = self.KNOWN.get((module, name))
        if known is None:
            raise pickle.UnpicklingError(f"it calls for {module}.{name}, which a batch of pictures does not need")
        return known


def _settled(value: Any) -> Any:
    if isinstance(value, _Array):
        return value.array()
    if isinstance(value, list):
        return [v.decode("latin1") if isinstance(v, bytes) else v for v in value]
    return value
