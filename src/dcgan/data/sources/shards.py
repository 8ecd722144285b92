"""Shards: a set cut into tar, zip or parquet files, as WebDataset and Hugging Face write them.

In a WebDataset tar, members of one name and several endings are one sample: ``0001.jpg`` its picture, ``0001.cls`` its
class, anything else is passed over (https://github.com/webdataset/webdataset).
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from glob import glob
from pathlib import Path
from typing import Any

import numpy as np

from dcgan.data.sources.archive import open_tar, open_zip
from dcgan.data.sources.handles import kept
from dcgan.data.sources.labels import attach_labels
from dcgan.data.sources.parquet import open_parquet, parquet_files
from dcgan.data.sources.source import PICTURE_ENDINGS, Item, Opener, Source, ending, make_source, path_of, state_of
from dcgan.errors import DataError

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
SHARD_ENDINGS = (*ARCHIVES, ".parquet")
BESIDE = (".json", ".txt", ".md", ".idx")
CLASS = "cls"


@dataclass(frozen=True)
class ShardsOpener:
    """Reads out of several shards; the key is (shard, that shard's own key)."""

    openers: tuple[Opener, ...]

    def __call__(self, key: tuple[int, Any]) -> bytes | np.ndarray:
        shard, inner = key
        return self.openers[shard](inner)


def shard_paths(text: str) -> list[Path]:
    """Return the shards that a text names: a folder of nothing else, ``train-{000..099}.tar``, ``train-*.tar``."""
    path = path_of(text, f"there are no shards at {text!r}")
    if path.is_dir():
        names = sorted(name for name in os.listdir(path) if not name.startswith("."))  # noqa: PTH208
        shards = [path / name for name in names if name.endswith(ARCHIVES)]
        shards = [p for p in shards if p.is_file()]
        others = (path / name for name in names if not name.endswith((*ARCHIVES, *BESIDE)))
        return shards if shards and not any(p.is_file() for p in others) else parquet_files(path)
    if path.exists():
        return [path] if path.name.endswith(SHARD_ENDINGS) else []
    if not is_pattern(text):
        return []
    named = [str(p) for p in map(Path, braces(str(path)))]
    return [Path(p) for name in named for p in (sorted(glob(name)) if "*" in name else [name])]  # noqa: PTH207


def braces(text: str) -> list[str]:
    """Expand ``{000..099}`` and ``{a,b}`` as a shell does."""
    match = re.search(r"\{(?:(\d+)\.\.(\d+)|([^{}]*,[^{}]*))\}", text)
    if match is None:
        return [text]
    if match[3] is not None:
        inner = match[3].split(",")
    else:
        first, last = int(match[1]), int(match[2])
        inner = [f"{n:0{len(match[1])}d}" for n in range(first, last + 1)]
    return [one for part in inner for one in braces(text[: match.start()] + part + text[match.end() :])]


def is_pattern(text: str) -> bool:
    """Tell a pattern of shards from a path."""
    return ("*" in text or "{" in text) and text.endswith(SHARD_ENDINGS)


def open_shards(paths: Sequence[Path], where: str) -> Source:
    """Open several shards as one source.

    Raises:
        DataError: one is missing or damaged.
    """
    shards = [open_shard(path) for path in paths]
    items = [
        Item(name=f"{path.stem}/{item.name}", key=(i, item.key), label=item.label)
        for i, (path, shard) in enumerate(zip(paths, shards, strict=True))
        for item in shard.items
    ]
    opener = ShardsOpener(tuple(shard.opener for shard in shards))
    more = {
        "left_out": tuple(row for shard in shards for row in shard.left_out),
        "notes": tuple(dict.fromkeys(note for shard in shards for note in shard.notes)),
        **_attributes(shards),
    }
    return make_source(shards_name(where), "shards", where, items, opener, state_of(*paths), **more)


def _attributes(shards: Sequence[Source]) -> dict[str, Any]:
    """Return the attributes of several shards, where any has some and all that have some have the same."""
    names = {shard.attributes for shard in shards if shard.attributes}
    if len(names) != 1:
        return {}
    (attributes,) = names
    unknown = [np.full((len(shard.items), len(attributes)), -1, np.int8) for shard in shards]
    rows = [shard.values if shard.values is not None else u for shard, u in zip(shards, unknown, strict=True)]
    return {"attributes": attributes, "values": np.concatenate(rows)}


def shards_name(where: str) -> str:
    """Return what a set of shards is called: ``train`` for ``/data/train-{000..099}.tar``."""
    path = Path(where)
    stem = re.split(r"[{*]", path.name)[0].rstrip("-_.") if is_pattern(where) else path.stem
    return stem or path.resolve().parent.name


def open_shard(path: Path) -> Source:
    """Open one shard, or the one that is open already: only its pictures, with the classes that stand beside them.

    Raises:
        DataError: it is missing or damaged, or there is no picture in it.
    """
    if not path.exists():
        raise DataError(f"the shard {path} is missing: put it back, or name the others")
    return kept("shard", (str(path),), lambda: _open_shard(path), most=64)


def _open_shard(path: Path) -> Source:
    if path.suffix == ".parquet":
        return open_parquet([path], path)
    source = open_zip(path) if path.suffix == ".zip" else open_tar(path)
    found = webdataset(source) if has_classes(source) else attach_labels(source, None)
    pictures = [i for i, item in enumerate(found.items) if ending(item.name) in PICTURE_ENDINGS]
    if not pictures:
        raise DataError(
            f"the shard {path} has no file that ends like a picture ({', '.join(PICTURE_ENDINGS[:4])}, ...)"
        )
    return found.only(pictures)


def has_classes(source: Source) -> bool:
    """Tell whether an archive is WebDataset's, with files of classes."""
    return any(ending(item.name) == CLASS for item in source.items)


def webdataset(source: Source) -> Source:
    """Return one picture a sample, with its class; a sample is what shares a name up to its first dot."""
    classes = {_stem(item.name): item for item in source.items if ending(item.name) == CLASS}
    pictures = [item for item in source.items if ending(item.name) in PICTURE_ENDINGS]
    first: dict[str, Item] = {}
    for item in sorted(pictures, key=lambda item: PICTURE_ENDINGS.index(ending(item.name))):
        first.setdefault(_stem(item.name), item)
    kept = {id(item) for item in first.values()}
    items = [
        Item(name=item.name, key=item.key, label=_label(source, classes.get(_stem(item.name))))
        for item in pictures
        if id(item) in kept
    ]
    more = len(pictures) - len(items)
    notes = (f"{more:,} samples' further pictures are passed over",) if more else ()
    return replace(source, items=items, notes=(*source.notes, *notes), labelled=True)


def _stem(name: str) -> str:
    folder, _, file = name.rpartition("/")
    return f"{folder}/{file.split('.')[0]}"


def _label(source: Source, item: Item | None) -> str | None:
    if item is None:
        return None
    try:
        return bytes(source.opener(item.key)).decode().strip() or None
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(f"{source.where}: the class {item.name} cannot be read ({error})") from error
