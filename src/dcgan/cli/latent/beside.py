"""``dcgan latent beside RUN``: k real and k generated pictures on a sheet, shuffled if wanted."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, first_of, model_facts, open_model, vectors, write
from dcgan.cli.origin import known_origin, real_pictures
from dcgan.data.prepare import default_cache
from dcgan.errors import check
from dcgan.files import write_json
from dcgan.latent.beside import Quiz, beside
from dcgan.latent.frames import Frames, no_z
from dcgan.latent.render import render
from dcgan.report.labelled import sheet, side_by_side


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared):
    """Real and generated pictures on one sheet. With --shuffle: could you tell?"""

    n: int = 32
    """Of each."""
    shuffle: bool = False
    """Mix them and number them; the answers stand in answers.json, and nowhere else."""
    seeds: str = "0"
    """The first seed of the generated ones; also decides which real ones are taken, and the order."""
    data: str | None = None
    """The real pictures; by default those that the run was trained on."""
    cache: Path | None = None
    """Where prepared pictures are kept; by default in the user's cache folder."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent beside")
    first = first_of(arguments.seeds)
    check(arguments.n >= 1, "--n is at least 1", arguments.n)
    model = open_model(arguments)
    origin = known_origin(arguments.run, arguments.data)
    real = real_pictures(origin, data=arguments.data, labels=None, cache=arguments.cache or default_cache())
    check(arguments.n <= len(real), f"--n is at most {len(real)}, the number of real pictures", arguments.n)
    z = vectors(model, range(first, first + arguments.n))
    quiz = beside(real.pixels, render(model.G, z), arguments.n, seed=first, shuffled=arguments.shuffle)
    frames, answers = frames_and_answers(quiz, z, real.names, first, arguments.shuffle)
    picture = mixed(quiz) if arguments.shuffle else halves(quiz)
    out = write(arguments, "beside", frames, picture, model_facts(model))
    if not arguments.shuffle:
        print(f"{arguments.n} real and {arguments.n} generated: {out / 'beside.png'}")
        return 0
    write_json(out / "answers.json", answers)
    print(f"{2 * arguments.n} pictures, half of them real: {out / 'beside.png'}; the answers: {out / 'answers.json'}")
    return 0


def frames_and_answers(
    quiz: Quiz, z: np.ndarray, names: list[str], first: int, hidden: bool
) -> tuple[Frames, list[dict[str, object]]]:
    """Return the pictures, and what each is; where that is ``hidden``, it stands in the answers alone."""
    answers: list[dict[str, object]] = []
    for i, (real, which) in enumerate(zip(quiz.is_real, quiz.which, strict=True)):
        what: dict[str, object] = {"real": names[which]} if real else {"seed": first + int(which)}
        answers.append({"number": i + 1} | what)
    own = no_z(len(quiz.pixels), z.shape[1])
    if not hidden:
        own[~quiz.is_real] = z[quiz.which[~quiz.is_real]]
    rows = [{"number": i + 1} for i in range(len(answers))] if hidden else answers
    return Frames(pixels=quiz.pixels, z=own, what=rows), answers


def mixed(quiz: Quiz) -> Image.Image:
    """Lay a shuffled quiz out, numbered."""
    columns = max(4, round(np.sqrt(1.6 * len(quiz.pixels))))
    return sheet(quiz.pixels, columns, captions=[str(i + 1) for i in range(len(quiz.pixels))])


def halves(quiz: Quiz) -> Image.Image:
    """Lay the real ones out on the left and the generated ones on the right."""
    columns = max(1, round(np.sqrt(len(quiz.pixels) / 2)))
    sides = (("real", quiz.pixels[quiz.is_real]), ("generated", quiz.pixels[~quiz.is_real]))
    return side_by_side([sheet(pixels, columns, title=title) for title, pixels in sides])
