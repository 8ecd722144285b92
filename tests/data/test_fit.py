"""One picture made to measure, against closed forms and against a plain reading with Pillow and numpy."""

import io
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageDraw

from dcgan.data.fit import fit, inner, middle
from dcgan.images import MODES, to_image
from tests.data.samples import encoded, noise


@pytest.mark.parametrize(
    ("size", "wanted", "box"),
    [
        ((64, 64), (64, 64), (0, 0, 64, 64)),
        ((100, 50), (64, 64), (25, 0, 75, 50)),
        ((50, 100), (64, 64), (0, 25, 50, 75)),
        ((89, 109), (64, 64), (0, 10, 89, 99)),
        ((100, 100), (48, 64), (12.5, 0, 87.5, 100)),
        ((4, 5), (64, 64), (0, 0.5, 4, 4.5)),
    ],
)
def test_middle(size: tuple[int, int], wanted: tuple[int, int], box: tuple[float, ...]) -> None:
    assert middle(size, wanted) == box


@pytest.mark.parametrize("wanted", [(28, 28), (32, 32), (64, 64), (48, 64), (100, 70), (57, 57)])
def test_middle_is_central_inside_and_of_the_wanted_aspect(wanted: tuple[int, int]) -> None:
    for size in product(range(1, 1000, 7), (225, 333, 640)):
        left, top, right, bottom = middle(size, wanted)
        assert 0 <= left < right <= size[0]
        assert 0 <= top < bottom <= size[1]
        assert (right - left) * wanted[1] == pytest.approx((bottom - top) * wanted[0])
        assert (left + right, top + bottom) == pytest.approx(size)
        assert min(left, top) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("size", [(225, 300), (29, 64), (123, 124)])
def test_sizes_whose_quotient_is_rounded_upwards(size: tuple[int, int]) -> None:
    assert fit(Image.new("L", size, 7), 28, 28, 1).tolist() == np.full((28, 28, 1), 7).tolist()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_picture_that_fits_is_untouched(channels: int) -> None:
    pixels = noise(48, 64, channels)  # with colours under full transparency too
    assert np.array_equal(fit(to_image(pixels), 48, 64, channels), pixels)


def test_the_aspect_is_kept() -> None:
    picture = Image.new("L", (300, 200))
    ImageDraw.Draw(picture).ellipse((90, 40, 210, 160), fill=255)
    inside = fit(picture, 64, 48, 1)[:, :, 0] > 127
    wide, high = inside.any(axis=0).sum(), inside.any(axis=1).sum()
    assert wide == high == pytest.approx(120 * 64 / 200, abs=1)


def test_shrinking_is_antialiased() -> None:
    checkerboard = np.indices((64, 64)).sum(axis=0) % 2 * 255
    assert set(fit(Image.fromarray(checkerboard.astype(np.uint8)), 8, 8, 1).ravel()) <= {127, 128}


def test_transparent_colours_do_not_bleed() -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, ::2] = (255, 0, 0, 255)
    pixels[:, 1::2] = (0, 255, 0, 0)
    small = fit(to_image(pixels), 8, 8, 4)
    assert small[..., :3].tolist() == np.full((8, 8, 3), (255, 0, 0)).tolist()
    assert np.abs(small[..., 3] - 127.5).max() < 8  # the stripes end at the picture's edge


def with_alpha(mode: str) -> Image.Image:
    picture = to_image(noise(16, 16, 4))
    return picture.convert(mode)


def paletted() -> Image.Image:
    return to_image(noise(16, 16, 3)).quantize(64)


