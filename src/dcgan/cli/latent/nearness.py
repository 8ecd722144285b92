"""Samples, real pictures, and the spaces in which they are compared."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dcgan.api import Model
from dcgan.cli.origin import known_origin, real_pictures
from dcgan.cli.progress import Progress
from dcgan.data.heldback import split
from dcgan.data.pictures import Pictures
from dcgan.errors import DataError
from dcgan.latent.neighbours import Near, Read, Verdict, as_pixels, nearest, verdict
from dcgan.metrics.distances import nearest as search
from dcgan.metrics.extractors.own import open_self
from dcgan.metrics.sides import drawn


@dataclass(frozen=True, kw_only=True)
class Reals:
    """The real pictures, and which of them are what."""

    pictures: Pictures
    known: bool
    """Whether these are the pictures that the model was trained on."""
    trained: np.ndarray
    """int64, ascending: rows that were trained on."""
    asked: np.ndarray
    """int64: some of them, whose distances to the others are measured."""
    held: np.ndarray
    """int64: rows that were never trained on, at most as many."""


@dataclass(frozen=True, kw_only=True)
class Space:
    """What pictures are compared by."""

    name: str
    read: Read
    scale: float
    """Distances are divided by it."""
    unit: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found in a space; distances in its unit."""

    space: Space
    near: Near
    """The neighbours of all samples."""
    verdict: Verdict


def open_reals(run: str, data: str | None, cache: Path, *, n: int, k: int) -> Reals:
    """Return the real pictures, told apart.

    Args:
        run: the folder that the command was given.
        data: the real pictures, where they are not the run's own.
        cache: where prepared pictures are kept.
        n: how many of a kind are compared with the others, at most.
        k: neighbours that are wanted.

    Raises:
        UserError: they cannot be had, or are too few.
    """
    origin = known_origin(run, data)
    pictures = real_pictures(origin, data=data, labels=None, cache=cache)
    known = pictures.digest == origin.digest
    trained, held = split(len(pictures), origin.hold_back if known else 0.0)
    if len(trained) < k + 2:
        raise DataError(f"{pictures.name} has {len(trained)} pictures: --k {k} needs {k + 2}")
    return Reals(
        pictures=pictures,
        known=known,
        trained=trained,
        asked=drawn(trained, n, "pictures beside others"),
        held=drawn(held, n, "pictures held back, beside others"),
    )


def spaces_of(model: Model) -> list[Space]:
    """Return what pictures are compared by, pixels first."""
    own, config = open_self(model.D, next(model.D.parameters()).device), model.G.config
    numbers = config.height * config.width * config.channels
    return [
        Space(name="pixels", read=as_pixels, scale=numbers**0.5, unit="root mean square, in steps of 0 to 255"),
        Space(name="D's features", read=lambda p: own.read(p).features, scale=own.dim**0.5, unit="root mean square"),
    ]


def compared(samples: np.ndarray, reals: Reals, spaces: list[Space], *, judged: int, k: int) -> Iterator[Found]:
    """Yield what is found in each space. Which real pictures are exact copies is decided in the first, by pixels.

    Args:
        samples: uint8 (N, H, W, C).
        reals: the real pictures.
        spaces: what they are compared by.
        judged: the first so many samples are judged; of all of them the neighbours are found.
        k: neighbours.
    """
    copies: np.ndarray | None = None
    others = reals.pictures.pixels[np.concatenate([reals.asked, reals.held])]
    own = np.concatenate([np.full(len(samples), -1), reals.asked, np.full(len(reals.held), -1)])
    ends = np.cumsum([len(samples), len(reals.asked), len(reals.held)]).tolist()
    for space in spaces:
        with Progress(f"comparing by {space.name}") as progress:
            queries = np.concatenate([space.read(samples), space.read(others)])
            near = nearest(
                queries,
                reals.pictures.pixels,
                reals.trained,
                k,
                read=space.read,
                search=search,
                own=own,
                progress=progress.count,
            )
        near = Near(distances=near.distances / space.scale, rows=near.rows)
        between = near.part(ends[0], ends[1])
        copies = between.distances[:, 0] == 0 if copies is None else copies
        found = verdict(near.part(0, judged), between, copies, near.part(ends[1], ends[2]))
        yield Found(space=space, near=near.part(0, ends[0]), verdict=found)
