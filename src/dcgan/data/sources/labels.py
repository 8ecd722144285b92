"""Labels: from class subfolders, or from a table that stands in the source or beside it.

A table is StyleGAN's ``dataset.json``, a CSV (Hugging Face's ``metadata.csv`` too), or an attribute table as CelebA's
(names, then a row a picture with 1 and -1; the count line that comes first in the original may be missing).
"""

import csv
import io
import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from dcgan.data.sources.source import DAMAGE, PICTURE_ENDINGS, Item, Source, ending, state_of
from dcgan.errors import DataError

CAPTIONS = "metadata.csv"  # Hugging Face's: it may hold anything about the pictures
INSIDE = ("dataset.json", CAPTIONS, "labels.csv")
FILE_COLUMNS = ("file_name", "filename", "file", "image_id", "image", "path", "name", "id")
LABEL_COLUMNS = ("label", "labels", "class", "category", "target")
YES_OR_NO = {"1": 1, "1.0": 1, "true": 1, "0": 0, "0.0": 0, "-1": 0, "-1.0": 0, "false": 0}
SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev"}
FOLDER_KINDS = ("folder", "zip", "tar")


class NoLabelsError(DataError):
    """A table of something else."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A class, or the values of attributes, for every name."""

    names: Sequence[str]
    labels: Sequence[str | None] | None = None
    attributes: tuple[str, ...] = ()
    values: np.ndarray | None = None
    """int8 (names, attributes), 1 or 0."""

    def same(self, a: int, b: int) -> bool:
        """Whether two rows say the same."""
        same_label = self.labels is None or self.labels[a] == self.labels[b]
        return same_label and (self.values is None or bool((self.values[a] == self.values[b]).all()))


def attach_labels(source: Source, path: Path | None) -> Source:
    """Give a source's items their labels, from a table if there is one, else from class subfolders.

    Raises:
        DataError: the table cannot be read, or none of its names is a picture of the source.
    """
    if path is not None:
        if path.exists() and not path.is_file():
            raise DataError(f"the labels {path} cannot be read: a file is expected")
        try:
            data, content = path.read_bytes(), state_of(path)
        except OSError as error:
            raise DataError(f"the labels {path} cannot be read: {error.strerror}") from error
        labelled = _join(source, read_table(data, str(path)), str(path))
        return replace(labelled, fingerprint=f"{source.fingerprint}-{content}")
    if source.kind not in FOLDER_KINDS or source.labelled:
        return source
    found = _table_inside(source)
    if found is None:
        return _by_folders(source)
    rest = source.only([i for i, item in enumerate(source.items) if item is not found])
    where = f"{source.where}/{found.name}"
    if not rest.items:
        raise DataError(f"there is no picture in {source.where}, only {found.name}: give a source with pictures in it")
    try:
        data = bytes(source.opener(found.key))
    except DAMAGE as error:
        raise DataError(f"the labels {where} cannot be read ({error})") from error
    try:
        table = read_table(data, where)
    except NoLabelsError as error:
        if PurePosixPath(found.name).name != CAPTIONS:
            raise
        return _by_folders(replace(rest, notes=(*rest.notes, f"{found.name} is no table of labels: {error}")))
    return rest if table is None else _join(rest, table, found.name)


def _table_inside(source: Source) -> Item | None:
    """Find a table of labels in the folder that all files share."""
    shared = _shared_folder([item.name for item in source.items])
    names = {(f"{shared}/{name}" if shared else name): i for i, name in enumerate(INSIDE)}
    found = [(names[item.name], item) for item in source.items if item.name in names]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _shared_folder(names: Sequence[str]) -> str:
    folders = [name.rpartition("/")[0] for name in names]
    first, last = min(folders).split("/"), max(folders).split("/")
    same = [a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))]
    return "/".join(same)


# Class subfolders ---------------------------------------------------------------------------------------------------


def _by_folders(source: Source) -> Source:
    labels, notes = class_folders([item.name for item in source.items])
    items = [replace(item, label=label) for item, label in zip(source.items, labels, strict=True)]
    return replace(source, items=items, notes=(*source.notes, *notes))


