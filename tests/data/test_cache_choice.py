"""Which pictures a cache takes, and with how many channels: limits, repeats, channels that fit."""

import json
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dcgan.config import PicturesConfig
from dcgan.data.cache import choose_channels, prepare
from dcgan.data.channels import spread
from dcgan.data.examine import Measure
from dcgan.data.prepare import prepare_source
from dcgan.errors import DataError
from tests.data.samples import Counted, encoded, flat, noise, write_source
from tests.data.test_cache import SMALL, values

# How many, and which ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 3, 4, 9, 10, 99])
def test_a_limit_is_evenly_spread(tmp_path: Path, limit: int) -> None:
    counted = Counted([flat(i) for i in range(10)])
    pictures = prepare(counted.source(), SMALL, root=tmp_path, limit=limit)
    assert values(pictures) == counted.reads
    assert len(set(counted.reads)) == min(limit, 10)
    parts = [i * min(limit, 10) // 10 for i in counted.reads]  # one from each part, to within a picture
    assert all(abs(part - i) <= 1 for i, part in enumerate(parts))
    assert pictures.checkup.files == len(counted.reads)


@given(st.integers(1, 500), st.integers(1, 500))
def test_no_file_is_taken_twice(count: int, limit: int) -> None:
    places = spread(count, limit)
    assert places == sorted(set(places))
    assert len(places) == min(count, limit)
    assert set(places) <= set(range(count))


def test_a_limit_does_not_see_only_every_second_file(tmp_path: Path) -> None:
    pairs = Counted([flat(i % 250) if i % 2 else "a caption" for i in range(2048)])
    pictures = prepare(pairs.source(), SMALL, root=tmp_path, limit=512)
    assert 150 < len(pictures) < 362
    assert choose_channels(pairs.source(), tmp_path) == 1


def test_a_limit_takes_of_every_class(tmp_path: Path) -> None:
    labels = ["a"] * 300 + ["b"] * 200 + ["c"] * 100
    pictures = prepare(Counted([flat(i % 256) for i in range(600)], labels).source(), SMALL, root=tmp_path, limit=60)
    assert Counter(pictures.labels.tolist()) == {0: 30, 1: 20, 2: 10}


def sized(seed: int, width: int, height: int) -> Image.Image:
    """Return a smooth picture that looks alike at every size."""
    small = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (4, 4), np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def test_of_pictures_that_repeat_each_other_the_largest_stays(tmp_path: Path) -> None:
    shapes = [(1, 32, 32), (2, 40, 40), (1, 64, 64), (3, 50, 50), (1, 48, 48), (2, 40, 40), (4, 33, 33)]
    counted = Counted([sized(*shape) for shape in shapes], list("abcabca"))
    measure = Measure(height=32, width=32, channels=1)
    every = prepare(counted.source(), measure, root=tmp_path)
    assert every.repeats.tolist() == [0, 1, 0, 3, 0, 1, 6]
    pictures = prepare(counted.source(), measure, root=tmp_path, dedupe=True)
    assert pictures.names == ["file 1", "file 2", "file 3", "file 6"]
    assert np.array_equal(pictures.pixels, every.pixels[[1, 2, 3, 6]])
    assert [pictures.classes[n] for n in pictures.labels] == ["b", "c", "a", "a"]
    assert dict(pictures.left_out) == {
        "file 0": "repeated: it repeats file 2",
        "file 4": "repeated: it repeats file 2",
        "file 5": "repeated: it repeats file 1",
    }
    assert pictures.facts["width"].tolist() == [40, 64, 50, 33]
    assert pictures.repeats.tolist() == [0, 1, 2, 3]
    assert pictures.checkup.left_out == {"repeated": 3}
    assert (pictures.folder / "pictures.npy").stat().st_size == 128 + pictures.pixels.size
    assert pictures.digest != every.digest


def test_the_digest_follows_pixels_and_order(tmp_path: Path) -> None:
    pictures = [flat(i) for i in range(3)]
    orders = [[0, 1, 2], [0, 2, 1], [0, 1], [0, 1, 1]]
    sources = [Counted([pictures[i] for i in order]).source(str(order)) for order in orders]
    again = Counted(pictures).source("another fingerprint")
    digests = [prepare(source, SMALL, root=tmp_path).digest for source in sources]
    assert len(set(digests)) == 4
    assert prepare(again, SMALL, root=tmp_path).digest == digests[0]


def of_one_checksum(rows: np.ndarray) -> list[int]:
    """Return two rows whose CRC-32 is the same."""
    seen: dict[int, int] = {}
    for i, row in enumerate(rows):
        first = seen.setdefault(zlib.crc32(row), i)
        if first != i:
            return [first, i]
    raise AssertionError("more rows are needed")


def test_equal_checksums_do_not_make_pictures_equal(tmp_path: Path) -> None:
    """Two pictures that differ in a quarter of their pixels whose CRC-32 is the same stay two."""
    rows = noise(200_000, 16)
    pixels = np.repeat(noise(1, 8, 8), 2, axis=0)
    pixels[:, :2] = rows[of_one_checksum(rows)].reshape(2, 2, 8)
    counted = Counted([Image.fromarray(p) for p in pixels])
    pictures = prepare(counted.source(), SMALL, root=tmp_path, dedupe=True)
    assert np.array_equal(pictures.pixels[..., 0], pixels)


# Channels -----------------------------------------------------------------------------------------------------------

GRAY = encoded(Image.fromarray(noise(16, 16)).convert("RGB"), "JPEG")
COLOUR = encoded(Image.fromarray(noise(16, 16, 3)), "JPEG")
CLEAR = encoded(Image.fromarray(noise(16, 16, 4)))
OPAQUE = encoded(Image.fromarray(noise(16, 16, 3)).convert("RGBA"))


@pytest.mark.parametrize(
    ("files", "channels"),
    [
        ([GRAY] * 4, 1),
        ([GRAY] * 3 + [COLOUR], 3),
        ([CLEAR] * 2 + [COLOUR] * 2, 4),
        ([CLEAR] * 2 + [GRAY] * 2, 4),
        ([CLEAR] + [COLOUR] * 2, 3),
        ([OPAQUE] * 4, 3),
        ([COLOUR] * 3 + [b"no picture"], 3),
    ],
    ids=["gray JPEGs as RGB", "one in colour", "half transparent", "half, gray", "a third", "opaque RGBA", "one bad"],
)
def test_channels_that_fit(tmp_path: Path, files: list[bytes], channels: int) -> None:
    path = write_source(tmp_path / "a", "folder", {f"{i}.bin": data for i, data in enumerate(files)})
    pictures, source = prepare_source(str(path), PicturesConfig(size="16"), tmp_path / "root")
    assert pictures.channels == channels == choose_channels(source, tmp_path / "root")
    assert pictures.settings["channels"] == channels


def test_channels_are_sampled_once(tmp_path: Path) -> None:
    counted = Counted([flat(i % 250) for i in range(1000)])
    assert choose_channels(counted.source(), tmp_path) == 1
    assert (len(counted.reads), min(counted.reads) < 10, max(counted.reads) > 990) == (256, True, True)
    assert choose_channels(counted.source(), tmp_path) == 1
    assert len(counted.reads) == 256
    choose_channels(counted.source("another"), tmp_path)
    assert len(counted.reads) == 512


@pytest.mark.parametrize("kept", [b"", b"{", b"2", b"[3]", b'"3"', b"null", b"\xff"])
def test_a_damaged_answer_is_sampled_again(tmp_path: Path, kept: bytes) -> None:
    counted = Counted([flat(1)])
    choose_channels(counted.source(), tmp_path)
    (answer,) = tmp_path.glob(".channels-*")
    answer.write_bytes(kept)
    assert choose_channels(counted.source(), tmp_path) == 1
    assert counted.reads == [0, 0]
    assert json.loads(answer.read_text()) == 1


@pytest.mark.parametrize("root", ["a file", "no folder yet"])
def test_channels_where_nothing_can_be_kept(tmp_path: Path, root: str) -> None:
    if root == "a file":
        (tmp_path / root).touch()
    assert choose_channels(Counted([flat(1)]).source(), tmp_path / root) == 1


def test_channels_of_no_picture(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none of 2 files of counted .* the first, file 0, is damaged: broken"):
        choose_channels(Counted(["broken", "too"]).source(), tmp_path)
