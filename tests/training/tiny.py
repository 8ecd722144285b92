"""Runs so small that a test can afford them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dcgan.clock import with_length
from dcgan.config import Config, ModelConfig, TicksConfig
from dcgan.data.pictures import Pictures
from dcgan.models.recipes import RECIPES, resolve_model
from dcgan.training.loop import train
from dcgan.training.run import Run
from dcgan.training.state import State

DATA = {"name": "squares", "source": "made up", "pictures": 20}


def config(recipe: str = "modern", *, steps: int = 6, **changes: Any) -> Config:
    """A recipe at its smallest: 16 pixels (28 for digits), a tenth of its width, batches of 4."""
    row = RECIPES[recipe].config
    small = replace(row, size="28" if recipe == "mnist-28" else "16", width=0.1, batch=4, precision="fp32")
    ticks = TicksConfig(log="2steps", preview="3steps", snapshot="3steps", preview_n=4)
    return with_length(replace(small, ticks=ticks, **changes), steps=steps, kimg=None, epochs=None)


def pictures(model: ModelConfig, count: int = 20) -> Pictures:
    """Bright squares on a dark ground."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 60, (count, model.height, model.width, model.channels), np.uint8)
    for picture, (y, x) in zip(pixels, rng.integers(0, 8, (count, 2)), strict=True):
        picture[y : y + 6, x : x + 6] += 180
    return Pictures(name="squares", pixels=pixels, labels=np.full(count, -1), classes=())


def run_in(folder: Path, c: Config, **arguments: Any) -> State:
    """Train in ``folder`` and return the state at the end."""
    folder.mkdir(exist_ok=True)
    model = resolve_model(c)
    return train(c, model, pictures(model), Run(folder), data=DATA, **arguments)
