"""The cache: made once, for one source and setting, whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcgan.data import cache
from dcgan.data.cache import Pictures, prepare
from dcgan.data.sources import Source, open_source
from dcgan.errors import DataError
from tests.data.samples import Counted, encoded, flat, write_source

SIZE: dict[str, Any] = {"height": 8, "width": 8, "channels": 1}


def values(pictures: Pictures) -> list[int]:
    return [int(v) for v in pictures.pixels[:, 0, 0, 0]]


def test_a_second_call_reads_nothing(tmp_path: Path) -> None:
    counted = Counted([flat(i) for i in range(5)], list("ababa"))
    first = prepare(counted.source(), root=tmp_path, **SIZE)
    assert sorted(counted.reads) == list(range(5))
    second = prepare(counted.source(), root=tmp_path, **SIZE)
    assert len(counted.reads) == 5
    for pictures in (first, second):
        assert (pictures.name, len(pictures), pictures.classes) == ("counted", 5, ("a", "b"))
        assert (pictures.pixels.shape, pictures.pixels.dtype) == ((5, 8, 8, 1), np.uint8)
        assert (pictures.labels.tolist(), pictures.labels.dtype) == ([0, 1, 0, 1, 0], np.int64)
        assert values(pictures) == list(range(5))
        assert pictures.left_out == ()
        assert isinstance(pictures.pixels, np.memmap)
        assert not pictures.pixels.flags.writeable


@pytest.mark.parametrize(
    "change", [{"height": 10}, {"width": 10}, {"channels": 3}, {"fingerprint": "two"}, {"name": "other"}]
)
def test_another_source_or_setting_makes_another_one(tmp_path: Path, change: dict[str, Any]) -> None:
    counted = Counted([flat(1)])
    prepare(counted.source(), root=tmp_path, **SIZE)
    source = {name: change[name] for name in ("fingerprint", "name") if name in change}
    size = SIZE | {name: value for name, value in change.items() if name in SIZE}
    pictures = prepare(counted.source(**source), root=tmp_path, **size)
    assert counted.reads == [0, 0]
    assert pictures.pixels.shape == (1, size["height"], size["width"], size["channels"])
    assert len(list(tmp_path.iterdir())) == 2


def test_another_version_makes_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted([flat(1)])
    prepare(counted.source(), root=tmp_path, **SIZE)
    monkeypatch.setattr(cache, "VERSION", cache.VERSION + 1)
    prepare(counted.source(), root=tmp_path, **SIZE)
    assert counted.reads == [0, 0]


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_changed_file_makes_another_one(tmp_path: Path, kind: str) -> None:
    for value in (3, 200):
        path = write_source(tmp_path / f"{value}", kind, {"a.png": encoded(flat(value, side=8 + value))})
        path = path.rename(tmp_path / f"source{path.suffix}")
        assert values(prepare(open_source(str(path)), root=tmp_path / "root", **SIZE)) == [value]
        path.rename(tmp_path / f"before {value}")
    assert len(list((tmp_path / "root").iterdir())) == 2


def test_bad_files_are_named_and_the_others_keep_their_order(tmp_path: Path) -> None:
    counted = Counted([flat(0), "broken", flat(2), "cut off\nin line 3", flat(4)], ["10", "x", "2", "2", "10"])
    pictures = prepare(counted.source(), root=tmp_path, **SIZE)
    assert values(pictures) == [0, 2, 4]
    assert pictures.left_out == (("file 1", "broken"), ("file 3", "cut off"))
    assert (pictures.classes, pictures.labels.tolist()) == (("2", "10"), [1, 0, 1])
    (folder,) = tmp_path.iterdir()
    assert sorted(p.name for p in folder.iterdir()) == ["labels.npy", "manifest.json", "pictures.npy"]
    assert (folder / "pictures.npy").stat().st_size == 128 + pictures.pixels.size


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_files_that_are_no_pictures(tmp_path: Path, kind: str) -> None:
    whole = encoded(flat(9, side=64))
    files = {"a.png": whole, "b.txt": b"hello", "c.png": whole[:-30], "d.png": b""}
    pictures = prepare(open_source(str(write_source(tmp_path / "a", kind, files))), root=tmp_path / "root", **SIZE)
    assert values(pictures) == [9]
    reasons = dict(pictures.left_out)
    assert list(reasons) == ["b.txt", "c.png", "d.png"]
    assert reasons["b.txt"] == reasons["d.png"] == "not a picture in a format that is known"
    assert "trunc" in reasons["c.png"]


def test_the_order_is_kept_beyond_a_chunk(tmp_path: Path) -> None:
    count = 2100
    counted = Counted(["bad" if i == 1500 else flat(i % 251) for i in range(count)], [str(i) for i in range(count)])
    seen: list[tuple[int, int]] = []
    pictures = prepare(counted.source(), root=tmp_path, progress=lambda *row: seen.append(row), **SIZE)
    kept = [i for i in range(count) if i != 1500]
    assert values(pictures) == [i % 251 for i in kept]
    assert [int(pictures.classes[label]) for label in pictures.labels] == kept
    assert seen == [(i + 1, count) for i in range(count)]


@pytest.mark.parametrize(
    ("labels", "classes", "indices"),
    [
        (["10", "9", "2", "cat", "2"], ("2", "9", "10", "cat"), [2, 1, 0, 3, 0]),
        (["b", "a", "B", "01", "1"], ("01", "1", "B", "a", "b"), [4, 3, 2, 0, 1]),
        (None, (), [-1] * 5),
    ],
)
def test_classes_are_in_natural_order(
    tmp_path: Path, labels: list[str] | None, classes: tuple[str, ...], indices: list[int]
) -> None:
    pictures = prepare(Counted([flat(0)] * 5, labels).source(), root=tmp_path, **SIZE)
    assert (pictures.classes, pictures.labels.tolist()) == (classes, indices)


def test_without_any_picture_nothing_is_left_behind(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no file of counted is a picture; the first one, file 0: broken"):
        prepare(Counted(["broken", "cut off"]).source(), root=tmp_path, **SIZE)
    assert list(tmp_path.iterdir()) == []


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 4096, 128 + 100 * 64])  # at the first array, within it, and at the manifest
def test_a_failing_write_leaves_nothing_behind(tmp_path: Path, size: int) -> None:
    counted = Counted([flat(1)] * 100, [f"{i:0100}" for i in range(100)])
    with files_of_at_most(size), pytest.raises(DataError, match=r"cannot be written .* --cache"):
        prepare(counted.source(), root=tmp_path, **SIZE)
    assert list(tmp_path.iterdir()) == []
    assert values(prepare(counted.source(), root=tmp_path, **SIZE)) == [1] * 100


def test_a_root_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "root").touch()
    with pytest.raises(DataError, match=r"cannot be written .* --cache"):
        prepare(Counted([flat(1)]).source(), root=tmp_path / "root", **SIZE)


def test_an_interruption_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    counted = Counted([flat(i) for i in range(4)])
    with pytest.raises(KeyboardInterrupt):
        prepare(counted.source(), root=tmp_path, progress=interrupt, **SIZE)
    assert list(tmp_path.iterdir()) == []


def head(source: Source, count: int) -> Source:
    return replace(source, items=source.items[:count], fingerprint=f"{source.fingerprint}, first {count}")


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "channels", "classes"),
    [("celeba-10k.zip", 3, 0), ("bedrooms-535.zip", 3, 0), ("sprites-rgba-3k.zip", 4, 0), ("mnist", 1, 10)],
)
def test_real_data(shared: Path, tmp_path: Path, file: str, channels: int, classes: int) -> None:
    source = head(open_source(str(shared / file)), 100)
    pictures = prepare(source, root=tmp_path, height=64, width=48, channels=channels)
    assert pictures.pixels.shape == (100, 64, 48, channels)
    assert pictures.left_out == ()
    assert len(pictures.classes) == classes
    assert all(picture.std() > 5 for picture in pictures.pixels)
