"""One picture made to measure, against closed forms and against a plain reading with Pillow and numpy."""

import io
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageDraw

from dcgan.data.fit import fit, middle
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


UPRIGHT: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
    8: np.rot90,
}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientation(orientation: int) -> None:
    pixels = noise(10, 12, 3)
    exif = Image.Exif()
    exif[0x0112] = orientation
    expected = UPRIGHT[orientation](pixels)
    with Image.open(io.BytesIO(encoded(to_image(pixels), exif=exif))) as picture:
        assert np.array_equal(fit(picture, *expected.shape), expected)


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


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_transparent_becomes_white(channels: int) -> None:
    clear = Image.new("RGBA", (9, 9), (200, 0, 0, 0))
    assert set(fit(clear, 8, 8, channels).ravel()) == {255}
