"""What is judged side by side: D, and what it is to be better than."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from dcgan.api import Model
from dcgan.cli.features.pictures import Sides
from dcgan.cli.latent.common import kimg_of, name_of
from dcgan.cli.progress import Progress
from dcgan.errors import ConfigError
from dcgan.models.discriminator import Discriminator
from dcgan.probes import kmeans
from dcgan.probes.features import Eye

BESIDE = ("untrained", "pixels", "kmeans", "supervised")
CENTROIDS = 1600


@dataclass(frozen=True, kw_only=True)
class Contender:
    """Features that a linear machine is put on."""

    name: str
    what: str
    """Where they come from, in words."""
    read: Callable[[np.ndarray], np.ndarray]
    """uint8 (n, H, W, C) to float32 (n, d)."""
    kimg: float | None = None
    """How long D has been trained."""


def chosen_beside(text: str) -> list[str]:
    """Read ``--beside``.

    Raises:
        ConfigError: there is no such thing.
    """
    names = [] if text == "none" else [part.strip() for part in text.split(",") if part.strip()]
    for name in names:
        if name not in BESIDE:
            raise ConfigError(f"--beside names {', '.join(BESIDE)}, with commas between them, or none, not {name!r}")
    return [name for name in BESIDE if name in names]


def contenders(
    models: Sequence[Model], sides: Sides, beside: Sequence[str], *, layers: Sequence[int] | None, seed: int, bf16: bool
) -> Iterator[Contender]:
    """Yield what is judged, each made ready only when its turn comes."""
    for model in models:
        eye = settled(model.D, sides, layers, bf16)
        yield Contender(name=f"D, {name_of(model)}", what=told(eye), read=eye.read, kimg=kimg_of(model))
    if "untrained" in beside:
        device = next(models[0].D.parameters()).device
        first = Discriminator(models[0].D.config, int(models[0].info.get("seed", 0)))
        eye = settled(first.to(device), sides, layers, bf16)
        yield Contender(name="untrained D", what=f"{told(eye)}, its weights as drawn", read=eye.read, kimg=0.0)
    if "pixels" in beside:
        yield Contender(name="pixels", what="every pixel's numbers", read=as_numbers)
    if "kmeans" in beside:
        yield by_kmeans(sides, seed, next(models[0].D.parameters()).device)


def settled(D: Discriminator, sides: Sides, layers: Sequence[int] | None, bf16: bool) -> Eye:
    """Return D as a reader, its BatchNorm statistics measured on the pictures that are learnt from."""
    eye = Eye(D, layers, bf16=bf16)
    eye.settle(sides.learn.pictures.pixels, sides.learn.rows)
    return eye


def told(eye: Eye) -> str:
    """Say what a reader reads."""
    return (
        f"{sum(eye.widths):,} numbers of layers {', '.join(map(str, eye.layers))}, max-pooled to {eye.side}x{eye.side}"
    )


def by_kmeans(sides: Sides, seed: int, device: torch.device) -> Contender:
    """Return the features of one layer of k-means, learnt from the pictures without their labels."""
    with Progress("learning k-means") as progress:
        found = kmeans.learn(
            sides.learn.pictures.pixels, sides.learn.rows, centroids=CENTROIDS, seed=seed, progress=progress.count
        )
    return Contender(
        name="k-means, one layer",
        what=f"{len(found.centroids):,} centroids of {found.patch}x{found.patch} patches over four quarters",
        read=lambda pixels: kmeans.encode(found, pixels, device=device) / patches_of(pixels, found.patch),
    )


def patches_of(pixels: np.ndarray, patch: int) -> int:
    """Return how many patches a picture has: sums over them grow with it, and are kept as float16."""
    return (pixels.shape[1] - patch + 1) * (pixels.shape[2] - patch + 1)


def as_numbers(pixels: np.ndarray) -> np.ndarray:
    """Lay pictures, uint8 (n, H, W, C), out as float32 (n, H * W * C) in [0, 1]."""
    return pixels.reshape(len(pixels), -1).astype(np.float32) / 255
