"""Arrays of pictures: IDX files, NumPy's files, scikit-learn's digits."""

import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from dcgan.data.sources.idx import read_idx
from dcgan.data.sources.open import open_source
from dcgan.data.sources.source import Source
from dcgan.errors import DataError
from tests.data.samples import encoded, flat, idx, noise, shown, write_source

PIXELS = noise(5, 4, 3)
LABELS = np.array([3, 1, 4, 1, 5], np.uint8)


def pixels_of(source: Source) -> np.ndarray:
    return np.stack([shown(source, i) for i in range(len(source.items))])


def labels_of(source: Source) -> list[str | None]:
    return [item.label for item in source.items]


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
    assert labels_of(source) == [None] * 5 if labels is None else list("31415")
    assert [item.name for item in source.items] == [f"{i:06d}" for i in range(5)]
    assert np.array_equal(pixels_of(source), PIXELS)


def test_idx_in_colour(tmp_path: Path) -> None:
    pixels = noise(5, 4, 6, 3)
    assert np.array_equal(pixels_of(open_source(str(write_idx(tmp_path, "all", pixels, None, packed=False)))), pixels)


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
        (idx(PIXELS) + b"\x00", r"is damaged: more bytes where \[5, 4, 3\] needs 60"),
        (idx(LABELS), "does not hold pictures"),
        (idx(noise(5, 4, 3, 2)), "does not hold pictures"),
        (idx(PIXELS[:, :0]), "does not hold pictures: they are 0x3 pixels"),
        (idx(PIXELS[:0]), "there is no file in"),
        (bytes([0, 0, 8, 3]) + b"\xff" * 12 + bytes(60), "a-images-idx3-ubyte (is damaged|cannot be unpacked)"),
    ],
    ids=["floats", "PNG", "a byte too many", "labels", "two channels", "no height", "none", "huge sizes"],
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


@pytest.mark.data
def test_mnist(shared: Path) -> None:
    source = open_source(str(shared / "mnist"))
    assert (source.name, len(source.items)) == ("mnist", 60_000)
    counts = Counter(labels_of(source))
    assert [counts[str(i)] for i in range(10)] == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert {shown(source, i).shape for i in range(100)} == {(28, 28)}


# Digits -------------------------------------------------------------------------------------------------------------


def test_digits() -> None:
    source, digits = open_source("digits"), load_digits()
    assert (source.name, source.kind, len(source.items)) == ("digits", "digits", 1797)
    assert labels_of(source) == [str(v) for v in digits.target]
    pixels = pixels_of(source)
    assert np.array_equal(pixels, np.rint(digits.images * 255 / 16))
    assert (pixels.min(), pixels.max()) == (0, 255)


def test_a_folder_called_digits_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_source(tmp_path / "digits", "folder", {"a.png": encoded(flat(0))})
    monkeypatch.chdir(tmp_path)
    assert open_source("digits").kind == "folder"


# NumPy's files ------------------------------------------------------------------------------------------------------

GRAY, COLOUR = noise(5, 9, 7), noise(5, 9, 7, 3)
WIDE = np.arange(3 * 16 * 16, dtype=np.uint16).reshape(3, 16, 16) * 85

FORMS: dict[str, tuple[np.ndarray, np.ndarray]] = {
    "N, H, W": (GRAY, GRAY),
    "N, H, W, 1": (GRAY[..., None], GRAY),
    "N, H, W, 3": (COLOUR, COLOUR),
    "N, H, W, 4": (noise(5, 9, 7, 4), noise(5, 9, 7, 4)),
    "N, 1, H, W": (GRAY[:, None], GRAY),
    "N, 3, H, W": (COLOUR.transpose(0, 3, 1, 2), COLOUR),
    "N, 4, H, W": (noise(5, 9, 7, 4).transpose(0, 3, 1, 2), noise(5, 9, 7, 4)),
    "Fortran's order": (np.asfortranarray(COLOUR), COLOUR),
    "bool": (GRAY > 99, np.where(GRAY > 99, 255, 0)),
    "uint16": (WIDE, WIDE // 256),
    "int64 from 0 to 255": (COLOUR.astype(np.int64), COLOUR),
    "float32 in [0, 1]": ((COLOUR / 255).astype(np.float32), COLOUR),
    "float64 in [0, 1], channels first": ((COLOUR / 255).transpose(0, 3, 1, 2), COLOUR),
    "float32 in [-1, 1]": ((COLOUR / 127.5 - 1).astype(np.float32), COLOUR),
    "float16 in [-1, 1]": ((GRAY / 127.5 - 1).astype(np.float16), GRAY),
    "float32 in [0, 255]": (GRAY.astype(np.float32), GRAY),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ending", ["npy", "npz"])
def test_numpy(tmp_path: Path, form: str, ending: str) -> None:
    array, expected = FORMS[form]
    path = tmp_path / f"faces.{ending}"
    np.save(path, array) if ending == "npy" else np.savez_compressed(path, images=array)
    source = open_source(str(path))
    assert (source.name, source.kind, len(source.items)) == ("faces", "numpy", len(array))
    assert labels_of(source) == [None] * len(array)
    found = pixels_of(source)
    assert found.dtype == np.uint8
    assert np.abs(found.astype(int) - expected).max() <= (1 if array.dtype == np.float16 else 0)
    said = {"float32": True, "float64": True, "float16": True}.get(str(array.dtype), False)
    assert bool(source.notes) == said
    assert not said or form.split(" in ")[1].split(", channels")[0] in source.notes[0]


@pytest.mark.parametrize("name", ["images", "pictures", "x", "X_train", "data", "arr_0"])
def test_the_array_of_pictures_is_found_by_its_name(tmp_path: Path, name: str) -> None:
    np.savez(tmp_path / "a.npz", **{"other": noise(9), name: GRAY})
    assert np.array_equal(pixels_of(open_source(str(tmp_path / "a.npz"))), GRAY)


@pytest.mark.parametrize("name", ["labels", "label", "y", "Y_train", "targets"])
@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (LABELS, list("31415")),
        (LABELS[:, None].astype(np.int64), list("31415")),
        (np.eye(6, dtype=np.float32)[LABELS], list("31415")),
        (np.eye(6, dtype=bool)[LABELS], list("31415")),
        (np.array(["cat", "dog", "é", "cat", "dog"]), ["cat", "dog", "é", "cat", "dog"]),
        (np.array([b"cat", b"dog", b"e", b"cat", b"dog"]), ["cat", "dog", "e", "cat", "dog"]),
    ],
    ids=["numbers", "a column", "one-hot", "one-hot, bool", "text", "bytes"],
)
def test_numpy_labels(tmp_path: Path, name: str, labels: np.ndarray, expected: list[str]) -> None:
    np.savez(tmp_path / "a.npz", **{"images": GRAY, name: labels})
    assert labels_of(open_source(str(tmp_path / "a.npz"))) == expected


