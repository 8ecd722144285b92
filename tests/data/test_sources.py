"""What is listed in folders and archives, with which labels; and the sentence where that cannot be."""

import os
import tarfile
import zipfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcgan.data.sources.open import open_source
from dcgan.errors import DataError
from tests.data.samples import encoded, flat, noise, shown, write_source, write_tar

LAYOUTS: dict[str, dict[str, str | None]] = {
    "flat": {"a.png": None, "b.png": None},
    "one file": {"a.png": None},
    "nested": {"x/y/a.png": None, "x/y/b.png": None},
    "class folders": {"cats/1.png": "cats", "dogs/1.png": "dogs", "dogs/2.png": "dogs"},
    "class folders below a shared one": {"train/cats/1.png": "cats", "train/dogs/1.png": "dogs"},
    "class folders with folders in them": {"cats/in/1.png": "cats", "cats/out/1.png": "cats", "dogs/1.png": "dogs"},
    "class folders and a file beside them": {"1.png": None, "cats/1.png": None, "dogs/1.png": None},
    "files at two depths": {"x/1.png": None, "x/y/1.png": None},
    "other files too": {"cats/1.png": "cats", "dogs/1.png": "dogs", "dogs/notes.txt": "dogs", "read me.txt": None},
    "one folder with pictures": {"cats/1.png": None, "dogs/notes.txt": None},
    "splits": {"test/a/1.png": "a", "test/b/1.png": "b", "train/a/2.png": "a", "train/b/2.png": "b"},
    "splits without classes": {"test/1.png": None, "train/2.png": None},
    "odd names": {"c&a (1).png": None, "naïve 猫.png": None, "~a#b?.png": None},
}
PASSED_OVER = (".DS_Store", ".git/a.png", "cats/.hidden.png", "__MACOSX/a.png", "cats/Thumbs.db", "dogs/desktop.ini")
PACKED = ["tar.gz", "tar.bz2", "tar.xz"]
ARCHIVES = ["zip", "tar", *PACKED]


@pytest.mark.parametrize("kind", ["folder", *ARCHIVES])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("extra", [(), PASSED_OVER], ids=["clean", "with system files"])
def test_names_and_labels(tmp_path: Path, kind: str, layout: str, extra: tuple[str, ...]) -> None:
    expected = LAYOUTS[layout]
    files = {name: encoded(flat(i)) for i, name in enumerate(expected)} | dict.fromkeys(extra, b"")
    path = write_source(tmp_path / "my pictures", kind, files)
    source = open_source(str(path))
    assert (source.name, source.kind, source.where) == ("my pictures", kind[:3] if kind in PACKED else kind, str(path))
    assert {item.name: item.label for item in source.items} == expected
    assert [item.name for item in source.items] == sorted(expected)
    values = {name: i for i, name in enumerate(expected)}
    for i, item in enumerate(source.items):
        assert shown(source, i)[0, 0] == values[item.name]
    assert source.left_out == ()


@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "tar.gz"])
@pytest.mark.parametrize("files", [{}, {".hidden.png": b"", "__MACOSX/a.png": b""}], ids=["empty", "hidden files"])
def test_no_file_at_all(tmp_path: Path, kind: str, files: dict[str, bytes]) -> None:
    path = write_source(tmp_path / "a", kind, files)
    with pytest.raises(DataError, match="there is no file in") as caught:
        open_source(str(path))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("kind", ["text", "picture", "zip cut off", "empty"])
def test_no_source(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "file"
    archive = write_source(tmp_path / "a", "zip", {"a.png": encoded(flat(0)), "b.png": encoded(flat(1))}).read_bytes()
    files = {"text": b"hello", "picture": encoded(flat(0)), "zip cut off": archive[:-30], "empty": b""}
    path.write_bytes(files[kind])
    with pytest.raises(DataError, match="file is not a source of pictures"):
        open_source(str(path))


@pytest.mark.parametrize(
    "text", ["missing", "~nobody-of-this-name/x", "zero\0byte", "long" * 2000, "file/below", "*.png", "a{b", "{1..3"]
)
def test_nothing_there(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="there is no source of pictures at") as caught:
        open_source(text)
    assert len(str(caught.value).splitlines()) == 1


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="is a pipe or a device, not a source of pictures"):
        open_source(str(tmp_path / "pipe"))


