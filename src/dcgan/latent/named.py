"""Directions with names, kept in a run: ``RUN/directions/NAME.json``."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dcgan.config import Prior
from dcgan.errors import ConfigError, DataError, check
from dcgan.files import write_json
from dcgan.latent.move import step
from dcgan.models.digest import weights_digest
from dcgan.models.generator import Generator

FORMAT = "dcgan-direction"
VERSION = 1
NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
DAMAGE = (OSError, ValueError, KeyError, TypeError)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The generator that a direction was found on."""

    kimg: float
    weights: str
    """Changes with any weight: ``weights_digest``."""


@dataclass(frozen=True, kw_only=True)
class Direction:
    """A direction of z with a name."""

    name: str
    """Letters, digits, - and _."""
    vector: np.ndarray
    """float32 (z_dim,), of length 1. What moves along it counts in standard deviations: see ``move``."""
    found: str
    """How it was found, in words."""
    origin: Origin
    length: float | None = None
    """Of a difference of two averages: how long it is."""
    effect: dict[str, Any] | None = None
    """What it does, as measured: ``directions.effect.Effect.as_json``."""

    def __post_init__(self) -> None:
        check_name(self.name)
        assert self.vector.dtype == np.float32, self.vector.dtype
        assert self.vector.ndim == 1, self.vector.shape


def check_name(name: str) -> str:
    """Return a direction's name.

    Raises:
        ConfigError: it is none.
    """
    check(NAME.fullmatch(name) is not None, "a direction's name is letters, digits, - and _, at most 100", name)
    return name


def origin_of(G: Generator, kimg: float) -> Origin:
    """Return which generator this is."""
    return Origin(kimg=kimg, weights=weights_digest(G))


# On the disk --------------------------------------------------------------------------------------------------------


def save_direction(folder: Path, direction: Direction) -> Path:
    """Write a direction as ``folder/NAME.json``, in one step; one of that name is replaced. Returns the file."""
    path = folder / f"{direction.name}.json"
    origin = {"kimg": direction.origin.kimg, "weights": direction.origin.weights}
    plain = {"format": FORMAT, "version": VERSION, "name": direction.name, "found": direction.found, "origin": origin}
    plain |= {"length": direction.length, "effect": direction.effect}
    write_json(path, plain | {"vector": [float(v) for v in direction.vector]})
    return path


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
    path = folder / f"{check_name(name)}.json"
    if not path.is_file():
        known = ", ".join(sorted(other.stem for other in folder.glob("*.json")))
        there = f"there are {known}" if known else "there are none: `dcgan latent directions` finds them"
        raise ConfigError(f"{folder} has no direction {name!r}: {there}")
    return read_direction(path)


def delete_direction(folder: Path, name: str) -> Path:
    """Remove a direction; its file may be damaged. Returns the file that was there.

    Raises:
        ConfigError: there is none of that name.
    """
    path = folder / f"{check_name(name)}.json"
    if not path.is_file():
        load_direction(folder, name)  # which says what there is
    path.unlink()
    return path


def read_direction(path: Path) -> Direction:
    """Read what ``save_direction`` wrote.

    Raises:
        DataError: it is damaged, or something else.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        if plain["format"] != FORMAT or plain["version"] != VERSION:
            raise ValueError(f"it is no {FORMAT} of version {VERSION}")
        vector = np.array(plain["vector"], np.float32)
        if vector.ndim != 1 or not abs(float(np.linalg.norm(vector)) - 1) < 1e-3:
            raise ValueError("its vector is not of length 1")
        if plain["name"] != path.stem:
            raise ValueError(f"it says that it is {plain['name']!r}")
        return Direction(
            name=plain["name"],
            vector=vector,
            found=str(plain["found"]),
            origin=Origin(kimg=float(plain["origin"]["kimg"]), weights=str(plain["origin"]["weights"])),
            length=None if plain["length"] is None else float(plain["length"]),
            effect=None if plain["effect"] is None else dict(plain["effect"]),
        )
    except DAMAGE as error:
        raise DataError(f"{path} is no direction, or damaged ({error}): delete it, or find it anew") from error


# In use -------------------------------------------------------------------------------------------------------------


def fitting(direction: Direction, G: Generator, kimg: float) -> str | None:
    """Return a sentence of warning where a direction was found on another snapshot than this; None where it was not.

    Raises:
        ConfigError: it is of another length than this generator's z.
    """
    if len(direction.vector) != G.config.z_dim:
        raise ConfigError(
            f"the direction {direction.name} has {len(direction.vector)} numbers, and this generator's z has "
            f"{G.config.z_dim}: it belongs to another model"
        )
    if direction.origin.weights == weights_digest(G):
        return None
    return (
        f"the direction {direction.name} was found on other weights (at {direction.origin.kimg:g} kimg; these are at "
        f"{kimg:g} kimg): what it does here is not what was measured"
    )


def direction_source(
    folder: Path, G: Generator, kimg: float, warn: Callable[[str], None]
) -> Callable[[str], np.ndarray]:
    """Return what ``direction:NAME`` means in an expression: the step of one standard deviation along it, so that
    ``seed:1 + 3 * direction:smile`` is seed 1 moved by 3 (``move.moved``). float64 (1, z_dim).

    Args:
        folder: of the directions.
        G: the generator that the expression is for.
        kimg: of its snapshot.
        warn: called with a sentence where a direction was found on other weights.
    """

    def source(name: str) -> np.ndarray:
        direction = load_direction(folder, name)
        warning = fitting(direction, G, kimg)
        if warning is not None:
            warn(warning)
        return step(prior, direction.vector)[None]

    prior: Prior = G.config.prior
    return source
