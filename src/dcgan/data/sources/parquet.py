"""Parquet files with a column of pictures. They need ``dcgan[hub]``."""

import importlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcgan.data.sources.handles import kept
from dcgan.data.sources.source import Item, Source, UnreadableError, make_source, printable, state_of
from dcgan.errors import DataError

LABEL_COLUMNS = ("label", "labels", "fine_label", "class", "target")


def need(module: str, what: str) -> Any:
    """Import an optional package, or say what to install."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise DataError(f"{what} needs the package {module.split('.')[0]}: pip install 'dcgan[hub]'") from error


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
        raise UnreadableError("unreadable: its cell holds no bytes")
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
            raise DataError(f"{path} cannot be read as parquet ({first_line(error)}): fetch it again") from error
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
    name = next((n for n in LABEL_COLUMNS if n in file.schema_arrow.names), None)
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


def first_line(error: Exception) -> str:
    """Return the first line of what an error says, or its kind where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