@pytest.mark.parametrize("kind", ["folder", *ARCHIVES])
def test_the_fingerprint_follows_the_content(tmp_path: Path, kind: str) -> None:
    files = {"a.png": encoded(flat(0)), "b.png": encoded(flat(1))}
    paths = [write_source(tmp_path / name, kind, files) for name in ("one", "two")]
    one, two = (open_source(str(path)).fingerprint for path in paths)
    assert one != two
    assert open_source(str(paths[0])).fingerprint == one
    os.utime(paths[0] / "a.png" if kind == "folder" else paths[0], (1, 1))
    touched = open_source(str(paths[0])).fingerprint
    if kind == "folder":
        (paths[0] / "c.png").write_bytes(files["a.png"])
    else:
        write_source(tmp_path / "one", kind, files | {"c.png": files["a.png"]})
    assert len({one, touched, open_source(str(paths[0])).fingerprint}) == 3


@pytest.mark.parametrize("kind", ["folder", "zip", "tar.gz"])
def test_a_relative_path_is_the_same_source(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_source(tmp_path / "a", kind, {"x/a.png": encoded(flat(7)), "y/a.png": encoded(flat(8))})
    monkeypatch.chdir(tmp_path)
    near, far = open_source(f"./{path.name}"), open_source(str(path))
    assert near.fingerprint == far.fingerprint
    monkeypatch.chdir("/")
    assert shown(near, 1)[0, 0] == 8
    assert [item.name for item in near.items] == [item.name for item in far.items]


# Folders ------------------------------------------------------------------------------------------------------------


def test_what_is_no_file_is_named_and_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(flat(3)))
    (tmp_path / "b.png").symlink_to("a.png")
    (tmp_path / "c.png").symlink_to("nowhere")
    os.mkfifo(tmp_path / "d.png")
    (tmp_path / "round").symlink_to(tmp_path)
    source = open_source(str(tmp_path))
    assert [item.name for item in source.items] == ["a.png", "b.png"]
    assert shown(source, 1)[0, 0] == 3
    assert dict(source.left_out) == {"c.png": "refused: a link to nothing", "d.png": "refused: it is a pipe"}


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    inside = write_source(tmp_path / "elsewhere", "folder", {"1.png": encoded(flat(1))})
    folder = write_source(tmp_path / "a", "folder", {"cats/1.png": encoded(flat(0))})
    (folder / "dogs").symlink_to(inside)
    (inside / "back").symlink_to(folder)
    source = open_source(str(folder))
    assert [(item.name, item.label) for item in source.items] == [("cats/1.png", "cats"), ("dogs/1.png", "dogs")]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.png")).write_bytes(encoded(flat(5)))
    except OSError:
        pytest.skip("this disk takes no such names")
    source = open_source(str(tmp_path))
    assert source.items[0].name.encode("utf-8").startswith(b"caf")
    assert shown(source, 0)[0, 0] == 5


# Archives -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ARCHIVES)
def test_members_can_be_read_in_any_order(tmp_path: Path, kind: str) -> None:
    pictures = noise(40, 16, 16, 3)
    files = {f"{i:02d}.png": encoded(Image.fromarray(p)) for i, p in enumerate(pictures)}
    source = open_source(str(write_source(tmp_path / "a", kind, files)))
    mixed = np.random.default_rng(1).permutation(40).tolist()
    for i in (*range(40), *mixed, 0, 39, 0):
        assert np.array_equal(shown(source, i), pictures[i])


def test_a_tar_is_listed_in_its_own_order(tmp_path: Path) -> None:
    names = ["./c.png", "a.png", "./b.png"]
    source = open_source(str(write_tar(tmp_path / "a.tar", {name: encoded(flat(i)) for i, name in enumerate(names)})))
    assert [item.name for item in source.items] == ["c.png", "a.png", "b.png"]
    assert [shown(source, i)[0, 0] for i in range(3)] == [0, 1, 2]
    starts = [item.key[0] for item in source.items]
    assert all(a < b for a, b in pairwise(starts))


@pytest.mark.parametrize("kind", ["tar", "tar.gz"])
def test_a_tar_by_any_name(tmp_path: Path, kind: str) -> None:
    path = write_source(tmp_path / "a", kind, {"a.png": encoded(flat(9))}).rename(tmp_path / "download")
    source = open_source(str(path))
    assert (source.kind, source.name, shown(source, 0)[0, 0]) == ("tar", "download", 9)
    assert open_source(str(path.rename(tmp_path / "b.tgz"))).name == "b"


