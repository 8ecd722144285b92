"""``progress.gif``: the pictures of the run's fixed z through training."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dcgan.images import save_gif
from dcgan.report.record import Preview, Record, kimg_text, spread
from dcgan.report.sheets import enlarge, fit, open_sheet

MOST_FRAMES = 40
LARGEST_SIDE, SMALLEST_SIDE = 800, 200  # of the sheet, in pixels; on less the caption has no room
MOST_PIXELS = 12_000_000  # over all frames: a GIF of photographs takes nearly a byte a pixel
STRIP = 34  # height of the caption, in pixels
WHOLE_MS = 6000  # what all frames take together, as long as one takes between SHORTEST_MS and LONGEST_MS
SHORTEST_MS, LONGEST_MS, HOLD_MS = 100, 600, 2000
INK, TRACK = "#333333", "#d9d9d9"


def write_gif(record: Record, name: str = "progress.gif") -> bool:
    """Write the previews, in order, as a GIF in the run's folder. Returns whether there were any."""
    chosen = spread(record.previews, MOST_FRAMES)
    if not chosen:
        return False
    ms = min(max(WHOLE_MS // len(chosen), SHORTEST_MS), LONGEST_MS)
    save_gif(record.path / name, make_frames(chosen), ms=ms, hold=HOLD_MS)
    return True


def make_frames(previews: Sequence[Preview]) -> list[np.ndarray]:
    """Return a captioned frame a preview, uint8 (H, W, C), all of one shape; C is 1 if every sheet is gray, else 3."""
    side = min(LARGEST_SIDE, math.isqrt(MOST_PIXELS // len(previews)))
    sheets = [fit(enlarge(open_sheet(preview.path), SMALLEST_SIDE), side) for preview in previews]
    mode = "L" if all(sheet.mode == "L" for sheet in sheets) else "RGB"
    size = max(sheet.width for sheet in sheets), max(sheet.height for sheet in sheets)
    last = previews[-1].nimg
    captioned = [
        caption(sheet, mode, size, kimg_text(preview.nimg), preview.nimg / last if last else 0.0)
        for sheet, preview in zip(sheets, previews, strict=True)
    ]
    return [np.asarray(frame).reshape(frame.height, frame.width, -1) for frame in captioned]


def caption(sheet: Image.Image, mode: str, size: tuple[int, int], text: str, done: float) -> Image.Image:
    """Lay a sheet on white, ``size`` (width, height) large, with a line below that tells how far training had come.

    Args:
        sheet: no larger than ``size``.
        mode: L or RGB, of the result.
        size: room for the sheet; the strip is added below.
        text: what the strip says.
        done: the filled part of its line, 0 to 1.
    """
    width, height = size
    frame = Image.new(mode, (width, height + STRIP), "white")
    frame.paste(sheet, (0, 0))
    draw = ImageDraw.Draw(frame)
    draw.text((4, height + STRIP / 2), text, fill=INK, font=ImageFont.load_default(16), anchor="lm")
    left, top = 136, height + STRIP // 2 - 1
    draw.rectangle((left, top, width - 5, top + 2), fill=TRACK)
    if done > 0:
        draw.rectangle((left, top, left + round((width - 5 - left) * done), top + 2), fill=INK)
    return frame
