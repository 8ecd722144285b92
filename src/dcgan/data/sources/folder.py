"""A folder of files, at any depth."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dcgan.data.sources.source import MOST_BYTES, Item, Source, UnreadableError, make_source, printable, wanted

KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFSOCK: "a socket"}


@dataclass(frozen=True)
class FileOpener:
    """Reads a file; the key is its path as text."""

    def __call__(self, key: str) -> bytes:
        with open(key, "rb") as f:  # noqa: PTH123  a Path for each of a million files costs time
            size = os.fstat(f.fileno()).st_size
            if size > MOST_BYTES:
                raise UnreadableError(f"too large: {size / 2**20:.0f} MiB, at most {MOST_BYTES // 2**20} are read")
            return f.read()


def open_folder(folder: Path) -> Source:
    """List every file below a folder. Hidden and system files are passed over; links are followed, each folder once.

    What is no file (a pipe, a device, a link to nothing) is not opened, and named in ``left_out``.
    """
    items: list[Item] = []
    left_out: list[tuple[str, str]] = []
    content = []
    top = os.path.abspath(folder)  # noqa: PTH100
    start = len(os.path.join(top, ""))  # noqa: PTH118
    for path in sorted(_walk(top, left_out)):
        name = path[start:].replace(os.sep, "/")
        if not wanted(name):
            continue
        try:
            status = os.stat(path)  # noqa: PTH116
        except OSError as error:
            link = "a link to nothing" if os.path.islink(path) else str(error.strerror)  # noqa: PTH114
            left_out.append((printable(name), f"refused: {link}"))
            continue
        if not stat.S_ISREG(status.st_mode):
            what = KINDS.get(stat.S_IFMT(status.st_mode), "no file")
            left_out.append((printable(name), f"refused: it is {what}"))
            continue
        items.append(Item(name=printable(name), key=path))
        content.append((name, status.st_size, status.st_mtime_ns))
    return make_source(
        folder.resolve().name or "root", "folder", folder, items, FileOpener(), content, left_out=tuple(left_out)
    )


def _walk(folder: str, left_out: list[tuple[str, str]]) -> Iterator[str]:
    def closed(error: OSError) -> None:
        left_out.append((printable(os.path.relpath(error.filename, folder)), f"unreadable: {error.strerror}"))

    entered = set()
    for where, folders, files in os.walk(folder, followlinks=True, onerror=closed):
        entered.add(os.path.realpath(where))
        folders[:] = [name for name in folders if os.path.realpath(os.path.join(where, name)) not in entered]  # noqa: PTH118
        yield from (os.path.join(where, name) for name in files)  # noqa: PTH118