def test_two_members_of_one_name(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", encoded(flat(1)))
        archive.writestr("b.png", encoded(flat(2)))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.png", encoded(flat(3)))
    source = open_source(str(path))
    assert [item.name for item in source.items] == ["a.png", "a.png", "b.png"]
    assert [shown(source, i)[0, 0] for i in range(3)] == [1, 3, 2]


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_names_that_climb_out_are_refused(tmp_path: Path, kind: str) -> None:
    climbing = ["../a.png", "/etc/a.png", "b/../../a.png", "C:/a.png", "C:\\a.png", "\\\\server\\a.png", "x\\..\\a.png"]
    files = {"a.png": encoded(flat(1)), "folder\\b.png": encoded(flat(2)), **dict.fromkeys(climbing, b"")}
    source = open_source(str(write_source(tmp_path / "a", kind, files)))
    assert [shown(source, i)[0, 0] for i in range(len(source.items))] == [1, 2]
    assert {name for name, _ in source.left_out} == set(climbing)
    assert {why for _, why in source.left_out} == {"refused: its path climbs out of the archive"}


def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path) -> None:
    special = []
    for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("pipe", tarfile.FIFOTYPE)):
        special.append(tarfile.TarInfo(f"{name}.png"))
        special[-1].type, special[-1].linkname = kind, "/etc/passwd" if name == "link" else "a.png"
    source = open_source(str(write_tar(tmp_path / "a.tar", {"a.png": encoded(flat(1))}, special=special)))
    assert [item.name for item in source.items] == ["a.png"]
    assert dict(source.left_out) == {
        "link.png": "refused: it is a link",
        "hard.png": "refused: it is a link",
        "pipe.png": "refused: it is a pipe",
    }


def test_a_damaged_zip_is_named(tmp_path: Path) -> None:
    path = write_source(tmp_path / "a", "zip", {"a.png": encoded(flat(0))})
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", b"PK\x09\x09"))
    with pytest.raises(DataError, match=r"a\.zip is damaged"):
        open_source(str(path))


@pytest.mark.parametrize("kind", PACKED)
def test_a_damaged_packed_tar_is_named(tmp_path: Path, kind: str) -> None:
    files = {f"{i}.png": encoded(Image.fromarray(p)) for i, p in enumerate(noise(100, 32, 32, 3))}
    path = write_source(tmp_path / "a", kind, files)
    whole = path.read_bytes()
    spoilt = [whole[:at] + bytes(99) + whole[at + 99 :] for at in range(200, len(whole) - 500, len(whole) // 9)]
    for damaged in (whole[: len(whole) // 2], *spoilt):
        path.write_bytes(damaged)
        try:
            assert 0 < len(open_source(str(path)).items) <= 100
        except DataError as error:
            assert f"{path} is " in str(error)  # noqa: PT017  damage inside a picture is found when that is read
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"a\.tar\.\w+ is (damaged|not a source)"):
        open_source(str(path))


@pytest.mark.parametrize("damage", ["a header", "cut off in a picture", "cut off in a header"])
def test_a_damaged_tar_is_named(tmp_path: Path, damage: str) -> None:
    files = {f"{i}.png": encoded(Image.fromarray(noise(32, 32, 3))) for i in range(9)}
    path = write_source(tmp_path / "a", "tar", files)
    data = open_source(str(path)).items[4].key[0]
    whole = path.read_bytes()
    damaged = {
        "a header": whole[: data - 500] + bytes(400) + whole[data - 100 :],
        "cut off in a picture": whole[: data + 9],
        "cut off in a header": whole[: data - 99],
    }
    path.write_bytes(damaged[damage])
    with pytest.raises(DataError, match=r"a\.tar is damaged"):
        open_source(str(path))


# The real data ------------------------------------------------------------------------------------------------------


@pytest.mark.data
def test_cifar10_as_pictures(shared: Path) -> None:
    source = open_source(str(shared / "cifar10-test.zip"))
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    assert Counter(item.label for item in source.items) == dict.fromkeys(names, 1000)
    assert shown(source, 0).shape == (32, 32, 3)


@pytest.mark.data
def test_celeba(shared: Path) -> None:
    source = open_source(str(shared / "celeba-10k.zip"))
    assert Counter(item.label for item in source.items) == {None: 10_000}
    assert [item.name for item in source.items[:2]] == ["000001.jpg", "000002.jpg"]
    assert shown(source, 0).shape == (109, 89, 3)
