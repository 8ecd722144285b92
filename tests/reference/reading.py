"""A slow, plain reading of a picture: every step of ``prepare`` written out from its definition, with numpy alone.

Pillow only decodes. Colours, transparency, gray, crop, Lanczos' kernel and the bars are arithmetic here. Two roundings
belong to the definition, since Pillow works on bytes: the resize goes along rows and along columns, one after the
other, and each of the two ends in whole numbers from 0 to 255; and with transparency it works on colours times alpha,
in whole numbers. Against a resize that rounds once, at the end, no picture with sharp edges would agree to 1/255. Which
of the two directions comes first is Pillow's choice (the cheaper one, in newer versions), so both are readings.
"""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

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
"""What EXIF's orientations ask for, for arrays (H, W, C)."""


def reading(
    picture: Image.Image,
    height: int,
    width: int,
    channels: int,
    crop: str = "center",
    background: Sequence[int] = (255, 255, 255),
    rows_first: bool = True,
) -> np.ndarray:
    """Return uint8 (height, width, channels) of an upright picture; ``background`` is (red, green, blue)."""
    colours = np.asarray(background, np.float64)
    pixels = rgba(picture)
    if channels != 4:
        pixels = whole(over(pixels, colours))
    if channels == 1:
        pixels = luma(pixels)
    high, wide = pixels.shape[:2]
    if (high, wide) == (height, width):
        return pixels.astype(np.uint8)
    if crop != "pad":
        box = (0.0, 0.0, wide, high) if crop == "none" else middle(high, wide, height, width)
        return resized(pixels, box, height, width, rows_first)
    scale = min(height / high, width / wide)
    inner_height, inner_width = (min(most, max(1, round(n * scale))) for n, most in ((high, height), (wide, width)))
    small = resized(pixels, (0.0, 0.0, wide, high), inner_height, inner_width, rows_first)
    bar = {1: luma(colours[None, None])[0, 0], 3: colours, 4: np.zeros(4)}[channels]
    sheet = np.empty((height, width, channels), np.uint8)
    sheet[:] = bar
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    sheet[top : top + inner_height, left : left + inner_width] = small
    return sheet


def whole(values: np.ndarray) -> np.ndarray:
    """Round to the nearest of 0 to 255, halves upwards."""
    return np.floor(values + 0.5).clip(0, 255)


def rgba(picture: Image.Image) -> np.ndarray:
    """Return a decoded picture's colours and alpha, float (H, W, 4) of whole numbers."""
    values = np.asarray(picture).astype(np.float64)
    if picture.mode == "P":
        table = np.array(picture.getpalette("RGBA"), np.float64).reshape(-1, 4)
        alphas = picture.info.get("transparency", b"")
        table[: len(alphas), 3] = list(alphas)
        return table[values.astype(int)]
    if picture.mode == "CMYK":
        light = 255 - values
        values = np.concatenate([whole(light[..., :3] * light[..., 3:] / 255), np.full(light.shape[:2] + (1,), 255)], 2)
    elif picture.mode == "I;16":
        values = values // 256
    elif picture.mode == "1":
        values = values * 255
    if values.ndim == 2:
        values = values[..., None]
    colour, alpha = values[..., :3], values[..., 3:]
    if picture.mode == "LA":
        colour, alpha = values[..., :1], values[..., 1:]
    if not alpha.shape[-1]:
        alpha = np.full(values.shape[:2] + (1,), 255.0)
    return np.concatenate([np.broadcast_to(colour, colour.shape[:2] + (3,)), alpha], axis=2)


def over(pixels: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Lay (H, W, 4) over a colour."""
    colour, alpha = pixels[..., :3], pixels[..., 3:]
    return (colour * alpha + background * (255 - alpha)) / 255


def luma(pixels: np.ndarray) -> np.ndarray:
    """Mix gray as ITU-R 601 does, its weights in 1/65536."""
    return (pixels @ np.array([[19595.0], [38470.0], [7471.0]]) + 32768) // 65536


def middle(high: int, wide: int, height: int, width: int) -> tuple[float, float, float, float]:
    """Return (left, top, right, bottom) of the largest middle part of the wanted aspect, as Pillow rounds it."""
    across, down = 0.0, 0.0
    if wide * height > high * width:
        across = (wide - high * width / height) / 2
    else:
        down = (high - wide * height / width) / 2
    left, top, right, bottom = (float(np.float32(v)) for v in (across, down, wide - across, high - down))
    return left, top, right, bottom


def resized(
    pixels: np.ndarray, box: tuple[float, float, float, float], height: int, width: int, rows_first: bool
) -> np.ndarray:
    """Resample the box to height x width with Lanczos' kernel of three lobes, widened where it shrinks."""
    clear = pixels.shape[2] == 4
    if clear:
        colour, alpha = pixels[..., :3], pixels[..., 3:]
        pixels = np.concatenate([whole(colour * alpha / 255), alpha], axis=2)
    across, down = kernel(pixels.shape[1], box[0], box[2], width), kernel(pixels.shape[0], box[1], box[3], height)
    if rows_first:
        pixels = whole(np.tensordot(down, whole(across @ pixels), 1))
    else:
        pixels = whole(across @ whole(np.tensordot(down, pixels, 1)))
    if clear:
        colour, alpha = pixels[..., :3], pixels[..., 3:]
        pixels = np.concatenate([whole(colour * 255 / np.maximum(alpha, 1)), alpha], axis=2)
    return pixels.astype(np.uint8)


def kernel(count: int, start: float, end: float, wanted: int) -> np.ndarray:
    """Return the weights (wanted, count) with which ``count`` pixels become ``wanted`` ones between start and end."""
    scale = (end - start) / wanted
    wide = max(1.0, scale)
    centres = start + (np.arange(wanted)[:, None] + 0.5) * scale
    pixels = np.arange(count)
    x = (pixels + 0.5 - centres) / wide
    near = (pixels >= np.floor(centres - 3 * wide + 0.5)) & (pixels < np.floor(centres + 3 * wide + 0.5))
    weights = np.where(near & (abs(x) < 3), np.sinc(x) * np.sinc(x / 3), 0)
    return weights / weights.sum(axis=1, keepdims=True)
