"""``dcgan latent directions RUN``: directions of z found, named, measured, kept in the run."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from dcgan.api import Model
from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, chosen, model_facts, open_model, vectors, write
from dcgan.cli.latent.effects import in_words, table
from dcgan.cli.latent.finding import Finder
from dcgan.cli.latent.keeping import check_test, keep, measured
from dcgan.cli.latent.named import check_there, delete_direction, directions_folder, load_directions
from dcgan.cli.latent.reading import needed_reader, open_reader
from dcgan.cli.latent.wishes import FindingOptions, check_wishes, given
from dcgan.cli.latent.words import WordOptions, scope_of
from dcgan.errors import ConfigError
from dcgan.latent.directions.candidates import Candidate
from dcgan.latent.directions.effect import AMOUNT, Effect
from dcgan.latent.frames import Frames, joined
from dcgan.latent.traverse import along
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
    folder, wished = directions_folder(arguments.run), given(arguments)
    if arguments.delete is None and not arguments.list:
        return find(arguments, folder)
    check_there(arguments.run)
    if wished:
        raise ConfigError(f"--list and --delete find no directions: leave out {', '.join(wished)}, or do one at a time")
    if arguments.delete is not None:
        print(f"removed: {delete_direction(folder, arguments.delete)}")
    return say_list(folder) if arguments.list else 0


def find(arguments: Arguments, folder: Path) -> int:
    """Find what is wished for, measure it, save it, and show it."""
    check_test(arguments.test)
    check_wishes(arguments)
    amounts, seeds = parse_floats(arguments.amounts, "--amounts"), chosen(arguments.seeds)
    model = open_model(arguments)
    reader = (needed_reader if arguments.label else open_reader)(arguments.run, model, arguments)
    if reader is not None:
        print(f"labels are read by {reader.what}")
    scope = scope_of(arguments.run, model, arguments, reader)
    found = Finder(arguments.run, arguments, model, reader, scope).candidates()
    effects = measured(model, reader, found, arguments.test)
    keep(found, effects, model, folder)
    frames = moved_along(model, found, seeds, amounts)
    told = [{"name": c.name, "found": c.found, "effect": e.as_json()} for c, e in zip(found, effects, strict=True)]
    facts = model_facts(model) | {"reader": reader.what if reader is not None else None, "directions": told}
    out = write(arguments, "directions", frames, sheet_of(frames, found, effects, seeds, amounts), facts)
    print("\n".join(table([(c.name, e.as_json()) for c, e in zip(found, effects, strict=True)])))
    print(f"written: {out / 'directions.png'}; kept in {folder}")
    return 0


def moved_along(model: Model, found: list[Candidate], seeds: list[int], amounts: list[float]) -> Frames:
    """Move samples along directions: all amounts of the first sample along the first direction, then of the second
    sample, and so on."""
    base, parts = vectors(model, seeds), []
    for candidate in found:
        frames = along(model.G, base, candidate.vector, amounts)
        for what in frames.what:
            what |= {"direction": candidate.name, "seed": seeds[what.pop("base")]}
        parts.append(frames)
    return joined(parts)


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
        print(f"{direction.name}  at {direction.found_on.kimg:g} kimg, {direction.found}{effect}")
    return 0
