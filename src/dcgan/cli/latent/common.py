"""What the experiments share: options, the model, and the folder that they write."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import tyro
from PIL import Image

from dcgan.api import Model, load
from dcgan.errors import ConfigError, check
from dcgan.files import replacing, write_json
from dcgan.images import save_png
from dcgan.latent.frames import Frames
from dcgan.models.prior import from_seeds
from dcgan.parse import parse_ints
from dcgan.report.labelled import save_image
from dcgan.training.device import choose_device

BESIDES = {
    "interpolate": ("interpolate.gif", "interpolate.mp4"),
    "traverse": ("rank.json", "rank.npy"),
    "beside": ("answers.json",),
    "invert": ("check.json",),
}
"""What some experiments write besides, or do not, as their options say."""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Options of every experiment."""

    run: Annotated[str, tyro.conf.Positional]
    """A run's folder, or a snapshot's."""
    out: Path | None = None
    """A folder for the sheet, the separate pictures, the vectors (z.npy) and what each one is (rows.json); by default
    out/ and the experiment's name."""
    snapshot: str = "auto"
    """auto, best, latest, or a number of kimg."""
    weights: Literal["averaged", "raw"] | None = None
    """Which generator; by default the averaged one where there is one."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:1, mps."""


def open_model(arguments: Shared) -> Model:
    """Return the model that the options name.

    Raises:
        UserError: there is none.
    """
    return open_models(arguments, arguments.snapshot)[0]


def open_models(arguments: Shared, snapshots: str) -> list[Model]:
    """Return the models of several snapshots, with commas between them, in the order given.

    Raises:
        UserError: one of them is not there.
    """
    device = str(choose_device(arguments.device))
    names = [part.strip() for part in snapshots.split(",")]
    return [load(arguments.run, snapshot=name, weights=arguments.weights, device=device) for name in names]


def kimg_of(model: Model) -> float:
    """Return how long a model has been trained, in thousands of images."""
    return float(model.info.get("nimg", 0) / 1000)


def name_of(model: Model) -> str:
    """Return what a model is called on a sheet."""
    return f"{kimg_of(model):g} kimg"


def chosen(seeds: str, option: str = "--seeds") -> list[int]:
    """Return the seeds that an option names, each once, in order."""
    return list(dict.fromkeys(parse_ints(seeds, option)))


def first_of(seeds: str) -> int:
    """Return the first seed that ``--seeds`` names, where only that matters."""
    return parse_ints(seeds, "--seeds")[0]


def check_spread(n: int, std: float) -> None:
    """Check ``--n`` and ``--std``.

    Raises:
        ConfigError: they are out of range.
    """
    check(n >= 1, "--n is at least 1", n)
    check(0 <= std < math.inf, "--std is a number, not negative", std)


def vectors(model: Model, seeds: Sequence[int], *, mean: float = 0.0, std: float = 1.0) -> np.ndarray:
    """Return the z of seeds, float32 (len(seeds), z_dim), as ``dcgan sample`` draws them."""
    config = model.G.config
    try:
        return from_seeds(config.prior, seeds, config.z_dim, mean=mean, std=std).numpy()
    except ValueError as error:
        raise ConfigError(str(error)) from error


def write(
    arguments: Shared, experiment: str, frames: Frames, picture: Image.Image | None, facts: dict[str, Any]
) -> Path:
    """Write an experiment's sheet, its pictures one by one, their vectors and what they are. Returns the folder.

    Args:
        arguments: decides the folder.
        experiment: its name, which is also the sheet's.
        frames: the pictures.
        picture: the sheet, if there is one.
        facts: plain values that belong to the whole.
    """
    out = arguments.out or Path("out") / experiment
    out.mkdir(parents=True, exist_ok=True)
    remove_earlier(out, experiment)
    names = [f"{experiment}{i:04d}.png" for i in range(len(frames))]
    for name, pixels in zip(names, frames.pixels, strict=True):
        save_png(out / "frames" / name, pixels)
    with replacing(out / "z.npy", durable=False) as temporary, temporary.open("wb") as file:
        np.save(file, frames.z)
    rows = [
        {"picture": f"frames/{name}", "row": i} | row
        for i, (name, row) in enumerate(zip(names, frames.what, strict=True))
    ]
    write_json(out / "rows.json", {"experiment": experiment} | facts | {"rows": rows})
    if picture is not None:
        save_image(out / f"{experiment}.png", picture)
    return out


def remove_earlier(out: Path, experiment: str) -> None:
    """Remove what the same experiment wrote into a folder before: what its ``rows.json`` names, and nothing else."""
    try:
        earlier = json.loads((out / "rows.json").read_text(encoding="utf-8"))
        names = [row["picture"] for row in earlier["rows"]] if earlier["experiment"] == experiment else []
    except (OSError, ValueError, KeyError, TypeError):
        return
    for name in names:
        if re.fullmatch(rf"frames/{experiment}\d+\.png", str(name)):
            (out / name).unlink(missing_ok=True)
    for name in BESIDES.get(experiment, ()):
        (out / name).unlink(missing_ok=True)


def model_facts(*models: Model) -> dict[str, Any]:
    """Return where pictures come from, for ``rows.json``: one snapshot of a run, or several."""
    config = models[0].G.config
    several = len(models) > 1
    return {
        "snapshots" if several else "snapshot": [str(m.path) for m in models] if several else str(models[0].path),
        "kimg": [kimg_of(model) for model in models] if several else kimg_of(models[0]),
        "prior": config.prior,
        "z_dim": config.z_dim,
    }
