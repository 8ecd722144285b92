"""Pictures that repeat others: copies in every usual disguise are found, pictures that only resemble are not."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps
from scipy.fft import dct

from dcgan.data.examine import SEEN
from dcgan.data.near import find_groups, perceptual_hashes, to_gray
from tests.data.samples import encoded, noise, prepared, write_source


def face(seed: int, side: int = 200) -> Image.Image:
    """Return something like a portrait: hair, head, eyes, mouth, clothes, each of random place, size and colour."""
    random = np.random.default_rng(seed)

    def colour(low: int, high: int) -> tuple[int, ...]:
        return tuple(random.integers(low, high, 3).tolist())

    picture = Image.new("RGB", (100, 100), colour(120, 220)).resize((side, side))
    draw = ImageDraw.Draw(picture)
    x, y, wide, high = random.uniform([38, 42, 20, 26], [62, 58, 32, 38]) * side / 100
    draw.ellipse((x - wide, y - high * 1.2, x + wide, y + high * 0.4), fill=colour(20, 110))
    draw.ellipse((x - wide * 0.8, y - high * 0.8, x + wide * 0.8, y + high), fill=colour(60, 200))
    eye, mouth = random.uniform([2, 5], [5, 12]) * side / 100
    for centre in (x - wide * 0.35, x + wide * 0.35):
        draw.ellipse((centre - eye, y - eye, centre + eye, y + eye / 2), fill=colour(0, 60))
    draw.ellipse((x - mouth, y + high * 0.5, x + mouth, y + high * 0.6), fill=(150, 30, 40))
    draw.rectangle((random.uniform(0, side / 3), side * 0.9, random.uniform(side / 2, side), side), fill=colour(0, 256))
    return picture.filter(ImageFilter.GaussianBlur(1))


FACES = [face(seed) for seed in range(24)]
COPIES: dict[str, Callable[[Image.Image], bytes]] = {
    "the same": encoded,
    "as JPEG": lambda p: encoded(p, "JPEG", quality=50),
    "smaller": lambda p: encoded(p.resize((120, 120), Image.Resampling.BICUBIC)),
    "larger": lambda p: encoded(p.resize((320, 320), Image.Resampling.BICUBIC), "JPEG", quality=80),
    "lighter": lambda p: encoded(p.point(lambda v: min(v + 20, 255))),
    "darker": lambda p: encoded(p.point(lambda v: max(v - 20, 0))),
    "of less light": lambda p: encoded(ImageEnhance.Brightness(p).enhance(0.9)),
    "of more contrast": lambda p: encoded(ImageEnhance.Contrast(p).enhance(1.08)),
}
OTHERS: dict[str, Callable[[Image.Image], bytes]] = {
    "mirrored": lambda p: encoded(ImageOps.mirror(p)),
    "upside down": lambda p: encoded(ImageOps.flip(p)),
    "turned": lambda p: encoded(p.rotate(90)),
    "negative": lambda p: encoded(ImageOps.invert(p)),
    "of other colours": lambda p: encoded(Image.merge("RGB", p.split()[::-1])),
    "another part": lambda p: encoded(p.crop((40, 40, 200, 200))),
}


def files(change: Callable[[Image.Image], bytes]) -> dict[str, bytes]:
    originals = {f"a {i:02d}": encoded(picture) for i, picture in enumerate(FACES)}
    return originals | {f"b {i:02d}": change(picture) for i, picture in enumerate(FACES)}


@pytest.mark.parametrize("side", [32, 64, 96])
@pytest.mark.parametrize("copy", COPIES)
def test_copies_are_found(tmp_path: Path, copy: str, side: int) -> None:
    path = write_source(tmp_path / "a", "folder", files(COPIES[copy]))
    found = prepared(path, tmp_path, side, side, 3)
    assert found.repeats.tolist() == [*range(24), *range(24)]
    odd = found.checkup.odd
    assert (odd["repeated"], odd["nearly repeated"]) == ((24, 0) if copy == "the same" else (0, 24))


@pytest.mark.parametrize("side", [32, 64])
@pytest.mark.parametrize("other", OTHERS)
def test_others_are_not(tmp_path: Path, other: str, side: int) -> None:
    path = write_source(tmp_path / "a", "folder", files(OTHERS[other]))
    assert prepared(path, tmp_path, side, side, 3).repeats.tolist() == list(range(48))


# On arrays -----------------------------------------------------------------------------------------------------------


def groups(pixels: np.ndarray) -> list[int]:
    """Return the first picture that each of (N, H, W, C) repeats."""
    every = max(1, min(pixels.shape[1:3]) // SEEN)
    digests = [hashlib.sha256(np.ascontiguousarray(picture)).digest()[:16] for picture in pixels]
    hashes = perceptual_hashes(to_gray(pixels[:, ::every, ::every]))
    return [int(v) for v in find_groups(hashes, np.array(digests, "V16"), pixels)]


def drawn(colour: tuple[int, ...], ground: tuple[int, ...] = (255, 255, 255), mode: str = "RGB") -> np.ndarray:
    picture = Image.new(mode, (64, 64), ground)
    ImageDraw.Draw(picture).ellipse((10, 15, 50, 55), fill=colour)
    return np.asarray(picture)


def test_colour_variants_of_one_shape_are_not_repeats() -> None:
    colours = [(200, 0, 0), (0, 0, 200), (0, 102, 0), (120, 60, 0), (60, 60, 60)]  # the first ones are equally light
    assert groups(np.stack([drawn(colour) for colour in colours])) == list(range(5))
    assert groups(np.stack([drawn((0, 0, 0), ground) for ground in colours])) == list(range(5))


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("side", [8, 28, 64, 100])
def test_noise_repeats_nothing(side: int, channels: int) -> None:
    assert groups(noise(50, side, side, channels)) == list(range(50))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_blank_pictures_repeat_only_equal_ones(mode: str) -> None:
    levels = [0, 0, 90, 91, 100, 200, 255, 90]
    pixels = np.stack([np.asarray(Image.new("L", (64, 64), level).convert(mode)) for level in levels])
    found = groups(pixels.reshape(len(levels), 64, 64, -1))
    assert [found[i] for i in (0, 1, 2, 5, 6, 7)] == [0, 0, 2, 5, 6, 2]


def test_white_drawings_on_nothing_are_not_repeats() -> None:
    clear, white = (255, 255, 255, 0), (255, 255, 255, 255)
    sheets = [Image.new("RGBA", (64, 64), clear) for _ in range(3)]
    ImageDraw.Draw(sheets[0]).ellipse((10, 10, 50, 50), fill=white)
    ImageDraw.Draw(sheets[1]).rectangle((5, 30, 60, 40), fill=white)
    ImageDraw.Draw(sheets[2]).polygon([(0, 0), (60, 10), (20, 60)], fill=white)
    assert groups(np.stack([np.asarray(sheet) for sheet in sheets])) == [0, 1, 2]


def test_colours_that_nobody_sees_make_no_difference() -> None:
    one, other = (drawn((200, 0, 0, 255), (v, v, v, 0), "RGBA") for v in (0, 255))
    assert not np.array_equal(one, other)
    assert groups(np.stack([one, other])) == [0, 0]


def test_no_picture_and_one() -> None:
    found = find_groups(np.empty(0, np.uint64), np.empty(0, "V16"), np.empty((0, 8, 8, 3), np.uint8))
    assert found.shape == (0,)
    assert groups(noise(1, 8, 8, 3)) == [0]


def test_many_noisy_copies_are_one_group() -> None:
    plain = np.asarray(FACES[0].resize((32, 32))).astype(int)
    copies = (plain + np.random.default_rng(0).normal(0, 2, (300, 32, 32, 3))).round().clip(0, 255).astype(np.uint8)
    assert set(groups(copies)) == {0}


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(st.permutations(range(30)))
def test_groups_do_not_depend_on_the_order(order: list[int]) -> None:
    small = np.stack([np.asarray(FACES[i % 20].resize((32, 32))) for i in range(30)])
    small[25:] = np.minimum(small[25:], 245) + 9  # 0 to 9 come twice, half of them lighter
    found = groups(small[order])
    assert [order[first] % 20 for first in found] == [i % 20 for i in order]
    assert all(found[first] == first <= i for i, first in enumerate(found))


# The hash ------------------------------------------------------------------------------------------------------------


def plain_hash(gray: np.ndarray) -> int:
    """pHash written out: means over 32x32 equal areas, DCT-II, the lowest 8x8, each above their median or not."""
    for axis, side in enumerate(gray.shape):
        fine = np.moveaxis(gray, axis, 0).repeat(32, axis=0)  # every pixel in 32 parts, of which each area has ``side``
        gray = np.moveaxis(fine.reshape(32, side, -1).mean(axis=1), 0, axis)
    low = dct(dct(gray, axis=0), axis=1)[:8, :8].ravel()
    return int("".join("01"[int(bit)] for bit in low > np.median(low)), 2)


@pytest.mark.parametrize("shape", [(32, 32), (64, 64), (33, 50), (28, 28), (8, 8), (100, 40)])
def test_the_hash_is_the_plain_one(shape: tuple[int, int]) -> None:
    pictures = [np.asarray(picture.convert("L").resize(shape[::-1])) for picture in FACES] + list(noise(40, *shape))
    hashes = perceptual_hashes(np.stack(pictures))
    assert (hashes.dtype, hashes.shape) == (np.dtype(np.uint64), (64,))
    assert [int(v) for v in hashes] == [plain_hash(picture.astype(float)) for picture in pictures]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_gray_is_pillows(channels: int) -> None:
    pixels = noise(5, 9, 7, channels)
    for gray, picture in zip(to_gray(pixels), pixels, strict=True):
        whole = Image.new("RGBA", (7, 9), "white")
        shown = Image.fromarray(picture[..., 0] if channels == 1 else picture)
        expected = Image.alpha_composite(whole, shown.convert("RGBA")).convert("RGB").convert("L")
        assert np.array_equal(gray, np.asarray(expected))


# Leaving them out ----------------------------------------------------------------------------------------------------


def test_of_a_group_the_largest_stays(tmp_path: Path) -> None:
    one, two = FACES[:2]
    pictures = {
        "a/small.png": encoded(one.resize((80, 80))),
        "a/other.png": encoded(two),
        "b/large.png": encoded(face(0, 300)),
        "b/large again.jpg": encoded(face(0, 300), "JPEG", quality=90),
        "b/other again.png": encoded(two),
        "b/third.png": encoded(FACES[2]),
    }
    path = write_source(tmp_path / "pictures", "zip", pictures)
    every = prepared(path, tmp_path, 64, 64, 3)
    found = prepared(path, tmp_path, 64, 64, 3, dedupe=True)
    assert found.names == ["a/other.png", "b/large again.jpg", "b/third.png"]  # of equally large ones, the first
    assert found.left_out == (
        ("a/small.png", "repeated: it repeats b/large again.jpg"),
        ("b/large.png", "repeated: it repeats b/large again.jpg"),
        ("b/other again.png", "repeated: it repeats a/other.png"),
    )
    kept = [every.names.index(name) for name in found.names]
    assert np.array_equal(found.pixels, every.pixels[kept])
    assert [found.classes[label] for label in found.labels] == ["a", "b", "b"]
    assert np.array_equal(found.facts, every.facts[kept])
    assert found.repeats.tolist() == [0, 1, 2]
    assert (found.checkup.pictures, found.checkup.files, found.checkup.left_out) == (3, 6, {"repeated": 3})
    assert found.digest != every.digest


def test_after_leaving_out_the_check_up_is_of_what_is_left(tmp_path: Path) -> None:
    pictures = {f"a/{i}.png": encoded(FACES[0].convert("L")) for i in range(9)}
    pictures |= {f"b/{i}.png": encoded(FACES[i]) for i in range(10, 14)}
    found = prepared(write_source(tmp_path / "pictures", "folder", pictures), tmp_path, 64, 64, 3, dedupe=True)
    checked = found.checkup
    assert (checked.pictures, checked.files) == (5, 13)
    assert checked.classes == {"a": 1, "b": 4}
    assert checked.odd["gray"] == 1
    assert sum(checked.formats.values()) == sum(checked.modes.values()) == 5


def test_without_repeats_nothing_is_left_out(tmp_path: Path) -> None:
    path = write_source(tmp_path / "pictures", "folder", {f"{i}": encoded(picture) for i, picture in enumerate(FACES)})
    found = prepared(path, tmp_path, 64, 64, 3, dedupe=True)
    assert (len(found), found.left_out) == (24, ())


@pytest.mark.parametrize("same", [True, False])
def test_many_pictures_of_one_hash_take_little(same: bool) -> None:
    """Thousands of placeholders, or of frames, are grouped without comparing each with each."""
    count = 3000
    pixels = np.random.default_rng(0).integers(0, 256, (count, 8, 8, 1), np.uint8)
    if same:
        pixels[:] = pixels[0]
    digests = np.array([p.tobytes()[:16] for p in pixels], "V16")
    found = find_groups(np.zeros(count, np.uint64), digests, pixels)
    assert len(set(found.tolist())) == (1 if same else count)
