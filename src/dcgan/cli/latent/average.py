"""``dcgan latent average RUN``: average faces along the mean of z, beside the picture of that mean."""

from dataclasses import dataclass

import numpy as np

from dcgan.api import Model
from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, check_spread, first_of, kimg_of, model_facts, name_of, open_models, write
from dcgan.cli.progress import Progress
from dcgan.latent.frames import Frames, joined, no_z
from dcgan.latent.means import average, centre
from dcgan.latent.render import render
from dcgan.parse import parse_floats
from dcgan.report.labelled import sheet


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared):
    """The average picture at each mean of z, and G of that mean: two different things. --snapshot takes several."""

    means: str = "-1,-0.8,-0.6,-0.4,-0.2,0,0.2,0.4,0.6,0.8"
    """Means of z, with commas between."""
    std: float = 1.0
    """Standard deviation of z around them (what a uniform z is multiplied by)."""
    n: int = 1000
    """Samples an average; memory does not grow with them."""
    seeds: str = "0"
    """The first seed; an average is of the n seeds from it on."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent average")
    means, first = parse_floats(arguments.means, "--means"), first_of(arguments.seeds)
    check_spread(arguments.n, arguments.std)
    models = open_models(arguments, arguments.snapshot)
    parts, names = [], []
    with Progress("averaging") as progress:
        for model in models:
            parts += rows_of(model, means, arguments, first, progress)
            kimg = f"{name_of(model)}: " if len(models) > 1 else ""
            names += [f"{kimg}average of {arguments.n:,}", f"{kimg}G(mean)"]
    frames = joined(parts)
    picture = sheet(frames.pixels, len(means), heads=[f"{mean:g}" for mean in means], names=names)
    out = write(arguments, "average", frames, picture, model_facts(*models) | {"std": arguments.std})
    print(f"averages of {arguments.n:,} at {len(means)} means, and G of each mean: {out / 'average.png'}")
    return 0


def rows_of(model: Model, means: list[float], arguments: Arguments, first: int, progress: Progress) -> list[Frames]:
    """Return a snapshot's two rows: the averages, and G of each mean."""
    averages = []
    for i, mean in enumerate(means):
        averages.append(average(model.G, arguments.n, mean, arguments.std, first))
        progress.count(i + 1, len(means))
    z = np.concatenate([centre(model.G, mean) for mean in means])
    kimg = kimg_of(model)
    return [
        Frames(
            pixels=np.stack(averages),
            z=no_z(len(means), model.G.config.z_dim),
            what=[{"kimg": kimg, "mean": mean, "average of": arguments.n} for mean in means],
        ),
        Frames(pixels=render(model.G, z), z=z, what=[{"kimg": kimg, "G of the mean": mean} for mean in means]),
    ]
