"""CIFAR's batches in the form in which their authors give them, and pickles that want more than to be read."""

import io
import os
import pickle
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from dcgan.data.sources.open import open_source
from dcgan.data.sources.source import Source
from dcgan.errors import DataError
from tests.data.samples import noise, shown, write_tar

NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
PICTURES = noise(12, 32, 32, 3)
LABELS = [6, 9, 9, 4, 1, 1, 2, 7, 8, 3, 0, 5]


class Python2(pickle._Pickler):  # type: ignore[misc, name-defined]
    """Writes what Python 2 and the NumPy of 2009 wrote: text and bytes are both its ``str``."""

    dispatch: ClassVar[dict[type, Any]] = dict(pickle._Pickler.dispatch)  # type: ignore[attr-defined]

    def save_text(self, value: str | bytes) -> None:
        data = value.encode("latin1") if isinstance(value, str) else value
        self.write(b"U" + bytes([len(data)]) + data if len(data) < 256 else b"T" + struct.pack("<i", len(data)) + data)
        self.memoize(value)

    def save_global(self, value: Any, name: str | None = None) -> None:
        module = str(value.__module__).replace("numpy._core", "numpy.core")
        self.write(f"c{module}\n{name or value.__name__}\n".encode())
        self.memoize(value)

    dispatch[str] = dispatch[bytes] = save_text
    dispatch[type] = save_global


def python2(value: Any) -> bytes:
    buffer = io.BytesIO()
    Python2(buffer, protocol=2).dump(value)
    return buffer.getvalue()


def batch(first: int, last: int, labels: str = "labels", **more: Any) -> dict[str, Any]:
    """Return a batch as the authors' dictionary: rows of 3072 bytes, red before green before blue."""
    rows = PICTURES[first:last].transpose(0, 3, 1, 2).reshape(-1, 3072)
    filenames = [f"picture_{i}.png" for i in range(first, last)]
    return {"batch_label": "training batch", labels: LABELS[first:last], "data": rows, "filenames": filenames, **more}


CIFAR10 = {
    "data_batch_1": python2(batch(0, 5)),
    "data_batch_2": python2(batch(5, 9)),
    "test_batch": python2(batch(9, 12)),
    "batches.meta": python2({"num_cases_per_batch": 10000, "label_names": NAMES, "num_vis": 3072}),
    "readme.html": b"<html>",
}
FINE = [f"kind {i}" for i in range(10)]
COARSE = {"coarse_labels": [0] * 9}
CIFAR100 = {
    "train": python2(batch(0, 9, "fine_labels", **COARSE)),
    "test": python2(batch(9, 12, "fine_labels", coarse_labels=[0] * 3)),
    "meta": python2({"fine_label_names": FINE, "coarse_label_names": ["animals"]}),
}


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def write_archive(path: Path, folder: str, files: dict[str, bytes]) -> Path:
    return write_tar(path, {f"{folder}/{name}": data for name, data in files.items()}, "gz")


def check(source: Source, first: int, last: int, names: list[str]) -> None:
    assert source.kind == "cifar"
    assert [item.label for item in source.items] == [names[v] for v in LABELS[first:last]]
    found = np.stack([shown(source, i) for i in range(len(source.items))])
    assert np.array_equal(found, PICTURES[first:last])


def test_the_test_writes_what_python_2_wrote() -> None:
    data = CIFAR10["data_batch_1"]
    assert data.startswith(b"\x80\x02}q\x00(U\x0bbatch_labelq\x01U\x0etraining batchq\x02U\x06labels")
    assert b"cnumpy.core.multiarray\n_reconstruct\n" in data
    assert b"cnumpy\ndtype\n" in data
    assert b"_codecs" not in data


def test_a_folder_of_batches(tmp_path: Path) -> None:
    source = open_source(str(write(tmp_path / "cifar-10-batches-py", CIFAR10)))
    assert source.name == "cifar-10"
    check(source, 0, 9, NAMES)


def test_the_archive_of_batches(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "cifar-10-python.tar.gz", "cifar-10-batches-py", CIFAR10)
    source = open_source(str(path))
    assert source.name == "cifar-10"
    check(source, 0, 9, NAMES)
    before = source.fingerprint
    os.utime(path, (1, 1))
    assert open_source(str(path)).fingerprint != before


def test_the_test_batch_by_itself(tmp_path: Path) -> None:
    folder = write(tmp_path / "cifar-10-batches-py", CIFAR10)
    check(open_source(str(folder / "test_batch")), 9, 12, NAMES)
    check(open_source(str(folder / "data_batch_2")), 5, 9, NAMES)


@pytest.mark.parametrize("form", ["folder", "archive", "test"])
def test_cifar100_has_its_fine_labels(tmp_path: Path, form: str) -> None:
    folder = write(tmp_path / "cifar-100-python", CIFAR100)
    path = write_archive(tmp_path / "cifar-100-python.tar.gz", "cifar-100-python", CIFAR100)
    source = open_source(str({"folder": folder, "archive": path, "test": folder / "test"}[form]))
    check(source, *((9, 12) if form == "test" else (0, 9)), names=FINE)
    assert form == "test" or source.name == "cifar-100"


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_batches_that_python_3_has_written_again(tmp_path: Path, protocol: int) -> None:
    as_bytes = {k.encode(): v for k, v in batch(0, 5).items()} | {b"filenames": [b"a.png"] * 5}
    meta = {b"label_names": [name.encode() for name in NAMES]}
    files = {"data_batch_1": pickle.dumps(as_bytes, protocol), "batches.meta": pickle.dumps(meta, protocol)}
    check(open_source(str(write(tmp_path / "cifar", files))), 0, 5, NAMES)


