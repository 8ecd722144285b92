"""Tables with a column of pictures: parquet files, and data sets read through the package ``datasets``."""

import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dcgan.data.cache import prepare
from dcgan.data.examine import Measure
from dcgan.data.sources.open import open_source
from dcgan.data.sources.source import Source
from dcgan.errors import DataError
from tests.data.samples import encoded, flat, noise, prepared, shown, write_source

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

PICTURES = noise(20, 8, 6, 3)
FILES = [encoded(Image.fromarray(p)) for p in PICTURES]
CELLS = [{"bytes": data, "path": f"p{i:02d}.png"} for i, data in enumerate(FILES)]
CLASSES = ["cat", "dog", "猫"]
NUMBERS = [i % 3 for i in range(20)]


def features(**columns: Any) -> dict[str, str]:
    """Return what Hugging Face writes into a parquet file about its columns."""
    return {"huggingface": json.dumps({"info": {"features": columns}})}


HUGGING = features(image={"_type": "Image"}, label={"names": CLASSES, "_type": "ClassLabel"})


def write(path: Path, columns: dict[str, Any], metadata: dict[str, str] | None = None, rows: int = 7) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(columns)
    pq.write_table(table.replace_schema_metadata(metadata), path, row_group_size=rows)
    return path


def check(source: Source, numbers: Sequence[int], labels: Sequence[str | None] | None = None) -> None:
    """Compare with the pictures of these numbers, read in order and then anyhow."""
    assert [item.label for item in source.items] == list(labels or [None] * len(numbers))
    mixed = np.random.default_rng(0).permutation(len(numbers)).tolist()
    for i in (*range(len(numbers)), *mixed):
        assert np.array_equal(shown(source, i), PICTURES[numbers[i]])


# Parquet ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 7, 100])
def test_as_hugging_face_writes_it(tmp_path: Path, rows: int) -> None:
    source = open_source(str(write(tmp_path / "pets.parquet", {"image": CELLS, "label": NUMBERS}, HUGGING, rows)))
    assert (source.name, source.kind) == ("pets", "parquet")
    assert [item.name for item in source.items] == [f"p{i:02d}.png" for i in range(20)]
    check(source, range(20), [CLASSES[n] for n in NUMBERS])


@pytest.mark.parametrize("kind", ["binary", "large_binary"])
@pytest.mark.parametrize("column", ["image", "img", "jpg"])
def test_plain_bytes(tmp_path: Path, kind: str, column: str) -> None:
    columns = {"width": [6] * 20, column: pa.array(FILES, getattr(pa, kind)()), "text": ["a"] * 20}
    source = open_source(str(write(tmp_path / "a.parquet", columns)))
    assert [item.name for item in source.items][:2] == ["a/000000", "a/000001"]
    check(source, range(20))


def test_a_struct_of_bytes_alone(tmp_path: Path) -> None:
    check(open_source(str(write(tmp_path / "a.parquet", {"image": [{"bytes": data} for data in FILES]}))), range(20))


@pytest.mark.parametrize(
    ("labels", "metadata", "expected"),
    [
        (NUMBERS, None, [str(n) for n in NUMBERS]),
        ([CLASSES[n] for n in NUMBERS], None, [CLASSES[n] for n in NUMBERS]),
        ([0, -1, None, *NUMBERS[3:]], HUGGING, ["cat", None, None, *(CLASSES[n] for n in NUMBERS[3:])]),
        ([7, *NUMBERS[1:]], HUGGING, ["7", *(CLASSES[n] for n in NUMBERS[1:])]),
        (NUMBERS, {"huggingface": "{"}, [str(n) for n in NUMBERS]),
        (NUMBERS, {"huggingface": "[3]"}, [str(n) for n in NUMBERS]),
    ],
    ids=["numbers", "text", "some without", "a number without a name", "damaged metadata", "other metadata"],
)
def test_labels(tmp_path: Path, labels: list[Any], metadata: dict[str, str] | None, expected: list[str | None]) -> None:
    check(
        open_source(str(write(tmp_path / "a.parquet", {"image": CELLS, "label": labels}, metadata))),
        range(20),
        expected,
    )