FILES = {
    "L": encoded(to_image(noise(16, 16, 1))),
    "RGB": encoded(to_image(noise(16, 16, 3))),
    "RGBA": encoded(with_alpha("RGBA")),
    "LA": encoded(with_alpha("LA")),
    "1": encoded(to_image(noise(16, 16, 1)).convert("1")),
    "P": encoded(paletted()),
    "P, one index transparent": encoded(paletted(), transparency=3),
    "P, a table of alphas": encoded(paletted(), transparency=bytes(range(0, 256, 4))),
    "L, one value transparent": encoded(to_image(noise(16, 16, 1) // 64 * 64), transparency=64),
    "RGB, one colour transparent": encoded(Image.new("RGB", (16, 16), (9, 8, 7)), transparency=(9, 8, 7)),
    "CMYK": encoded(to_image(noise(16, 16, 4)[..., :3]).convert("CMYK"), "TIFF"),
    "YCbCr": encoded(to_image(noise(16, 16, 3)), "JPEG"),
    "16 bit": encoded(Image.fromarray(noise(16, 32).view(np.uint16))),
    "32 bit": encoded(Image.fromarray(noise(16, 32).view(np.uint16).astype(np.int32)), "TIFF"),
    "float": encoded(Image.fromarray(np.linspace(-20, 300, 256, dtype=np.float32).reshape(16, 16)), "TIFF"),
}


def reference(data: bytes, channels: int) -> np.ndarray:
    """Read a picture as RGBA, lay it over white with the arithmetic written out, then mix gray as ITU-R 601 does."""
    with Image.open(io.BytesIO(data)) as picture:
        if picture.mode in ("I", "I;16"):
            rgba = np.repeat((np.asarray(picture) >> 8)[..., None], 3, axis=2)
        elif picture.mode == "F":
            rgba = np.repeat(np.asarray(picture).clip(0, 255).round()[..., None], 3, axis=2)
        else:
            rgba = np.asarray(picture.convert("RGBA"))
    colour = rgba[..., :3].astype(float)
    alpha = rgba[..., 3:].astype(float) if rgba.shape[2] == 4 else np.full((16, 16, 1), 255.0)
    if channels == 4:
        return np.concatenate([colour, alpha], axis=2)
    over = (colour * alpha + 255 * (255 - alpha)) / 255
    return over if channels == 3 else over @ np.array([[0.299], [0.587], [0.114]])


@pytest.mark.parametrize("channels", MODES)
@pytest.mark.parametrize("file", FILES)
def test_modes(file: str, channels: int) -> None:
    with Image.open(io.BytesIO(FILES[file])) as picture:
        pixels = fit(picture, 16, 16, channels)
    assert pixels.shape == (16, 16, channels)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels - reference(FILES[file], channels)).max() <= 1


# Transparency --------------------------------------------------------------------------------------------------------

GROUNDS = {"white": (255, 255, 255), "black": (0, 0, 0), "#204060": (32, 64, 96)}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("background", GROUNDS)
def test_what_is_transparent_becomes_the_background(background: str, channels: int) -> None:
    clear = Image.new("RGBA", (9, 9), (200, 0, 0, 0))
    assert np.abs(fit(clear, 8, 8, channels, background=background) - mixed(GROUNDS[background], channels)).max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("background", GROUNDS)
@pytest.mark.parametrize("alpha", [1, 64, 128, 254])
def test_half_transparent_colours_lie_over_the_background(alpha: int, background: str, channels: int) -> None:
    colour = np.array([200, 100, 50])
    found = fit(Image.new("RGBA", (8, 8), (*colour.tolist(), alpha)), 8, 8, channels, background=background)
    laid = (colour * alpha + np.array(GROUNDS[background]) * (255 - alpha)) / 255
    assert np.abs(found - mixed(laid, channels)).max() <= 1


def mixed(colour: object, channels: int) -> np.ndarray:
    values = np.asarray(colour, np.float64)
    return values if channels == 3 else values @ np.array([0.299, 0.587, 0.114])


def test_the_background_does_not_touch_an_opaque_picture() -> None:
    pixels = noise(20, 30, 3)
    one, other = (fit(to_image(pixels), 16, 16, 3, background=colour) for colour in ("black", "white"))
    assert np.array_equal(one, other)


def test_one_value_of_16_bits_is_transparent() -> None:
    values = np.full((8, 8), 20_000, np.uint16)
    values[0], values[1] = 5_000, 5_001  # of one upper byte
    with Image.open(io.BytesIO(encoded(Image.fromarray(values), transparency=5_000))) as picture:
        clear = fit(picture, 8, 8, 4)
        gray = fit(picture, 8, 8, 1, background="white")
    assert clear[:3, 0].tolist() == [[19, 19, 19, 0], [19, 19, 19, 255], [78, 78, 78, 255]]
    assert gray[:3, 0, 0].tolist() == [255, 19, 78]


# Depths --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([0, 0.25, 0.5, 1], np.float32), [0, 64, 128, 255]),  # in [0, 1]
        (np.array([0, 0.25, 2, 255], np.float32), [0, 0, 2, 255]),
        (np.array([-5, 1, 254.6, 999], np.float32), [0, 1, 255, 255]),
        (np.array([0, 1, 128, 255], np.int32), [0, 1, 128, 255]),
        (np.array([0, 255, 256, 65535], np.int32), [0, 0, 1, 255]),
        (np.array([0, 255, 256, 65535], np.uint16), [0, 0, 1, 255]),
        (np.array([0, 1, 2, 255], np.uint16), [0, 0, 0, 0]),  # dark, but of 16 bits
    ],
)
def test_depths(values: np.ndarray, expected: list[int]) -> None:
    picture = Image.fromarray(np.tile(values, (8, 2)))
    assert fit(picture, 8, 8, 1)[3, :4, 0].tolist() == expected
    assert fit(picture, 8, 8, 4)[3, :4].tolist() == [[v, v, v, 255] for v in expected]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.array([-1, 5], np.int32), "its numbers go from -1 to 5: 8 or 16 bits are understood"),
        (np.array([0, 65536], np.int32), "its numbers go from 0 to 65536: 8 or 16 bits are understood"),
        (np.array([0, np.nan], np.float32), "it has numbers that are not finite"),
        (np.array([0, np.inf], np.float32), "it has numbers that are not finite"),
    ],
)
@pytest.mark.parametrize("channels", MODES)
def test_numbers_out_of_range_are_refused(values: np.ndarray, sentence: str, channels: int) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        fit(Image.fromarray(np.tile(values, (8, 4))), 8, 8, channels)