def test_without_names_a_class_is_its_number(tmp_path: Path) -> None:
    source = open_source(str(write(tmp_path / "a", {"data_batch_1": CIFAR10["data_batch_1"]})))
    check(source, 0, 5, [str(i) for i in range(10)])


def test_a_pickle_of_its_own_order_of_memory(tmp_path: Path) -> None:
    again = batch(0, 5) | {"data": np.asfortranarray(batch(0, 5)["data"])}
    check(open_source(str(write(tmp_path / "a", {"data_batch_1": python2(again)}))), 0, 5, list(map(str, range(10))))


def test_processes_get_no_copies_of_it(tmp_path: Path) -> None:
    assert not open_source(str(write(tmp_path / "a", CIFAR10))).parallel  # each would hold all pictures


# Refused ------------------------------------------------------------------------------------------------------------

RUNS: dict[str, tuple[Callable[..., object], tuple[Any, ...]]] = {
    "os.system": (os.system, ("touch ran",)),
    "eval": (eval, ("open('ran', 'w')",)),
    "exec": (exec, ("open('ran', 'w')",)),
    "open": (open, ("ran", "w")),
    "subprocess.check_call": (subprocess.check_call, (["touch", "ran"],)),
    "numpy.load": (np.load, ("bomb.npy", None, True)),
    "numpy.save": (np.save, ("ran", np.zeros(3))),
    "pickle.loads": (pickle.loads, (b"cposix\nsystem\n(X\x09\x00\x00\x00touch rantR.",)),
    "getattr": (getattr, ("a", "upper")),
    "pathlib.Path": (Path, ("ran",)),
}


class Call:
    """Pickled, it asks for a function to be called when it is read."""

    def __init__(self, function: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[Any, ...]]:
        return self.call


@pytest.mark.parametrize("what", RUNS)
@pytest.mark.parametrize("place", ["whole", "data", "labels", "meta"])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_that_calls_for_something_is_refused(
    tmp_path: Path, what: str, place: str, protocol: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call = Call(*RUNS[what])
    good = batch(0, 5)
    data = {"whole": call, "data": good | {"data": call}, "labels": good | {"labels": [call] * 5}}.get(place, good)
    files = {"data_batch_1": pickle.dumps(data, protocol)}
    if place == "meta":
        files["batches.meta"] = pickle.dumps({"label_names": call}, protocol)
    write(tmp_path / "a", files)
    with pytest.raises(DataError, match="which a batch of pictures does not need"):
        open_source("a")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "cannot be read as a batch of CIFAR"),
        (b"hello", "cannot be read as a batch of CIFAR"),
        (CIFAR10["data_batch_1"][:-500], "cannot be read as a batch of CIFAR"),
        (python2([1, 2]), "is not a batch of CIFAR: it holds a list"),
        (python2({"labels": [1]}), "it needs data"),
        (python2(batch(0, 5) | {"labels": None}), "it needs data|they must match"),
        (python2(batch(0, 5) | {"labels": LABELS[:4]}), "has 5 pictures and 4 labels: they must match"),
        (python2(batch(0, 5) | {"data": np.zeros((5, 3071), np.uint8)}), "it needs data"),
        (python2(batch(0, 5) | {"data": np.zeros((5, 3072))}), "its numbers are not bytes"),
        (python2(batch(0, 5) | {"data": np.zeros((5, 3072), object)}), "cannot be read as a batch of CIFAR"),
        (python2(batch(0, 5) | {"labels": ["a", None, 2, 3, 4]}), "a batch of CIFAR"),
        (python2(batch(0, 0)), "there is no file in"),
    ],
)
def test_other_content_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        open_source(str(write(tmp_path / "a", {"data_batch_1": content})))
    assert str(tmp_path / "a") in str(caught.value)


@pytest.mark.parametrize("files", [{}, {"x/a.png": b"hello"}])
def test_an_archive_by_that_name_without_batches(tmp_path: Path, files: dict[str, bytes]) -> None:
    path = write_tar(tmp_path / "cifar-10-python.tar.gz", files, "gz")
    with pytest.raises(DataError, match="there is no file in"):
        open_source(str(path))


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "cifar-10-python.tar.gz", "cifar-10-batches-py", CIFAR10)
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"hello", b"", whole[:30] + b"\xff" * 9 + whole[39:]):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"cifar-10-python\.tar\.gz is damaged"):
            open_source(str(path))
    for at in range(0, len(whole), len(whole) // 40):
        path.write_bytes(whole[:at] + b"\xff" * 9 + whole[at + 9 :])
        try:
            open_source(str(path))
        except DataError as error:
            assert str(path) in str(error)  # noqa: PT017  some damage is in the pixels, and not to be seen
