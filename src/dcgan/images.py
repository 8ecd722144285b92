"""The one contract for pictures: float NCHW in [-1, 1] inside, uint8 NHWC in [0, 255] outside, one conversion each way.

Channels are 1 (gray), 3 (RGB) or 4 (RGBA). torch is not imported here: the two conversions only call methods of
the tensors they are given.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from dcgan.files import replacing

if TYPE_CHECKING:
    from torch import Tensor

MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def to_unit(pixels: "Tensor") -> "Tensor":
    """Turn uint8 (N, H, W, C) in [0, 255] into float32 (N, C, H, W) in [-1, 1]: ``x / 127.5 - 1``.

    The result keeps the memory order of the input, which is torch's ``channels_last``.
    """
    return pixels.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def to_pixels(x: "Tensor") -> "np.ndarray":
    """Turn float (N, C, H, W) in [-1, 1] into a uint8 array (N, H, W, C), rounded to the nearest of 0 to 255.

    Values outside [-1, 1] are held at the ends.
    """
    scaled = x.detach().float().add(1).mul_(127.5).round_().clamp_(0, 255).byte()
    return np.ascontiguousarray(scaled.permute(0, 2, 3, 1).cpu().numpy())


def to_image(pixels: "np.ndarray") -> Image.Image:
    """Make a Pillow picture of one uint8 (H, W, C) array."""
    height, width, channels = pixels.shape
    return Image.fromarray(pixels.reshape(height, width) if channels == 1 else pixels)


def over(picture: Image.Image, background: str = "white") -> Image.Image:
    """Lay a picture of any mode on a colour (a name, or #rrggbb); L stays L, everything else becomes RGB."""
    if picture.mode == "L":
        return picture
    clear = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", clear.size, background), clear).convert("RGB")


def grid(pixels: "np.ndarray", columns: int | None = None, gap: int = 2, background: int = 255) -> "np.ndarray":
    """Lay N pictures (N, H, W, C) out in rows on one sheet, left to right, top to bottom.

    Args:
        pixels: uint8 (N, H, W, C), N at least 1.
        columns: pictures a row; the nearest to a square when None.
        gap: pixels between pictures and around the sheet.
        background: value of the gap in every channel, 0 to 255.

    Returns:
        uint8 (rows * (H + gap) + gap, columns * (W + gap) + gap, C).
    """
    count, height, width, channels = pixels.shape
    columns = min(count, columns or math.ceil(math.sqrt(count)))
    rows = math.ceil(count / columns)
    sheet = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap, channels), background, np.uint8)
    for i, picture in enumerate(pixels):
        top, left = gap + (i // columns) * (height + gap), gap + (i % columns) * (width + gap)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def enlarge(pixels: "np.ndarray", at_least: int) -> "np.ndarray":
    """Repeat every pixel of (N, H, W, C) a whole number of times, so that the shorter side has ``at_least`` pixels."""
    factor = max(1, math.ceil(at_least / min(pixels.shape[1:3])))
    return pixels.repeat(factor, axis=1).repeat(factor, axis=2)


def save_png(path: Path, pixels: "np.ndarray") -> None:
    """Write one uint8 (H, W, C) array as a PNG, in one step."""
    with replacing(path, durable=False) as temporary:
        to_image(pixels).save(temporary, format="PNG")


def save_gif(path: Path, frames: Sequence["np.ndarray"], ms: int = 120, hold: int = 1200) -> None:
    """Write uint8 (H, W, C) frames as a looping GIF; transparent ones are laid on white.

    Args:
        path: where to.
        frames: at least one frame, all of one shape.
        ms: milliseconds a frame is shown.
        hold: milliseconds the last frame is shown.
    """
    pictures = [over(to_image(frame)) for frame in frames]
    times = [ms] * (len(pictures) - 1) + [hold]
    with replacing(path) as temporary:
        pictures[0].save(temporary, format="GIF", save_all=True, append_images=pictures[1:], duration=times, loop=0)
