"""The clock of a run is the number of real pictures that D has seen: steps, kimg and epochs are lengths on it."""

import dataclasses
import math

from dcgan.config import Config
from dcgan.parse import parse_rhythm


def with_length(config: Config, *, steps: int | None, kimg: float | None, epochs: float | None) -> Config:
    """Return ``config`` with this length in place of its own; unchanged when all three are None."""
    if steps is None and kimg is None and epochs is None:
        return config
    return dataclasses.replace(config, steps=steps, kimg=kimg, epochs=epochs)


def round_images(config: Config) -> int:
    """Real pictures that a round shows to D, a batch an update: by so many it moves the clock."""
    return config.batch * config.objective.steps_D


def total_images(config: Config, pictures: int) -> int:
    """Length of a run in images seen, rounded up to whole rounds, for a data set of ``pictures``."""
    once = round_images(config)
    if config.steps is not None:
        return config.steps * once
    images = config.kimg * 1000 if config.kimg is not None else (config.epochs or 0) * pictures
    return math.ceil(round(images, 3) / once) * once  # 0.07 epochs of 10,000 are 700, not 700 and a bit


def period_images(rhythm: str, once: int, pictures: int) -> int:
    """Images between two ticks of ``rhythm``, at least one round of ``once``."""
    number, unit = parse_rhythm(rhythm)
    images = {"step": once, "kimg": 1000, "epoch": pictures}[unit] * number
    return max(once, round(images))