def class_folders(names: Sequence[str]) -> tuple[list[str | None], list[str]]:
    """Return each file's class folder, the first below the one that all pictures share, and notes on them.

    There are classes where every picture (by its name's ending) has such a folder and there are at least two. Folders
    called train, test and the like are splits: their pictures are taken together, and the classes lie below.
    """
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    pictures = [f for f, name in zip(folders, names, strict=True) if ending(name) in (*PICTURE_ENDINGS, "")] or folders
    level = 0
    notes: list[str] = []
    while all(len(f) > level for f in pictures):
        kinds = {f[level] for f in pictures}
        if len(kinds) > 1 and not {kind.lower() for kind in kinds} <= SPLITS:
            return [f[level] if len(f) > level else None for f in folders], notes
        if len(kinds) > 1:
            notes.append(f"{' and '.join(sorted(kinds))} are taken together")
        level += 1
    if len({f[level] for f in pictures if len(f) > level}) > 1:
        notes.append("some pictures lie beside the subfolders of others: the subfolders are not taken for classes")
    return [None] * len(names), notes


# Joining ------------------------------------------------------------------------------------------------------------

MATCHES: tuple[Callable[[str], str], ...] = (
    lambda name: name,
    lambda name: PurePosixPath(name).name,
    lambda name: PurePosixPath(name).stem,
)


def _join(source: Source, table: Table | None, where: str) -> Source:
    if table is None:
        raise DataError(f"{where} says of no picture what it is: its labels are null")
    rows = _rows([item.name for item in source.items], table)
    matched = [row for row in rows if row is not None]
    if not matched:
        raise DataError(
            f"{where} names none of the {len(rows)} files of {source.name}: it has {table.names[0]!r} where the "
            f"source has {source.items[0].name!r}"
        )
    notes = list(source.notes)
    if len(matched) < len(rows):
        notes.append(f"{where} has no row for {len(rows) - len(matched):,} of {len(rows):,} files")
    if len(set(matched)) < len(table.names):
        notes.append(f"{where} has {len(table.names) - len(set(matched)):,} rows for which there is no file")
    items = list(source.items)
    if table.labels is not None:
        labels = [table.labels[row] if row is not None else None for row in rows]
        items = [replace(item, label=label) for item, label in zip(items, labels, strict=True)]
    values = None
    if table.values is not None:
        values = np.full((len(rows), len(table.attributes)), -1, np.int8)
        known = [i for i, row in enumerate(rows) if row is not None]
        values[known] = table.values[matched]
    return replace(source, items=items, attributes=table.attributes, values=values, notes=tuple(notes))


def _rows(names: Sequence[str], table: Table) -> list[int | None]:
    """Find each name's row: by its path, else by its file's name, else by that without its ending."""
    found: list[int | None] = [None] * len(names)
    for shorten in MATCHES:
        rows = _by_name(table, shorten)
        shorts = [shorten(_plain(name)) for name in names]
        times = Counter(s for s, name in zip(shorts, names, strict=True) if ending(name) in (*PICTURE_ENDINGS, ""))
        for i, short in enumerate(shorts):
            if found[i] is None and times[short] <= 1:  # two pictures for one row: neither
                found[i] = rows.get(short)
    return found


def _by_name(table: Table, shorten: Callable[[str], str]) -> dict[str, int | None]:
    """Rows by their shortened names; where two rows of one name say different things, neither is taken."""
    rows: dict[str, int | None] = {}
    for i, name in enumerate(table.names):
        short = shorten(_plain(name))
        before = rows.get(short)
        rows[short] = i if short not in rows or (before is not None and table.same(before, i)) else None
    return rows


def _plain(name: str) -> str:
    """A name as it is compared: slashes one way, letters with their accents composed."""
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


# Reading ------------------------------------------------------------------------------------------------------------


