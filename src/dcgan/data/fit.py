"""One upright picture made to measure: channels, crop, one antialiased resize."""

import warnings

import numpy as np
from PIL import Image, ImageCms, ImageColor

from dcgan.config import Crop
from dcgan.images import MODES, over

Size = tuple[int, int]


def fit(
    picture: Image.Image, height: int, width: int, channels: int, *, crop: Crop = "center", background: str = "white"
) -> np.ndarray:
    """Return the picture as uint8 (height, width, channels).

    In this order: converted (where ``channels`` is 1 or 3, transparent pixels lie over ``background``), cropped, and
    resized once with Lanczos, antialiased. A picture that has the size and channels already comes through untouched.

    Args:
        picture: of any mode, upright.
        height: pixels.
        width: pixels.
        channels: 1 (gray), 3 (RGB) or 4 (RGBA).
        crop: center, the largest middle part of the wanted aspect; none, the whole picture, stretched; pad, the whole
            picture, with bars of the background beside it (transparent ones with 4 channels).
        background: a colour's name, or #rrggbb.

    Raises:
        OSError, ValueError, SyntaxError: the file is damaged (Pillow's own errors).
    """
    picture = convert(picture, channels, background)
    if crop == "pad":
        picture = _padded(picture, (width, height), background)
    elif picture.size != (width, height):
        box = middle(picture.size, (width, height)) if crop == "center" else None
        picture = picture.resize((width, height), Image.Resampling.LANCZOS, box=box)
    return np.frombuffer(picture.tobytes(), np.uint8).reshape(height, width, channels)


def middle(size: Size, wanted: Size) -> tuple[float, float, float, float]:
    """Return the box (left, top, right, bottom), in pixels, of the largest middle part with the aspect of ``wanted``.

    Both sizes are (width, height).
    """
    scale = min(size[0] / wanted[0], size[1] / wanted[1])
    width = min(wanted[0] * scale, size[0])  # held: by rounding it may be 1e-14 too large, and Pillow refuses that
    height = min(wanted[1] * scale, size[1])
    left, top = (size[0] - width) / 2, (size[1] - height) / 2
    return left, top, left + width, top + height


def inner(size: Size, wanted: Size) -> Size:
    """Return the largest (width, height) of the aspect of ``size`` inside ``wanted``, at least a pixel a side."""
    scale = min(wanted[0] / size[0], wanted[1] / size[1])
    return max(1, min(wanted[0], round(size[0] * scale))), max(1, min(wanted[1], round(size[1] * scale)))


def _padded(picture: Image.Image, wanted: Size, background: str) -> Image.Image:
    small = inner(picture.size, wanted)
    if picture.size != small:
        picture = picture.resize(small, Image.Resampling.LANCZOS)
    if small == wanted:
        return picture
    bar = (0, 0, 0, 0) if picture.mode == "RGBA" else ImageColor.getcolor(background, picture.mode)
    sheet = Image.new(picture.mode, wanted, bar)
    sheet.paste(picture, ((wanted[0] - small[0]) // 2, (wanted[1] - small[1]) // 2))
    return sheet


def convert(picture: Image.Image, channels: int, background: str = "white") -> Image.Image:
    """Convert to gray (1), RGB (3) or RGBA (4)."""
    mode = MODES[channels]
    if picture.mode == mode and (channels == 4 or "transparency" not in picture.info):
        return picture
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = _to_8_bit(picture)
    elif picture.mode == "LAB":
        picture = _from_lab(picture)
    if channels != 4 and picture.has_transparency_data:
        picture = over(picture.convert("RGBA"), background)
    return picture if picture.mode == mode else picture.convert(mode)


def _to_8_bit(picture: Image.Image) -> Image.Image:
    """16-bit gray keeps its upper 8 bits; floats are taken as [0, 1] where they lie in it, else as [0, 255]."""
    values = np.asarray(picture)
    if picture.mode == "F":
        if not np.isfinite(values).all():
            raise ValueError("it has numbers that are not finite")
        unit = values.min() >= 0 and values.max() <= 1
        return Image.fromarray((values * 255 if unit else values).clip(0, 255).round().astype(np.uint8))
    values = values.astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise ValueError(f"its numbers go from {values.min()} to {values.max()}: 8 or 16 bits are understood")
    deep = picture.mode != "I" or values.max() > 255
    gray = Image.fromarray((values >> 8 if deep else values).astype(np.uint8))
    clear = picture.info.get("transparency")
    if isinstance(clear, int):
        gray.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return gray


def _from_lab(picture: Image.Image) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        found = ImageCms.profileToProfile(picture, lab, srgb, outputMode="RGB")
    assert found is not None
    return found
