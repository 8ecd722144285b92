"""The extractors by name. To add one, write a file with an ``open_...`` function and name it in ``EXTRACTORS``."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from dcgan.data.pictures import Pictures
from dcgan.errors import UserError
from dcgan.metrics.extractors.dino import open_dino
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.inception import open_inception
from dcgan.metrics.extractors.labels import can_be_learnt, open_labels
from dcgan.metrics.extractors.learning import Progress
from dcgan.metrics.extractors.model_file import SUFFIXES, open_model_file
from dcgan.metrics.extractors.own import open_self
from dcgan.metrics.extractors.pixels import open_pixels
from dcgan.metrics.extractors.untrained import open_random
from dcgan.models.discriminator import Discriminator

__all__ = ["EXTRACTORS", "can_be_learnt", "open_extractor"]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What an extractor may be made from."""

    argument: str | None
    """What follows the name and a colon."""
    pictures: Pictures | None
    D: Discriminator | None
    cache: Path
    device: torch.device
    progress: Progress

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of the pictures that will be read.

        Raises:
            UserError: there are neither pictures nor a network to tell it.
        """
        if self.pictures is not None:
            height, width, channels = self.pictures.pixels.shape[1:]
            return height, width, channels
        if self.D is None:
            raise UserError("an extractor needs pictures, or a run, to know the size that it reads")
        return self.D.config.height, self.D.config.width, self.D.config.channels


def _labels(wish: Wish) -> Extractor:
    if wish.pictures is None:
        raise UserError("the extractor labels needs labelled pictures: name them with --data, or take random")
    return open_labels(wish.pictures, cache=wish.cache, device=wish.device, progress=wish.progress)


EXTRACTORS: dict[str, Callable[[Wish], Extractor]] = {
    "labels": _labels,
    "random": lambda wish: open_random(wish.shape, wish.device),
    "pixels": lambda wish: open_pixels(wish.shape, wish.device),
    "self": lambda wish: open_self(wish.D, wish.device),
    "inception": lambda wish: open_inception(wish.argument, wish.device),
    "dinov2": lambda wish: open_dino(wish.argument, wish.device),
}
WITH_ARGUMENT = ("inception", "dinov2")


def open_extractor(
    name: str,
    *,
    pictures: Pictures | None,
    D: Discriminator | None,
    cache: Path,
    device: torch.device,
    progress: Progress = lambda done, total: None,
) -> Extractor:
    """Return the extractor of that name: what follows the first colon of a measure such as ``frechet:labels``.

    Args:
        name: labels, random, pixels, self, inception, dinov2, ``inception:FILE``, ``dinov2:FOLDER``, or a file that
            ends in .pt, .ts or .onnx.
        pictures: the real pictures; ``labels`` learns from them, and their size is the size that is read.
        D: a run's discriminator, for ``self``.
        cache: the folder below which what was learnt is kept.
        device: where it computes.
        progress: called with (done, total) where something is trained.

    Raises:
        UserError: there is no such extractor, or it cannot be had; the sentence says what to do.
    """
    head, colon, rest = name.partition(":")
    argument = rest if colon and rest and head in WITH_ARGUMENT else None
    wish = Wish(argument=argument, pictures=pictures, D=D, cache=cache, device=device, progress=progress)
    known = EXTRACTORS.get(head if argument else name)
    if known is not None:
        return known(wish)
    if Path(name).suffix.lower() in SUFFIXES:
        return open_model_file(name, wish.shape, device)
    raise UserError(
        f"there is no extractor {name!r}: take {', '.join(EXTRACTORS)}, or a file of your own that ends in "
        f"{' or '.join(SUFFIXES)}"
    )
