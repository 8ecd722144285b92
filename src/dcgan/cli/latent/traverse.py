"""``dcgan latent traverse RUN``: one dimension, or one direction, moved while the rest is frozen; ``--rank``."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from dcgan.api import Model
from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, check_spread, chosen, model_facts, open_model, vectors, write
from dcgan.cli.latent.named import named_source
from dcgan.cli.progress import Progress
from dcgan.errors import check
from dcgan.files import replacing, write_json
from dcgan.latent.frames import Frames, joined
from dcgan.latent.traverse import Ranking, along, rank, traverse
from dcgan.parse import parse_floats, parse_ints
from dcgan.report.heat import heat
from dcgan.report.labelled import sheet, side_by_side, stacked, titled

VALUES = "-1.08,-0.70,-0.40,-0.13,0.13,0.40,0.70,1.08"
AMOUNTS = "-3,-2,-1,0,1,2,3"
MEANS = "-0.6,-0.3,0.1,0.3,0.6"
SHOWN = 16  # dimensions on the sheet of --rank


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared):
    """One dimension of z moved over given values while the rest is frozen, at several means; or, with --rank, every
    dimension scored by how much, and where, the picture changes along it."""

    dims: str | None = None
    """Dimensions to move, numbered from 0; without it the one that changes the picture most."""
    direction: str | None = None
    """Named directions of the run, with commas between, to move along instead of dimensions; a row for each seed."""
    values: str | None = None
    """What the dimension is set to; of a direction, how far to go, in standard deviations. By default the source's
    -1.08 to 1.08, and -3 to 3."""
    means: str = MEANS
    """Means of the z that is frozen."""
    std: float = 0.4
    """Its standard deviation: 0 is the mean itself."""
    seeds: str = "0"
    """A row for each seed and mean."""
    rank: bool = False
    """Score every dimension, and show the first 16."""
    reach: float = 1.0
    """--rank compares pictures at -reach and reach: 1 is a standard deviation of N(0, 1), the end of U(-1, 1)."""
    n: int = 32
    """z over which --rank takes the mean."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent traverse")
    values = parse_floats(VALUES if arguments.values is None else arguments.values, "--values")
    means = parse_floats(arguments.means, "--means")
    for name, text in (("--dims", arguments.dims), ("--direction", arguments.direction)):
        check(text != "", f"{name} names at least one", text)
    alone = [arguments.dims is not None, arguments.direction is not None, arguments.rank]
    check(sum(alone) <= 1, "give one of --dims, --direction and --rank", sum(alone))
    check_spread(arguments.n, arguments.std)
    check(0 < arguments.reach < 1000, "--reach is above 0", arguments.reach)
    model, seeds = open_model(arguments), chosen(arguments.seeds)
    if arguments.direction:
        return show_directions(arguments, model, seeds)
    if arguments.rank:
        return show_ranking(arguments, model, values, seeds)
    dims = parse_ints(arguments.dims, "--dims") if arguments.dims else [int(ranked(arguments, model).order[0])]
    base = np.concatenate([vectors(model, seeds, mean=mean, std=arguments.std) for mean in means])
    names = [f"mean {mean:g}" + (f", seed {seed}" if len(seeds) > 1 else "") for mean in means for seed in seeds]
    parts = [traverse(model.G, base, dim, values) for dim in dims]
    heads = [f"{value:g}" for value in values]
    sheets = [
        sheet(frames.pixels, len(values), heads=heads, names=names, title=f"z[{dim}], the rest frozen")
        for frames, dim in zip(parts, dims, strict=True)
    ]
    for frames in parts:
        for what in frames.what:
            what["of"] = names[what["base"]]
    facts = model_facts(model) | {"dims": dims, "values": values, "std": arguments.std}
    out = write(arguments, "traverse", joined(parts), stacked(sheets), facts)
    print(f"dimensions {', '.join(map(str, dims))} over {len(values)} values: {out / 'traverse.png'}")
    return 0


