"""Writing so that a reader never meets half a file, and the small text formats of a run folder."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO


def fsync_dir(folder: Path) -> None:
    """Make renames inside ``folder`` durable (no effect where directories cannot be opened, as on Windows)."""
    try:
        fd = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have an ``OSError`` that names no file, or one that was only there for a moment, name ``path``."""
    try:
        yield
    except OSError as error:
        if error.filename is None or str(error.filename).endswith(".tmp"):
            error.filename = str(path)
        raise


def sync(path: Path) -> None:
    """Wait until the disk has a file."""
    with path.open("rb+") as f:
        os.fsync(f.fileno())


@contextmanager
def replacing(path: Path, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success it is renamed over it, on failure removed.

    ``durable`` also waits until the disk has it, so that a power cut cannot leave an empty file.
    """
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        fd, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        os.close(fd)
        temporary = Path(name)
        try:
            yield temporary
            if durable:
                sync(temporary)
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
            if durable:
                fsync_dir(path.parent)
        finally:
            with suppress(OSError):  # the error that led here is the one to be heard
                temporary.unlink(missing_ok=True)


@contextmanager
def replacing_dir(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside ``path`` that takes its place when the block ends without an error."""
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent))
        try:
            yield temporary
            for file in temporary.rglob("*"):
                if file.is_file():
                    sync(file)
            temporary.chmod(0o777 & ~_umask())
            fsync_dir(temporary)
            if path.exists():  # the old one steps aside until the new one stands
                aside = temporary.with_suffix(".old.tmp")
                path.rename(aside)
                temporary.rename(path)
                shutil.rmtree(aside)
            else:
                temporary.rename(path)
            fsync_dir(path.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def remove_dir(path: Path) -> None:
    """Remove a folder so that a reader finds it whole or not at all."""
    with naming(path):
        aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        shutil.rmtree(aside, ignore_errors=True)
        path.rename(aside)
        shutil.rmtree(aside)


def sweep(folder: Path) -> None:
    """Remove what killed processes have left of their writing in ``folder``: nobody else may be writing there."""
    for left in folder.glob(".*.tmp"):
        with naming(folder):
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` (UTF-8) to ``path`` in one step."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON in one step."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def append_jsonl(path: Path, row: dict[str, Any]) -> None:
    """Append one JSON object as a line, in place of a last line that a crash has cut off."""
    with naming(path), path.open("ab+") as f:
        f.truncate(_end_of_whole_lines(f))
        f.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Read the whole lines of a JSON-lines file; a last line cut off by a crash is passed over."""
    if not path.exists():
        return []
    data = path.read_bytes()  # the cut may go through a character
    whole = data[: data.rfind(b"\n") + 1].decode("utf-8")
    return [json.loads(line) for line in whole.split("\n") if line]  # splitlines() would split at U+2028 too


def _end_of_whole_lines(f: BinaryIO) -> int:
    size = f.seek(0, os.SEEK_END)
    f.seek(max(size - 1, 0))
    if f.read() in (b"", b"\n"):
        return size
    f.seek(0)
    return f.read().rfind(b"\n") + 1


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
