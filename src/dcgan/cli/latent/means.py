"""``dcgan latent means RUN``: grids for z ~ N(mean, std), several beside each other, a row of them a snapshot."""

from dataclasses import dataclass

from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, chosen, kimg_of, model_facts, name_of, open_models, write
from dcgan.errors import ConfigError, check
from dcgan.latent.frames import joined
from dcgan.latent.means import cell, law
from dcgan.parse import parse_floats
from dcgan.report.labelled import sheet, side_by_side, stacked, titled


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared):
    """What the mean and the spread of z do to the pictures. --snapshot takes several, such as 40,280: a row each."""

    cells: str = "0,0.4 0,1 -0.3,0.4 0.3,0.4"
    """Pairs MEAN,STD with spaces between. z of a uniform prior is multiplied and moved in the same way."""
    seeds: str = "0-15"
    """The pictures of a grid: the same seed is the same draw in every grid."""
    columns: int = 4
    """Pictures a row of a grid."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent means")
    check(arguments.columns >= 1, "--columns is at least 1", arguments.columns)
    cells, seeds = read_cells(arguments.cells), chosen(arguments.seeds)
    models = open_models(arguments, arguments.snapshot)
    rows, parts = [], []
    for model in models:
        found = [cell(model.G, seeds, mean, std) for mean, std in cells]
        for frames in found:
            for what in frames.what:
                what["kimg"] = kimg_of(model)
        parts += found
        prior = model.G.config.prior
        grids = [
            sheet(frames.pixels, arguments.columns, title=law(prior, mean, std))
            for frames, (mean, std) in zip(found, cells, strict=True)
        ]
        rows.append(titled(side_by_side(grids), name_of(model) if len(models) > 1 else ""))
    out = write(arguments, "means", joined(parts), stacked(rows), model_facts(*models))
    number = "1 snapshot" if len(models) == 1 else f"{len(models)} snapshots"
    print(f"{len(cells)} distributions of {len(seeds)} pictures, {number}: {out / 'means.png'}")
    return 0


def read_cells(text: str) -> list[tuple[float, float]]:
    """Read "0,0.4 -0.3,1" as pairs of mean and standard deviation.

    Raises:
        ConfigError: it is no such list, or a standard deviation is negative.
    """
    pairs = [parse_floats(part, "--cells") for part in text.split()]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise ConfigError(f"--cells is pairs MEAN,STD with spaces between, such as '0,0.4 0,1', not {text!r}")
    check(all(std >= 0 for _, std in pairs), "a standard deviation of --cells is not negative", text)
    return [(mean, std) for mean, std in pairs]
