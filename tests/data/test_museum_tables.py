"""A museum of bad and odd arrays, batches and tables: each gets one sentence, whatever is wrong with it."""

import io
import os
import pickle
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dcgan.data.examine import Measure, examine
from dcgan.data.sources.open import open_source
from dcgan.data.sources.source import Source
from dcgan.errors import DataError
from tests.data.samples import KINDS, encoded, flat, idx, noise, prepared, saved, write_as, write_source, write_tar

GOOD = encoded(flat(9))
MEASURE = Measure(height=8, width=8, channels=1)


def packed(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def locked(data: bytes) -> bytes:
    """Return a zip whose members say that they are encrypted."""
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        parts = data.split(mark)
        data = mark.join([parts[0], *(p[: at - 4] + b"\1" + p[at - 3 :] for p in parts[1:])])
    return data


def batch(data: Any, labels: Any) -> bytes:
    return pickle.dumps({b"data": data, b"labels": labels}, protocol=2)


def table(**columns: Sequence[Any]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


class Marks:
    """What a pickle holds that makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch '{self.path}'",)


# Files ---------------------------------------------------------------------------------------------------------------

BYTES = noise(3, 4, 5)
MIXED = np.array([{"a": 1}, None, "b"], object)
IDX = "a-images-idx3-ubyte"
FILES: dict[str, tuple[str, bytes, str]] = {
    "npy of objects": ("a.npy", saved(MIXED), "cannot be read: it holds Python objects, which are not loaded"),
    "npy out of range": (
        "a.npy",
        saved(BYTES * 2.0),
        r"holds floats from \d+ to \d+: pictures are in \[0, 1\], \[-1, 1",
    ),
    "npy with NaN": ("a.npy", saved(np.full((2, 4, 4), np.nan)), "holds floats from nan to nan: pictures are in"),
    "npy of a row": ("a.npy", saved(BYTES[0, 0]), r"holds an array of shape \(5,\): pictures are \(N, H, W\) or"),
    "npy of 2 channels": ("a.npy", saved(noise(3, 5, 5, 2)), "none of its axes is 1, 3 or 4 channels"),
    "npy of nothing": ("a.npy", saved(np.zeros((3, 0, 4))), r"holds an array of shape \(3, 0, 4\)"),
    "npy of no pictures": ("a.npy", saved(BYTES[:0]), "there is no file in"),
    "npy of complex": ("a.npy", saved(BYTES * 1j), "holds numbers of type complex128: pictures are uint8, uint16,"),
    "npy of integers": ("a.npy", saved(BYTES.astype(int) * 9), r"holds integers from \d+ to \d+: as int64 they are 0"),
    "npy cut off": ("a.npy", saved(BYTES)[:-9], "cannot be read: "),
    "npy, empty": ("a.npy", b"", "cannot be read: "),
    "npy of text": ("a.npy", b"hello\n" * 99, "cannot be read: "),
    "npy, open header": ("a.npy", saved(BYTES).replace(b"}", b" "), "cannot be read: "),
    "npz without pictures": (
        "a.npz",
        packed(z=BYTES, w=BYTES),
        r"has no array of pictures: name it images .* \(it has z,",
    ),
    "npz of nothing": ("a.npz", packed(), r"has no array of pictures: name it images .* \(it has nothing\)"),
    "npz of objects": ("a.npz", packed(images=MIXED), "cannot be read: it holds Python objects, which are not loaded"),
    "npz with other labels": (
        "a.npz",
        packed(images=BYTES, labels=[1, 2]),
        "has 3 pictures and 2 labels: they must match",
    ),
    "npz with odd labels": ("a.npz", packed(images=BYTES, labels=[0.5] * 3), "holds labels of shape"),
    "npz, cut off": ("a.npz", packed(images=BYTES)[:-30], "cannot be read: "),
    "npz, encrypted": ("a.npz", locked(packed(images=BYTES)), "cannot be read: .*encrypted"),
    "idx, cut off": (IDX, idx(BYTES)[:-5], r"is damaged: 55 bytes where \[3, 4, 5\] needs 60"),
    "idx, too long": (IDX, idx(BYTES) + b"x", r"is damaged: more bytes where \[3, 4, 5\] needs 60"),
    "idx, no header": (IDX, b"hello", "is not an IDX file of bytes: its first bytes are b'hell'"),
    "idx of floats": (IDX, idx(BYTES, 13), "is not an IDX file of bytes: its first bytes are"),
    "idx of 70 axes": (IDX, bytes([0, 0, 8, 70]) + b"\0\0\0\1" * 70 + b"x", "does not hold pictures|is damaged"),
    "idx of 2 channels": (IDX, idx(noise(2, 4, 4, 2)), "does not hold pictures: "),
    "idx of 2 ** 120": (IDX, bytes([0, 0, 8, 3]) + b"\xff" * 12, "cannot be unpacked|is damaged"),
    "idx, packed and cut off": (IDX + ".gz", b"\x1f\x8b\x08" + bytes(7), r"cannot be unpacked \("),
    "cifar of text": ("data_batch_1", b"hello", r"cannot be read as a batch of CIFAR \("),
    "cifar of a list": ("data_batch_1", pickle.dumps([1, 2]), "is not a batch of CIFAR: it holds a list"),
    "cifar of another shape": ("data_batch_1", batch(noise(2, 99), [0, 1]), "is not a batch of CIFAR: it needs data"),
    "cifar with other labels": ("data_batch_1", batch(noise(2, 3072), [0]), "has 2 pictures and 1 labels: they must"),
    "cifar with labels of text": ("data_batch_1", batch(noise(2, 3072), ["cat", "dog"]), "CIFAR"),
    "cifar of floats": ("data_batch_1", batch(noise(2, 3072) / 2, [0, 1]), "its numbers are not bytes"),
    "parquet without pictures": (
        "a.parquet",
        table(text=["a"], number=[1]),
        r"has no column of pictures \(bytes\): it has",
    ),
    "parquet, cut off": ("a.parquet", table(image=[GOOD])[:-20], "cannot be read as parquet"),
    "parquet of text": ("a.parquet", b"hello", "cannot be read as parquet"),
    "parquet, empty": ("a.parquet", table(image=pa.array([], pa.binary())), "there is no file in"),
    "a picture": ("a.png", GOOD, "is not a source of pictures: give a folder"),
    "text": ("a.txt", b"hello", "is not a source of pictures: give a folder"),
    "nothing": ("a", b"", "is not a source of pictures: give a folder"),
    "zip, cut off": ("a.zip", b"PK\x03\x04" + bytes(40), "is not a source of pictures: give a folder"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_source(tmp_path: Path, kind: str) -> None:
    name, data, sentence = FILES[kind]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=sentence) as caught:
        open_source(str(tmp_path / name))
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("where", ["alone", "in a dictionary", "as an array"])
def test_a_pickle_is_not_run(tmp_path: Path, where: str) -> None:
    marks = Marks(tmp_path / "run")
    evil = {
        "alone": marks,
        "in a dictionary": {b"data": marks, b"labels": [0]},
        "as an array": [np.array([marks], object)],
    }
    for name in ("data_batch_1", "a.npy"):
        (tmp_path / name).write_bytes(pickle.dumps(evil[where], protocol=2))
        with pytest.raises(DataError, match="cannot be read") as caught:
            open_source(str(tmp_path / name))
        assert not (tmp_path / "run").exists()
    assert "\n" not in str(caught.value)


def test_idx_with_another_number_of_labels(tmp_path: Path) -> None:
    (tmp_path / IDX).write_bytes(idx(BYTES))
    (tmp_path / "a-labels-idx1-ubyte").write_bytes(idx(np.arange(2, dtype=np.uint8)))
    with pytest.raises(DataError, match=r"has 3 pictures and .* has 2 labels: they must match"):
        open_source(str(tmp_path))


def test_cells_of_a_parquet_file(tmp_path: Path) -> None:
    cells = [{"bytes": GOOD, "path": "a.png"}, {"bytes": b"", "path": None}, {"bytes": None, "path": None}, None]
    (tmp_path / "a.parquet").write_bytes(table(image=cells, label=[0, 1, 2, -1]))
    found = prepared(tmp_path / "a.parquet", tmp_path / "root")
    assert (found.names, found.classes) == (["a.png"], ("0",))
    none = "unreadable: its cell holds no bytes"
    assert [why for _, why in found.left_out] == ["empty: it has 0 bytes", none, none]


# Labels --------------------------------------------------------------------------------------------------------------

NAMES_NONE = r"names none of the 2 files of a: it has 'x\.png' where the source has 'a\.png'"
LABELS: dict[str, tuple[str, bytes, str]] = {
    "json naming no file": ("dataset.json", b'{"labels": [["x.png", 0]]}', NAMES_NONE),
    "csv naming no file": ("labels.csv", b"file,label\nx.png,cat\n", NAMES_NONE),
    "json, cut off": ("dataset.json", b'{"labels": [["a.png", 0]', "is not in StyleGAN's form"),
    "json of another form": ("dataset.json", b'{"labels": 5}', "is not in StyleGAN's form"),
    "json of triples": ("dataset.json", b'[["a.png", 0, 1]]', "is not in StyleGAN's form"),
    "json, mixed": ("dataset.json", b'[["a.png", 0], ["b.png", [1]]]', "mixes numbers and lists as labels"),
    "json of fractions": ("dataset.json", b'[["a.png", 0.5]]', "has labels that are neither classes nor lists"),
    "json, nested": ("dataset.json", b"[" * 100_000, "is not in StyleGAN's form"),
    "csv, ragged": ("labels.csv", b"file,label\na.png,cat\nb.png\n", "has 1 cells in row 3 where its first row has 2"),
    "csv, open quote": ("labels.csv", b'file,label\na.png,"cat\n', "cannot be read as CSV"),
    "csv of names": ("labels.csv", b"file\na.png\n", "is not a table of labels: it needs a column of file names and"),
    "csv, empty": ("labels.csv", b"\n \n", "is empty: give a table with a row a picture"),
    "csv, 16 bit": ("labels.csv", "file,label\na.png,cat".encode("utf-16"), "is no text in UTF-8"),
    "csv, 7": ("labels.csv", b"file,Bald,Hat\na.png,1,7\nb.png,0,1", "has the value '7': attributes are 1 and -1, or"),
}
BESIDE: dict[str, tuple[str, bytes, str]] = {
    "attributes, 7": ("t.txt", b"2\nBald Hat\na.png 1 7\nb.png -1 1\n", "has the value '7': attributes are 1 and -1,"),
    "attributes, ragged": ("t.txt", b"Bald Hat\na.png 1 1\nb.png -1\n", "has 1 values in line 3 where it names 2"),
    "attributes, head only": (
        "t.txt",
        b"2\nBald Hat\n",
        "is not a table of labels: it needs a line of names and a row",
    ),
    "a picture": ("t.png", GOOD, "is not a table of labels: it is no text in UTF-8"),
    "nothing": ("t.txt", b"", "is empty: give a table with a row a picture"),
}


@pytest.mark.parametrize("kind", [*LABELS, *BESIDE])
def test_labels_that_cannot_be_read(tmp_path: Path, kind: str) -> None:
    name, data, sentence = (LABELS | BESIDE)[kind]
    pictures = {"a.png": GOOD, "b.png": GOOD}
    (tmp_path / name).write_bytes(data)
    for form in ("folder", "zip"):
        path = write_source(tmp_path / "a", form, pictures)
        with pytest.raises(DataError, match=sentence):
            open_source(str(path), labels=tmp_path / name)
        if kind in LABELS:
            path = write_source(
                tmp_path / "b" / "a" if form == "zip" else tmp_path / "b", form, pictures | {name: data}
            )
            with pytest.raises(DataError, match=sentence.replace(" of a:", " of [ab]:")):
                open_source(str(path))


@pytest.mark.parametrize("name", ["missing.csv", ".", "a/b.csv"])
def test_labels_that_are_not_there(tmp_path: Path, name: str) -> None:
    path = write_source(tmp_path / "a", "folder", {"a.png": GOOD})
    with pytest.raises(DataError, match=r"the labels .* cannot be read: "):
        open_source(str(path), labels=tmp_path / name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("dataset.json", b'{"labels": [["a.png", 0]]}'),
        ("dataset.json", b'{"labels": null}'),
        ("labels.csv", b"file,label\na.png,1\n"),
    ],
)
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_labels_without_pictures(tmp_path: Path, name: str, data: bytes, form: str) -> None:
    path = write_source(tmp_path / "a", form, {name: data})
    with pytest.raises(DataError, match=re.escape(str(path))):
        prepared(path, tmp_path / "root")


def test_damaged_labels_in_a_zip(tmp_path: Path) -> None:
    path = write_source(tmp_path / "a", "zip", {"a.png": GOOD, "dataset.json": b'{"labels": [["a.png", 0]]}'})
    path.write_bytes(path.read_bytes().replace(b'{"labels"', b'{"lobels"'))
    with pytest.raises(DataError, match=r"dataset\.json"):
        open_source(str(path))


# Damage anywhere -----------------------------------------------------------------------------------------------------


def damaged(data: bytes, seed: int) -> bytes:
    """Return bytes of which a few are changed, or that are cut off, or both."""
    random = np.random.default_rng(seed)
    changed = bytearray(data)
    for at in random.integers(0, len(data), seed % 4):
        changed[at] = random.integers(0, 256)
    return bytes(changed[: random.integers(1, len(data))] if seed % 4 in (0, 3) else changed)


def opened(path: Path) -> Source | str:
    """Return a source, or the sentence that says why there is none."""
    try:
        return open_source(str(path))
    except DataError as error:
        return str(error)


@pytest.mark.parametrize("kind", KINDS)
def test_damage_ends_in_a_sentence_or_in_reasons(tmp_path: Path, kind: str) -> None:
    path = write_as(tmp_path, kind, noise(20, 32, 32))
    data = path.read_bytes()
    for seed in range(120):
        path.write_bytes(damaged(data, seed))
        os.utime(path, (seed, seed))
        source = opened(path)
        if isinstance(source, str):
            assert str(path) in source
        else:
            found = examine(source.opener, [item.key for item in source.items], MEASURE)
            assert len(found.pixels) + len(found.bad) == len(source.items)


@pytest.mark.parametrize("pack", ["gz", "bz2", "xz"])
def test_a_damaged_archive_of_cifar(tmp_path: Path, pack: str) -> None:
    plain = write_as(tmp_path, "cifar", noise(20, 32, 32)).read_bytes()
    path = write_tar(tmp_path / f"cifar-10-python.tar.{pack}", {"cifar-10-batches-py/data_batch_1": plain}, pack)
    data = path.read_bytes()
    for seed in range(40):
        path.write_bytes(damaged(data, seed))
        os.utime(path, (seed, seed))
        source = opened(path)
        assert str(path) in source if isinstance(source, str) else len(source.items) == 20


@pytest.mark.parametrize("name", [b"\xff\xfe.png", b"a\0b.png", b"x" * 60_000])
def test_odd_names_in_a_zip(tmp_path: Path, name: bytes) -> None:
    path = write_source(tmp_path / "a", "zip", {"good.png": GOOD, "z" * len(name): GOOD})
    data = path.read_bytes().replace(b"z" * len(name), name)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the names are said to be UTF-8
        start = data.rindex(mark) + at
        data = data[:start] + b"\0\x08" + data[start + 2 :]
    path.write_bytes(data)
    source = opened(path)
    assert "is damaged" in source if isinstance(source, str) else len(source.items) == 2
