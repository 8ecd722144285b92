"""How the rows of a table find their pictures, and what is said of those that do not."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from dcgan.data.sources.open import open_source
from tests.data.samples import encoded, flat, write_source
from tests.data.test_labels import beside, labels, lines, pictures


@pytest.mark.parametrize(
    ("files", "rows"),
    [
        (("x/a.png", "y/b.png"), ("x/a.png", "y/b.png")),
        (("x/a.png", "y/b.png"), ("a.png", "b.png")),
        (("a.png", "b.png"), ("elsewhere/a.png", "there/b.png")),
        (("x/a.png", "y/b.png"), ("a.jpg", "b.jpg")),
        (("x/a.png", "y/b.png"), ("a", "b")),
        (("x/a.png", "x/b.png", "y/a.png"), ("x/a.png", "x/b.png")),
    ],
    ids=["path", "file's name", "a path that is another", "another ending", "no ending", "path before name"],
)
def test_how_names_match(tmp_path: Path, files: tuple[str, ...], rows: tuple[str, ...]) -> None:
    source = beside(tmp_path, "t.csv", lines("file,label", f"{rows[0]},first", f"{rows[1]},second"), *files)
    assert [item.label for item in source.items] == ["first", "second", None][: len(files)]


def test_two_rows_for_one_picture_are_none(tmp_path: Path) -> None:
    table = lines("file,label", "x/a.png,1", "y/a.png,2", "x/b.png,3")
    source = beside(tmp_path, "t.csv", table, "a.png", "b.png")
    assert labels(source) == {"a.png": None, "b.png": "3"}
    assert any("has no row for 1 of 2 files" in note for note in source.notes)
    assert any("has 2 rows for which there is no file" in note for note in source.notes)


def test_rows_without_files_and_files_without_rows_are_noted(tmp_path: Path) -> None:
    names = [f"{i:04d}.png" for i in range(1500)]
    table = lines("Bald Old", *(f"{i:04d}.png 1 -1" for i in range(100, 3000)))
    source = beside(tmp_path, "t.txt", table, *names)
    assert source.notes == (
        f"{tmp_path}/t.txt has no row for 100 of 1,500 files",
        f"{tmp_path}/t.txt has 1,500 rows for which there is no file",
    )
    assert source.values is not None
    assert (source.values[:100] == -1).all()
    assert (source.values[100:] == [1, 0]).all()


def test_a_table_that_is_named_comes_before_one_inside(tmp_path: Path) -> None:
    path = write_source(
        tmp_path / "set", "folder", {**pictures("a.png", "b.png"), "labels.csv": b"file,label\na.png,1"}
    )
    (tmp_path / "t.csv").write_text("file,label\na.png,other\nb.png,other\n")
    named = open_source(str(path), tmp_path / "t.csv")
    assert labels(named)["a.png"] == "other"
    assert named.fingerprint != open_source(str(path)).fingerprint


def test_a_changed_table_makes_another_source(tmp_path: Path) -> None:
    path = write_source(tmp_path / "set", "folder", pictures("a.png", "b.png"))
    found = []
    for table in ("file,label\na.png,1\nb.png,2\n", "file,label\na.png,1\nb.png,22\n"):
        (tmp_path / "t.csv").write_text(table)
        found.append(open_source(str(path), tmp_path / "t.csv").fingerprint)
    assert len({*found, open_source(str(path)).fingerprint}) == 3


def test_labels_for_arrays_and_digits(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((3, 8, 8), np.uint8))
    (tmp_path / "t.csv").write_text(lines("id,label", "000000,x", "000001,y", "000002,x"))
    assert [item.label for item in open_source(str(tmp_path / "a.npy"), tmp_path / "t.csv").items] == ["x", "y", "x"]


# The real data ------------------------------------------------------------------------------------------------------


def plain_counts(table: Path) -> dict[str, int]:
    """Count the ones of every column, the plain way."""
    rows = [line.split() for line in table.read_text().splitlines()]
    names, body = rows[1], rows[2:]
    assert len(body) == int(rows[0][0])
    return {name: sum(row[i + 1] == "1" for row in body) for i, name in enumerate(names)}


@pytest.mark.data
@pytest.mark.parametrize(("name", "count", "columns"), [("celeba-10k", 10_000, 40), ("anime-20k", 20_000, 34)])
@pytest.mark.parametrize("counted", [True, False], ids=["with the count line", "without it"])
def test_real_attributes(shared: Path, tmp_path: Path, name: str, count: int, columns: int, counted: bool) -> None:
    table = shared / f"{name}-attributes.txt"
    expected = plain_counts(table)
    if not counted:
        table = tmp_path / "table.txt"
        table.write_text((shared / f"{name}-attributes.txt").read_text().split("\n", 1)[1])
    source = open_source(str(shared / f"{name}.zip"), table)
    assert (len(source.items), len(source.attributes), source.notes) == (count, columns, ())
    assert source.values is not None
    assert Counter(np.unique(source.values).tolist()) == {0: 1, 1: 1}
    assert dict(zip(source.attributes, (source.values == 1).sum(0).tolist(), strict=True)) == expected


# A name is matched as closely as it can be ----------------------------------------------------------------------------


def joined(tmp_path: Path, names: list[str], rows: list[tuple[str, str]]) -> dict[str, str | None]:
    path = write_source(tmp_path / "set", "folder", dict.fromkeys(names, encoded(flat(0))))
    table = tmp_path / "t.csv"
    table.write_text("\n".join(["file_name,label", *(",".join(row) for row in rows)]), encoding="utf-8")
    return {item.name: item.label for item in open_source(str(path), table).items}


@pytest.mark.parametrize(
    ("names", "rows", "expected"),
    [
        (["0.png", "sub/4.png"], [("0.png", "a"), ("4.png", "b")], ["a", "b"]),
        (["0.png", "0.txt", "1.png"], [("0", "a"), ("1", "b")], ["a", "a", "b"]),
        (["sub/4.png", "5.png"], [("sub\\4.png", "a"), ("5.png", "b")], ["b", "a"]),
        (["e\u0301.png", "b.png"], [("\u00e9.png", "a"), ("b.png", "b")], ["b", "a"]),
        (["0.png", "1.png"], [("0.png", "a"), ("0.png", "a"), ("1.png", "b")], ["a", "b"]),
        (["0.png", "1.png"], [("0.png", "a"), ("0.png", "c"), ("1.png", "b")], [None, "b"]),
        (["x/0.png", "y/0.png", "1.png"], [("0.png", "a"), ("1.png", "b")], ["b", None, None]),
    ],
    ids=["two ways", "captions beside", "backslash", "accents", "said twice", "said two ways", "two files"],
)
def test_names_are_matched_one_by_one(
    tmp_path: Path, names: list[str], rows: list[tuple[str, str]], expected: list[str | None]
) -> None:
    assert list(joined(tmp_path, names, rows).values()) == expected
