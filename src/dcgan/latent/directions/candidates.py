"""Directions as they are found, each with its name and, in words, how: from a layer, a label, examples."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dcgan.errors import ConfigError
from dcgan.latent.bylabel import label_index
from dcgan.latent.directions.conditional import conditional
from dcgan.latent.directions.examples import difference
from dcgan.latent.directions.ganspace import ganspace
from dcgan.latent.directions.labelled import SHARE, labelled
from dcgan.latent.directions.sefa import sefa
from dcgan.models.generator import Generator


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A direction that was found, before it is measured."""

    name: str
    vector: np.ndarray
    """float64 (z_dim,), of length 1."""
    found: str
    """How, in words."""
    label: str | None = None
    """The label that it is about, where that is known."""
    length: float | None = None
    """Of a difference of two averages: how long it is."""


def of_first_layer(G: Generator, count: int) -> list[Candidate]:
    """Return the ``count`` strongest directions of G's first layer, ``sefa1`` first (``sefa``)."""
    strongest, _ = sefa(G, count)
    what = "SeFa: eigenvector {} of the first layer's weight"
    return [Candidate(name=f"sefa{i}", vector=v, found=what.format(i)) for i, v in enumerate(strongest, 1)]


def of_layer(G: Generator, z: np.ndarray, count: int, layer: int) -> list[Candidate]:
    """Return the ``count`` largest principal components of a layer's output for z, ``pca1`` first (``ganspace``)."""
    largest, shares = ganspace(G, z, count, layer)
    what = f"principal component {{}} of the output of layer {layer} over {len(z):,} samples"
    return [
        Candidate(name=f"pca{i}", vector=v, found=f"{what.format(i)}: {share:.1%} of its variance")
        for i, (v, share) in enumerate(zip(largest, shares, strict=True), 1)
    ]


def of_label(G: Generator, label: str, scores: np.ndarray, seeds: Sequence[int]) -> Candidate:
    """Return the direction of a label, from the probability of it that was read in each seed's picture (``labelled``).

    Raises:
        ConfigError: too few samples, or none is read differently from another.
    """
    try:
        vector = labelled(G, scores, seeds)
    except ConfigError as error:
        raise ConfigError(f"{label}: {error}") from error
    found = f"between the {SHARE:.0%} of {len(seeds):,} samples that are read most and least as {label}"
    return Candidate(name=plain_name(label), vector=vector, found=found, label=label)


def of_examples(
    name: str, with_: tuple[str, np.ndarray], without: tuple[str, np.ndarray], label: str | None
) -> Candidate:
    """Return the direction from the mean of some vectors to the mean of others (``difference``).

    Args:
        name: what it is called.
        with_: what names the vectors that have it, and these, (n, z_dim).
        without: the same of those that have it not.
        label: that it is about, if any.

    Raises:
        ConfigError: both means are the same.
    """
    vector, length = difference(with_[1], without[1])
    found = f"mean of {len(with_[1])} ({with_[0]}) less mean of {len(without[1])} ({without[0]})"
    return Candidate(name=name, vector=vector, found=found, label=label, length=length)


def alone(candidate: Candidate, others: Sequence[Candidate], name: str) -> Candidate:
    """Return what of a direction is at right angles to others (``conditional``), under a name of its own.

    Raises:
        ConfigError: nearly nothing is left.
    """
    try:
        vector = conditional(candidate.vector, [other.vector for other in others])
    except ConfigError as error:
        raise ConfigError(f"{candidate.name}: {error}") from error
    found = f"{candidate.found}; {', '.join(other.name for other in others)} projected out"
    return replace(candidate, name=name, vector=vector, found=found, length=None)


def label_about(about: str | None, name: str, labels: Sequence[str]) -> str | None:
    """Return the label that a direction of this name is about: the one that is said, or else one of its name, if any.

    Raises:
        ConfigError: there is no such label as is said.
    """
    if about is not None:
        return labels[label_index(about, labels)]
    return next((label for label in labels if label.lower() == name.lower()), None)


def plain_name(label: str) -> str:
    """Return a label as a direction's name: what is no letter, digit, - or _ becomes -."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in label)[:90]