def read_table(data: bytes, where: str) -> Table | None:
    """Read a table of labels; None where it says itself that there are none (StyleGAN's ``"labels": null``).

    Raises:
        DataError: it is none of the three forms, or is damaged.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{where} is not a table of labels: it is no text in UTF-8 (byte {error.start})") from error
    if where.lower().endswith(".json"):
        return _read_json(text, where)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise DataError(f"{where} is empty: give a table with a row a picture")
    return _read_csv(text, where) if "," in lines[0] or where.lower().endswith(".csv") else _read_celeba(lines, where)


def _read_json(text: str, where: str) -> Table | None:
    try:
        found = json.loads(text)
        pairs = found.get("labels", None) if isinstance(found, dict) else found
        if pairs is None:
            return None
        rows = [(str(name), value) for name, value in (pairs.items() if isinstance(pairs, dict) else pairs)]
    except (ValueError, TypeError, RecursionError) as error:
        raise DataError(f'{where} is not in StyleGAN\'s form, {{"labels": [["a.png", 0], ...]}}: {error}') from error
    if not rows:
        return None
    names, values = zip(*rows, strict=True)
    if all(isinstance(value, (int, str)) and not isinstance(value, bool) for value in values):
        return Table(names=names, labels=[str(value) for value in values])
    return _vectors(names, values, where)


def _vectors(names: Sequence[str], values: Sequence[Any], where: str) -> Table:
    """Labels that are lists of numbers: one-hot ones are classes, other zeros and ones attributes."""
    try:
        array = np.asarray(values, np.float64)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{where} mixes numbers and lists as labels: a label is a class, or a list of 0 and 1"
        ) from error
    if array.ndim != 2 or not np.isin(array, (0, 1)).all():
        raise DataError(f"{where} has labels that are neither classes nor lists of 0 and 1: only those are understood")
    if (array.sum(axis=1) == 1).all():
        return Table(names=names, labels=[str(i) for i in array.argmax(axis=1)])
    return Table(names=names, attributes=tuple(map(str, range(array.shape[1]))), values=array.astype(np.int8))


def _read_csv(text: str, where: str) -> Table:
    first = text.lstrip().split("\n", 1)[0]
    between = ";" if "," not in first and ";" in first else ","
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=between) if any(row)]
    except csv.Error as error:
        raise DataError(f"{where} cannot be read as CSV: {error}") from error
    head = [cell.strip() for cell in rows[0]]
    lower = [cell.lower() for cell in head]
    named = any(cell in FILE_COLUMNS or cell in LABEL_COLUMNS for cell in lower) or len(head) > 2
    body = rows[1:] if named else rows
    for number, row in enumerate(body, start=2 if named else 1):
        if len(row) != len(head):
            raise DataError(f"{where} has {len(row)} cells in row {number} where its first row has {len(head)}")
    if not body or len(head) < 2:
        raise DataError(f"{where} is not a table of labels: it needs a column of file names and one of labels")
    file = next((lower.index(name) for name in FILE_COLUMNS if name in lower), 0)
    names = [row[file].strip() for row in body]
    label = next((lower.index(name) for name in LABEL_COLUMNS if name in lower), None)
    others = [i for i in range(len(head)) if i != file]
    if label is None and len(others) == 1:
        if PurePosixPath(where).name == CAPTIONS:
            raise NoLabelsError(f"its column {head[others[0]]!r} is none of {', '.join(LABEL_COLUMNS)}")
        label = others[0]
    if label is not None:
        return Table(names=names, labels=[row[label].strip() or None for row in body])
    return _attributes(names, [head[i] for i in others], [[row[i] for i in others] for row in body], where)


def _read_celeba(lines: Sequence[str], where: str) -> Table:
    rest = lines[1:] if lines[0].strip().isdigit() else lines
    pairs = [line.split() for line in rest]
    if pairs and all(len(pair) == 2 for pair in pairs) and PurePosixPath(pairs[0][0]).suffix:  # no line of names
        return Table(names=[pair[0] for pair in pairs], labels=[pair[1] for pair in pairs])
    if len(rest) < 2:
        raise DataError(f"{where} is not a table of labels: it needs a line of names and a row a picture")
    rows = [line.split() for line in rest[1:]]
    head = rest[0].split()
    if len(head) == len(rows[0]):  # some files name the first column too
        head = head[1:]
    for number, row in enumerate(rows, start=len(lines) - len(rows) + 1):
        if len(row) != len(head) + 1:
            raise DataError(f"{where} has {len(row) - 1} values in line {number} where it names {len(head)}")
    if len(head) == 1 and not {row[1].lower() for row in rows} <= set(YES_OR_NO):
        return Table(names=[row[0] for row in rows], labels=[row[1] for row in rows])
    return _attributes([row[0] for row in rows], head, [row[1:] for row in rows], where)


def _attributes(names: Sequence[str], head: Sequence[str], cells: Sequence[Sequence[str]], where: str) -> Table:
    try:
        values = np.array([[YES_OR_NO[cell.strip().lower()] for cell in row] for row in cells], np.int8)
    except KeyError as error:
        raise NoLabelsError(f"{where} has the value {error.args[0]!r}: attributes are 1 and -1, or 1 and 0") from error
    return Table(names=names, attributes=tuple(head), values=values)