@pytest.mark.parametrize("channels", MODES)
def test_lab(channels: int) -> None:
    axes = np.meshgrid([110, 150, 200], [-12, -5, 0, 15], [-12, 0, 20])
    lab = np.stack(axes, axis=-1).reshape(6, 6, 3)
    stored = Image.frombytes("LAB", (6, 6), lab.astype(np.uint8).tobytes())
    with Image.open(io.BytesIO(encoded(stored, "TIFF"))) as picture:
        assert picture.mode == "LAB"
        found = fit(picture, 6, 6, channels)
    rgb = srgb(lab / np.array([2.55, 1, 1]))
    assert np.abs(found[..., :3] - (mixed(rgb, 1)[..., None] if channels == 1 else rgb)).max() <= 3


def srgb(lab: np.ndarray) -> np.ndarray:
    """CIE L*a*b* under D50 to sRGB in [0, 255]: to XYZ, to D65 (Bradford), to linear light, to its curve."""
    y = (lab[..., 0] + 16) / 116
    t = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    xyz = np.where(t > 6 / 29, t**3, 3 * (6 / 29) ** 2 * (t - 4 / 29)) * np.array([0.9642, 1.0, 0.8251])
    to_linear = np.array(
        [[3.1338561, -1.6168667, -0.4906146], [-0.9787684, 1.9161415, 0.0334540], [0.0719453, -0.2289914, 1.4052427]]
    )
    linear = (xyz @ to_linear.T).clip(0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


# Crops ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", MODES)
@pytest.mark.parametrize("size", [(90, 30), (30, 90), (5, 7), (64, 64), (200, 3)])
def test_none_stretches_the_whole_picture(size: tuple[int, int], channels: int) -> None:
    picture = to_image(noise(size[1], size[0], 3)).convert(MODES[channels])
    expected = np.asarray(picture.resize((24, 40), Image.Resampling.LANCZOS)).reshape(40, 24, channels)
    assert np.array_equal(fit(picture, 40, 24, channels, crop="none"), expected)


@pytest.mark.parametrize(
    ("size", "wanted", "box"),
    [
        ((100, 50), (64, 64), (0, 16, 64, 48)),
        ((50, 100), (64, 64), (16, 0, 48, 64)),
        ((64, 64), (64, 64), (0, 0, 64, 64)),
        ((10, 10), (64, 32), (16, 0, 48, 32)),
        ((64, 31), (64, 64), (0, 16, 64, 47)),  # one row more below than above
        ((64, 32), (64, 64), (0, 16, 64, 48)),  # only laid down
        ((4000, 3), (64, 64), (0, 31, 64, 32)),
        ((3, 4000), (64, 64), (31, 0, 32, 64)),
        ((4000, 1), (28, 8), (0, 3, 28, 4)),
    ],
)
@pytest.mark.parametrize("channels", MODES)
def test_pad(size: tuple[int, int], wanted: tuple[int, int], box: tuple[int, ...], channels: int) -> None:
    picture = to_image(noise(size[1], size[0], 3)).convert(MODES[channels])
    left, top, right, bottom = box
    assert inner(size, wanted) == (right - left, bottom - top)
    found = fit(picture, wanted[1], wanted[0], channels, crop="pad", background="#204060").astype(float)
    assert found.shape == (wanted[1], wanted[0], channels)
    small = np.asarray(picture.resize((right - left, bottom - top), Image.Resampling.LANCZOS))
    assert np.array_equal(found[top:bottom, left:right], small.reshape(bottom - top, right - left, channels))
    bars = np.ones(found.shape[:2], bool)
    bars[top:bottom, left:right] = False
    colour = np.zeros(4) if channels == 4 else mixed(GROUNDS["#204060"], channels)
    assert np.abs(found[bars] - colour).max(initial=0) <= 1


def test_pad_keeps_a_transparent_picture_transparent() -> None:
    pixels = noise(8, 16, 4)
    found = fit(to_image(pixels), 16, 16, 4, crop="pad")
    assert np.array_equal(found[4:12], pixels)
    assert not found[:4].any()
    assert not found[12:].any()
