"""From a source to a data set on the disk: every picture read, made to measure and checked once, in one pass.

The folder's name holds a key of the source's fingerprint and of the settings, so a changed source or setting makes
another one. It is made under a temporary name and renamed when it is whole; a lock keeps two processes from making the
same one twice, and what a killed one left behind is removed by the next.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from dcgan.data.channels import SMALL, first_channels, sampled_channels, spread
from dcgan.data.checkup import Findings, check_up, disk_bytes
from dcgan.data.dedupe import compact, largest_of_groups, only, repeats_but, write_header
from dcgan.data.examine import FACTS, Measure
from dcgan.data.near import find_groups
from dcgan.data.pictures import Pictures, load
from dcgan.data.sources.source import Source, natural
from dcgan.data.workers import examine_all
from dcgan.errors import DataError
from dcgan.files import replacing_dir, write_json
from dcgan.locks import held

VERSION = 4  # raised when a change of this package would change the pixels, or the files of a cache
Progress = Callable[[int, int], None]


def prepare(
    source: Source,
    measure: Measure,
    *,
    root: Path,
    limit: int | None = None,
    dedupe: bool = False,
    progress: Progress = lambda done, total: None,
    workers: int | None = None,
) -> Pictures:
    """Return the pictures of a source made to measure, from the cache below ``root`` or made now.

    A file that is no picture is left out and named in ``left_out``; the check-up is kept with the pictures.

    Args:
        source: what to read.
        measure: what to make of it.
        root: the folder that holds caches.
        limit: at most so many files, evenly spread over the source.
        dedupe: leave out pictures that repeat others, exactly or nearly; of a group, the largest stays.
        progress: called with (files read, files in all).
        workers: processes that decode while this one writes; None: one for each processor.

    Raises:
        DataError: no picture is left, or the cache cannot be written.
    """
    settings, folder = _place(source, measure, root, limit, dedupe)
    found = _load_or_none(folder)
    if found is not None:
        return found
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _lock(folder):
            found = _load_or_none(folder)  # another process may have made it meanwhile
            if found is None:
                _sweep(root, folder)
                _check_space(root, source, measure, limit)
                with replacing_dir(folder) as temporary:
                    _make(source, temporary, measure, settings, progress, workers)
                found = load(folder)
    except OSError as error:
        found = _load_or_none(folder)  # where locks do not work, another process may have been first
        if found is None:
            sentence = f"the cache {folder} cannot be written ({error}): give another folder with --cache"
            raise DataError(sentence) from error
    return found


def find(source: Source, measure: Measure, *, root: Path, limit: int | None, dedupe: bool) -> Pictures | None:
    """Return what ``prepare`` would from the cache; None where it would have to be made."""
    return _load_or_none(_place(source, measure, root, limit, dedupe)[1])


def choose_channels(source: Source, root: Path) -> int:
    """Return the channels that fit a source, from a sample of it: 4, 1 or 3 (see ``checkup.channels_for``).

    The answer is kept below ``root``.

    Raises:
        DataError: none of the sample is a picture.
    """
    kept = root / f".channels-{_key({'version': VERSION, 'source': source.fingerprint})}.json"
    with suppress(OSError, ValueError, TypeError, KeyError):
        return {1: 1, 3: 3, 4: 4}[json.loads(kept.read_text(encoding="utf-8"))]
    channels = sampled_channels(source) or first_channels(source)
    if channels is None:
        found = (f for _, f in examine_all(source, range(min(len(source.items), 1)), SMALL))
        _complain(source, len(source.items), source.items[0].name, next(found).bad[0])
    with suppress(OSError):
        write_json(kept, channels)
    return channels


# Finding one that is there ------------------------------------------------------------------------------------------


def _place(
    source: Source, measure: Measure, root: Path, limit: int | None, dedupe: bool
) -> tuple[dict[str, Any], Path]:
    """Return all that decides what is prepared, and the folder for it."""
    settings = {"version": VERSION, "source": source.fingerprint, **asdict(measure), "limit": limit, "dedupe": dedupe}
    height, width, channels = measure.shape
    return settings, root / f"{_file_name(source.name)}-{height}x{width}x{channels}-{_key(settings)}"


def _load_or_none(folder: Path) -> Pictures | None:
    try:
        return load(folder)
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        return None  # there is none yet, or it is damaged


def _key(settings: dict[str, Any]) -> str:
    return hashlib.blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=6).hexdigest()


def _file_name(name: str) -> str:
    short = re.sub(r"[^\w.-]+", "_", name)[:60]
    return short.encode()[:160].decode("utf-8", "ignore") or "pictures"


def _lock(folder: Path, seconds: float = -1) -> AbstractContextManager[None]:
    """Hold the right to make ``folder``, as long as this process lives; wait for it, for ever or some seconds."""
    return held(folder.with_name(f".{folder.name}.lock"), seconds)


def _sweep(root: Path, mine: Path) -> None:
    """Remove what killed processes have left behind: temporary folders whose lock nobody holds."""
    for left in (path for path in root.glob(".*.tmp") if path.is_dir()):
        folder = root / left.name[1:].removesuffix(".tmp").removesuffix(".old").rsplit(".", 1)[0]
        with suppress(OSError):
            if folder == mine:  # its lock is ours
                shutil.rmtree(left, ignore_errors=True)
                continue
            with _lock(folder, seconds=0):
                shutil.rmtree(left, ignore_errors=True)


def _check_space(root: Path, source: Source, measure: Measure, limit: int | None) -> None:
    needed = disk_bytes(min(len(source.items), limit or len(source.items)), measure)
    free = shutil.disk_usage(root).free
    if needed > free:
        raise DataError(
            f"the cache needs {needed / 1e9:.1f} GB and {root} has {free / 1e9:.1f} free: give another folder with "
            "--cache, a smaller --size, or --limit"
        )


# Making one ---------------------------------------------------------------------------------------------------------


def _make(
    source: Source, folder: Path, measure: Measure, settings: dict[str, Any], progress: Progress, workers: int | None
) -> None:
    indices = spread(len(source.items), settings["limit"])
    kept, facts, bad = _read_all(source, indices, measure, folder / "pictures.npy", progress, workers)
    left_out = [*source.left_out, *bad]
    if not kept:
        _complain(source, len(left_out), *left_out[0])
    pixels = np.load(folder / "pictures.npy", mmap_mode="r")
    items = [source.items[i] for i in kept]
    found = Findings(
        names=[item.name for item in items],
        labels=[item.label for item in items],
        facts=facts,
        first=find_groups(facts["hash"], facts["digest"], pixels),
        values=source.values[kept] if source.values is not None else None,
        attributes=source.attributes,
    )
    if settings["dedupe"]:
        used = largest_of_groups(found)
        left_out += repeats_but(found, used)
        found = only(found, used)
        del pixels
        compact(folder / "pictures.npy", used, len(kept), measure.shape)
    what: dict[str, Any] = {"name": source.name, "kind": source.kind, "where": source.where, "notes": source.notes}
    checked = check_up(found, measure, left_out=left_out, **what)
    write_json(folder / "checkup.json", asdict(checked))
    _write_the_rest(folder, source, found, left_out, settings)


def _read_all(
    source: Source, indices: list[int], measure: Measure, path: Path, progress: Progress, workers: int | None
) -> tuple[list[int], np.ndarray, list[tuple[str, str]]]:
    """Write the pixels; return the indices that could be read, what is known of each, and (name, why) of the others."""
    kept: list[int] = []
    facts = [np.empty(0, FACTS)]
    bad: list[tuple[str, str]] = []
    with path.open("wb") as f:  # not memory-mapped: on a full disk that ends in SIGBUS
        write_header(f, (len(indices), *measure.shape))
        done = 0
        for chunk, found in examine_all(source, indices, measure, workers):
            f.write(found.pixels.data if found.pixels.size else b"")
            good = [index for i, index in enumerate(chunk) if i not in found.bad]
            found.facts["index"] = good
            facts.append(found.facts)
            kept += good
            bad += [(source.items[chunk[i]].name, why) for i, why in found.bad.items()]
            done += len(chunk)
            progress(done, len(indices))
        write_header(f, (len(kept), *measure.shape))
    return kept, np.concatenate(facts), bad


def _complain(source: Source, files: int, name: str, why: str) -> NoReturn:
    """Say that there is no picture at all, with the first file as an example."""
    raise DataError(
        f"none of {files:,} files of {source.name} is a picture that can be read; the first, {name}, is {why}"
    )


def _write_the_rest(
    folder: Path, source: Source, found: Findings, left_out: Sequence[tuple[str, str]], settings: dict[str, Any]
) -> None:
    classes = sorted({label for label in found.labels if label is not None}, key=natural)
    numbers: dict[str | None, int] = {label: i for i, label in enumerate(classes)}
    np.save(folder / "labels.npy", np.array([numbers.get(label, -1) for label in found.labels], np.int64))
    np.save(folder / "facts.npy", found.facts)
    np.save(folder / "repeats.npy", found.first)
    if found.values is not None:
        np.save(folder / "attributes.npy", found.values)
    write_json(folder / "names.json", list(found.names))
    manifest = {
        "name": source.name,
        "classes": classes,
        "attributes": list(source.attributes),
        "left_out": left_out,
        "pictures": len(found.names),
        "digest": hashlib.blake2b(found.facts["digest"].tobytes(), digest_size=16).hexdigest(),
        "settings": settings,
    }
    write_json(folder / "manifest.json", manifest)
