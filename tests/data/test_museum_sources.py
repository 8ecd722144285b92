"""A museum of bad and odd folders and archives: what is in them is read as it is, or gets its sentence."""

import os
import re
import socket
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dcgan.data.examine import Measure, examine
from dcgan.data.sources.open import open_source
from dcgan.errors import DataError
from tests.data.samples import KINDS, encoded, flat, noise, prepared, write_as, write_source, write_tar

GOOD, OTHER = encoded(flat(9)), encoded(flat(200))
THREE = {f"{i}.png": encoded(flat(i)) for i in range(3)}


def levels(path: Path, root: Path, **more: Any) -> list[int]:
    return [int(v) for v in prepared(path, root, **more).pixels[:, 0, 0, 0]]


# Folders -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one good picture."""
    return write_source(tmp_path / "a", "folder", {"good.png": GOOD})


def pipe(path: Path) -> None:
    os.mkfifo(path)


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(path))


def to_nothing(path: Path) -> None:
    path.symlink_to("nothing")


def to_itself(path: Path) -> None:
    path.symlink_to(path)


def to_a_pipe(path: Path) -> None:
    os.mkfifo(path.with_name(".pipe"))
    path.symlink_to(".pipe")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (pipe, "refused: it is a pipe"),
        (listening, "refused: it is a socket"),
        (to_a_pipe, "refused: it is a pipe"),
        (to_nothing, "refused: a link to nothing"),
        (to_itself, "refused: a link to nothing"),
    ],
)
def test_what_is_no_file_is_not_opened(
    tmp_path: Path, folder: Path, make: Callable[[Path], None], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)  # a socket's path is short
    make(Path("odd.png") if make is listening else folder / "odd.png")
    found = prepared(folder, tmp_path)
    assert found.names == ["good.png"]
    assert found.left_out == (("odd.png", sentence),)
    (folder / "good.png").unlink()
    with pytest.raises(DataError, match=r"there is no file in .* \(odd\.png: " + sentence):
        open_source(str(folder))


def test_links_to_files_and_folders_are_followed_once(tmp_path: Path, folder: Path) -> None:
    outside = write_source(tmp_path / "outside", "folder", {"x.png": OTHER})
    (outside / "back").symlink_to(folder)
    (folder / "file.png").symlink_to(outside / "x.png")
    (folder / "folder").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    found = prepared(folder, tmp_path)
    assert found.names == ["file.png", "folder/x.png", "good.png"]
    assert found.left_out == ()


def test_a_file_that_may_not_be_read(tmp_path: Path, folder: Path) -> None:
    (folder / "closed.png").write_bytes(OTHER)
    (folder / "closed.png").chmod(0)
    if os.access(folder / "closed.png", os.R_OK):
        pytest.skip("this user may read everything")
    assert prepared(folder, tmp_path).left_out == (("closed.png", "unreadable: Permission denied"),)


def test_a_file_that_goes_away_meanwhile(folder: Path) -> None:
    (folder / "brief.png").write_bytes(OTHER)
    source = open_source(str(folder))
    (folder / "brief.png").unlink()
    found = examine(source.opener, [item.key for item in source.items], Measure(height=8, width=8, channels=1))
    assert found.bad == {0: "unreadable: No such file or directory"}
    assert len(found.pixels) == 1


def test_a_folder_of_hidden_and_system_files(tmp_path: Path) -> None:
    names = (".hidden.png", "Thumbs.db", ".git/a.png", "__MACOSX/a.png", "x/desktop.ini")
    with pytest.raises(DataError, match=r"there is no file in .*: give a source with pictures in it"):
        open_source(str(write_source(tmp_path / "a", "folder", dict.fromkeys(names, GOOD))))


@pytest.mark.parametrize(
    "name",
    [
        "图片.png",
        "صورة.png",
        "🦊🖼️.png",
        "e\u0301.png",
        "a b'\"$;.png",
        "x" * 251 + ".png",
        "line\nbreak.png",
        "\x1b[31m.png",
    ],
)
def test_names(tmp_path: Path, name: str) -> None:
    try:
        path = write_source(tmp_path / "a", "folder", {name: GOOD, f"b/{name}": b""})
    except OSError:
        pytest.skip("no such name on this disk")
    found = prepared(path, tmp_path)
    assert (found.names, [bad for bad, _ in found.left_out]) == ([name], [f"b/{name}"])


def test_a_name_that_is_not_utf_8(tmp_path: Path, folder: Path) -> None:
    try:
        for name in (b"a\xff.png", b"b\xfe.txt"):
            (folder / os.fsdecode(name)).write_bytes(OTHER if name.endswith(b"png") else b"")
    except OSError:
        pytest.skip("no such name on this disk")
    found = prepared(folder, tmp_path)
    assert found.names == ["a\ufffd.png", "good.png"]
    assert found.left_out == (("b\ufffd.txt", "empty: it has 0 bytes"),)


@pytest.mark.parametrize("name", ["图" * 80, "𠮷" * 62, "a" * 250, ".hidden", "a.zip", "...", " ", "-"])
def test_names_of_folders(tmp_path: Path, name: str) -> None:
    try:
        path = write_source(tmp_path / name, "folder", THREE)
    except OSError:
        pytest.skip("no such name on this disk")
    assert levels(path, tmp_path / "root") == [0, 1, 2]


# Archives ------------------------------------------------------------------------------------------------------------


def patched(at: int, value: bytes) -> Callable[[bytes], bytes]:
    """Return what writes a field of the last member into both of a zip's headers; ``at`` counts in the local one."""

    def patch(data: bytes) -> bytes:
        for mark, shift in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
            start = data.rindex(mark) + at + shift
            data = data[:start] + value + data[start + len(value) :]
        return data

    return patch


