"""The options of ``dcgan latent directions`` that say which directions are wanted."""

from dataclasses import dataclass, fields
from typing import Annotated

import tyro

from dcgan.errors import ConfigError
from dcgan.latent.directions.ganspace import LAYER
from dcgan.latent.named import check_name


@dataclass(frozen=True, kw_only=True)
class FindingOptions:
    """Which directions are wanted."""

    label: str | None = None
    """Labels with commas between them: for each, the direction between the samples that are read to have it most and
    least surely."""
    with_: Annotated[str | None, tyro.conf.arg(name="with")] = None
    """A direction from examples: seeds such as 3,8,11, or an expression such as label:Eyeglasses or file:z.npy#0-3."""
    without: str | None = None
    """Examples without it, as for --with."""
    name: str | None = None
    """What the direction of --with and --without is called."""
    about: str | None = None
    """The label whose flips tell what that direction does; by default one of its name, or else the one that flips
    most."""
    sefa: int = 0
    """So many directions from the weight of G's first layer (SeFa)."""
    pca: int = 0
    """So many principal components of a layer of G, brought back to z (GANSpace)."""
    layer: int = LAYER
    """The layer of --pca, from 1. The first one's components are nearly the directions of --sefa."""
    condition: str | None = None
    """Labels or saved directions, with commas between them, that are projected out of every direction found, but not a
    label out of itself. A direction of a label is then called NAME-alone."""
    n: int = 5000
    """Samples that are read to find directions of labels."""


def given(wishes: FindingOptions) -> list[str]:
    """Return the options that are not as they are by default, as they are typed: ``--with``."""
    changed = [field.name for field in fields(FindingOptions) if getattr(wishes, field.name) != field.default]
    return [f"--{name.rstrip('_')}" for name in changed]


def check_wishes(wishes: FindingOptions) -> None:
    """Check that no option is given that says nothing without another.

    Raises:
        ConfigError: one is.
    """
    sides = [wishes.with_, wishes.without]
    for option, value in (("--about", wishes.about), ("--name", wishes.name)):
        if value is not None and sides == [None, None]:
            raise ConfigError(f"{option} is for the direction of --with and --without: give these, or leave it out")
    if sides != [None, None] and None in (*sides, wishes.name):
        raise ConfigError("a direction from examples needs --name, --with and --without")
    if wishes.name is not None:
        check_name(wishes.name)