def show_directions(arguments: Arguments, model: Model, seeds: list[int]) -> int:
    """Write each seed moved along each named direction."""
    amounts = parse_floats(AMOUNTS if arguments.values is None else arguments.values, "--values")
    names = [name.strip() for name in (arguments.direction or "").split(",")]
    step = named_source(arguments.run, model)
    base, parts, sheets = vectors(model, seeds), [], []
    for name in names:
        (found,) = step(name)
        frames = along(model.G, base, found / np.linalg.norm(found), amounts)
        for what in frames.what:
            what |= {"direction": name, "seed": seeds[what["base"]]}
        heads = [f"{amount:g}" for amount in amounts]
        rows = [f"seed {seed}" for seed in seeds]
        parts.append(frames)
        sheets.append(sheet(frames.pixels, len(amounts), heads=heads, names=rows, title=name))
    out = write(arguments, "traverse", joined(parts), stacked(sheets), model_facts(model))
    print(f"{', '.join(names)} from {min(amounts):g} to {max(amounts):g} standard deviations: {out / 'traverse.png'}")
    return 0


def ranked(arguments: Arguments, model: Model) -> Ranking:
    """Score every dimension, with progress."""
    base = vectors(model, range(arguments.n))
    with Progress("scoring dimensions") as progress:
        return rank(model.G, base, reach=arguments.reach, progress=progress.count)


def show_ranking(arguments: Arguments, model: Model, values: list[float], seeds: list[int]) -> int:
    """Write every dimension's score and heat map, and the first few moved for one seed."""
    found = ranked(arguments, model)
    first = found.order[:SHOWN]
    base = vectors(model, seeds[:1])
    parts = [traverse(model.G, base, int(dim), values) for dim in first]
    for frames, dim in zip(parts, first, strict=True):
        for what in frames.what:
            what["score"] = round(float(found.scores[dim]), 4)
    frames = joined(parts)
    out = write(arguments, "traverse", frames, ranking_sheet(found, frames, first, values), model_facts(model))
    save_ranking(out, found)
    top = ", ".join(f"z[{dim}] {found.scores[dim]:.1f}" for dim in first[:5])
    even = found.scores.sum() ** 2 / (found.scores**2).sum()
    print(
        f"changes of a pixel from -{arguments.reach:g} to {arguments.reach:g}, in steps of 255: {top}, ...; "
        f"the last z[{found.order[-1]}] {found.scores[found.order[-1]]:.1f}"
    )
    print(f"as if {even:.0f} of {len(found.scores)} dimensions did all, evenly")
    print(f"written: {out / 'traverse.png'}, {out / 'rank.json'}")
    return 0


def ranking_sheet(found: Ranking, frames: Frames, first: np.ndarray, values: list[float]) -> Image.Image:
    """Lay the first dimensions out: where the picture changes, and the dimension moved."""
    most = float(found.maps[first].max())
    names = [f"z[{dim}]  {found.scores[dim]:.1f}" for dim in first]
    where = sheet(np.stack([heat(found.maps[dim], most) for dim in first]), 1, heads=["where"], names=names)
    moved = sheet(frames.pixels, len(values), heads=[f"{value:g}" for value in values])
    return titled(side_by_side([where, moved], 0), f"where: white is {most:.0f} of 255")


def save_ranking(out: Path, found: Ranking) -> None:
    """Write ``rank.json``, the dimensions in order, and ``rank.npy``, the heat maps float32 (z_dim, H, W)."""
    order = [{"dim": int(dim), "score": round(float(found.scores[dim]), 4)} for dim in found.order]
    write_json(out / "rank.json", {"reach": found.reach, "unit": "mean absolute change, 0 to 255", "order": order})
    with replacing(out / "rank.npy", durable=False) as temporary, temporary.open("wb") as file:
        np.save(file, found.maps)
