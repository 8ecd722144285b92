"""What is listed, from where, with which labels; and the sentence where that cannot be."""

import gzip
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from dcgan.data.sources import open_source, read_idx
from dcgan.errors import DataError
from tests.data.samples import encoded, flat, idx, noise, write_source

LAYOUTS: dict[str, dict[str, str | None]] = {
    "flat": {"a.png": None, "b.png": None},
    "one file": {"a.png": None},
    "nested": {"x/y/a.png": None, "x/y/b.png": None},
    "class folders": {"cats/1.png": "cats", "dogs/1.png": "dogs", "dogs/2.png": "dogs"},
    "class folders below a shared one": {"train/cats/1.png": "cats", "train/dogs/1.png": "dogs"},
    "class folders with folders in them": {"cats/in/1.png": "cats", "cats/out/1.png": "cats", "dogs/1.png": "dogs"},
    "class folders and a file beside them": {"1.png": None, "cats/1.png": None, "dogs/1.png": None},
    "files at two depths": {"x/1.png": None, "x/y/1.png": None},
    "other files too": {"cats/1.png": "cats", "dogs/notes.txt": "dogs"},
}
PASSED_OVER = (".DS_Store", ".git/a.png", "cats/.hidden.png", "__MACOSX/a.png", "cats/Thumbs.db", "dogs/desktop.ini")
PIXELS = noise(5, 4, 3)
LABELS = np.array([3, 1, 4, 1, 5], np.uint8)


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("extra", [(), PASSED_OVER], ids=["clean", "with system files"])
def test_names_and_labels(tmp_path: Path, kind: str, layout: str, extra: tuple[str, ...]) -> None:
    expected = LAYOUTS[layout]
    files = {name: encoded(flat(i)) for i, name in enumerate(expected)} | dict.fromkeys(extra, b"")
    source = open_source(str(write_source(tmp_path / "my pictures", kind, files)))
    assert (source.name, source.kind) == ("my pictures", kind)
    assert {item.name: item.label for item in source.items} == expected
    assert [item.name for item in source.items] == sorted(expected)
    values = {name: i for i, name in enumerate(expected)}
    for item in source.items:
        with item.read() as picture:
            assert picture.getpixel((0, 0)) == values[item.name]


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize("files", [{}, {".hidden.png": b"", "__MACOSX/a.png": b""}], ids=["empty", "hidden files"])
def test_no_file_at_all(tmp_path: Path, kind: str, files: dict[str, bytes]) -> None:
    path = write_source(tmp_path / "a", kind, files)
    with pytest.raises(DataError, match="there is no file in") as caught:
        open_source(str(path))
    assert str(path) in str(caught.value)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no source of pictures at .*missing"):
        open_source(str(tmp_path / "missing"))


