"""``dcgan latent sheet RUN``: a numbered contact sheet, from which pictures are chosen by their seed."""

from dataclasses import dataclass

from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, chosen, model_facts, open_model, vectors, write
from dcgan.errors import check
from dcgan.latent.render import frames_of
from dcgan.report.labelled import sheet


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared):
    """Pictures of seeds, each with its number, to choose exemplars from."""

    seeds: str = "0-99"
    """Numbers and ranges such as 0-31,40."""
    columns: int = 10
    """Pictures a row."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent sheet")
    check(arguments.columns >= 1, "--columns is at least 1", arguments.columns)
    model, seeds = open_model(arguments), chosen(arguments.seeds)
    frames = frames_of(model.G, vectors(model, seeds), [{"seed": seed} for seed in seeds])
    picture = sheet(frames.pixels, arguments.columns, captions=[str(seed) for seed in seeds])
    out = write(arguments, "sheet", frames, picture, model_facts(model))
    print(f"{len(seeds)} pictures with their seeds: {out / 'sheet.png'}")
    return 0
