"""The pictures that the page has as files: averages along the mean of z, fixed z through training, real ones.

Each kind has its share of bytes, whatever the run: the page is to be small enough for anybody's connection.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dcgan.config import ModelConfig
from dcgan.export.plain import short
from dcgan.export.sheets import cut, filled, fitted
from dcgan.latent.means import average
from dcgan.models.generator import Generator

MEANS = [i / 4 for i in range(-4, 5)]
AVERAGED = 256
"""Samples an average."""
FRAMES = 24
COLUMNS, TILES = 8, 64
LONGEST_SIDE = 128
"""Of a picture through time, in pixels."""
REALS_BYTES, TIME_BYTES, AVERAGES_BYTES = 600_000, 1_200_000, 150_000


def write_averages(folder: Path, G: Generator) -> dict[str, Any]:
    """Write the average pictures along the mean of z, one strip, and return what it is."""
    tiles = np.stack([average(G, AVERAGED, mean, 1.0) for mean in MEANS])
    (file,), (height, width) = fitted([tiles], len(MEANS), AVERAGES_BYTES)
    (folder / "averages.webp").write_bytes(file)
    return {"file": "averages.webp", "tile": [width, height], "means": MEANS, "std": 1.0, "count": AVERAGED}


def write_time(
    folder: Path, frames: Sequence[tuple[float, Path]], averaged: bool, model: ModelConfig
) -> dict[str, Any] | None:
    """Write the pictures of fixed z through training, a file a moment, and return what they are; None without any.

    Args:
        folder: where to; the files go into ``time/``.
        frames: kimg, and the run's sheet.
        averaged: whether these are the averaged generator's.
        model: says how large a picture is.

    Raises:
        SnapshotError: a sheet is damaged.
    """
    if not frames:
        return None
    files, about = _frames([cut(path, model.height, model.width, TILES) for _, path in frames])
    names = [f"time/{i:03d}.webp" for i in range(len(files))]
    (folder / "time").mkdir()
    for name, file in zip(names, files, strict=True):
        (folder / name).write_bytes(file)
    moments = zip(frames, names, strict=True)
    return about | {
        "averaged": averaged,
        "frames": [{"kimg": short(kimg), "file": name} for (kimg, _), name in moments],
    }


def _frames(sheets: list[np.ndarray]) -> tuple[list[bytes], dict[str, Any]]:
    count = min(max(filled(tiles) for tiles in sheets), min(len(tiles) for tiles in sheets))
    channels = max(tiles.shape[3] for tiles in sheets)
    alike = [tiles[:count].repeat(channels // tiles.shape[3], axis=3) for tiles in sheets]
    files, (height, width) = fitted(alike, COLUMNS, TIME_BYTES, LONGEST_SIDE)
    return files, _grid(count, height, width) | {"rows": -(-count // COLUMNS)}


def write_reals(folder: Path, sheet: Path | None, name: str, model: ModelConfig) -> dict[str, Any] | None:
    """Write some real pictures at their size and to the bit, fewer where they are large, and return what they are.
    Beside generated ones nothing but the picture is to tell them apart.

    Args:
        folder: where to.
        sheet: the run's ``reals.png``; None where none are to be shown.
        name: of the data.
        model: says how large a picture is.

    Raises:
        SnapshotError: the sheet is damaged.
    """
    if sheet is None:
        return None
    tiles = cut(sheet, model.height, model.width, TILES)
    tiles = tiles[: filled(tiles)]
    while True:
        (file,), (height, width) = fitted([tiles], COLUMNS, REALS_BYTES, exact=True)
        if (height, width) == tiles.shape[1:3] or len(tiles) <= COLUMNS:
            break
        tiles = tiles[: len(tiles) // 2]
    (folder / "reals.webp").write_bytes(file)
    return {"file": "reals.webp", "name": name} | _grid(len(tiles), height, width)


def _grid(count: int, height: int, width: int) -> dict[str, Any]:
    return {"tile": [width, height], "columns": min(COLUMNS, count), "count": count}
