"""What a recipe is: an architecture and the settings it is trained with, as data."""

from dataclasses import dataclass, replace

from dcgan.config import Config, ModelConfig


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
    return replace(config, size=size, channels=model.channels, z_dim=model.z_dim, prior=model.prior)
