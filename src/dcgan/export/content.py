"""What the page is made of but for its own code: ``model.onnx``, ``model.json`` and a few sheets, in a folder.

``model.json`` is the page's only source; every file that it names lies beside it. What only a run knows (its curves,
its figures, its health) comes as plain values: nothing here reads a run's text files.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dcgan
from dcgan.export.facts import Facts
from dcgan.export.names import name_vectors
from dcgan.export.onnx import export_onnx
from dcgan.export.plain import exact, short, shorts
from dcgan.export.seeds import HOW, good_seeds
from dcgan.export.shown import write_averages, write_reals, write_time
from dcgan.files import write_text
from dcgan.latent.bylabel import ByLabel
from dcgan.latent.named import Direction
from dcgan.latent.reader import Reader
from dcgan.latent.traverse import rank
from dcgan.models.digest import weights_digest
from dcgan.models.discriminator import Discriminator
from dcgan.models.generator import Generator
from dcgan.models.prior import from_seeds

FORMAT = "dcgan-page"
VERSION = 1
RANKED = 8
"""Seeds, 0 to 7, whose pictures the dimensions of z are ranked by."""
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a run tells beside its model, as plain values; empty for a snapshot alone."""

    run: str | None = None
    """The run's name."""
    directions: tuple[Direction, ...] = ()
    curves: dict[str, Any] | None = None
    metrics: tuple[dict[str, Any], ...] = ()
    health: dict[str, Any] | None = None
    frames: tuple[tuple[float, Path], ...] = ()
    """kimg and sheet of the pictures of fixed z, by kimg; at most ``shown.FRAMES``."""
    averaged: bool = False
    """Whether these are the averaged generator's."""
    reals: Path | None = None
    """A sheet of real pictures that may be shown."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a page is to be made of."""

    facts: Facts
    D: Discriminator
    title: str
    half: bool
    reader: Reader | None
    told: Told


def write_content(folder: Path, wish: Wish, say: Say = lambda what: None) -> dict[str, Any]:
    """Write all that a page shows into a folder. Returns ``model.json``'s values.

    Args:
        folder: an empty one.
        wish: what of.
        say: called with what is being done, in a few words.

    Raises:
        UserError: the ONNX file is not what it should be, or a sheet or a direction of the run is damaged.
    """
    facts, told = wish.facts, wish.told
    say("writing ONNX")
    exported = export_onnx(facts.G, folder / "model.onnx", half=wish.half, metadata=facts.as_metadata())
    say("choosing seeds")
    seeds = good_seeds(facts.G, wish.D)
    say("reading labels")
    names = name_vectors(ByLabel(reader=wish.reader, G=facts.G)) if wish.reader is not None else []
    say("ranking dimensions")
    ranked = ranking(facts.G)
    say("averaging")
    averages = write_averages(folder, facts.G)
    say("writing sheets")
    plain = {
        "format": FORMAT,
        "version": VERSION,
        "title": wish.title,
        "run": told.run,
        "dcgan": dcgan.__version__,
        "licence": facts.licence,
        "model": facts.as_json(),
        "onnx": {"file": "model.onnx"} | exported.as_json(),
        "seeds": seeds,
        "seeds_how": HOW,
        "names": [name.as_json() for name in names],
        "directions": directions(told.directions, facts.G),
        "rank": ranked,
        "averages": averages,
        "curves": told.curves,
        "metrics": list(told.metrics),
        "health": told.health,
        "time": write_time(folder, told.frames, told.averaged, facts.G.config),
        "reals": write_reals(folder, told.reals, facts.data, facts.G.config),
    }
    write_text(folder / "model.json", json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
    return plain


def ranking(G: Generator) -> dict[str, Any]:
    """Return how much each dimension of z changes the picture, over ``RANKED`` fixed seeds."""
    found = rank(G, from_seeds(G.config.prior, range(RANKED), G.config.z_dim).numpy())
    return {"scores": shorts(found.scores), "order": [int(dim) for dim in found.order], "reach": found.reach}


def directions(known: tuple[Direction, ...], G: Generator) -> list[dict[str, Any]]:
    """Return named directions as plain values; ``stale`` are those that were found on other weights. Those of another
    number of dimensions are no directions here, and are left out."""
    digest = weights_digest(G)
    return [
        {
            "name": direction.name,
            "vector": exact(direction.vector),
            "found": direction.found,
            "kimg": short(direction.found_on.kimg),
            "stale": direction.found_on.weights != digest,
            "effect": direction.effect,
        }
        for direction in known
        if len(direction.vector) == G.config.z_dim
    ]