@pytest.mark.parametrize("kind", ["text", "picture", "zip cut off"])
def test_no_source(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "file"
    archive = write_source(tmp_path / "a", "zip", {"a.png": encoded(flat(0)), "b.png": encoded(flat(1))}).read_bytes()
    path.write_bytes({"text": b"hello", "picture": encoded(flat(0)), "zip cut off": archive[:-30]}[kind])
    with pytest.raises(DataError, match="file is not a source of pictures"):
        open_source(str(path))


def test_a_damaged_zip_is_named(tmp_path: Path) -> None:
    path = write_source(tmp_path / "a", "zip", {"a.png": encoded(flat(0))})
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", b"PK\x09\x09"))
    with pytest.raises(DataError, match=r"a\.zip is damaged"):
        open_source(str(path))


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_the_fingerprint_follows_the_content(tmp_path: Path, kind: str) -> None:
    files = {"a.png": encoded(flat(0)), "b.png": encoded(flat(1))}
    paths = [write_source(tmp_path / name, kind, files) for name in ("one", "two")]
    one, two = (open_source(str(path)).fingerprint for path in paths)
    assert one != two
    assert open_source(str(paths[0])).fingerprint == one
    os.utime(paths[0] / "a.png" if kind == "folder" else paths[0], (1, 1))
    touched = open_source(str(paths[0])).fingerprint
    if kind == "folder":
        (paths[0] / "c.png").write_bytes(files["a.png"])
    else:
        write_source(tmp_path / "one", kind, files | {"c.png": files["a.png"]})
    assert len({one, touched, open_source(str(paths[0])).fingerprint}) == 3


# IDX ----------------------------------------------------------------------------------------------------------------


def write_idx(folder: Path, stem: str, pixels: np.ndarray, labels: np.ndarray | None, packed: bool) -> Path:
    folder.mkdir(exist_ok=True)
    for kind, array in (("images-idx3", pixels), ("labels-idx1", labels)):
        if array is not None:
            data = gzip.compress(idx(array)) if packed else idx(array)
            (folder / f"{stem}-{kind}-ubyte{'.gz' * packed}").write_bytes(data)
    return folder / f"{stem}-images-idx3-ubyte{'.gz' * packed}"


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("labels", [LABELS, None])
@pytest.mark.parametrize("whole_folder", [True, False])
def test_idx(tmp_path: Path, packed: bool, labels: np.ndarray | None, whole_folder: bool) -> None:
    path = write_idx(tmp_path / "letters", "all", PIXELS, labels, packed)
    source = open_source(str(path.parent if whole_folder else path))
    assert (source.name, source.kind) == ("letters", "idx")
    assert [item.label for item in source.items] == [None] * 5 if labels is None else list("31415")
    assert np.array_equal(np.stack([np.asarray(item.read()) for item in source.items]), PIXELS)


def test_of_mnists_two_sets_train_is_taken(tmp_path: Path) -> None:
    write_idx(tmp_path / "mnist", "t10k", PIXELS[:2], LABELS[:2], packed=True)
    write_idx(tmp_path / "mnist", "train", PIXELS, LABELS, packed=True)
    assert len(open_source(str(tmp_path / "mnist")).items) == 5
    assert len(open_source(str(tmp_path / "mnist" / "t10k-images-idx3-ubyte.gz")).items) == 2


def test_labels_of_another_number_are_refused(tmp_path: Path) -> None:
    path = write_idx(tmp_path, "all", PIXELS, LABELS[:4], packed=False)
    with pytest.raises(DataError, match=r"5 pictures and .* has 4 labels"):
        open_source(str(path))


@pytest.mark.parametrize("packed", [True, False])
def test_idx_cut_off_anywhere_is_refused(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / f"a-images-idx3-ubyte{'.gz' * packed}"
    whole = gzip.compress(idx(PIXELS)) if packed else idx(PIXELS)
    path.write_bytes(whole)
    assert np.array_equal(read_idx(path), PIXELS)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match=path.name):
            read_idx(path)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (idx(PIXELS, code=0x0D), "not an IDX file of bytes"),
        (b"\x89PNG" + bytes(60), "not an IDX file of bytes"),
        (idx(PIXELS) + b"\x00", r"is damaged: 61 bytes where \[5, 4, 3\] needs 60"),
        (idx(LABELS), "does not hold pictures"),
        (idx(PIXELS[:0]), "there is no file in"),
    ],
    ids=["floats", "PNG", "a byte too many", "labels", "none"],
)
def test_other_bytes_are_refused(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "a-images-idx3-ubyte"
    path.write_bytes(data)
    with pytest.raises(DataError, match=sentence):
        open_source(str(path))


def test_a_damaged_gz_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a-images-idx3-ubyte.gz"
    pixels = noise(40, 8, 8) // 64
    whole = gzip.compress(idx(pixels))
    for at in range(0, len(whole), 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        found = read_or_none(path)
        assert found is None or np.array_equal(found, pixels)
        assert found is None or at < 10  # the first ten bytes hold a date and the like


def read_or_none(path: Path) -> np.ndarray | None:
    try:
        return read_idx(path)
    except DataError:
        return None


# Digits, and the real data -------------------------------------------------------------------------------------------


def test_digits() -> None:
    source, digits = open_source("digits"), load_digits()
    assert (source.name, source.kind, len(source.items)) == ("digits", "digits", 1797)
    assert [item.label for item in source.items] == [str(v) for v in digits.target]
    pixels = np.stack([np.asarray(item.read()) for item in source.items])
    assert np.array_equal(pixels, np.rint(digits.images * 255 / 16))
    assert (pixels.min(), pixels.max()) == (0, 255)


def test_a_folder_called_digits_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_source(tmp_path / "digits", "folder", {"a.png": encoded(flat(0))})
    monkeypatch.chdir(tmp_path)
    assert open_source("digits").kind == "folder"


@pytest.mark.data
def test_mnist(shared: Path) -> None:
    source = open_source(str(shared / "mnist"))
    assert (source.name, len(source.items)) == ("mnist", 60_000)
    counts = Counter(item.label for item in source.items)
    assert [counts[str(i)] for i in range(10)] == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert {item.read().size for item in source.items[:100]} == {(28, 28)}


@pytest.mark.data
def test_cifar10(shared: Path) -> None:
    source = open_source(str(shared / "cifar10-test.zip"))
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    assert Counter(item.label for item in source.items) == dict.fromkeys(names, 1000)
    with source.items[0].read() as picture:
        assert (picture.size, picture.mode) == ((32, 32), "RGB")


@pytest.mark.data
def test_celeba(shared: Path) -> None:
    source = open_source(str(shared / "celeba-10k.zip"))
    assert Counter(item.label for item in source.items) == {None: 10_000}
    assert [item.name for item in source.items[:2]] == ["000001.jpg", "000002.jpg"]
    with source.items[0].read() as picture:
        assert picture.size == (89, 109)
