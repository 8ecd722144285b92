"""One picture, as people have it, made to measure: orientation, channels, centre crop, antialiased resize."""

import numpy as np
from PIL import Image, ImageOps

from dcgan.images import MODES, over_white


def fit(picture: Image.Image, height: int, width: int, channels: int) -> np.ndarray:
    """Return the picture as uint8 (height, width, channels).

    In this order: turned upright (EXIF), converted (transparent pixels lie over white where ``channels`` is 1 or 3),
    the largest middle part of the wanted aspect cut out, resized once with Lanczos, antialiased. A picture that has
    the size and channels already comes through untouched.

    Raises:
        OSError, ValueError, SyntaxError: the file is damaged (Pillow's own errors).
    """
    picture = convert(ImageOps.exif_transpose(picture), channels)
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.LANCZOS, box=middle(picture.size, (width, height)))
    return np.asarray(picture, np.uint8).reshape(height, width, channels)


def middle(size: tuple[int, int], wanted: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return the box (left, top, right, bottom), in pixels, of the largest middle part with the aspect of ``wanted``.

    Both sizes are (width, height).
    """
    scale = min(size[0] / wanted[0], size[1] / wanted[1])
    width = min(wanted[0] * scale, size[0])  # held: by rounding it may be 1e-14 too large, and Pillow refuses that
    height = min(wanted[1] * scale, size[1])
    left, top = (size[0] - width) / 2, (size[1] - height) / 2
    return left, top, left + width, top + height


def convert(picture: Image.Image, channels: int) -> Image.Image:
    """Convert to gray (1), RGB (3) or RGBA (4)."""
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = _to_8_bit(picture)
    if channels != 4 and picture.has_transparency_data:
        picture = over_white(picture.convert("RGBA"))
    return picture if picture.mode == MODES[channels] else picture.convert(MODES[channels])


def _to_8_bit(picture: Image.Image) -> Image.Image:
    """16-bit gray keeps its upper 8 bits; float pictures are taken to be in [0, 255]."""
    values = np.asarray(picture)
    if picture.mode == "F":
        return Image.fromarray(values.clip(0, 255).round().astype(np.uint8))
    return Image.fromarray((values.astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
