"""Parquet files and Hub data sets: tables with a column of pictures. Both need ``dcgan[hub]``."""

import importlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcgan.data.sources.handles import kept
from dcgan.data.sources.source import Item, Source, make_source, printable, state_of
from dcgan.errors import DataError

LABELS = ("label", "labels", "fine_label", "class", "target")


def need(module: str, what: str) -> Any:
    """Import an optional package, or say what to install."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise DataError(f"{what} needs the package {module.split('.')[0]}: pip install 'dcgan[hub]'") from error


# Parquet ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ParquetOpener:
    """Reads a picture out of parquet files; the key is (file, row group, row). Row groups are read once, in order."""

    paths: tuple[str, ...]
    column: str

    def __call__(self, key: tuple[int, int, int]) -> bytes:
        file, group, row = key
        path = self.paths[file]
        column = kept("row group", (path,), lambda: _group(path, group, self.column), part=group, most=1)
        return cell_bytes(column[row].as_py())


def _group(path: str, group: int, column: str) -> Any:
    import pyarrow.parquet as pq

    return pq.ParquetFile(path).read_row_group(group, columns=[column]).column(0)


def cell_bytes(cell: Any) -> bytes:
    """Return the file in a cell: bytes, or Hugging Face's {bytes, path}."""
    data = cell.get("bytes") if isinstance(cell, dict) else cell
    if data is None and isinstance(cell, dict) and cell.get("path"):
        return Path(cell["path"]).read_bytes()
    if not isinstance(data, bytes):
        raise ValueError("unreadable: its cell holds no bytes")
    return data


def parquet_files(folder: Path) -> list[Path]:
    """Return the parquet files of a folder and of its ``data`` folder; of several splits, the training one's."""
    found = sorted(folder.glob("*.parquet")) or sorted(folder.glob("data/*.parquet"))
    return [p for p in found if p.name.startswith("train")] or found


def open_parquet(paths: Sequence[Path], where: Path) -> Source:
    """Open parquet files with a column of pictures, as Hugging Face writes them or with plain bytes.

    Raises:
        DataError: one is damaged, or has no such column.
    """
    pq = need("pyarrow.parquet", f"{where}: reading parquet")
    items: list[Item] = []
    column = None
    for number, path in enumerate(paths):
        try:
            file = pq.ParquetFile(path)
            column = column or _picture_column(file.schema_arrow, path)
            names, labels = _names(file, column), _labels(file)
        except (OSError, ValueError, KeyError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(f"{path} cannot be read as parquet ({_first_line(error)}): fetch it again") from error
        rows = [(group, row) for group in range(file.num_row_groups) for row in range(_rows(file, group))]
        for i, (group, row) in enumerate(rows):
            name = names[i] or f"{path.stem}/{i:06d}"
            items.append(Item(name=printable(name), key=(number, group, row), label=labels[i]))
    opener = ParquetOpener(tuple(str(p.resolve()) for p in paths), column or "")
    return make_source(where.stem, "parquet", where, items, opener, state_of(*paths))


def _rows(file: Any, group: int) -> int:
    return int(file.metadata.row_group(group).num_rows)


def _picture_column(schema: Any, path: Path) -> str:
    for field in schema:
        kind = str(field.type)
        if kind in ("binary", "large_binary") or (kind.startswith("struct") and "bytes: " in kind):
            return str(field.name)
    raise DataError(f"{path} has no column of pictures (bytes): it has {', '.join(schema.names)}")


def _names(file: Any, column: str) -> list[str | None]:
    if "path: " not in str(file.schema_arrow.field(column).type):
        return [None] * file.metadata.num_rows
    cells = file.read(columns=[f"{column}.path"]).column(0).to_pylist()
    return [cell.get("path") if cell else None for cell in cells]


def _labels(file: Any) -> list[str | None]:
    name = next((n for n in LABELS if n in file.schema_arrow.names), None)
    if name is None:
        return [None] * file.metadata.num_rows
    names = _class_names(file.schema_arrow.metadata or {}, name)
    values = file.read(columns=[name]).column(0).to_pylist()
    return [label_text(v, names) for v in values]


def _class_names(metadata: dict[bytes, bytes], column: str) -> list[str]:
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}")).get("info", {}).get("features", {})
        return list(features.get(column, {}).get("names") or [])
    except (ValueError, AttributeError):
        return []


def label_text(value: Any, names: Sequence[str]) -> str | None:
    """Return a class's name; -1 and nothing stand for no label."""
    if value is None or value == -1:
        return None
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else str(value)


# The Hub ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class HubOpener:
    """Reads a picture out of a ``datasets.Dataset``; the key is its row."""

    dataset: Any
    column: str

    def __call__(self, key: int) -> bytes:
        return cell_bytes(self.dataset[key][self.column])


def open_hub(text: str) -> Source:
    """Load ``hub:owner/name``, ``hub:owner/name:split`` or ``hub:FOLDER`` through the package ``datasets``.

    Raises:
        DataError: it cannot be had, or has no column of pictures.
    """
    datasets = need("datasets", f"{text}: reading a Hub data set")
    dataset = load(text)
    column = picture_column(datasets, dataset, text)
    dataset = dataset.cast_column(column, datasets.Image(decode=False))
    labels = _hub_labels(datasets, dataset)
    items = [Item(name=f"{i:06d}", key=i, label=labels[i]) for i in range(len(dataset))]
    name = hub_place(text)[0].rstrip("/").split("/")[-1]
    return make_source(name, "hub", text, items, HubOpener(dataset, column), dataset._fingerprint)


def load(text: str, **options: Any) -> Any:
    """Load a split through ``datasets``; ``streaming=True`` reads it as it goes."""
    datasets = need("datasets", f"{text}: reading a Hub data set")
    place, split = hub_place(text)
    try:
        return datasets.load_dataset(place, split=split, **options)
    except Exception as error:  # the package and the network raise many kinds
        raise DataError(
            f"{text} cannot be had ({_first_line(error)}): check the name, the split and the network"
        ) from error


def hub_place(text: str) -> tuple[str, str]:
    """Split ``hub:owner/name:split`` into ("owner/name", "split"); the split is train where none is named."""
    place, _, split = text.removeprefix("hub:").partition(":")
    return place, split or "train"


def picture_column(datasets: Any, dataset: Any, text: str) -> str:
    """Return the first column of pictures."""
    features = dataset.features or {}
    for name, feature in features.items():
        if isinstance(feature, datasets.Image):
            return str(name)
    raise DataError(
        f"{text} has no column that it calls pictures (it has {', '.join(features) or 'none that are known'}): if it "
        "is a folder of parquet, give it without hub:"
    )


def _hub_labels(datasets: Any, dataset: Any) -> list[str | None]:
    classes = [name for name, feature in dataset.features.items() if isinstance(feature, datasets.ClassLabel)]
    name = next((n for n in (*classes, *LABELS) if n in dataset.features), None)
    if name is None:
        return [None] * len(dataset)
    names = dataset.features[name].names if name in classes else []
    return [label_text(v, names) for v in dataset[name]]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
