"""``dcgan latent spread RUN``: a plot of what changes in the pictures as the mean of z moves."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, check_spread, first_of, model_facts, open_model, write
from dcgan.cli.latent.reading import ReaderOptions, open_reader
from dcgan.cli.progress import Progress
from dcgan.files import replacing
from dcgan.latent.means import centre
from dcgan.latent.render import frames_of
from dcgan.latent.spread import Spread, measure
from dcgan.parse import parse_floats
from dcgan.report.latent_plots import spread_png


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared, ReaderOptions):
    """Brightness, hue and saturation of the pictures along the mean of z, and the share of each label."""

    means: str = "-1,-0.8,-0.6,-0.4,-0.2,0,0.2,0.4,0.6,0.8,1"
    """Means of z, with commas between."""
    std: float = 1.0
    """Standard deviation of z around them."""
    n: int = 1000
    """Pictures at every mean; memory does not grow with them."""
    seeds: str = "0"
    """The first seed; the draws at every mean are the n seeds from it on."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent spread")
    means, first = parse_floats(arguments.means, "--means"), first_of(arguments.seeds)
    check_spread(arguments.n, arguments.std)
    model = open_model(arguments)
    reader = open_reader(arguments.run, model, arguments)
    with Progress("measuring") as progress:
        found = measure(
            model.G, means, n=arguments.n, std=arguments.std, first=first, reader=reader, progress=progress.count
        )
    z = np.concatenate([centre(model.G, mean) for mean in means])
    frames = frames_of(model.G, z, rows_of(found))
    facts = model_facts(model) | {"std": arguments.std, "n": arguments.n, "reader": reader.what if reader else None}
    out = write(arguments, "spread", frames, None, facts)
    with replacing(out / "spread.png", durable=False) as temporary:
        temporary.write_bytes(spread_png(found, frames.pixels))
    print(f"{arguments.n:,} pictures at each of {len(means)} means: {out / 'spread.png'}, {out / 'rows.json'}")
    return 0


def rows_of(found: Spread) -> list[dict[str, Any]]:
    """Return what was found at each mean, as plain values."""
    rows = []
    for i, mean in enumerate(found.means):
        row: dict[str, Any] = {"G of the mean": mean}
        for name in found.centre:
            row[name] = round(float(found.centre[name][i]), 5)
            row[f"{name} sd"] = round(float(found.spread[name][i]), 5)
        shares = zip(found.labels, found.shares[i], strict=True)
        row["shares"] = {label: round(float(share), 5) for label, share in shares}
        rows.append(row)
    return rows
