"""Directions with names: what is kept of each, as plain values and back, and what they mean to a generator.

Nothing here knows of files. Where directions are kept, ``RUN/directions/NAME.json``, is the command's affair
(``dcgan.cli.latent.named``), which hands them on, as objects or as plain values, to whatever shows or exports them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dcgan.config import Prior
from dcgan.errors import ConfigError, DataError, check
from dcgan.latent.move import step
from dcgan.models.digest import weights_digest
from dcgan.models.generator import Generator

FORMAT = "dcgan-direction"
VERSION = 1
NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, kw_only=True)
class FoundOn:
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
    found_on: FoundOn
    length: float | None = None
    """Of a difference of two averages: how long it is."""
    effect: dict[str, Any] | None = None
    """What it does, as measured: ``directions.effect.Effect.as_json``."""

    def __post_init__(self) -> None:
        check_name(self.name)
        assert self.vector.dtype == np.float32, self.vector.dtype
        assert self.vector.ndim == 1, self.vector.shape

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values, which ``from_json`` reads."""
        on = {"kimg": self.found_on.kimg, "weights": self.found_on.weights}
        plain = {"format": FORMAT, "version": VERSION, "name": self.name, "found": self.found, "origin": on}
        return plain | {"length": self.length, "effect": self.effect, "vector": [float(v) for v in self.vector]}


def check_name(name: str) -> str:
    """Return a direction's name.

    Raises:
        ConfigError: it is none.
    """
    check(NAME.fullmatch(name) is not None, "a direction's name is letters, digits, - and _, at most 100", name)
    return name


def found_on(G: Generator, kimg: float) -> FoundOn:
    """Return which generator this is."""
    return FoundOn(kimg=kimg, weights=weights_digest(G))


def from_json(plain: Any) -> Direction:
    """Return the direction that plain values are, as ``Direction.as_json`` gives them.

    Raises:
        DataError: they are none, or damaged.
    """
    try:
        return _from_json(plain)
    except KeyError as error:
        raise DataError(f"it has no {error}") from error
    except (ValueError, TypeError) as error:
        raise DataError(str(error)) from error


def _from_json(plain: Any) -> Direction:
    if plain["format"] != FORMAT or plain["version"] != VERSION:
        raise ValueError(f"it is no {FORMAT} of version {VERSION}")
    vector = np.array(plain["vector"], np.float32)
    if vector.ndim != 1 or not abs(float(np.linalg.norm(vector)) - 1) < 1e-3:
        raise ValueError("its vector is not of length 1")
    return Direction(
        name=plain["name"],
        vector=vector,
        found=str(plain["found"]),
        found_on=FoundOn(kimg=float(plain["origin"]["kimg"]), weights=str(plain["origin"]["weights"])),
        length=None if plain["length"] is None else float(plain["length"]),
        effect=None if plain["effect"] is None else dict(plain["effect"]),
    )


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
    if direction.found_on.weights == weights_digest(G):
        return None
    return (
        f"the direction {direction.name} was found on other weights (at {direction.found_on.kimg:g} kimg; these are at "
        f"{kimg:g} kimg): what it does here is not what was measured"
    )


def direction_source(
    find: Callable[[str], Direction], G: Generator, kimg: float, warn: Callable[[str], None]
) -> Callable[[str], np.ndarray]:
    """Return what ``direction:NAME`` means in an expression: the step of one standard deviation along it, so that
    ``seed:1 + 3 * direction:smile`` is seed 1 moved by 3 (``move.moved``). float64 (1, z_dim).

    Args:
        find: returns the direction of a name, or raises a UserError.
        G: the generator that the expression is for.
        kimg: of its snapshot.
        warn: called with a sentence where a direction was found on other weights.
    """

    prior: Prior = G.config.prior

    def source(name: str) -> np.ndarray:
        direction = find(name)
        warning = fitting(direction, G, kimg)
        if warning is not None:
            warn(warning)
        return step(prior, direction.vector)[None]

    return source
