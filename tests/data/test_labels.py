"""Labels from tables: which forms are read, how rows find their pictures, and what is said where they do not."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcgan.data.sources.open import open_source
from dcgan.data.sources.source import Source
from dcgan.errors import DataError
from tests.data.samples import encoded, flat, prepared, shown, write_source

FILES = ("00/a.png", "00/b.png", "01/c.png")
KINDS = ["folder", "zip", "tar", "tar.gz"]


def pictures(*names: str) -> dict[str, bytes]:
    return {name: encoded(flat(i)) for i, name in enumerate(names or FILES)}


def inside(tmp_path: Path, name: str, table: str, *names: str, kind: str = "folder") -> Source:
    """Open pictures among which a table stands."""
    files = {**pictures(*names), name: table.encode()}
    return open_source(str(write_source(tmp_path / "set", kind, files)))


def beside(tmp_path: Path, name: str, table: str, *names: str, kind: str = "folder") -> Source:
    """Open pictures with a table that is named."""
    (tmp_path / name).write_text(table, encoding="utf-8")
    return open_source(str(write_source(tmp_path / "set", kind, pictures(*names))), tmp_path / name)


def labels(source: Source) -> dict[str, str | None]:
    return {item.name: item.label for item in source.items}


def attributes(source: Source) -> dict[str, list[int]]:
    assert source.values is not None
    assert source.values.dtype == np.int8
    assert source.values.shape == (len(source.items), len(source.attributes))
    return {item.name: row for item, row in zip(source.items, source.values.tolist(), strict=True)}


# dataset.json -------------------------------------------------------------------------------------------------------


def dataset(*values: Any, names: tuple[str, ...] = FILES) -> str:
    return json.dumps({"labels": [list(pair) for pair in zip(names, values, strict=True)]})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (dataset(3, 0, 10), ("3", "0", "10")),
        (dataset("cat", "dog", "cat"), ("cat", "dog", "cat")),
        (dataset([1, 0, 0], [0, 0, 1], [0, 1, 0]), ("0", "2", "1")),
        (dataset([1.0, 0.0], [0.0, 1.0], [1.0, 0.0]), ("0", "1", "0")),
        (json.dumps({"labels": dict(zip(FILES, (1, 2, 1), strict=True))}), ("1", "2", "1")),
        (json.dumps(dict(zip(("labels", "other"), (None, 3), strict=True))), (None,) * 3),
        (json.dumps({"labels": []}), (None,) * 3),
        ("\ufeff" + dataset("é", "猫", "x"), ("é", "猫", "x")),
    ],
    ids=["numbers", "text", "one-hot", "one-hot floats", "an object", "null", "none", "with a mark at its beginning"],
)
def test_dataset_json(tmp_path: Path, kind: str, table: str, expected: tuple[str | None, ...]) -> None:
    source = inside(tmp_path, "dataset.json", table, kind=kind)
    assert labels(source) == dict(zip(FILES, expected, strict=True))
    assert [shown(source, i)[0, 0] for i in range(3)] == [0, 1, 2]
    assert (source.values, source.notes) == (None, ())


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_of_zeros_and_ones_are_attributes(tmp_path: Path, kind: str) -> None:
    source = inside(tmp_path, "dataset.json", dataset([1, 0, 1], [0, 0, 0], [0, 1, 0]), kind=kind)
    assert source.attributes == ("0", "1", "2")
    assert attributes(source) == {"00/a.png": [1, 0, 1], "00/b.png": [0, 0, 0], "01/c.png": [0, 1, 0]}
    assert set(labels(source).values()) == {None}


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("{", "is not in StyleGAN's form"),
        ("3", "is not in StyleGAN's form"),
        ('"labels"', "is not in StyleGAN's form"),
        ('{"labels": 3}', "is not in StyleGAN's form"),
        ('{"labels": [["a.png"]]}', "is not in StyleGAN's form"),
        ('{"labels": [3]}', "is not in StyleGAN's form"),
        ("[" * 100_000, "is not in StyleGAN's form"),
        (dataset(1, [1, 0], 2), "mixes numbers and lists"),
        (dataset([1, 0], [1], [0, 1]), "mixes numbers and lists"),
        (dataset(0.5, 1.5, 2.5), "neither classes nor lists"),
        (dataset([0.5, 0], [1, 0], [0, 1]), "neither classes nor lists"),
        (dataset([[1]], [[0]], [[1]]), "neither classes nor lists"),
        (dataset(1, None, 2), "neither classes nor lists"),
        (dataset({"a": 1}, {"a": 1}, {"a": 1}), "dataset.json"),
        (dataset(1, 2, 3, names=("x.png", "y.png", "z.png")), "names none of the 3 files"),
    ],
)
def test_other_json_is_refused(tmp_path: Path, table: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        inside(tmp_path, "dataset.json", table)
    assert "dataset.json" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_null_labels_that_were_asked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"d\.json says of no picture what it is"):
        beside(tmp_path, "d.json", '{"labels": null}')


@pytest.mark.parametrize(
    "table",
    ["file_name,label\na.png,1\n", '{"labels": [["a.png", 1]]}', '{"labels": null}'],
    ids=["CSV", "JSON", "null"],
)
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_table_without_pictures(tmp_path: Path, table: str, kind: str) -> None:
    name = "dataset.json" if table.startswith("{") else "labels.csv"
    path = write_source(tmp_path / "set", kind, {name: table.encode()})
    with pytest.raises(DataError, match="set") as caught:
        prepared(path, tmp_path / "root")
    assert len(str(caught.value).splitlines()) == 1


def test_a_damaged_table_in_a_zip_is_named(tmp_path: Path) -> None:
    path = write_source(tmp_path / "set", "zip", {**pictures(), "dataset.json": dataset(1, 2, 3).encode()})
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("dataset.json").header_offset + 60
    data = bytearray(path.read_bytes())
    data[start] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"dataset\.json"):
        open_source(str(path))


# CSV ----------------------------------------------------------------------------------------------------------------


def lines(*rows: str, end: str = "\n") -> str:
    return end.join(rows) + end


CSV = {
    "a header": lines("file_name,label", "00/a.png,cat", "00/b.png,dog", "01/c.png,cat"),
    "no header": lines("00/a.png,cat", "00/b.png,dog", "01/c.png,cat"),
    "the columns the other way round": lines("Class,Image", "cat,00/a.png", "dog,00/b.png", "cat,01/c.png"),
    "another name for the labels": lines("filename,species", "00/a.png,cat", "00/b.png,dog", "01/c.png,cat"),
    "an index": lines(",path,width,label", "0,00/a.png,8,cat", "1,00/b.png,8,dog", "2,01/c.png,8,cat"),
    "spaces, quotes, empty lines": lines('"file", label ', '"00/a.png", cat', "", "00/b.png ,dog", " 01/c.png,cat", ""),
    "carriage returns": lines("file_name,label", "00/a.png,cat", "00/b.png,dog", "01/c.png,cat", end="\r\n"),
    "a mark at its beginning": "\ufeff" + lines("file_name,label", "00/a.png,cat", "00/b.png,dog", "01/c.png,cat"),
}


@pytest.mark.parametrize("form", CSV)
def test_csv(tmp_path: Path, form: str) -> None:
    source = beside(tmp_path, "classes.csv", CSV[form])
    assert labels(source) == {"00/a.png": "cat", "00/b.png": "dog", "01/c.png": "cat"}
    assert (source.notes, source.attributes, source.values) == ((), (), None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["labels.csv", "metadata.csv"])
def test_csv_inside(tmp_path: Path, kind: str, name: str) -> None:
    source = inside(tmp_path, name, CSV["a header"], kind=kind)
    assert labels(source) == {"00/a.png": "cat", "00/b.png": "dog", "01/c.png": "cat"}
    assert [shown(source, i)[0, 0] for i in range(3)] == [0, 1, 2]


def test_quoted_cells(tmp_path: Path) -> None:
    source = beside(tmp_path, "a.csv", 'file,label\n"a, b.png","big ""cat"""\nc.png,dog\n', "a, b.png", "c.png")
    assert labels(source) == {"a, b.png": 'big "cat"', "c.png": "dog"}


