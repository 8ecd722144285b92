"""Where a run keeps its named directions, and what ``direction:NAME`` means."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from dcgan.api import Model
from dcgan.latent.named import direction_source
from dcgan.training.run import Run


def directions_folder(run: str | Path) -> Path:
    """Return the folder of named directions: in the run, also where one of its snapshots is named; or in a snapshot
    that belongs to no run here."""
    path = Path(run)
    for there in (path, path.resolve().parent.parent):
        if Run(there).options.is_file():
            return there / "directions"
    return path / "directions"


def kimg_of(model: Model) -> float:
    """Return how long a model has been trained, in thousands of images."""
    return float(model.info.get("nimg", 0) / 1000)


def named_source(run: str | Path, model: Model) -> Callable[[str], np.ndarray]:
    """Return what ``direction:NAME`` means in an expression: a step of one standard deviation along a direction of the
    run. Where it was found on other weights, a warning is printed, once."""
    said: list[str] = []

    def warn(sentence: str) -> None:
        if sentence not in said:
            said.append(sentence)
            print(f"warning: {sentence}")

    return direction_source(directions_folder(run), model.G, kimg_of(model), warn)
