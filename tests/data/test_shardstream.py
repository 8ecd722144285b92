"""Shards read as training goes: every picture once an epoch, the same after resuming anywhere, split over processes."""

import gzip
import io
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcgan.config import Config
from dcgan.data.examine import Measure
from dcgan.data.shardstream import ShardStream
from dcgan.data.sources.open import open_source
from dcgan.data.sources.shards import braces, shard_paths
from dcgan.data.stream import open_stream
from dcgan.errors import DataError
from tests.data.samples import encoded, flat

MEASURE = Measure(height=8, width=8, channels=1)
SIZES = (30, 7, 23)
COUNT = sum(SIZES)


def write_tar(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


@pytest.fixture
def shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three shards of gray pictures, each of its own value, in runs of five."""
    monkeypatch.setattr("dcgan.data.shardstream.RUN", 5)
    value = iter(range(COUNT))
    for number, size in enumerate(SIZES):
        files = {f"{next(value):04d}": b"" for _ in range(size)}
        pictures = {f"{name}.png": encoded(flat(int(name))) for name in files}
        classes = {f"{name}.cls": str(int(name) % 3).encode() for name in files}
        both = [pair for two in zip(pictures.items(), classes.items(), strict=True) for pair in two]
        write_tar(tmp_path / f"train-{number:03d}.tar", dict(both))
    return tmp_path


def stream(shards: Path, **options: Any) -> ShardStream:
    given = {"batch": 4, "seed": 0, "window_bytes": 4 * 5 * 64, "workers": 0, **options}
    return ShardStream(str(shards / "train-{000..002}.tar"), MEASURE, **given)


def values(s: ShardStream, steps: int, start: int = 0) -> np.ndarray:
    """Return the value of every picture of consecutive batches."""
    with closing(s):
        return np.concatenate([s.batch_at(start + i * s.batch)[:, 0, 0, 0].numpy() for i in range(steps)])


def test_every_picture_once_an_epoch_and_mixed(shards: Path) -> None:
    seen = values(stream(shards), 45)
    epochs = seen.reshape(3, COUNT)
    assert (np.sort(epochs) == np.arange(COUNT)).all()
    assert (epochs[0] != epochs[1]).any()
    assert len(set(np.searchsorted(np.cumsum(SIZES), epochs[0][:12], side="right"))) > 1  # not one shard after another
    assert (values(stream(shards, seed=1), 15) != epochs[0]).any()


@pytest.mark.parametrize("batch", [4, 6, 64])
def test_resumed_anywhere_it_goes_on_alike(shards: Path, batch: int) -> None:
    whole = values(stream(shards, batch=batch), 12)
    for step in range(12):
        assert np.array_equal(values(stream(shards, batch=batch), 1, step * batch), whole[step * batch :][:batch])


@pytest.mark.parametrize("world", [1, 2, 4])
def test_processes_share_a_batch_and_read_their_own_part(shards: Path, world: int) -> None:
    whole = values(stream(shards, batch=8), 30).reshape(30, world, 8 // world)
    for rank in range(world):
        part = values(stream(shards, batch=8, rank=rank, world=world), 30)
        assert np.array_equal(part.reshape(30, -1), whole[:, rank])


def test_processes_decode_only_what_is_theirs(shards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: Counter[int] = Counter()

    def counted(source: Any, indices: Any, *rest: Any) -> Iterator[Any]:
        read[len(indices)] += len(indices)
        yield from original(source, indices, *rest)

    from dcgan.data import shardstream as module

    original = module.examine_all
    monkeypatch.setattr(module, "examine_all", counted)
    values(stream(shards, batch=4, rank=1, world=4, window_bytes=2**20), 15)
    assert sum(read.values()) <= 2 * COUNT / 4 + 2  # the first epoch, and the next one ahead


def test_two_epochs_show_every_picture_both_ways(tmp_path: Path) -> None:
    left = np.zeros((8, 8), np.uint8)
    left[:, 0] = 255
    from PIL import Image

    write_tar(tmp_path / "a.tar", {f"{i}.png": encoded(Image.fromarray(left + i)) for i in range(0, 40, 2)})
    s = ShardStream(str(tmp_path / "a.tar"), MEASURE, batch=10, seed=0, mirrored=True, workers=0)
    with closing(s):
        batches = np.concatenate([s.batch_at(i).numpy() for i in range(0, 40, 10)])[..., 0]
    marks = [(int(b[:, 1:7].max()), bool(b[0, 0] > b[0, 7])) for b in batches.astype(int)]
    assert Counter(marks) == {(value, side): 1 for value in range(0, 40, 2) for side in (True, False)}
    assert len({side for _, side in marks[:20]}) == 2


def test_a_bad_picture_is_named_and_another_takes_its_place(tmp_path: Path) -> None:
    files = {f"{i}.png": encoded(flat(i)) if i != 3 else b"no picture" for i in range(10)}
    write_tar(tmp_path / "a.tar", files)
    s = ShardStream(str(tmp_path / "a.tar"), MEASURE, batch=5, seed=0, workers=0)
    seen = values(s, 2)
    assert set(seen) == set(range(10)) - {3}
    assert s.left_out == [("a/3.png", "not a picture: its format is not known")]


def test_only_bad_pictures(tmp_path: Path) -> None:
    write_tar(tmp_path / "a.tar", {"1.png": b"", "2.png": b""})
    s = ShardStream(str(tmp_path / "a.tar"), MEASURE, batch=2, seed=0, workers=0)
    with closing(s), pytest.raises(DataError, match="none of 2 pictures in a row of a can be read: empty"):
        s.batch_at(0)


def test_some_to_look_at(shards: Path) -> None:
    with closing(stream(shards)) as s:
        assert s.some(6)[:, 0, 0, 0].tolist() == [0, 10, 20, 30, 40, 50]
        assert len(s.some(1000)) == COUNT


def test_the_digest_follows_shards_and_measure(shards: Path) -> None:
    first = stream(shards).digest
    assert stream(shards).digest == first
    assert ShardStream(str(shards), Measure(height=9, width=8, channels=1), batch=4, seed=0).digest != first
    (shards / "train-001.tar").touch()
    assert stream(shards).digest != first


def test_shards_as_a_source(shards: Path) -> None:
    source = open_source(str(shards / "train-{000..002}.tar"))
    assert (source.name, source.kind, len(source.items)) == ("train", "shards", COUNT)
    assert [item.label for item in source.items] == [str(i % 3) for i in range(COUNT)]
    assert source.items[31].name == "train-001/0031.png"
    assert source.read(31) == encoded(flat(31))
    assert [item.key for item in open_source(str(shards)).items] == [item.key for item in source.items]


def test_patterns(tmp_path: Path) -> None:
    assert braces("a-{08..11}.tar") == ["a-08.tar", "a-09.tar", "a-10.tar", "a-11.tar"]
    assert braces("{a,b}/{0..1}.tar") == ["a/0.tar", "a/1.tar", "b/0.tar", "b/1.tar"]
    for name in ("x-2.tar", "x-1.tar"):
        write_tar(tmp_path / name, {"a.png": encoded(flat(1))})
    assert [p.name for p in shard_paths(str(tmp_path / "x-*.tar"))] == ["x-1.tar", "x-2.tar"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("missing-{0..2}.tar", "the shard .*missing-0.tar is missing"),
        ("none-*.tar", "there are no shards at"),
        ("nowhere", "there are no shards at"),
    ],
)
def test_without_shards(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        ShardStream(str(tmp_path / text), MEASURE, batch=4, seed=0)


def test_a_shard_without_pictures(tmp_path: Path) -> None:
    write_tar(tmp_path / "a.tar", {"1.txt": b"hello"})
    with pytest.raises(DataError, match=r"the shard .*a\.tar has no file that ends like a picture"):
        ShardStream(str(tmp_path / "a.tar"), MEASURE, batch=4, seed=0)


# What only shows at some size -----------------------------------------------------------------------------------------


def test_windows_can_be_entered_backwards(shards: Path) -> None:
    whole = values(stream(shards), 15).reshape(15, 4)
    with closing(stream(shards)) as s:
        for step in (14, 7, 0, 10, 3):
            assert s.batch_at(4 * step)[:, 0, 0, 0].tolist() == whole[step].tolist()


def test_no_shard_is_listed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dcgan.data.sources import shards as module

    for i in range(70):  # more than are kept open
        write_tar(tmp_path / f"{i:03d}.tar", {"a.png": encoded(flat(i)), "b.png": encoded(flat(i))})
    listed: list[Path] = []
    original = module._open_shard
    monkeypatch.setattr(module, "_open_shard", lambda path: listed.append(path) or original(path))  # type: ignore[func-returns-value]
    s = ShardStream(str(tmp_path), MEASURE, batch=4, seed=0, window_bytes=64 * 20, workers=0)
    assert len(listed) == 70
    values(s, 35)
    assert len(listed) <= 70 + 2 * 70 + 40  # an epoch and what is read ahead of it: each shard about once an epoch


def test_large_pictures_make_short_runs(tmp_path: Path) -> None:
    write_tar(tmp_path / "a.tar", {f"{i}.png": encoded(flat(i)) for i in range(64)})
    s = ShardStream(
        str(tmp_path / "a.tar"), Measure(height=64, width=64, channels=1), batch=4, seed=0, window_bytes=2**16
    )
    with closing(s):
        assert max(stop - start for _, start, stop in s.runs) * s.together * 64 * 64 <= 2**16


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tgz"])
def test_a_packed_shard(tmp_path: Path, name: str) -> None:
    write_tar(tmp_path / "a.tar", {f"{i}.png": encoded(flat(i)) for i in range(20)})
    (tmp_path / name).write_bytes(gzip.compress((tmp_path / "a.tar").read_bytes()))
    assert sorted(values(ShardStream(str(tmp_path / name), MEASURE, batch=5, seed=0, workers=0), 4)) == list(range(20))


def test_one_picture_a_sample(tmp_path: Path) -> None:
    files = {
        "0.jpg": encoded(flat(1), "JPEG"),
        "0.mask.png": encoded(flat(2)),
        "0.cls": b"3",
        "1.png": encoded(flat(4)),
    }
    write_tar(tmp_path / "a.tar", files)
    for text in (tmp_path / "a.tar", tmp_path / "a*.tar"):
        source = open_source(str(text))
        assert [(item.name.split("/")[-1], item.label) for item in source.items] == [("0.jpg", "3"), ("1.png", None)]
        assert source.notes == ("1 samples' further pictures are passed over",)


def test_shards_with_class_folders(tmp_path: Path) -> None:
    for i in range(2):
        with zipfile.ZipFile(tmp_path / f"{i}.zip", "w") as archive:
            for name in ("cats/1.png", "dogs/1.png"):
                archive.writestr(name, encoded(flat(i)))
    assert [item.label for item in open_source(str(tmp_path)).items] == ["cats", "dogs"] * 2


def test_attributes_of_shards_stay_with_their_pictures(tmp_path: Path) -> None:
    for shard, first in enumerate((0, 2)):
        table = "".join(f"{i}.png,{i % 2},{int(i > 1)}\n" for i in range(first, first + 2))
        files = {"a.txt": b"words", **{f"{i}.png": encoded(flat(i)) for i in range(first, first + 2)}}
        write_tar(tmp_path / f"{shard}.tar", {**files, "labels.csv": f"file,odd,late\n{table}".encode()})
    source = open_source(str(tmp_path))
    assert source.attributes == ("odd", "late")
    assert source.values is not None
    assert source.values.tolist() == [[0, 0], [1, 0], [0, 1], [1, 1]]
    assert [item.name for item in source.items] == ["0/0.png", "0/1.png", "1/2.png", "1/3.png"]


def test_channels_of_the_first_shard(tmp_path: Path) -> None:
    write_tar(tmp_path / "a.tar", {f"{i}.png": encoded(flat(i)) for i in range(5)})
    stream = open_stream(str(tmp_path / "a.tar"), Config(size="8"))
    assert stream.channels == 1
    stream.close()


def test_without_shards_there_is_no_stream(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there are no shards at"):
        open_stream(str(tmp_path / "missing"), Config())
