"""Sheets of pictures with words: heads over columns, names beside rows, captions below pictures, signs between them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dcgan.files import replacing
from dcgan.images import over, to_image

INK = "#333333"
SIZE = 13  # of the words, in pixels
LINE = 18
GAP = 4
LEAST_SIDE = 64  # a smaller picture is shown larger, every pixel as a square of pixels


def shown(picture: np.ndarray, least: int = LEAST_SIDE) -> Image.Image:
    """Return uint8 (H, W, C) as it is shown on a sheet: RGB, transparency on white, its shorter side at least
    ``least`` pixels."""
    image = over(to_image(picture)).convert("RGB")
    factor = -(-least // min(image.size))
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def sheet(
    pixels: np.ndarray,
    columns: int,
    *,
    heads: Sequence[str] = (),
    names: Sequence[str] = (),
    captions: Sequence[str] = (),
    title: str = "",
    least: int = LEAST_SIDE,
) -> Image.Image:
    """Lay pictures out in rows, with words.

    Args:
        pixels: uint8 (N, H, W, C), N at least 1, left to right, top to bottom.
        columns: pictures a row.
        heads: a word over each column, or none.
        names: a word left of each row, or none.
        captions: a word below each picture, or none.
        title: a line at the top, or none.
        least: pixels that the shorter side of a picture has at least.

    Returns:
        An RGB picture. Words that do not fit the column are made smaller.
    """
    pictures = [shown(picture, least) for picture in pixels]
    columns = min(columns, len(pictures))
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    left = GAP + (max(map(_width, names), default=-2 * GAP) + 2 * GAP)
    top = GAP + LINE * bool(title) + LINE * bool(heads)
    step = height + GAP + LINE * bool(captions)
    whole = max(left + columns * (width + GAP), _width(title) + 2 * GAP)
    paper = Image.new("RGB", (whole, top + rows * step), "white")
    draw = ImageDraw.Draw(paper)
    _write(draw, title, (GAP, GAP + LINE // 2 - 2), "lm", whole)
    for column, head in enumerate(heads):
        _write(draw, head, (left + column * (width + GAP) + width // 2, top - LINE // 2 - 1), "mm", width)
    for row, name in enumerate(names):
        _write(draw, name, (left - 2 * GAP, top + row * step + height // 2), "rm", left)
    for i, picture in enumerate(pictures):
        x, y = left + i % columns * (width + GAP), top + i // columns * step
        paper.paste(picture, (x, y))
        if captions:
            _write(draw, captions[i], (x + width // 2, y + height + LINE // 2), "mm", width + GAP)
    return paper


def equation(pieces: Sequence[str | np.ndarray], captions: Sequence[str], least: int = LEAST_SIDE) -> Image.Image:
    """Lay pictures and signs out in one line, as ``[G] + [D] = [result]``.

    Args:
        pieces: signs, and pictures uint8 (n, H, W, C): the last of them large, those before it small, above it.
        captions: one a piece, below pictures; what belongs to a sign is not shown.
        least: pixels that the shorter side of a large picture has at least.
    """
    columns = [piece if isinstance(piece, str) else _column(piece, least) for piece in pieces]
    tall = max(column.height for column in columns if isinstance(column, Image.Image))
    size = max(SIZE, least // 3)
    widths = [_width(c, size) + 2 * GAP if isinstance(c, str) else c.width + 2 * GAP for c in columns]
    paper = Image.new("RGB", (sum(widths) + 2 * GAP, tall + LINE + 2 * GAP), "white")
    draw = ImageDraw.Draw(paper)
    x = GAP
    middle = GAP + tall - max(shown(p[-1], least).height for p in pieces if not isinstance(p, str)) // 2
    for column, caption, width in zip(columns, captions, widths, strict=True):
        if isinstance(column, str):
            draw.text((x + width // 2, middle), column, fill=INK, font=ImageFont.load_default(size), anchor="mm")
        else:
            paper.paste(column, (x + GAP, GAP + tall - column.height))
            _write(draw, caption, (x + width // 2, GAP + tall + LINE // 2), "mm", width)
        x += width
    return paper


def stacked(images: Sequence[Image.Image]) -> Image.Image:
    """Lay RGB pictures one below the other, on white."""
    paper = Image.new("RGB", (max(i.width for i in images), sum(i.height for i in images)), "white")
    y = 0
    for image in images:
        paper.paste(image, (0, y))
        y += image.height
    return paper


def side_by_side(images: Sequence[Image.Image], gap: int = 3 * GAP) -> Image.Image:
    """Lay RGB pictures one beside the other, on white."""
    width = sum(image.width for image in images) + gap * (len(images) - 1)
    paper = Image.new("RGB", (width, max(image.height for image in images)), "white")
    x = 0
    for image in images:
        paper.paste(image, (x, 0))
        x += image.width + gap
    return paper


def titled(image: Image.Image, title: str) -> Image.Image:
    """Write a line above an RGB picture; without a title it stays as it is."""
    if not title:
        return image
    paper = Image.new("RGB", (max(image.width, _width(title) + 2 * GAP), image.height + LINE), "white")
    paper.paste(image, (0, LINE))
    _write(ImageDraw.Draw(paper), title, (GAP, LINE // 2), "lm", paper.width)
    return paper


def save_image(path: Path, image: Image.Image) -> None:
    """Write a picture as PNG, in one step."""
    with replacing(path, durable=False) as temporary:
        image.save(temporary, format="PNG")


def _column(pictures: np.ndarray, least: int) -> Image.Image:
    """The last picture large, the others small above it."""
    large = shown(pictures[-1], least)
    if len(pictures) == 1:
        return large
    per_row = min(3, len(pictures) - 1)
    width, height = large.width // per_row, large.height // per_row
    rows = -(-(len(pictures) - 1) // per_row)
    paper = Image.new("RGB", (large.width, rows * height + GAP + large.height), "white")
    for i, picture in enumerate(pictures[:-1]):
        paper.paste(shown(picture, least).resize((width, height)), (i % per_row * width, i // per_row * height))
    paper.paste(large, (0, paper.height - large.height))
    return paper


def _width(text: str, size: float = SIZE) -> int:
    return round(ImageFont.load_default(size).getlength(text)) if text else 0


def _write(draw: ImageDraw.ImageDraw, text: str, at: tuple[int, int], anchor: str, room: int) -> None:
    if text:
        size = max(7.0, min(SIZE, SIZE * room / max(_width(text), 1)))
        draw.text(at, text, fill=INK, font=ImageFont.load_default(size), anchor=anchor)
