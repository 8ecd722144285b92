"""From ``dcgan latent directions``'s options to directions: which are found, how, and what is projected out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated

import numpy as np
import tyro

from dcgan.api import Model
from dcgan.cli.latent.common import vectors
from dcgan.cli.latent.named import directions_folder, kimg_of
from dcgan.cli.latent.words import exemplars_of
from dcgan.cli.progress import Progress
from dcgan.errors import ConfigError, check
from dcgan.latent.bylabel import label_index
from dcgan.latent.directions.conditional import conditional
from dcgan.latent.directions.effect import FRESH
from dcgan.latent.directions.examples import difference
from dcgan.latent.directions.ganspace import LAYER, ganspace
from dcgan.latent.directions.labelled import SHARE, labelled, readings
from dcgan.latent.directions.sefa import sefa
from dcgan.latent.expression import Scope
from dcgan.latent.named import fitting, load_direction
from dcgan.latent.reader import Reader

ACTIVATIONS = 2_000  # samples that --pca looks at


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


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A direction that was found, before it is measured."""

    name: str
    vector: np.ndarray
    """float64 (z_dim,), of length 1."""
    found: str
    label: str | None = None
    """The label that it is about, where that is known."""
    length: float | None = None


@dataclass(frozen=True)
class Finder:
    """Finds the directions that are wished for."""

    run: str
    wishes: FindingOptions
    model: Model
    reader: Reader | None
    scope: Scope

    def candidates(self) -> list[Candidate]:
        """Return all directions that are wished for.

        Raises:
            UserError: there are none, or one of them cannot be had.
        """
        found = [*self.of_layers(), *self.of_labels(), *self.of_examples()]
        if not found:
            raise ConfigError("no directions are wished for: give --label, --with and --without, --sefa 5 or --pca 5")
        names = [candidate.name for candidate in found]
        check(len(set(names)) == len(names), "each direction has a name of its own", ", ".join(names))
        return [self.conditioned(candidate) for candidate in found]

    def of_layers(self) -> list[Candidate]:
        """Return the directions of --sefa and --pca."""
        G, z_dim = self.model.G, self.model.G.config.z_dim
        for option, count in (("--sefa", self.wishes.sefa), ("--pca", self.wishes.pca)):
            check(0 <= count <= z_dim, f"{option} is between 1 and {z_dim}, the numbers of z", count)
        found = []
        if self.wishes.sefa:
            strongest, _ = sefa(G, self.wishes.sefa)
            what = "SeFa: eigenvector {} of the first layer's weight"
            found += [Candidate(name=f"sefa{i}", vector=v, found=what.format(i)) for i, v in enumerate(strongest, 1)]
        if self.wishes.pca:
            z = vectors(self.model, range(max(ACTIVATIONS, 2 * z_dim)))
            largest, shares = ganspace(G, z, self.wishes.pca, self.wishes.layer)
            what = f"principal component {{}} of the output of layer {self.wishes.layer} over {len(z):,} samples"
            found += [
                Candidate(name=f"pca{i}", vector=v, found=f"{what.format(i)}: {share:.1%} of its variance")
                for i, (v, share) in enumerate(zip(largest, shares, strict=True), 1)
            ]
        return found

    def of_labels(self) -> list[Candidate]:
        """Return the directions of --label."""
        if self.wishes.label is None:
            return []
        return [self.of_label(name) for name in listed(self.wishes.label)]

    def of_label(self, name: str) -> Candidate:
        """Return the direction of one label."""
        assert self.reader is not None, "a label needs a reader"
        label = self.reader.names[label_index(name, self.reader.names)]
        column = self.scores[:, self.reader.names.index(label)]
        try:
            vector = labelled(self.model.G, column, self.seeds)
        except ConfigError as error:
            raise ConfigError(f"{label}: {error}") from error
        found = f"between the {SHARE:.0%} of {len(self.seeds):,} samples that are read most and least as {label}"
        return Candidate(name=plain_name(label), vector=vector, found=found, label=label)

    def of_examples(self) -> list[Candidate]:
        """Return the direction of --with and --without, if they are given."""
        wishes = self.wishes
        if wishes.with_ is None and wishes.without is None:
            return []
        if wishes.with_ is None or wishes.without is None or wishes.name is None:
            raise ConfigError("a direction from examples needs --name, --with and --without")
        with_, without = (
            exemplars_of(text, self.scope, option)
            for text, option in ((wishes.with_, "--with"), (wishes.without, "--without"))
        )
        vector, length = difference(with_, without)
        found = f"mean of {len(with_)} ({wishes.with_}) less mean of {len(without)} ({wishes.without})"
        known = self.reader.names if self.reader is not None else ()
        about = wishes.about or next((label for label in known if label.lower() == wishes.name.lower()), None)
        label = known[label_index(about, known)] if about is not None else None
        return [Candidate(name=wishes.name, vector=vector, found=found, label=label, length=length)]

    # Conditions -----------------------------------------------------------------------------------------------------

    def conditioned(self, candidate: Candidate) -> Candidate:
        """Return a direction less its part along those of --condition, itself excepted."""
        names = listed(self.wishes.condition) if self.wishes.condition else []
        others = {other.name: other.vector for other in map(self.condition, names) if other.name != candidate.name}
        if not others:
            return candidate
        try:
            vector = conditional(candidate.vector, list(others.values()))
        except ConfigError as error:
            raise ConfigError(f"{candidate.name}: {error}") from error
        name = candidate.name if candidate.name == self.wishes.name else f"{candidate.name}-alone"
        found = f"{candidate.found}; {', '.join(others)} projected out"
        return replace(candidate, name=name, vector=vector, found=found, length=None)

    def condition(self, name: str) -> Candidate:
        """Return what is projected out: the direction of a label, or a saved one."""
        labels = [label.lower() for label in self.reader.names] if self.reader is not None else []
        if name.lower() in labels:
            return self.conditions.setdefault(name.lower(), self.of_label(name))
        folder = directions_folder(self.run)
        try:
            kept = load_direction(folder, name)
        except ConfigError as error:
            raise ConfigError(f"--condition {name} is no label that is read here, and {error}") from error
        warning = fitting(kept, self.model.G, kimg_of(self.model))
        if warning is not None:
            print(f"warning: {warning}")
        return Candidate(name=kept.name, vector=kept.vector.astype(np.float64), found=kept.found)

    @cached_property
    def conditions(self) -> dict[str, Candidate]:
        return {}

    # Readings -------------------------------------------------------------------------------------------------------

    @property
    def seeds(self) -> Sequence[int]:
        """The samples that the directions of labels are found from."""
        return range(self.wishes.n)

    @cached_property
    def scores(self) -> np.ndarray:
        """What is read in them, float32 (seeds, L)."""
        assert self.reader is not None, "scores need a reader"
        check(100 <= self.wishes.n <= FRESH.start, f"--n is between 100 and {FRESH.start:,}", self.wishes.n)
        with Progress("reading samples") as progress:
            return readings(self.model.G, self.reader, self.seeds, progress.count)


def listed(text: str) -> list[str]:
    """Read ``Smiling,Male`` as a list, each once."""
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def plain_name(label: str) -> str:
    """Return a label as a direction's name: what is no letter, digit, - or _ becomes -."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in label)[:90]
