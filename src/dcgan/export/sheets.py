"""Sheets of pictures for the page: cut from a run's own, laid out without gaps, as WebP of few bytes."""

import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from dcgan.errors import SnapshotError
from dcgan.images import grid, over, to_image

GAP = 2
"""Between the pictures of a run's sheets, and around them (``images.grid``)."""
AT_LEAST = 64
"""Pixels of the shorter side of a picture on a run's sheets: smaller ones are enlarged (``images.enlarge``)."""
QUALITIES = (90, 82, 74, 64)


def cut(path: Path, height: int, width: int, most: int) -> np.ndarray:
    """Return the first places of a run's sheet, at the size that its pictures have without being enlarged.

    Args:
        path: a sheet, as ``fakes_init.png``; transparent ones are laid on white.
        height, width: of the run's pictures.
        most: places at most.

    Returns:
        uint8 (at most ``most``, height, width, 1 or 3); the last ones may be empty (see ``filled``).

    Raises:
        SnapshotError: it is no picture, or no sheet of such pictures.
    """
    try:
        with Image.open(path) as image:
            sheet = np.asarray(over(image))
    except OSError as error:
        raise SnapshotError(f"{path} is damaged: {error}") from error
    sheet = sheet.reshape(*sheet.shape[:2], -1)
    factor = max(1, math.ceil(AT_LEAST / min(height, width)))
    down, right = height * factor + GAP, width * factor + GAP
    if (sheet.shape[0] - GAP) % down or (sheet.shape[1] - GAP) % right or min(sheet.shape[:2]) <= GAP:
        raise SnapshotError(f"{path} is no sheet of pictures of {height}x{width}: `dcgan train` writes it")
    rows, columns = (sheet.shape[0] - GAP) // down, (sheet.shape[1] - GAP) // right
    cells = sheet[GAP:, GAP:].reshape(rows, down, columns, right, -1).swapaxes(1, 2)
    tiles = cells[:, :, : down - GAP : factor, : right - GAP : factor].reshape(rows * columns, height, width, -1)
    return tiles[:most]


def filled(tiles: np.ndarray) -> int:
    """Return how many places of a sheet have a picture, at least one: those after the last one are white."""
    seen = np.flatnonzero((tiles != 255).reshape(len(tiles), -1).any(1))
    return int(seen[-1]) + 1 if len(seen) else 1


def reduced(tiles: np.ndarray, side: int) -> np.ndarray:
    """Return pictures (N, H, W, C) reduced so that the longer side is at most ``side`` pixels."""
    height, width = tiles.shape[1:3]
    factor = side / max(height, width)
    if factor >= 1:
        return tiles
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = [np.asarray(to_image(tile).resize(size, Image.Resampling.LANCZOS)) for tile in tiles]
    return np.stack(small).reshape(len(tiles), size[1], size[0], -1)


def webp(picture: np.ndarray, quality: int | None) -> bytes:
    """Return one picture, uint8 (H, W, C), transparent ones laid on white, as WebP; without a quality to the bit."""
    buffer = io.BytesIO()
    how = {"lossless": True, "quality": 90} if quality is None else {"quality": quality}
    over(to_image(picture)).convert("RGB").save(buffer, format="WEBP", method=4, **how)
    return buffer.getvalue()


def sheet(tiles: np.ndarray, columns: int, quality: int | None) -> bytes:
    """Return pictures (N, H, W, C) laid out in rows, without gaps, as WebP; places left over are white."""
    return webp(grid(tiles, columns, gap=0), quality)


def fitted(
    sheets: Sequence[np.ndarray], columns: int, most: int, side: int | None = None, *, exact: bool = False
) -> tuple[list[bytes], tuple[int, int]]:
    """Return sheets as WebP that together take at most so many bytes, all in one quality and one size.

    Gray pictures stay as they are to the bit where that fits; else the quality falls, and then the size.

    Args:
        sheets: each (N, H, W, C), of one H, W and C.
        columns: pictures a row.
        most: bytes of all of them together.
        side: pixels of a picture's longer side at most.
        exact: no quality but the best, without loss.

    Returns:
        The files, and the height and width that a picture has in them.
    """
    qualities = (None,) if exact else (None, *QUALITIES) if sheets[0].shape[3] == 1 else QUALITIES
    longest = max(sheets[0].shape[1:3])
    side = longest if side is None else min(side, longest)
    while True:
        small = [reduced(tiles, side) for tiles in sheets]
        for quality in qualities:
            files = _within(small, columns, quality, most)
            if files is not None:
                return files, (small[0].shape[1], small[0].shape[2])
        side = side * 3 // 4
        assert side > 4, "a few pixels fit any budget"


def _within(sheets: Sequence[np.ndarray], columns: int, quality: int | None, most: int) -> list[bytes] | None:
    files, left = [], most
    for tiles in sheets:
        files.append(sheet(tiles, columns, quality))
        left -= len(files[-1])
        if left < 0:
            return None
    return files