def test_an_empty_cell_is_no_label(tmp_path: Path) -> None:
    assert labels(beside(tmp_path, "a.csv", "file,label\na.png,\nb.png,x\n", "a.png", "b.png")) == {
        "a.png": None,
        "b.png": "x",
    }


@pytest.mark.parametrize(("yes", "no"), [("1", "-1"), ("1", "0"), ("True", "False"), ("1.0", "0.0"), ("true", "-1.0")])
def test_kaggles_table_of_celeba(tmp_path: Path, yes: str, no: str) -> None:
    names = ("000001.jpg", "000002.jpg", "000003.jpg")
    buffer = io.StringIO()
    rows = [("image_id", "Bald", "Smiling"), (names[0], yes, no), (names[1], no, yes), (names[2], yes, yes)]
    csv.writer(buffer).writerows(rows)
    source = beside(tmp_path, "list_attr_celeba.csv", buffer.getvalue(), *names)
    assert source.attributes == ("Bald", "Smiling")
    assert attributes(source) == {names[0]: [1, 0], names[1]: [0, 1], names[2]: [1, 1]}
    assert set(labels(source).values()) == {None}


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("", "is empty: give a table"),
        ("\n \n", "is empty: give a table"),
        ("file_name,label\n", "is not a table of labels"),
        ("file_name\na.png\n", "is not a table of labels"),
        ("file_name,label\na.png,1\nb.png\n", "has 1 cells in row 3 where its first row has 2"),
        ('file_name,label\n"a.png,1\n', "cannot be read as CSV"),
        ("file,young,old\na.png,1,maybe\n", "has the value 'maybe': attributes are 1 and -1"),
        ("file_name,label\nx.png,1\n", r"names none of the 2 files of set: it has 'x\.png' where .* has 'a\.png'"),
    ],
)
def test_other_csv_is_refused(tmp_path: Path, table: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        beside(tmp_path, "t.csv", table, "a.png", "b.png")
    assert str(tmp_path / "t.csv") in str(caught.value)


@pytest.mark.parametrize("table", ["missing.csv", "set", "latin.csv"])
def test_a_table_that_cannot_be_read(tmp_path: Path, table: str) -> None:
    path = write_source(tmp_path / "set", "folder", pictures("a.png"))
    (tmp_path / "latin.csv").write_bytes(b"file,label\na.png,caf\xe9\n")
    with pytest.raises(DataError, match=rf"{table}.*(cannot be read|no text in UTF-8)"):
        open_source(str(path), tmp_path / table)


def test_captions_are_no_reason_to_refuse_the_pictures(tmp_path: Path) -> None:
    table = lines("file_name,text,width", '00/a.png,"A cat, asleep.",8', "00/b.png,A dog.,8", "01/c.png,Two cats.,8")
    assert set(labels(inside(tmp_path, "metadata.csv", table))) == set(FILES)


# CelebA's form ------------------------------------------------------------------------------------------------------

ROWS = ("000001.jpg  1 -1", "000002.jpg -1  1", "000003.jpg -1 -1")
NAMES = tuple(row.split()[0] for row in ROWS)
CELEBA = {
    "as published": lines("3", "Bald Smiling ", *ROWS),
    "without the count": lines("Bald Smiling", *ROWS),
    "with a name for the first column": lines("image_id Bald Smiling", *ROWS),
    "with both": lines("3", "image_id Bald Smiling", *ROWS),
    "with carriage returns and tabs": lines("3", "Bald\tSmiling", *(r.replace(" ", "\t") for r in ROWS), end="\r\n"),
    "with zeros": lines("Bald Smiling", *(row.replace("-1", "0") for row in ROWS)),
}


@pytest.mark.parametrize("form", CELEBA)
def test_celebas_table(tmp_path: Path, form: str) -> None:
    source = beside(tmp_path, "list_attr_celeba.txt", CELEBA[form], *NAMES)
    assert source.attributes == ("Bald", "Smiling")
    assert attributes(source) == dict(zip(NAMES, ([1, 0], [0, 1], [0, 0]), strict=True))
    assert source.notes == ()


def test_one_column_of_classes(tmp_path: Path) -> None:
    source = beside(tmp_path, "classes.txt", lines("identity", "000001.jpg 2880", "000002.jpg 2937"), *NAMES[:2])
    assert labels(source) == {"000001.jpg": "2880", "000002.jpg": "2937"}


def test_one_column_of_classes_without_a_name(tmp_path: Path) -> None:
    source = beside(tmp_path, "identity_CelebA.txt", lines("000001.jpg 2880", "000002.jpg 2937"), *NAMES[:2])
    assert labels(source) == {"000001.jpg": "2880", "000002.jpg": "2937"}


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("3\nBald Smiling\n", "it needs a line of names and a row a picture"),
        ("3\n", "it needs a line of names and a row a picture"),
        (lines("3", "Bald Smiling", *ROWS[:2], "000003.jpg 1"), "has 1 values in line 5 where it names 2"),
        (lines("Bald Smiling", *ROWS[:2], "000003.jpg 1"), "has 1 values in line 4 where it names 2"),
        (lines("Bald Smiling", *ROWS[:2], "000003.jpg 1 2"), "has the value '2': attributes are 1 and -1"),
    ],
)
def test_other_tables_are_refused(tmp_path: Path, table: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        beside(tmp_path, "list_attr_celeba.txt", table, *NAMES)