@pytest.mark.parametrize("folder", ["", "data"])
def test_of_several_files_and_splits_train_is_taken(tmp_path: Path, folder: str) -> None:
    parts = {"train-00000-of-00002": (0, 9), "train-00001-of-00002": (9, 15), "test-00000-of-00001": (15, 20)}
    for name, (first, last) in parts.items():
        columns = {"image": CELLS[first:last], "label": NUMBERS[first:last]}
        write(tmp_path / "pets" / folder / f"{name}.parquet", columns, HUGGING, rows=4)
    source = open_source(str(tmp_path / "pets"))
    assert (source.name, source.kind) == ("pets", "parquet")
    check(source, range(15), [CLASSES[n] for n in NUMBERS[:15]])
    for path in (tmp_path / "pets" / folder).glob("train*"):
        path.unlink()
    check(open_source(str(tmp_path / "pets")), range(15, 20), [CLASSES[n] for n in NUMBERS[15:]])


def test_a_cell_that_names_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(FILES[3])
    cells = [{"bytes": None, "path": str(tmp_path / "a.png")}, {"bytes": FILES[4], "path": None}]
    check(open_source(str(write(tmp_path / "a.parquet", {"image": cells}))), [3, 4])


def test_cells_without_a_picture_are_left_out(tmp_path: Path) -> None:
    cells = [*CELLS[:3], None, {"bytes": None, "path": None}, {"bytes": b"", "path": "empty"}, CELLS[4]]
    pictures = prepared(write(tmp_path / "a.parquet", {"image": cells}), tmp_path / "root", 8, 6, 3)
    assert np.array_equal(pictures.pixels, PICTURES[[0, 1, 2, 4]])
    assert [why for _, why in pictures.left_out] == [
        "unreadable: its cell holds no bytes",
        "unreadable: its cell holds no bytes",
        "empty: it has 0 bytes",
    ]


