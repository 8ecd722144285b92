"""``dcgan latent turn RUN --from 3,8,11,40 --to 5,9,12,33``: the difference of two averages, applied in steps."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from PIL import Image

from dcgan.api import Model
from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, chosen, model_facts, open_model, vectors, write
from dcgan.cli.latent.named import directions_folder, kimg_of
from dcgan.cli.latent.words import WordOptions, exemplars_of, scope_of
from dcgan.latent.frames import Frames, joined
from dcgan.latent.named import Direction, check_name, origin_of, save_direction
from dcgan.latent.render import frames_of
from dcgan.latent.turn import Turn, turn_between, turned
from dcgan.models.generator import Generator
from dcgan.report.labelled import sheet, stacked


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared, WordOptions):
    """The difference of two averages of samples, and samples moved along it in steps, both ways: the paper's turn of
    faces that look left and right."""

    from_: Annotated[str, tyro.conf.arg(name="from")]
    """The samples of one average: seeds such as 3,8,11,40, or an expression such as label:Smiling."""
    to: str
    """The samples of the other."""
    seeds: str = "0-7"
    """The samples that are turned."""
    steps: int = 9
    """Pictures of each; an odd number has the sample itself in the middle."""
    reach: float = 1.0
    """How much of the difference is taken off at one end and added at the other."""
    name: str | None = None
    """Keep it in the run as a direction of this name."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent turn")
    if arguments.name is not None:
        check_name(arguments.name)
    model, seeds = open_model(arguments), chosen(arguments.seeds)
    scope = scope_of(arguments.run, model, arguments)
    from_ = exemplars_of(arguments.from_, scope, "--from")
    to = exemplars_of(arguments.to, scope, "--to")
    turn = turn_between(from_, to)
    parts = turned(model.G, vectors(model, seeds), turn, arguments.steps, arguments.reach)
    for what in parts.what:
        what["seed"] = seeds[what.pop("sample")]
    averages = [averaged(model.G, "from", from_), averaged(model.G, "to", to)]
    facts = model_facts(model) | {"from": arguments.from_, "to": arguments.to, "length": turn.length}
    picture = stacked([*map(sheet_of_average, averages), sheet_of_turn(parts, arguments, seeds)])
    out = write(arguments, "turn", joined([*averages, parts]), picture, facts)
    print(f"{len(seeds)} samples turned, the difference being {turn.length:.3g} long: {out / 'turn.png'}")
    if arguments.name is not None:
        print(f"kept: {keep(arguments.name, turn, arguments, model)}")
    return 0


def averaged(G: Generator, side: str, z: np.ndarray) -> Frames:
    """Return the pictures of an average's samples (n, z_dim), and of their mean."""
    what = [*({"side": side, "exemplar": i} for i in range(len(z))), {"side": side, "mean of": len(z)}]
    return frames_of(G, np.concatenate([z, z.mean(0)[None]]), what)


def sheet_of_average(frames: Frames) -> Image.Image:
    """Lay an average's samples out, and the picture of their mean."""
    heads = [*[""] * (len(frames) - 1), "G(mean)"]
    return sheet(frames.pixels, len(frames), heads=heads, names=[frames.what[0]["side"]])


def sheet_of_turn(frames: Frames, arguments: Arguments, seeds: list[int]) -> Image.Image:
    """Lay turned samples out, a row each."""
    reach, steps = arguments.reach, arguments.steps
    heads = [f"{t:+.2g}" if t else "0" for t in np.linspace(-reach, reach, steps)]
    return sheet(frames.pixels, steps, heads=heads, names=[f"seed {seed}" for seed in seeds])


def keep(name: str, turn: Turn, arguments: Arguments, model: Model) -> Path:
    """Keep a turn in the run as a named direction; returns the file."""
    kept = Direction(
        name=name,
        vector=turn.direction.astype(np.float32),
        found=f"turn from the mean of {arguments.from_} to the mean of {arguments.to}",
        origin=origin_of(model.G, kimg_of(model)),
        length=turn.length,
    )
    return save_direction(directions_folder(arguments.run), kept)
