"""``dcgan latent turn RUN --from 3,8,11,40 --to 5,9,12,33``: the difference of two averages, applied in steps."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import tyro
from PIL import Image

from dcgan.api import Model
from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, chosen, model_facts, open_model, vectors, write
from dcgan.cli.latent.effects import table
from dcgan.cli.latent.keeping import check_test, keep, measured
from dcgan.cli.latent.named import directions_folder
from dcgan.cli.latent.reading import open_reader
from dcgan.cli.latent.words import WordOptions, exemplars_of, scope_of
from dcgan.errors import ConfigError
from dcgan.latent.directions.candidates import Candidate, label_about
from dcgan.latent.frames import Frames, joined
from dcgan.latent.named import check_name
from dcgan.latent.reader import Reader
from dcgan.latent.render import frames_of
from dcgan.latent.turn import Turn, turn_between, turned
from dcgan.models.generator import Generator
from dcgan.report.labelled import sheet, stacked

SAMPLES = 1_000  # that a kept turn is measured on


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
    """Keep it in the run as a direction of this name, with its effect, as `dcgan latent directions` measures it."""
    test: int | None = None
    """With --name: the fresh samples that its effect is measured on; by default 1,000."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent turn")
    check_keeping(arguments)
    model, seeds = open_model(arguments), chosen(arguments.seeds)
    reader = open_reader(arguments.run, model, arguments) if arguments.name is not None else None
    scope = scope_of(arguments.run, model, arguments, reader)
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
        keep_turn(arguments.name, turn, arguments, model, reader)
    return 0


def check_keeping(arguments: Arguments) -> None:
    """Check what is said of the direction that is to be kept.

    Raises:
        ConfigError: it is no name, or an option is given that says nothing without one.
    """
    if arguments.name is not None:
        check_name(arguments.name)
        check_test(SAMPLES if arguments.test is None else arguments.test)
    elif arguments.test is not None:
        raise ConfigError("--test is for the direction that --name keeps: give a --name, or leave it out")


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


def keep_turn(name: str, turn: Turn, arguments: Arguments, model: Model, reader: Reader | None) -> None:
    """Measure a turn, keep it in the run as a named direction, and print what it does."""
    kept = Candidate(
        name=name,
        vector=turn.direction,
        found=f"turn from the mean of {arguments.from_} to the mean of {arguments.to}",
        label=label_about(None, name, reader.names if reader is not None else ()),
        length=turn.length,
    )
    folder = directions_folder(arguments.run)
    effects = measured(model, reader, [kept], SAMPLES if arguments.test is None else arguments.test)
    keep([kept], effects, model, folder)
    print("\n".join(table([(name, effects[0].as_json())])))
    print(f"kept: {folder / name}.json")
