"""Where a run keeps its named directions, ``RUN/directions/NAME.json``, and what ``direction:NAME`` means.

The files are read and written here; what is in one is ``dcgan.latent.named``'s affair. A command that exports or shows
directions reads them here and hands them on.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from dcgan.api import Model
from dcgan.cli.latent.common import kimg_of
from dcgan.cli.origin import run_of
from dcgan.errors import ConfigError, DataError, SnapshotError
from dcgan.files import write_json
from dcgan.latent.named import Direction, check_name, direction_source, from_json


def directions_folder(run: str | Path) -> Path:
    """Return the folder of named directions, which may not be there yet: in the run, also where one of its snapshots is
    named; or in a snapshot that belongs to no run here."""
    found = run_of(Path(run))
    return (found.path if found is not None else Path(run)) / "directions"


def check_there(run: str | Path) -> None:
    """Check that a folder is a run or a snapshot.

    Raises:
        SnapshotError: it is neither.
    """
    if run_of(Path(run)) is None and not (Path(run) / "config.json").is_file():
        raise SnapshotError(f"there is no run or snapshot at {run}: give the folder that `dcgan train` made")


def named_source(run: str | Path, model: Model) -> Callable[[str], np.ndarray]:
    """Return what ``direction:NAME`` means in an expression: a step of one standard deviation along a direction of the
    run. Where it was found on other weights, a warning is printed, once."""
    said: list[str] = []

    def warn(sentence: str) -> None:
        if sentence not in said:
            said.append(sentence)
            print(f"warning: {sentence}")

    return direction_source(partial(load_direction, directions_folder(run)), model.G, kimg_of(model), warn)


# On the disk --------------------------------------------------------------------------------------------------------


def save_direction(folder: Path, direction: Direction) -> tuple[Path, str | None]:
    """Write a direction as ``folder/NAME.json``, in one step. Returns the file, and a sentence where one of that name
    was replaced."""
    path, replaced = folder / f"{direction.name}.json", None
    if path.is_file():
        try:
            replaced = f"replaced {direction.name}, which was found at {read_direction(path).found_on.kimg:g} kimg"
        except DataError:
            replaced = f"replaced {direction.name}, which was damaged"
    write_json(path, direction.as_json())
    return path, replaced


def load_directions(folder: Path) -> dict[str, Direction]:
    """Return the directions in a folder by name, in the order of the alphabet; none where there is no folder.

    Raises:
        DataError: one of them is damaged.
    """
    found = (read_direction(path) for path in sorted(folder.glob("*.json"), key=lambda path: path.stem))
    return {direction.name: direction for direction in found}


def load_direction(folder: Path, name: str) -> Direction:
    """Return a direction by its name.

    Raises:
        ConfigError: there is none of that name.
        DataError: it is damaged.
    """
    return read_direction(_existing(folder, name))


def delete_direction(folder: Path, name: str) -> Path:
    """Remove a direction; its file may be damaged. Returns the file that was there.

    Raises:
        ConfigError: there is none of that name.
    """
    path = _existing(folder, name)
    path.unlink()
    return path


def _existing(folder: Path, name: str) -> Path:
    path = folder / f"{check_name(name)}.json"
    if not path.is_file():
        known = ", ".join(sorted(other.stem for other in folder.glob("*.json")))
        there = f"there are {known}" if known else "there are none: `dcgan latent directions` finds them"
        raise ConfigError(f"{folder} has no direction {name!r}: {there}")
    return path


def read_direction(path: Path) -> Direction:
    """Read what ``save_direction`` wrote.

    Raises:
        DataError: it is damaged, or something else.
    """
    try:
        direction = from_json(json.loads(path.read_text(encoding="utf-8")))
        if direction.name != path.stem:
            raise DataError(f"it says that it is {direction.name!r}")
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is no direction, or damaged ({error}): delete it, or find it anew") from error
    return direction
