"""What a recipe is: an architecture and the settings it is trained with, as data."""

from dataclasses import dataclass, replace
from typing import Literal

from dcgan.config import Config, Layer, ModelConfig


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One row."""

    name: str
    title: str
    source: str
    model: ModelConfig
    config: Config
    chosen: tuple[str, ...] = ()
    """Values that the source leaves open."""
    deviations: tuple[str, ...] = ()
    """Where the row departs from its source, and why."""


def row(model: ModelConfig, config: Config) -> Config:
    """Repeat in the run's settings what its architecture says."""
    size = f"{model.height}" if model.height == model.width else f"{model.height}x{model.width}"
    return replace(config, size=size, channels=model.channels, z_dim=model.z_dim, prior=model.prior, pack=model.pack)


def paper_up(width: int, kernel: int, padding: int | Literal["same"] = "same") -> Layer:
    """Return the DCGAN paper's upward layer: transposed convolution of stride 2, no bias, BatchNorm, ReLU."""
    return Layer(op="up", width=width, kernel=kernel, stride=2, padding=padding, bias=False, norm="batch", act="relu")


def paper_down(width: int, kernel: int, padding: int, norm: Literal["none", "batch"] = "batch") -> Layer:
    """Return the paper's downward layer: convolution of stride 2, no bias, BatchNorm (not in the first), LeakyReLU."""
    return Layer(op="conv", width=width, kernel=kernel, stride=2, padding=padding, bias=False, norm=norm, act="leaky")
