"""The cache: made once, for one source and setting, whole or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from dcgan.data import cache
from dcgan.data.cache import choose_channels, prepare
from dcgan.data.examine import Measure
from dcgan.data.pictures import Pictures, load
from dcgan.data.sources.open import open_source
from dcgan.data.sources.source import Source
from dcgan.errors import DataError
from tests.data.samples import Counted, encoded, flat, noise, prepared, write_source

SMALL = Measure(height=8, width=8, channels=1)
FILES = ["checkup.json", "facts.npy", "labels.npy", "manifest.json", "names.json", "pictures.npy", "repeats.npy"]


def values(pictures: Pictures) -> list[int]:
    return [int(v) for v in pictures.pixels[:, 0, 0, 0]]


def there(root: Path) -> list[str]:
    """What lies in a root, but for locks and kept answers."""
    return sorted(p.name for p in root.iterdir() if not p.name.endswith(".lock") and ".channels-" not in p.name)


def test_a_second_call_reads_nothing(tmp_path: Path) -> None:
    counted = Counted([flat(i) for i in range(5)], list("ababa"))
    first = prepare(counted.source(), SMALL, root=tmp_path)
    assert sorted(counted.reads) == list(range(5))
    second = prepare(counted.source(), SMALL, root=tmp_path)
    assert len(counted.reads) == 5
    for pictures in (first, second, load(first.folder)):
        assert (pictures.name, len(pictures), pictures.classes) == ("counted", 5, ("a", "b"))
        assert (pictures.pixels.shape, pictures.pixels.dtype) == ((5, 8, 8, 1), np.uint8)
        assert (pictures.labels.tolist(), pictures.labels.dtype) == ([0, 1, 0, 1, 0], np.int64)
        assert values(pictures) == list(range(5))
        assert (pictures.left_out, pictures.attributes, pictures.values) == ((), (), None)
        assert pictures.names == [f"file {i}" for i in range(5)]
        assert pictures.digest == first.digest
        assert isinstance(pictures.pixels, np.memmap)
        assert not pictures.pixels.flags.writeable


CHANGES: dict[str, dict[str, Any]] = {
    "height": {"height": 10},
    "width": {"width": 10},
    "channels": {"channels": 3},
    "crop": {"crop": "pad"},
    "background": {"background": "black"},
    "limit": {"limit": 1},
    "dedupe": {"dedupe": True},
    "fingerprint": {"fingerprint": "two"},
    "name": {"name": "other"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_source_or_setting_makes_another_one(tmp_path: Path, change: str) -> None:
    counted, changes = Counted([flat(1)]), CHANGES[change]
    prepare(counted.source(), SMALL, root=tmp_path)
    source = counted.source(**{k: v for k, v in changes.items() if k in ("fingerprint", "name")})
    measure = replace(SMALL, **{k: v for k, v in changes.items() if hasattr(SMALL, k)})
    more = {k: v for k, v in changes.items() if k in ("limit", "dedupe")}
    for _ in range(2):
        pictures = prepare(source, measure, root=tmp_path, **more)
    assert counted.reads == [0, 0]
    assert pictures.pixels.shape == (1, *measure.shape)
    assert pictures.settings.items() >= {k: v for k, v in changes.items() if k not in ("fingerprint", "name")}.items()
    assert len(there(tmp_path)) == 2


def test_another_version_makes_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted([flat(1)])
    prepare(counted.source(), SMALL, root=tmp_path)
    monkeypatch.setattr(cache, "VERSION", cache.VERSION + 1)
    prepare(counted.source(), SMALL, root=tmp_path)
    assert counted.reads == [0, 0]


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_a_changed_file_makes_another_one(tmp_path: Path, kind: str) -> None:
    for value in (3, 200):
        path = write_source(tmp_path / f"{value}", kind, {"a.png": encoded(flat(value, side=8 + value))})
        path = path.rename(tmp_path / f"source{path.suffix}")
        assert values(prepared(path, tmp_path / "root")) == [value]
        path.rename(tmp_path / f"before {value}")
    assert len(there(tmp_path / "root")) == 2


def test_bad_files_are_named_and_the_others_keep_their_order(tmp_path: Path) -> None:
    counted = Counted([flat(0), "broken", flat(2), "cut off\nin line 3", flat(4)], ["10", "x", "2", "2", "10"])
    pictures = prepare(counted.source(left_out=(("a pipe", "refused: a pipe"),)), SMALL, root=tmp_path)
    assert values(pictures) == [0, 2, 4]
    assert pictures.left_out == (
        ("a pipe", "refused: a pipe"),
        ("file 1", "damaged: broken"),
        ("file 3", "damaged: cut off"),
    )
    assert (pictures.classes, pictures.labels.tolist()) == (("2", "10"), [1, 0, 1])
    assert pictures.names == ["file 0", "file 2", "file 4"]
    assert sorted(p.name for p in pictures.folder.iterdir()) == FILES
    assert (pictures.folder / "pictures.npy").stat().st_size == 128 + pictures.pixels.size
    assert pictures.checkup.left_out == {"refused": 1, "damaged": 2}
    assert (pictures.checkup.files, pictures.checkup.pictures) == (6, 3)


@pytest.mark.parametrize("kind", ["folder", "zip", "tar.gz"])
def test_files_that_are_no_pictures(tmp_path: Path, kind: str) -> None:
    whole = encoded(flat(9, side=64))
    files = {"a.png": whole, "b.txt": b"hello", "c.png": whole[:-30], "d.png": b""}
    pictures = prepared(write_source(tmp_path / "a", kind, files), tmp_path / "root")
    assert values(pictures) == [9]
    reasons = dict(pictures.left_out)
    assert list(reasons) == ["b.txt", "c.png", "d.png"]
    assert reasons["b.txt"] == "not a picture: its format is not known"
    assert reasons["c.png"].startswith("cut off: ")
    assert reasons["d.png"] == "empty: it has 0 bytes"


def test_the_order_is_kept_beyond_a_chunk(tmp_path: Path) -> None:
    count = 700
    pictures = ["bad" if i == 500 else flat(i % 251) for i in range(count)]
    counted = Counted(pictures, [str(i) for i in range(count)])
    seen: list[tuple[int, int]] = []
    found = prepare(counted.source(), SMALL, root=tmp_path, progress=lambda *row: seen.append(row))
    kept = [i for i in range(count) if i != 500]
    assert values(found) == [i % 251 for i in kept]
    assert [int(found.classes[label]) for label in found.labels] == kept
    assert [total for _, total in seen] == [count] * len(seen)
    done = [n for n, _ in seen]
    assert (len(done) > 3, done == sorted(set(done)), done[-1]) == (True, True, count)


@pytest.mark.parametrize(
    ("labels", "classes", "indices"),
    [
        (["10", "9", "2", "cat", "2"], ("2", "9", "10", "cat"), [2, 1, 0, 3, 0]),
        (["b", "a", "B", "01", "1"], ("01", "1", "B", "a", "b"), [4, 3, 2, 0, 1]),
        (["b", None, "a", None, "b"], ("a", "b"), [1, -1, 0, -1, 1]),
        (None, (), [-1] * 5),
    ],
)
def test_classes_are_in_natural_order(
    tmp_path: Path, labels: list[str | None] | None, classes: tuple[str, ...], indices: list[int]
) -> None:
    pictures = prepare(Counted([flat(0)] * 5, labels).source(), SMALL, root=tmp_path)
    assert (pictures.classes, pictures.labels.tolist()) == (classes, indices)


def test_attributes_keep_to_their_pictures(tmp_path: Path) -> None:
    known = np.array([[1, 0], [0, 0], [-1, -1], [1, 1]], np.int8)
    counted = Counted([flat(0), "broken", flat(2), flat(3)])
    source = counted.source(attributes=("smiling", "old"), values=known)
    for pictures in (prepare(source, SMALL, root=tmp_path), prepare(source, SMALL, root=tmp_path)):
        assert pictures.attributes == ("smiling", "old")
        assert pictures.values is not None
        assert (pictures.values.tolist(), pictures.values.dtype) == ([[1, 0], [-1, -1], [1, 1]], np.int8)
        assert pictures.checkup.attributes == {"smiling": 2, "old": 1}
    limited = prepare(source, SMALL, root=tmp_path, limit=2)
    assert limited.values is not None
    assert limited.values.tolist() == [known[int(p[0, 0, 0])].tolist() for p in limited.pixels]
    assert 1 <= len(limited) <= 2


def test_facts(tmp_path: Path) -> None:
    frames = [flat(i, side=20) for i in range(3)]
    clear = Image.new("RGBA", (30, 10), (255, 0, 0, 0))
    files = {
        "a.png": encoded(clear),
        "b.gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "c.jpg": encoded(Image.fromarray(noise(16, 24, 3)), "JPEG"),
        "d.png": encoded(Image.fromarray(noise(16, 24))),
    }
    pictures = prepared(write_source(tmp_path / "a", "folder", files), tmp_path / "root", channels=3)
    facts = pictures.facts
    assert [(int(w), int(h)) for w, h in zip(facts["width"], facts["height"], strict=True)] == [
        (30, 10), (20, 20), (24, 16), (24, 16),
    ]  # fmt: skip
    assert facts["format"].tolist() == [b"PNG", b"GIF", b"JPEG", b"PNG"]
    assert facts["mode"].tolist() == [b"RGBA", b"P", b"RGB", b"L"]
    assert facts["moving"].tolist() == [False, True, False, False]
    assert facts["clear"].tolist() == [True, False, False, False]
    assert facts["gray"].tolist() == [True, True, False, True]
    assert facts["blank"].tolist() == [True, True, False, False]
    assert len({bytes(v) for v in facts["digest"]}) == 4


# What goes wrong ----------------------------------------------------------------------------------------------------


def test_without_any_picture_nothing_is_left_behind(tmp_path: Path) -> None:
    sentence = "none of 2 files of counted is a picture that can be read; the first, file 0, is damaged: broken"
    with pytest.raises(DataError, match=sentence):
        prepare(Counted(["broken", "cut off"]).source(), SMALL, root=tmp_path)
    assert there(tmp_path) == []


def test_a_damaged_cache_is_made_again(tmp_path: Path) -> None:
    counted = Counted([flat(i) for i in range(5)], list("ababa"))
    source = counted.source(attributes=("x",), values=np.ones((5, 1), np.int8))
    folder = prepare(source, SMALL, root=tmp_path).folder
    whole = {p.name: p.read_bytes() for p in folder.iterdir()}
    assert len(whole) == 8
    for name in ("manifest.json", "pictures.npy", "labels.npy", "attributes.npy"):
        for damaged in (None, b"", whole[name][:100], b"{}", b"[]"):
            (folder / name).unlink() if damaged is None else (folder / name).write_bytes(damaged)
            with pytest.raises((OSError, EOFError, ValueError, KeyError, TypeError)):
                load(folder)
            counted.reads.clear()
            assert values(prepare(source, SMALL, root=tmp_path)) == list(range(5))
            assert len(counted.reads) == 5
    assert there(tmp_path) == [folder.name]


@pytest.mark.parametrize("name", FILES)
def test_a_cache_that_lacks_a_file_is_made_again(tmp_path: Path, name: str) -> None:
    counted = Counted([flat(i) for i in range(5)])
    (prepare(counted.source(), SMALL, root=tmp_path).folder / name).unlink()
    pictures = prepare(counted.source(), SMALL, root=tmp_path)
    assert len(counted.reads) == 10
    assert sorted(p.name for p in pictures.folder.iterdir()) == FILES


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 4096, 128 + 100 * 64])  # at the first array, within it, and at what is known
@pytest.mark.parametrize("dedupe", [False, True])
def test_a_failing_write_leaves_nothing_behind(tmp_path: Path, size: int, dedupe: bool) -> None:
    counted = Counted([Image.fromarray(p) for p in noise(100, 8, 8)], [f"{i:0100}" for i in range(100)])
    with files_of_at_most(size), pytest.raises(DataError, match=r"cannot be written .* --cache"):
        prepare(counted.source(), SMALL, root=tmp_path, dedupe=dedupe)
    assert there(tmp_path) == []
    assert np.array_equal(prepare(counted.source(), SMALL, root=tmp_path).pixels[..., 0], noise(100, 8, 8))


def test_no_space_is_said_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted([flat(1)] * 100)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(total=10**9, used=0, free=9000))
    with pytest.raises(DataError, match=r"the cache needs 0\.0 GB and .* --cache, a smaller --size, or --limit"):
        prepare(counted.source(), SMALL, root=tmp_path)
    assert (counted.reads, there(tmp_path)) == ([], [])
    assert len(prepare(counted.source(), SMALL, root=tmp_path, limit=30)) == 30


@pytest.mark.parametrize("root", ["root", "root/below"])
def test_a_root_that_is_a_file(tmp_path: Path, root: str) -> None:
    (tmp_path / "root").touch()
    with pytest.raises(DataError, match=r"cannot be written .* --cache"):
        prepare(Counted([flat(1)]).source(), SMALL, root=tmp_path / root)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_an_interruption_leaves_nothing_behind(tmp_path: Path, error: type[BaseException]) -> None:
    def interrupt(done: int, total: int) -> None:
        if done >= total // 2:
            raise error

    counted = Counted([flat(i) for i in range(40)])
    with pytest.raises(error):
        prepare(counted.source(), SMALL, root=tmp_path, progress=interrupt)
    assert there(tmp_path) == []
    assert len(prepare(counted.source(), SMALL, root=tmp_path)) == 40


@pytest.mark.parametrize("name", ["plain", "a.tmp", ".tmp.old", "../../up", "x" * 300, "naïve 猫", ""])
def test_odd_names(tmp_path: Path, name: str) -> None:
    counted = Counted([flat(1)])
    pictures = prepare(counted.source(name=name), SMALL, root=tmp_path / "root")
    assert pictures.folder.parent == tmp_path / "root"
    assert pictures.name == name
    prepare(counted.source(name=name), SMALL, root=tmp_path / "root")
    assert counted.reads == [0]
    assert [p.name for p in tmp_path.iterdir()] == ["root"]


@pytest.mark.parametrize("name", ["other", "other.tmp-set", "other.v1"])
def test_what_another_process_is_making_is_not_swept(tmp_path: Path, name: str) -> None:
    folder = prepare(Counted([flat(1)]).source(name=name), SMALL, root=tmp_path).folder
    busy = tmp_path / f".{folder.name}.abc_123.tmp"
    busy.mkdir()
    with FileLock(tmp_path / f".{folder.name}.lock"):
        prepare(Counted([flat(2)]).source(), SMALL, root=tmp_path)
        assert busy.is_dir()
    prepare(Counted([flat(3)]).source("three"), SMALL, root=tmp_path)
    assert not busy.exists()
    assert folder.is_dir()


# The real data ------------------------------------------------------------------------------------------------------


def head(source: Source, count: int) -> Source:
    return replace(source, items=source.items[:count], fingerprint=f"{source.fingerprint}, first {count}")


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "channels", "classes"),
    [("celeba-10k.zip", 3, 0), ("bedrooms-535.zip", 3, 0), ("sprites-rgba-3k.zip", 4, 0), ("mnist", 1, 10)],
)
def test_real_data(shared: Path, tmp_path: Path, file: str, channels: int, classes: int) -> None:
    source = head(open_source(str(shared / file)), 100)
    assert choose_channels(source, tmp_path) == channels
    pictures = prepare(source, Measure(height=64, width=48, channels=channels), root=tmp_path)
    assert pictures.pixels.shape == (100, 64, 48, channels)
    assert pictures.left_out == ()
    assert len(pictures.classes) == classes
    assert all(picture.std() > 5 for picture in pictures.pixels)
