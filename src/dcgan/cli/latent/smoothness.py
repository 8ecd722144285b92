"""``dcgan latent smoothness RUN``: how entangled z is, as figures that tell a smoother model from another."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dcgan.api import Model, load
from dcgan.cli.arguments import parse
from dcgan.cli.evaluate import chosen_snapshots
from dcgan.cli.latent.common import Shared, chosen, model_facts, name_of, vectors, write
from dcgan.cli.progress import Progress
from dcgan.errors import ConfigError, check
from dcgan.files import write_json
from dcgan.latent.frames import joined
from dcgan.latent.perceptual import Space, perceptual, pixels
from dcgan.latent.smoothness import Lengths, Overlap, overlap, path_lengths
from dcgan.latent.traverse import traverse
from dcgan.models.discriminator import Discriminator
from dcgan.report.heat import heat
from dcgan.report.labelled import sheet, shown, side_by_side
from dcgan.training.device import choose_device
from dcgan.training.run import Run

SHOWN = 16  # dimensions that are compared


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared):
    """Perceptual path length, in D's features and in pixels, and how far the strongest dimensions of z do the same.
    Lower is smoother; figures in D's features may only be compared under one D."""

    snapshot: str = "auto"
    """auto, best, latest, all, or numbers of kimg with commas between: a line for each, all under the last one's D."""
    features_of: str | None = None
    """Another run or snapshot whose D measures, so that several runs can be compared."""
    n: int = 2000
    """Ways between two z."""
    eps: float = 1e-4
    """The step on each way, as a share of it."""
    seeds: str = "0-15"
    """z at which the dimensions are compared; the first is shown."""
    seed: int = 0
    """Decides the ways and the random directions."""
    json: bool = False
    """Print JSON instead of the table."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What is found of one snapshot."""

    row: dict[str, Any]
    """Its figures."""
    model: Model
    overlap: Overlap


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent smoothness")
    check(arguments.n >= 2, "--n is at least 2", arguments.n)
    check(1e-6 <= arguments.eps <= 0.1, "--eps is between 1e-6 and 0.1", arguments.eps)
    seeds = chosen(arguments.seeds)
    folders = chosen_snapshots(Run(Path(arguments.run)), arguments.snapshot)
    judge = open_judge(arguments, folders[-1])
    say: Callable[[str], None] = (lambda line: None) if arguments.json else partial(print, flush=True)
    for line in header(arguments, judge):
        say(line)
    found: list[Measured] = []
    for one in measured(arguments, folders, judge.D, seeds):
        found.append(one)
        say(table_row(one.row))
    rows = [one.row for one in found]
    facts = {"ways": arguments.n, "eps": arguments.eps, "seed": arguments.seed, "D": str(judge.path), "snapshots": rows}
    out = show(arguments, found[-1], seeds, facts)
    say(f"written: {out / 'smoothness.json'}, {out / 'smoothness.png'}")
    if arguments.json:
        print(json.dumps(facts, indent=2))
    return 0


def open_judge(arguments: Arguments, last: Path) -> Model:
    """Return the model whose D measures.

    Raises:
        UserError: there is none, or it is made for other pictures.
    """
    device = str(choose_device(arguments.device))
    own = load(last, device=device)
    if arguments.features_of is None:
        return own
    other = load(arguments.features_of, device=device)
    mine, its = ((c.height, c.width, c.channels) for c in (own.G.config, other.D.config))
    if mine != its:
        made, wanted = (f"{h}x{w} with {c} channels" for h, w, c in (mine, its))
        raise ConfigError(f"--features-of {arguments.features_of} judges pictures of {wanted}, and these are {made}")
    return other


def measured(arguments: Arguments, folders: list[Path], D: Discriminator, seeds: list[int]) -> Iterator[Measured]:
    """Yield what is found of each snapshot."""
    spaces: dict[str, Space] = {"D": perceptual(D), "pixels": pixels}
    for folder in folders:
        model = load(folder, weights=arguments.weights, device=str(choose_device(arguments.device)))
        with Progress(f"ways, {name_of(model)}") as progress:
            lengths = path_lengths(
                model.G, spaces, arguments.n, eps=arguments.eps, seed=arguments.seed, progress=progress.count
            )
        with Progress(f"dimensions, {name_of(model)}") as progress:
            common = overlap(model.G, vectors(model, seeds), top=SHOWN, seed=arguments.seed, progress=progress.count)
        yield Measured(row=figures(model, lengths, common), model=model, overlap=common)


def figures(model: Model, lengths: dict[str, Lengths], common: Overlap) -> dict[str, Any]:
    """Return what is said of one snapshot, as plain values."""
    row: dict[str, Any] = {"snapshot": str(model.path), "kimg": model.info.get("nimg", 0) / 1000}
    for name, found in lengths.items():
        row[f"path length, {name}"] = found.mean
        row[f"path length, {name}: standard error"] = found.error
    return row | {
        "overlap": common.mean,
        "overlap of random directions": common.random,
        "dimensions": [int(dim) for dim in common.dims],
    }


def header(arguments: Arguments, judge: Model) -> list[str]:
    """Return what stands above the table."""
    way = "arcs (slerp)" if judge.G.config.prior == "normal" else "straight (lerp)"
    return [
        f"{arguments.n:,} ways, {way}, steps of {arguments.eps:g}; features: D of {judge.path}",
        f"{'kimg':>8}{'path length, D':>22}{'path length, pixels':>22}"
        f"{f'overlap of {SHOWN} dims':>20}{'of random directions':>22}",
    ]


def table_row(row: dict[str, Any]) -> str:
    """Return one line of the table."""
    lengths = [
        f"{row[f'path length, {name}']:,.4g} ± {row[f'path length, {name}: standard error']:.2g}"
        for name in ("D", "pixels")
    ]
    shares = f"{row['overlap']:>20.3f}{row['overlap of random directions']:>22.3f}"
    return f"{row['kimg']:>8g}" + "".join(f"{text:>22}" for text in lengths) + shares


def show(arguments: Arguments, last: Measured, seeds: list[int], facts: dict[str, Any]) -> Path:
    """Write what the strongest dimensions of a snapshot do, and what each two have in common."""
    base = vectors(last.model, seeds[:1])
    frames = joined([traverse(last.model.G, base, int(dim), [-1.0, 1.0]) for dim in last.overlap.dims])
    picture = picture_of(last.overlap, frames.pixels)
    out = write(arguments, "smoothness", frames, picture, model_facts(last.model) | facts)
    write_json(out / "smoothness.json", facts)
    return out


def picture_of(found: Overlap, pictures: np.ndarray) -> Image.Image:
    """Lay the strongest dimensions at -1 and at 1 out beside the squared correlations of each two.

    Args:
        found: what they have in common.
        pictures: uint8 (2k, H, W, C): -1 and 1 of each dimension.
    """
    names = [f"z[{dim}]" for dim in found.dims]
    others = np.where(np.eye(len(names), dtype=bool), 0.0, found.pairs)
    most = float(np.max(others))
    moved = sheet(pictures, 2, heads=["-1", "1"], names=names, title="what they do")
    table = sheet(
        heat(others, most).reshape(-1, 1, 1, 3),
        len(names),
        heads=names,
        title=f"how far each two do the same: squared correlation, white is {most:.2f}, in the mean {found.mean:.3f}; "
        f"of random directions {found.random:.3f}",
        least=shown(pictures[0]).height,
    )
    return side_by_side([moved, table], 4)