@pytest.mark.parametrize("workers", [0, 2])
def test_many_row_groups_prepared(tmp_path: Path, workers: int) -> None:
    columns = {"image": CELLS * 10, "label": NUMBERS * 10}
    pictures = prepared(write(tmp_path / "a.parquet", columns, HUGGING), tmp_path / "root", 8, 6, 3, workers=workers)
    assert np.array_equal(pictures.pixels, np.tile(PICTURES, (10, 1, 1, 1)))
    assert pictures.classes == tuple(CLASSES)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"a": [1, 2], "b": ["x", "y"]}, r"has no column of pictures \(bytes\): it has a, b"),
        ({"image": pa.array([], pa.binary())}, "there is no file in"),
    ],
)
def test_parquet_without_pictures(tmp_path: Path, columns: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        open_source(str(write(tmp_path / "a.parquet", columns)))


def test_files_that_do_not_belong_together(tmp_path: Path) -> None:
    write(tmp_path / "set" / "train-0.parquet", {"image": CELLS})
    write(tmp_path / "set" / "train-1.parquet", {"photo": CELLS})
    with pytest.raises(DataError, match=r"train-1\.parquet"):
        open_source(str(tmp_path / "set"))


def test_damaged_parquet_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", {"image": CELLS})
    whole = path.read_bytes()
    for damaged in (b"", b"hello", whole[:-20], whole[: len(whole) // 2], whole[:-300] + bytes(200) + whole[-100:]):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"a\.parquet cannot be read as parquet") as caught:
            open_source(str(path))
        assert len(str(caught.value).splitlines()) == 1


def test_a_changed_file_is_another_source(tmp_path: Path) -> None:
    first = open_source(str(write(tmp_path / "a.parquet", {"image": CELLS})))
    second = open_source(str(write(tmp_path / "a.parquet", {"image": CELLS[::-1]})))
    assert first.fingerprint != second.fingerprint
    check(second, range(19, -1, -1))


@pytest.mark.parametrize(("package", "source"), [("pyarrow", "a.parquet"), ("datasets", "hub:owner/name")])
def test_without_the_package_it_is_said_what_to_install(
    tmp_path: Path, package: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.parquet", {"image": CELLS})
    original = importlib.import_module

    def without(name: str, *rest: Any) -> ModuleType:
        if name.split(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {name!r}")
        return original(name, *rest)

    monkeypatch.setattr(importlib, "import_module", without)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=rf"{source}.* needs the package {package}: pip install 'dcgan\[hub\]'"):
        open_source(source)


# Through datasets ---------------------------------------------------------------------------------------------------


def write_splits(folder: Path) -> Path:
    for name, first, last in (("train-0", 0, 9), ("train-1", 9, 14), ("test-0", 14, 20)):
        columns = {"image": CELLS[first:last], "label": NUMBERS[first:last]}
        write(folder / "data" / f"{name}.parquet", columns, HUGGING, rows=4)
    return folder


def test_hub_on_a_folder_of_parquet(tmp_path: Path, hub: ModuleType) -> None:
    folder = write_splits(tmp_path / "pets")
    source = open_source(f"hub:{folder}")
    assert (source.name, source.kind, source.where) == ("pets", "hub", f"hub:{folder}")
    check(source, range(14), [CLASSES[n] for n in NUMBERS[:14]])
    check(open_source(f"hub:{folder}:test"), range(14, 20), [CLASSES[n] for n in NUMBERS[14:]])
    assert open_source(f"hub:{folder}").fingerprint == source.fingerprint
    assert open_source(f"hub:{folder}:test").fingerprint != source.fingerprint


def test_hub_on_a_folder_of_pictures(tmp_path: Path, hub: ModuleType) -> None:
    files = {f"{CLASSES[n]}/{i:02d}.png": FILES[i] for i, n in enumerate(NUMBERS)}
    folder = write_source(tmp_path / "pets", "folder", files)
    order = sorted(range(20), key=lambda i: (NUMBERS[i], i))
    check(open_source(f"hub:{folder}"), order, [CLASSES[NUMBERS[i]] for i in order])


def test_hub_prepared(tmp_path: Path, hub: ModuleType) -> None:
    source = open_source(f"hub:{write_splits(tmp_path / 'pets')}")
    pictures = prepare(source, Measure(height=8, width=6, channels=3), root=tmp_path / "root", workers=1)
    assert np.array_equal(pictures.pixels, PICTURES[:14])
    assert pictures.classes == tuple(CLASSES)


@pytest.mark.parametrize("what", ["split", "name", "folder", "no pictures", "nothing"])
def test_what_cannot_be_had_gets_one_sentence(tmp_path: Path, what: str, hub: ModuleType) -> None:
    write(tmp_path / "numbers" / "train.parquet", {"a": [1, 2, 3]})
    text = {
        "split": f"hub:{write_splits(tmp_path / 'pets')}:validation",
        "name": "hub:nobody-of-this-name/nothing-of-that-name",
        "folder": f"hub:{tmp_path}/missing",
        "no pictures": f"hub:{tmp_path}/numbers",
        "nothing": "hub:",
    }[what]
    with pytest.raises(DataError, match=r"cannot be had|has no column that it calls pictures") as caught:
        open_source(text)
    assert text in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_flat_pictures_have_no_labels(tmp_path: Path, hub: ModuleType) -> None:
    folder = write_source(tmp_path / "a", "folder", {f"{i}.png": encoded(flat(i)) for i in range(3)})
    source = open_source(f"hub:{folder}")
    assert [item.label for item in source.items] == [None] * 3
    assert [shown(source, i)[0, 0] for i in range(3)] == [0, 1, 2]


def test_what_datasets_prepares_lies_in_its_own_cache(tmp_path: Path, hub: ModuleType) -> None:
    open_source(f"hub:{write_splits(tmp_path / 'pets')}")
    assert any((tmp_path / "hub").rglob("*.arrow"))