def as_it_is(data: bytes) -> bytes:
    return data


CLIMBS = "refused: its path climbs out of the archive"
ZIPS: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "wrong check sum": ("z.png", patched(14, bytes(4)), r"damaged: Bad CRC-32 for file 'z\.png'"),
    "encrypted": ("z.png", patched(6, b"\1\0"), "[^<>]*encrypted[^<>]*"),
    "unknown method": ("z.png", patched(8, b"\x63\0"), ".*: That compression method is not supported"),
    "600 MiB": ("z.png", patched(22, struct.pack("<I", 600 * 2**20)), "too large: 600 MiB unpacked, at most 512 .*"),
    "longer than it is": ("z.png", patched(18, struct.pack("<2I", 9999, 9999)), "(damaged|cut off): .*"),
    "climbing": ("../z.png", as_it_is, CLIMBS),
    "climbing inside": ("a/../../z.png", as_it_is, CLIMBS),
    "absolute": ("/z.png", as_it_is, CLIMBS),
    "drive": ("C:\\z.png", as_it_is, CLIMBS),
    "backslashes": ("a\\..\\z.png", as_it_is, CLIMBS),
}


@pytest.mark.parametrize("kind", ZIPS)
def test_members_of_a_zip(tmp_path: Path, kind: str) -> None:
    name, patch, sentence = ZIPS[kind]
    (tmp_path / "in").mkdir()
    path = write_source(tmp_path / "in" / "a", "zip", {"good.png": GOOD, name: OTHER})
    path.write_bytes(patch(path.read_bytes()))
    found = prepared(path, tmp_path / "root")
    assert found.names == ["good.png"]
    ((named, why),) = found.left_out
    assert named == name
    assert re.fullmatch(sentence, why), why
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "root"]  # nothing is unpacked
    assert sum(found.checkup.left_out.values()) == 1


def test_two_members_of_one_name(tmp_path: Path) -> None:
    path = write_source(tmp_path / "a", "zip", {"a.png": GOOD, "b.png": OTHER})
    path.write_bytes(path.read_bytes().replace(b"b.png", b"a.png"))
    assert levels(path, tmp_path / "root") == [9, 200]


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"])
def test_tars(tmp_path: Path, suffix: str) -> None:
    pack = {"tgz": "gz", "tar": ""}.get(suffix[1:], suffix[5:])
    kinds = {
        "hard": (tarfile.LNKTYPE, "a link"),
        "soft": (tarfile.SYMTYPE, "a link"),
        "pipe": (tarfile.FIFOTYPE, "a pipe"),
        "char": (tarfile.CHRTYPE, "a device"),
        "block": (tarfile.BLKTYPE, "a device"),
    }
    special = [tarfile.TarInfo(f"{name}.png") for name in kinds]
    for info, (kind, _) in zip(special, kinds.values(), strict=True):
        info.type, info.linkname = kind, "2.png"
    files = {
        "2.png": OTHER,
        "1.png": GOOD,
        "../z.png": GOOD,
        "/z.png": GOOD,
        "bad.png": OTHER[:-20],
        ".hidden.png": GOOD,
    }
    found = prepared(write_tar(tmp_path / f"a{suffix}", files, pack, special), tmp_path / "root")
    assert (found.name, found.names) == ("a", ["2.png", "1.png"])
    assert found.pixels[:, 0, 0, 0].tolist() == [200, 9]
    left_out = dict(found.left_out)
    assert left_out.pop("bad.png").startswith("cut off: ")
    expected = {f"{name}.png": f"refused: it is {what}" for name, (_, what) in kinds.items()}
    assert left_out == {"../z.png": CLIMBS, "/z.png": CLIMBS} | expected
    assert sum(found.checkup.left_out.values()) == len(found.left_out) == found.checkup.files - 2


def test_a_sparse_member_is_not_misread(tmp_path: Path) -> None:
    values = np.zeros((40, 40, 3), np.uint8)
    values[:8] = noise(8, 40, 3)  # a BMP's rows stand upside down: zeros come first, and are left out of the tar
    data = encoded(Image.fromarray(values), "BMP")
    parts = [(0, 54), (len(data) - 960, 960)]
    info = tarfile.TarInfo("z.bmp")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, sum(size for _, size in parts)
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    table = b"".join(b"%011o\0%011o\0" % part for part in parts)
    head[386 : 386 + len(table)] = table
    head[482:495] = b"\0%011o\0" % len(data)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    member = bytes(head) + b"".join(data[at : at + size] for at, size in parts)
    member += bytes(-len(member) % 512)
    path = write_tar(tmp_path / "a.tar", {"good.png": GOOD})
    path.write_bytes(member + path.read_bytes())
    with tarfile.open(path) as archive:
        assert archive.extractfile("z.bmp").read() == data  # type: ignore[union-attr]
    found = prepared(path, tmp_path / "root", height=40, width=40, channels=3)
    rows = dict(zip(found.names, found.pixels, strict=True))
    assert "good.png" in rows
    assert np.array_equal(rows["z.bmp"], values) if "z.bmp" in rows else found.left_out[0][0] == "z.bmp"


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_changes_under_a_running_process(tmp_path: Path, kind: str) -> None:
    for value, count in ((3, 2), (200, 3)):
        path = write_as(tmp_path, kind, np.full((count, 8, 8), value, np.uint8))
        assert levels(path, tmp_path / "root") == [value] * count
