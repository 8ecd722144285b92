"""From a file's bytes to pixels: every step of ``prepare`` against a plain reading, and the decoder's own rules."""

import io
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter, PngImagePlugin

from dcgan.data.decode import MOST_PIXELS, load_upright, open_picture, own_limits, reason, upright_size
from dcgan.data.sources.source import UnreadableError
from dcgan.images import to_image
from tests.data.samples import encoded, noise, oriented, png, prepared, write_source
from tests.reference.reading import UPRIGHT, reading

# Against the plain reading --------------------------------------------------------------------------------------------

FORMS = {"L": "PNG", "LA": "PNG", "RGB": "PNG", "RGBA": "PNG", "P": "PNG", "1": "PNG", "CMYK": "TIFF", "I;16": "PNG"}
GROUND = (32, 64, 96)


def drawn(mode: str, height: int, width: int, structure: str, seed: int) -> Image.Image:
    """Return a picture of a mode: noise, a slope, or blocks with sharp edges."""
    random = np.random.default_rng(seed)
    parts = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "P": 1, "1": 1, "CMYK": 4, "I;16": 2}[mode]
    values = random.integers(0, 256, (height, width, parts), np.uint8)
    if structure == "slope":
        values = np.indices((height, width)).sum(axis=0)[..., None] * random.integers(1, 9, parts) % 256
    elif structure == "blocks":
        values = np.array([0, 255])[random.integers(0, 2, (height // 5 + 1, width // 4 + 1, parts))]
        values = values.repeat(5, axis=0).repeat(4, axis=1)[:height, :width]
    values = np.ascontiguousarray(values, np.uint8)
    if mode == "I;16":
        return Image.fromarray(values.view(np.uint16)[..., 0])
    if mode == "1":
        return Image.fromarray(values[..., 0] > 127)
    picture = Image.frombytes(mode, (width, height), values.tobytes())
    if mode == "P":
        picture.putpalette(random.integers(0, 256, 768, np.uint8).tobytes())
        picture.info["transparency"] = random.integers(0, 256, seed % 257, np.uint8).tobytes()
    return picture


SIDES = st.integers(1, 70)
SIZES = st.fixed_dictionaries({mode: st.none() | st.tuples(SIDES, SIDES) for mode in FORMS})  # None: the wanted size


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    sizes=SIZES,
    wanted=st.tuples(st.integers(8, 48), st.integers(8, 48)),
    channels=st.sampled_from([1, 3, 4]),
    crop=st.sampled_from(["center", "none", "pad"]),
    structure=st.sampled_from(["noise", "slope", "blocks"]),
    seed=st.integers(0, 1000),
)
def test_every_picture_is_read_as_the_plain_reading_does(
    tmp_path_factory: pytest.TempPathFactory,
    sizes: dict[str, tuple[int, int] | None],
    wanted: tuple[int, int],
    channels: int,
    crop: str,
    structure: str,
    seed: int,
) -> None:
    pictures = {
        mode: drawn(mode, *(size or wanted), structure, seed + i) for i, (mode, size) in enumerate(sizes.items())
    }
    files = {f"{i}": encoded(picture, FORMS[mode]) for i, (mode, picture) in enumerate(pictures.items())}
    folder = tmp_path_factory.mktemp("property")
    found = prepared(
        write_source(folder / "a", "folder", files), folder, *wanted, channels, crop=crop, background="#204060"
    )
    assert found.left_out == ()
    for picture, pixels in zip(pictures.values(), found.pixels, strict=True):
        away = distance(picture, pixels, crop)
        assert away.max() <= 2
        assert channels == 4 or (away > 1).mean() < 0.01  # where both roundings meet a half


def distance(picture: Image.Image, pixels: np.ndarray, crop: str) -> np.ndarray:
    """Differences to the nearer plain reading, in levels; those of colours, as much as their alpha lets through."""
    readings = [reading(picture, *pixels.shape, crop, GROUND, first) for first in (True, False)]
    return min((np.abs(seen(pixels) - seen(one)) for one in readings), key=np.mean)


def seen(pixels: np.ndarray) -> np.ndarray:
    if pixels.shape[-1] != 4:
        return pixels.astype(np.float64)
    colour, alpha = pixels[..., :3] / 255, pixels[..., 3:].astype(np.float64)
    return np.concatenate([colour * alpha, alpha], axis=-1)


@pytest.mark.parametrize("mode", FORMS)
@pytest.mark.parametrize("crop", ["center", "none", "pad"])
def test_a_file_that_fits_is_not_resampled(tmp_path: Path, mode: str, crop: str) -> None:
    picture = drawn(mode, 20, 30, "noise", 7)
    path = write_source(tmp_path / "a", "folder", {"a": encoded(picture, FORMS[mode])})
    found = prepared(path, tmp_path, 20, 30, 4, crop=crop)
    assert np.abs(found.pixels[0].astype(int) - reading(picture, 20, 30, 4)).max() <= (1 if mode == "CMYK" else 0)


# Upright -------------------------------------------------------------------------------------------------------------

SHARP: dict[str, dict[str, Any]] = {
    "PNG": {},
    "TIFF": {},
    "WEBP": {"lossless": True},
    "JPEG": {"quality": 95, "subsampling": 0},
}


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("form", SHARP)
def test_pictures_are_turned_upright(tmp_path: Path, form: str, orientation: int) -> None:
    values = np.zeros((24, 40, 3), np.uint8)
    values[:8, :8], values[-8:, :8], values[:8, -8:] = 255, (255, 0, 0), (0, 0, 255)
    expected = UPRIGHT[orientation](values)
    data = encoded(to_image(values), form, exif=oriented(orientation), **SHARP[form])
    path = write_source(tmp_path / "a", "folder", {"a": data})
    found = prepared(path, tmp_path, *expected.shape)
    assert np.abs(found.pixels[0].astype(int) - expected).max() <= (8 if form == "JPEG" else 0)
    assert (found.facts["width"][0], found.facts["height"][0]) == (expected.shape[1], expected.shape[0])


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_orientation_that_is_none(tmp_path: Path, orientation: int) -> None:
    values = noise(8, 10, 3)
    data = encoded(to_image(values), exif=oriented(orientation))
    found = prepared(write_source(tmp_path / "a", "folder", {"a": data}), tmp_path, 8, 10, 3)
    assert np.array_equal(found.pixels[0], values)


def test_orientation_that_stands_after_the_pixels(tmp_path: Path) -> None:
    values = noise(8, 10, 3)
    whole = encoded(to_image(values), exif=oriented(6))
    start = whole.index(b"eXIf") - 4
    end = start + 12 + int.from_bytes(whole[start : start + 4], "big")
    late = whole[:start] + whole[end:-12] + whole[start:end] + whole[-12:]
    found = prepared(write_source(tmp_path / "a", "folder", {"a": late}), tmp_path, 10, 8, 3)
    assert np.array_equal(found.pixels[0], UPRIGHT[6](values))
    assert (found.facts["width"][0], found.facts["height"][0]) == (8, 10)


# Large JPEGs ---------------------------------------------------------------------------------------------------------


def photograph(width: int, height: int) -> Image.Image:
    """Return something like one: slopes, soft blobs, a few edges."""
    random = np.random.default_rng(3)
    small = Image.fromarray(random.integers(0, 256, (9, 12, 3), np.uint8))
    picture = small.resize((width, height), Image.Resampling.BICUBIC)
    ImageDraw.Draw(picture).ellipse((width // 4, height // 4, width // 2, height * 3 // 4), fill=(200, 60, 30))
    return picture.filter(ImageFilter.GaussianBlur(2))


@pytest.mark.parametrize("crop", ["center", "none", "pad"])
@pytest.mark.parametrize("size", [(1600, 1200), (1001, 667), (700, 1333)])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_jpeg_looks_as_if_decoded_whole(
    tmp_path: Path, size: tuple[int, int], crop: str, orientation: int
) -> None:
    data = encoded(photograph(*size), "JPEG", quality=92, exif=oriented(orientation))
    found = prepared(write_source(tmp_path / "a", "folder", {"a": data}), tmp_path, 64, 64, 3, crop=crop)
    with Image.open(io.BytesIO(data)) as picture:
        upright = Image.fromarray(np.ascontiguousarray(UPRIGHT[orientation](np.asarray(picture))))
    expected = reading(upright, 64, 64, 3, crop)
    assert 10 * np.log10(255**2 / np.square(found.pixels[0] - expected.astype(float)).mean()) >= 40
    assert (found.facts["width"][0], found.facts["height"][0]) == upright.size


@pytest.mark.parametrize(
    ("size", "at_least", "decoded"),
    [
        ((1600, 1200), 128, (200, 150)),
        ((1600, 1200), 151, (400, 300)),
        ((1600, 1200), 700, (1600, 1200)),
        ((100, 80), 128, (100, 80)),
        ((3000, 20), 128, (3000, 20)),
    ],
)
def test_of_a_jpeg_no_more_is_decoded_than_is_needed(
    size: tuple[int, int], at_least: int, decoded: tuple[int, int]
) -> None:
    picture = load_upright(open_picture(encoded(Image.new("RGB", size), "JPEG")), at_least)
    assert picture.size == decoded


# What is opened ------------------------------------------------------------------------------------------------------

LATE = {"ICO of 128 pixels": (128, {"bitmap_format": "bmp"}), "ICO of noise": (160, {}), "ICO": (16, {})}


@pytest.mark.parametrize("kind", LATE)
def test_icons_are_not_taken_for_something_else(kind: str) -> None:
    side, options = LATE[kind]
    picture = to_image(noise(side, side, 4) | np.array([0, 0, 0, 255], np.uint8))
    found = open_picture(encoded(picture, "ICO", sizes=[(side, side)], **options))
    assert (found.format, found.size) == ("ICO", (side, side))
    assert np.array_equal(np.asarray(found.convert("RGB")), np.asarray(picture.convert("RGB")))


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (5, 7, 3), (5, 7, 4)])
def test_arrays_are_pictures(shape: tuple[int, ...]) -> None:
    values = noise(*shape)
    picture = open_picture(values)
    assert picture.size == (7, 5)
    assert np.array_equal(np.asarray(picture).reshape(shape), values)
    assert upright_size(picture) == (7, 5)


@pytest.mark.parametrize(
    ("width", "height", "fits"), [(20_000, 10_000, True), (10_000, 20_001, False), (13_400, 13_400, True)]
)
def test_the_limit_is_the_one_that_is_named(width: int, height: int, fits: bool) -> None:
    data = png(width, height, 8, 2, b"")  # nothing is decoded yet
    with own_limits():
        if fits:
            assert open_picture(data).size == (width, height)
        else:
            with pytest.raises(Exception, match=r"more than|exceeds") as caught:
                open_picture(data)
            assert reason(caught.value).startswith("too large: ")
            assert f"more than {MOST_PIXELS // 10**6} million pixels" in reason(caught.value)


def test_own_limits_leave_the_others_as_they_were() -> None:
    before = (Image.MAX_IMAGE_PIXELS, list(warnings.filters))
    with own_limits():
        warnings.warn("a file's odd metadata", UserWarning, stacklevel=1)
    assert (Image.MAX_IMAGE_PIXELS, list(warnings.filters)) == before


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (UnreadableError("empty: it has 0 bytes"), "empty: it has 0 bytes"),
        (UnreadableError("too large: 600 MiB"), "too large: 600 MiB"),
        (OSError("image file is truncated (3 bytes not processed)"), "cut off: image file is truncated (3 bytes not "),
        (FileNotFoundError(2, "No such file or directory", "a.png"), "unreadable: No such file or directory"),
        (PermissionError(13, "Permission denied", "a.png"), "unreadable: Permission denied"),
        (MemoryError(), "too large: it does not fit into the memory"),
        (Image.DecompressionBombError("x"), "too large: more than 200 million pixels"),
        (SyntaxError("broken PNG file\nin line 2"), "damaged: broken PNG file"),
        (KeyError(), "damaged: KeyError"),
    ],
)
def test_reasons(error: Exception, sentence: str) -> None:
    assert reason(error).startswith(sentence)


def test_long_text_in_a_png_is_no_obstacle(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Comment", "x" * 100_000, zip=True)
    make = partial(write_source, tmp_path / "a", "folder")
    found = prepared(make({"a.png": encoded(to_image(noise(8, 8, 1)), pnginfo=info)}), tmp_path)
    assert np.array_equal(found.pixels[0], noise(8, 8, 1))
