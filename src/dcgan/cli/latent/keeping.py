"""Directions that were found: what they do is measured, and they are kept in the run."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dcgan.api import Model
from dcgan.cli.latent.common import kimg_of
from dcgan.cli.latent.named import save_direction
from dcgan.cli.progress import Progress
from dcgan.errors import check
from dcgan.latent.directions.candidates import Candidate
from dcgan.latent.directions.effect import FRESH, Effect, measure
from dcgan.latent.named import Direction, found_on
from dcgan.latent.reader import Reader


def check_test(samples: int) -> None:
    """Check ``--test``.

    Raises:
        ConfigError: it is out of range.
    """
    check(1 <= samples <= 1_000_000, "--test is between 1 and 1,000,000", samples)


def measured(model: Model, reader: Reader | None, found: Sequence[Candidate], samples: int) -> list[Effect]:
    """Measure what directions do to so many fresh samples, with progress."""
    with Progress("measuring what they do") as progress:
        return measure(
            model.G,
            [candidate.vector for candidate in found],
            [candidate.label for candidate in found],
            reader,
            seeds=range(FRESH.start, FRESH.start + samples),
            progress=progress.count,
        )


def keep(found: Sequence[Candidate], effects: Sequence[Effect], model: Model, folder: Path) -> None:
    """Keep directions, with what they do, in a folder; what was replaced there is said."""
    on = found_on(model.G, kimg_of(model))
    for candidate, effect in zip(found, effects, strict=True):
        kept = Direction(
            name=candidate.name,
            vector=candidate.vector.astype(np.float32),
            found=candidate.found,
            found_on=on,
            length=candidate.length,
            effect=effect.as_json(),
        )
        _, replaced = save_direction(folder, kept)
        if replaced is not None:
            print(replaced)