def test_two_arrays_without_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", GRAY, LABELS)
    source = open_source(str(tmp_path / "a.npz"))
    assert labels_of(source) == list("31415")
    assert np.array_equal(pixels_of(source), GRAY)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"images": GRAY, "labels": LABELS[:4]}, "has 5 pictures and 4 labels: they must match"),
        ({"images": GRAY, "labels": np.ones((5, 3))}, r"holds labels of shape \(5, 3\)"),
        ({"images": GRAY, "labels": np.linspace(0, 1, 5)}, r"holds labels of shape \(5,\) and type float64"),
        ({"faces": GRAY, "z": LABELS}, r"has no array of pictures: name it images or .* \(it has faces, z\)"),
        ({"images": noise(5, 9)}, r"holds an array of shape \(5, 9\)"),
        ({"images": noise(5, 9, 7, 2)}, "none of its axes is 1, 3 or 4 channels"),
        ({"images": noise(5, 0, 7)}, r"holds an array of shape \(5, 0, 7\)"),
        ({"images": noise(0, 9, 7)}, "there is no file in"),
        ({"images": GRAY.astype(np.int32) - 1}, "holds integers from -1 to"),
        ({"images": GRAY.astype(np.float32) * 2}, "holds floats from .* pictures are in"),
        ({"images": np.full((5, 9, 7), np.nan)}, "holds floats from nan"),
        ({"images": np.full((5, 9, 7), np.inf)}, "holds floats from nan"),
        ({"images": GRAY.astype(complex)}, "holds numbers of type complex128"),
        ({"images": np.full((5, 9, 7), "a")}, "holds numbers of type <U1"),
        ({"images": np.full((5, 9, 7), None)}, "cannot be read: it holds Python objects, which are not loaded"),
        ({"images": GRAY, "labels": np.array([None] * 5)}, "cannot be read: it holds Python objects"),
    ],
)
def test_numpy_files_that_are_refused(tmp_path: Path, arrays: dict[str, np.ndarray], sentence: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=sentence) as caught:
        open_source(str(tmp_path / "a.npz"))
    assert str(tmp_path / "a.npz") in str(caught.value)


@pytest.mark.parametrize("ending", ["npy", "npz"])
def test_damaged_numpy_files_are_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    np.save(path, GRAY) if ending == "npy" else np.savez_compressed(path, images=GRAY)
    whole = path.read_bytes()
    for damaged in (b"", b"hello", whole[:5], whole[:50], whole[: len(whole) // 2], b"\x80\x02}q\x00."):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=rf"a\.{ending} cannot be read"):
            open_source(str(path))


def test_an_array_of_objects_runs_nothing(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    np.save(tmp_path / "a.npy", np.array([Bomb()], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="it holds Python objects, which are not loaded"):
        open_source(str(tmp_path / "a.npy"))
    assert not (tmp_path / "ran").exists()


def test_a_changed_array_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, GRAY)
    first = open_source(str(path))
    assert np.array_equal(pixels_of(first), GRAY)
    np.save(path, noise(8, 9, 7)[3:])
    second = open_source(str(path))
    assert second.fingerprint != first.fingerprint
    assert np.array_equal(pixels_of(second), noise(8, 9, 7)[3:])
