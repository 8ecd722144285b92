"""``dcgan latent algebra RUN "G + D" --let G=seed:12 --let D=mean(seed:3,8,41)``: arithmetic on z."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import tyro
from PIL import Image

from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, first_of, model_facts, open_model, write
from dcgan.cli.latent.words import WordOptions, scope_of
from dcgan.errors import check
from dcgan.latent.algebra import SCALE, Solution, bind, near, pictures, solve
from dcgan.latent.frames import Frames, joined
from dcgan.latent.render import frames_of
from dcgan.report.labelled import equation, sheet, stacked


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared, WordOptions):
    """Arithmetic on z: + - * component by component, abs(), mean(), norm(), lerp(a, b, t), slerp(a, b, t), numbers and
    brackets; seed:3, seed:3,8,41, file:z.npy#2, direction:smile, label:Smiling, and names bound with --let."""

    expression: Annotated[str, tyro.conf.Positional]
    """Such as "G + D", "abs(G - D)", "mean(glasses) - mean(man) + mean(woman)"."""
    let: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """NAME=EXPRESSION, once for each name; a later one may use those before."""
    neighbours: bool = False
    """Draw the paper's 3x3 grid too: the result in the middle, around it eight with U(-scale, scale) added."""
    scale: float = SCALE
    """Of --neighbours."""
    seeds: str = "0"
    """Decides what is added for --neighbours."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent algebra")
    check(0 <= arguments.scale < 1e6, "--scale is not negative", arguments.scale)
    seed = first_of(arguments.seeds)
    model = open_model(arguments)
    scope, exemplars = bind(arguments.let, scope_of(arguments.run, model, arguments))
    solution = solve(arguments.expression, scope, exemplars)
    frames = pictures(model.G, solution)
    picture = line_of(solution, frames)
    if arguments.neighbours:
        around = near(solution.result, seed, arguments.scale)
        what = [{"result": f"{solution.text} + U(-{arguments.scale:g}, {arguments.scale:g})"} for _ in around]
        frames = joined([frames, frames_of(model.G, around, what)])
        picture = stacked([picture, nine(frames.pixels[-9:])])
    facts = model_facts(model) | {"expression": solution.text, "let": list(arguments.let)}
    out = write(arguments, "algebra", frames, picture, facts)
    print(
        f"{solution.text}: {out / 'algebra.png'}; the result is row {len(frames) - 1 - 8 * arguments.neighbours} "
        f"of {out / 'z.npy'}"
    )
    return 0


def line_of(solution: Solution, frames: Frames) -> Image.Image:
    """Lay an expression out as it is written, pictures in place of its operands, and its result."""
    pieces: list[str | np.ndarray] = []
    captions, at = [], 0
    for piece in solution.pieces:
        if isinstance(piece, str):
            pieces.append(piece)
            captions.append("")
            continue
        count = len(piece.exemplars) + (len(piece.exemplars) > 1)
        pieces.append(frames.pixels[at : at + count])
        captions.append(piece.text)
        at += count
    return equation([*pieces, "=", frames.pixels[at : at + 1]], [*captions, "", ""], least=96)


def nine(pixels: np.ndarray) -> Image.Image:
    """Lay a result (1) and its neighbours (8) out as 3x3, the result in the middle."""
    return sheet(np.concatenate([pixels[1:5], pixels[:1], pixels[5:]]), 3, least=96)
