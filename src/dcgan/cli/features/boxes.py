"""Where an object is in pictures, as a user has drawn it: boxes in JSON or CSV, or masks as pictures."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dcgan.errors import ConfigError, DataError

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the picture; the last two just beyond the object."""
COLUMNS = ("seed", "left", "top", "right", "bottom")
FORMS = (
    'JSON such as [{"seed": 3, "box": [8, 12, 24, 20]}], CSV with the columns seed,left,top,right,bottom, a mask '
    "picture, or a folder of masks called SEED.png"
)


def read_masks(path: Path, seeds: list[int] | None, side: tuple[int, int]) -> dict[int, np.ndarray]:
    """Read where an object is, by seed: bool (H, W) each.

    Args:
        path: JSON, CSV, one mask picture for all ``seeds``, or a folder of masks.
        seeds: which samples one mask is for; others may be None.
        side: height and width of the generator's pictures.

    Raises:
        DataError: the file is missing, of another form, or its boxes or masks do not fit the pictures.
        ConfigError: one mask is given, and no seeds.
    """
    if not path.exists():
        raise DataError(f"there is no file {path}: boxes are {FORMS}")
    if not is_one_mask(path) and seeds is not None:
        raise ConfigError(f"{path} says itself which samples it is for: leave out --seeds")
    if path.is_dir():
        return dict(_folder(path, side))
    suffix = path.suffix.lower()
    if suffix in (".json", ".csv"):
        boxes = _json(path) if suffix == ".json" else _csv(path)
        return painted(boxes, side, str(path))
    mask = read_mask(path, side)
    if not seeds:
        raise ConfigError(f"{path} is one mask: say with --seeds in which samples the object is there")
    return dict.fromkeys(seeds, mask)


def is_one_mask(path: Path) -> bool:
    """Tell whether a file is one picture for all samples."""
    return not path.is_dir() and path.suffix.lower() not in (".json", ".csv")


def painted(boxes: Iterable[tuple[int, Box]], side: tuple[int, int], where: str) -> dict[int, np.ndarray]:
    """Turn boxes into masks; several boxes of one seed are joined.

    Raises:
        DataError: a box does not lie in the picture, or there are none.
    """
    masks: dict[int, np.ndarray] = {}
    for seed, (left, top, right, bottom) in boxes:
        if not (0 <= left < right <= side[1] and 0 <= top < bottom <= side[0]):
            raise DataError(
                f"{where}: the box {left:g},{top:g},{right:g},{bottom:g} of seed {seed} is no left,top,right,bottom in "
                f"a picture of {side[1]}x{side[0]} pixels"
            )
        rows, columns = np.arange(side[0]) + 0.5, np.arange(side[1]) + 0.5
        inside = ((rows > top) & (rows < bottom))[:, None] & ((columns > left) & (columns < right))
        masks[seed] = masks.get(seed, np.zeros(side, bool)) | inside
    if not masks:
        raise DataError(f"{where} has no boxes: they are {FORMS}")
    return masks


def parse_box(text: str) -> Box:
    """Read ``left,top,right,bottom``.

    Raises:
        ConfigError: these are not four numbers.
    """
    try:
        left, top, right, bottom = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ConfigError(f"--box is left,top,right,bottom in pixels, such as 12,20,52,36, not {text!r}") from error
    return left, top, right, bottom


def read_mask(path: Path, side: tuple[int, int]) -> np.ndarray:
    """Read a picture as bool (H, W): where it is lighter than middle gray, and not transparent.

    Raises:
        DataError: it is no picture, or of another size.
    """
    try:
        with Image.open(path) as image:
            picture = np.asarray(image.convert("LA"))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} is no picture that can be read: a mask is white where the object is") from error
    if picture.shape[:2] != side:
        raise DataError(
            f"{path} is of {picture.shape[1]}x{picture.shape[0]} pixels, the pictures are of {side[1]}x{side[0]}: a "
            "mask is of their size"
        )
    return (picture[..., 0] > 127) & (picture[..., 1] > 127)


def _folder(path: Path, side: tuple[int, int]) -> Iterator[tuple[int, np.ndarray]]:
    found = [f for f in path.iterdir() if re.fullmatch(r"-?\d+", f.stem) and f.is_file()]
    files = {int(f.stem): f for f in found}
    if len(files) < len(found):
        raise DataError(f"{path} has two masks for one seed: leave one")
    if not files:
        raise DataError(f"{path} has no masks: they are pictures called by their seed, such as 17.png")
    for seed in sorted(files):
        yield seed, read_mask(files[seed], side)


def _json(path: Path) -> list[tuple[int, Box]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is no JSON ({error}): boxes are {FORMS}") from error
    return [_row(row, path) for row in _listed(rows, path)]


def _listed(rows: Any, path: Path) -> list[Any]:
    if not isinstance(rows, list):
        raise DataError(f"{path} is no list of boxes: they are {FORMS}")
    return rows


def _row(row: Any, path: Path) -> tuple[int, Box]:
    try:
        left, top, right, bottom = (float(number) for number in row["box"])
        return int(row["seed"]), (left, top, right, bottom)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise DataError(f"{path}: {row!r} is no box: boxes are {FORMS}") from error


def _csv(path: Path) -> list[tuple[int, Box]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{path} is no CSV ({error}): boxes are {FORMS}") from error
    return [_row({"seed": row.get("seed"), "box": [row.get(c) for c in COLUMNS[1:]]}, path) for row in rows]
