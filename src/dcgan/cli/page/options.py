"""The options of what a page shows."""

from dataclasses import dataclass
from typing import Annotated, Literal

import tyro

from dcgan.cli.latent.reading import ReaderOptions


@dataclass(frozen=True, kw_only=True)
class PageOptions(ReaderOptions):
    """Options of every command that makes a page."""

    run: Annotated[str, tyro.conf.Positional]
    """A run's folder, or a snapshot's."""
    reader: Literal["auto", "labels", "self", "named", "none"] = "auto"
    """What gives vectors to names of labels. auto: what is there already, the names that `dcgan features name` gave or
    a classifier in the cache, else none; labels, self, named: as for `dcgan latent algebra`, learnt now if need be."""
    half: bool = False
    """Store the weights in half the bytes, as float16; pictures then differ by less than a grey level almost
    everywhere."""
    reals: bool = True
    """Whether some real pictures are shown beside the generated ones; --no-reals leaves them out."""
    title: str | None = None
    """The page's title; by default the recipe and the data."""
    snapshot: str = "auto"
    """auto, best, latest, or a number of kimg."""
    weights: Literal["averaged", "raw"] | None = None
    """Which generator; by default the averaged one where there is one."""
    device: str = "auto"
    """Where seeds and averages are computed: auto, cpu, cuda, cuda:1, mps."""
