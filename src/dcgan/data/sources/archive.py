"""Zip and tar archives, read in place: nothing is unpacked to the disk."""

import bz2
import gzip
import lzma
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dcgan.data.sources.handles import kept
from dcgan.data.sources.source import (
    DAMAGE,
    MOST_BYTES,
    Item,
    Source,
    UnreadableError,
    climbs,
    make_source,
    printable,
    state_of,
    wanted,
)
from dcgan.errors import DataError

CLIMBS = "refused: its path climbs out of the archive"


@dataclass(frozen=True)
class ZipOpener:
    """Reads a member of a zip; the key is its place in the archive's list: two may share a name."""

    path: str

    def __call__(self, key: int) -> bytes:
        archive = kept("zip", (self.path,), lambda: zipfile.ZipFile(self.path))
        info = archive.infolist()[key]
        _check_size(info.file_size)
        if info.flag_bits & 1:
            raise UnreadableError("refused: it is encrypted")
        return archive.read(info)


def open_zip(path: Path) -> Source:
    """List every file in a zip.

    Raises:
        DataError: it is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [(info.filename, i) for i, info in enumerate(archive.infolist()) if not info.is_dir()]
    except DAMAGE as error:
        raise DataError(f"{path} is damaged ({error}): fetch it again") from error
    found = sorted(member for member in members if wanted(member[0]) or climbs(member[0]))
    items = [Item(name=printable(name), key=key) for name, key in found if not climbs(name)]
    left_out = tuple((printable(name), CLIMBS) for name, _ in found if climbs(name))
    return make_source(path.stem, "zip", path, items, ZipOpener(str(path.resolve())), state_of(path), left_out=left_out)


@dataclass(frozen=True)
class TarOpener:
    """Reads a member of a tar; the key is where its bytes begin and how many they are.

    A packed tar (gz, bz2, xz) can only be read forwards: each process goes through it once, in the items' order.
    """

    path: str

    def __call__(self, key: tuple[int, int]) -> bytes:
        start, size = key
        _check_size(size)
        f = kept("tar", (self.path,), lambda: _unpacked(self.path))
        f.seek(start)
        data = f.read(size)
        if len(data) < size:
            raise OSError(f"the archive ends after {len(data)} of its {size} bytes")
        return data


def _unpacked(path: str) -> BinaryIO | gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile:
    with open(path, "rb") as f:  # noqa: PTH123
        head = f.read(6)
    if head.startswith(b"\x1f\x8b"):
        return gzip.open(path)
    if head.startswith(b"BZh"):
        return bz2.open(path)
    return lzma.open(path) if head == b"\xfd7zXZ\x00" else open(path, "rb")  # noqa: PTH123


def open_tar(path: Path) -> Source:
    """List every file in a tar, packed or not, in the order in which they stand in it.

    Links, pipes and devices in it are refused, and named in ``left_out``.

    Raises:
        DataError: it is damaged.
    """
    items: list[Item] = []
    left_out: list[tuple[str, str]] = []
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                if member.isdir():
                    continue
                if climbs(name):
                    left_out.append((printable(name), CLIMBS))
                elif not wanted(name):
                    continue
                elif not member.isreg() or member.issparse():
                    left_out.append((printable(name), f"refused: it is {_what(member)}"))
                else:
                    items.append(Item(name=printable(name), key=(member.offset_data, member.size)))
            _check_end(archive)
    except DAMAGE as error:
        raise DataError(f"{path} is damaged ({error}): fetch it again") from error
    name = path.name.split(".tar")[0].removesuffix(".tgz")
    opener = TarOpener(str(path.resolve()))
    return make_source(name, "tar", path, items, opener, state_of(path), left_out=tuple(left_out))


def _check_end(archive: tarfile.TarFile) -> None:
    """Refuse a tar that does not end where its list of members does: ``tarfile`` takes a damaged header for the end."""
    assert archive.fileobj is not None
    archive.fileobj.seek(archive.offset)
    if archive.fileobj.read(tarfile.BLOCKSIZE).strip(b"\0"):
        raise tarfile.ReadError(f"the header of a file at byte {archive.offset} cannot be read")


def _what(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return "a link"
    return "a pipe" if member.isfifo() else "a device" if member.isdev() else "no plain file"


def _check_size(size: int) -> None:
    if size > MOST_BYTES:
        raise UnreadableError(f"too large: {size / 2**20:.0f} MiB unpacked, at most {MOST_BYTES // 2**20} are read")
