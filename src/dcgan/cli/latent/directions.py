"""``dcgan latent directions RUN``: directions of z found, named, measured, kept in the run."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from dcgan.api import Model
from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, chosen, model_facts, open_model, vectors, write
from dcgan.cli.latent.effects import in_words, table
from dcgan.cli.latent.finding import Candidate, Finder, FindingOptions
from dcgan.cli.latent.named import directions_folder, kimg_of
from dcgan.cli.latent.reading import needed_reader, open_reader
from dcgan.cli.latent.words import WordOptions, scope_of
from dcgan.cli.progress import Progress
from dcgan.errors import check
from dcgan.latent.bylabel import ByLabel
from dcgan.latent.directions.effect import AMOUNT, FRESH, Effect, measure
from dcgan.latent.directions.moves import moves
from dcgan.latent.expression import Scope
from dcgan.latent.frames import Frames
from dcgan.latent.named import Direction, check_name, delete_direction, load_directions, origin_of, save_direction
from dcgan.latent.reader import Reader
from dcgan.parse import parse_floats
from dcgan.report.labelled import sheet


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared, WordOptions, FindingOptions):
    """Find directions of z, name them, measure what they do, and keep them in the run for algebra, traversal and the
    page. Amounts are standard deviations of z."""

    test: int = 1000
    """Fresh samples that effects are measured on."""
    seeds: str = "0-2"
    """The samples on the sheet."""
    amounts: str = "-3,-2,-1,0,1,2,3"
    """How far they are moved there."""
    list: bool = False
    """Say which directions the run has."""
    delete: str | None = None
    """Remove a saved direction."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent directions")
    folder = directions_folder(arguments.run)
    if arguments.delete is not None:
        print(f"removed: {delete_direction(folder, arguments.delete)}")
    if arguments.list:
        return say_list(folder)
    return 0 if arguments.delete is not None else find(arguments, folder)


def find(arguments: Arguments, folder: Path) -> int:
    """Find what is wished for, measure it, save it, and show it."""
    check(1 <= arguments.test <= 1_000_000, "--test is between 1 and 1,000,000", arguments.test)
    if arguments.name is not None:
        check_name(arguments.name)
    amounts, seeds = parse_floats(arguments.amounts, "--amounts"), chosen(arguments.seeds)
    model = open_model(arguments)
    reader = (needed_reader if arguments.label else open_reader)(arguments.run, model, arguments)
    if reader is not None:
        print(f"labels are read by {reader.what}")
    scope = scope_with(arguments, model, reader)
    found = Finder(arguments.run, arguments, model, reader, scope).candidates()
    effects = measured(arguments, model, reader, found)
    save(found, effects, model, folder)
    frames = moves(model.G, {c.name: c.vector for c in found}, vectors(model, seeds), seeds, amounts)
    told = [{"name": c.name, "found": c.found, "effect": e.as_json()} for c, e in zip(found, effects, strict=True)]
    facts = model_facts(model) | {"reader": reader.what if reader is not None else None, "directions": told}
    out = write(arguments, "directions", frames, sheet_of(frames, found, effects, seeds, amounts), facts)
    print("\n".join(table([(c.name, e.as_json()) for c, e in zip(found, effects, strict=True)])))
    print(f"written: {out / 'directions.png'}; kept in {folder}")
    return 0


def scope_with(arguments: Arguments, model: Model, reader: Reader | None) -> Scope:
    """Return what words mean here; labels by the reader that is open already."""
    scope = scope_of(arguments.run, model, arguments)
    if reader is None:
        return scope
    known = ByLabel(reader=reader, G=model.G)
    by_label = {"label": lambda wish: known.vectors(wish, arguments.exemplars)}
    return Scope(prior=scope.prior, names=scope.names, sources={**scope.sources, **by_label})


def measured(arguments: Arguments, model: Model, reader: Reader | None, found: list[Candidate]) -> list[Effect]:
    """Measure what directions do, with progress."""
    with Progress("measuring what they do") as progress:
        return measure(
            model.G,
            [candidate.vector for candidate in found],
            [candidate.label for candidate in found],
            reader,
            seeds=range(FRESH.start, FRESH.start + arguments.test),
            progress=progress.count,
        )


def save(found: list[Candidate], effects: list[Effect], model: Model, folder: Path) -> None:
    """Keep directions, with what they do, in the run."""
    origin = origin_of(model.G, kimg_of(model))
    for candidate, effect in zip(found, effects, strict=True):
        kept = Direction(
            name=candidate.name,
            vector=candidate.vector.astype(np.float32),
            found=candidate.found,
            origin=origin,
            length=candidate.length,
            effect=effect.as_json(),
        )
        save_direction(folder, kept)


def sheet_of(
    frames: Frames, found: list[Candidate], effects: list[Effect], seeds: list[int], amounts: list[float]
) -> Image.Image:
    """Lay directions out: a row a sample, the direction's name and what it flips beside its first one."""
    names = []
    for candidate, effect in zip(found, effects, strict=True):
        names += [in_words(candidate.name, effect.as_json()), *(f"seed {seed}" for seed in seeds[1:])]
    title = f"standard deviations; beside: label gained at +{AMOUNT:g} / lost at -{AMOUNT:g} (others that stay)"
    return sheet(frames.pixels, len(amounts), heads=[f"{a:g}" for a in amounts], names=names, title=title)


def say_list(folder: Path) -> int:
    """Print a run's directions."""
    kept = load_directions(folder)
    print(f"{folder}: {len(kept) or 'no'} direction{'s' * (len(kept) != 1)}")
    for direction in kept.values():
        effect = f"; {in_words(direction.name, direction.effect)}" if direction.effect else ""
        print(f"{direction.name}  at {direction.origin.kimg:g} kimg, {direction.found}{effect}")
    return 0
