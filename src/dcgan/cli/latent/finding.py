"""From ``dcgan latent directions``'s options to directions: which are found, and what is projected out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from dcgan.api import Model
from dcgan.cli.latent.common import kimg_of, vectors
from dcgan.cli.latent.named import directions_folder, load_direction
from dcgan.cli.latent.wishes import FindingOptions
from dcgan.cli.latent.words import exemplars_of
from dcgan.cli.progress import Progress
from dcgan.errors import ConfigError, check
from dcgan.latent.bylabel import label_index
from dcgan.latent.directions.candidates import (
    Candidate,
    alone,
    label_about,
    of_examples,
    of_first_layer,
    of_label,
    of_layer,
)
from dcgan.latent.directions.effect import FRESH
from dcgan.latent.directions.labelled import readings
from dcgan.latent.expression import Scope
from dcgan.latent.named import fitting
from dcgan.latent.reader import Reader

ACTIVATIONS = 2_000  # samples that --pca looks at


@dataclass(frozen=True)
class Finder:
    """Finds the directions that are wished for."""

    run: str
    wishes: FindingOptions
    model: Model
    reader: Reader | None
    scope: Scope
    found: dict[str, Candidate] = field(default_factory=dict)
    """The directions of labels that were found already."""

    def candidates(self) -> list[Candidate]:
        """Return all directions that are wished for.

        Raises:
            UserError: there are none, or one of them cannot be had.
        """
        labels = listed(self.wishes.label)
        found = [*self.of_layers(), *map(self.of_label, labels), *self.of_examples()]
        if not found:
            raise ConfigError("no directions are wished for: give --label, --with and --without, --sefa 5 or --pca 5")
        check_names(found)
        found = [self.conditioned(candidate) for candidate in found]
        check_names(found)
        return found

    def of_layers(self) -> list[Candidate]:
        """Return the directions of --sefa and --pca."""
        G, wishes, z_dim = self.model.G, self.wishes, self.model.G.config.z_dim
        for option, count in (("--sefa", wishes.sefa), ("--pca", wishes.pca)):
            check(0 <= count <= z_dim, f"{option} is between 1 and {z_dim}, the numbers of z", count)
        found = of_first_layer(G, wishes.sefa) if wishes.sefa else []
        if not wishes.pca:
            return found
        z = vectors(self.model, range(max(ACTIVATIONS, 2 * z_dim)))
        return found + of_layer(G, z, wishes.pca, wishes.layer)

    def of_label(self, name: str) -> Candidate:
        """Return the direction of a label, the same object whenever it is asked for."""
        assert self.reader is not None, "a label needs a reader"
        index = label_index(name, self.reader.names)
        label = self.reader.names[index]
        if label not in self.found:
            self.found[label] = of_label(self.model.G, label, self.scores[:, index], self.seeds)
        return self.found[label]

    def of_examples(self) -> list[Candidate]:
        """Return the direction of --with and --without, if they are given."""
        wishes = self.wishes
        if wishes.with_ is None or wishes.without is None or wishes.name is None:
            return []
        with_ = wishes.with_, exemplars_of(wishes.with_, self.scope, "--with")
        without = wishes.without, exemplars_of(wishes.without, self.scope, "--without")
        label = label_about(wishes.about, wishes.name, self.reader.names if self.reader is not None else ())
        return [of_examples(wishes.name, with_, without, label)]

    # Conditions -----------------------------------------------------------------------------------------------------

    def conditioned(self, candidate: Candidate) -> Candidate:
        """Return a direction less its part along those of --condition; a label's own is not taken out of itself.

        Raises:
            UserError: one of them has its name and is another, or there is none of that name.
        """
        asked = [other for other in map(self.condition, listed(self.wishes.condition)) if other is not candidate]
        others = {other.name: other for other in asked}
        if not others:
            return candidate
        name = candidate.name if candidate.name == self.wishes.name else f"{candidate.name}-alone"
        for taken in (candidate.name, name):
            if taken in others:
                raise ConfigError(
                    f"--condition {taken} has the name of a direction that is to be found, which would take its place: "
                    "give --name another one, or leave it out of --condition"
                )
        return alone(candidate, list(others.values()), name)

    def condition(self, name: str) -> Candidate:
        """Return what is projected out: the direction of a label, or a saved one."""
        if self.reader is not None and name.lower() in (label.lower() for label in self.reader.names):
            return self.of_label(name)
        try:
            kept = load_direction(directions_folder(self.run), name)
        except ConfigError as error:
            raise ConfigError(f"--condition {name} is no label that is read here, and {error}") from error
        warning = fitting(kept, self.model.G, kimg_of(self.model))
        if warning is not None:
            print(f"warning: {warning}")
        return Candidate(name=kept.name, vector=kept.vector.astype(np.float64), found=kept.found)

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


def check_names(found: Sequence[Candidate]) -> None:
    """Check that no two directions have one name.

    Raises:
        ConfigError: two have.
    """
    names = [candidate.name for candidate in found]
    check(len(set(names)) == len(names), "each direction has a name of its own", ", ".join(names))


def listed(text: str | None) -> list[str]:
    """Read ``Smiling,Male`` as a list, each once."""
    return list(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))
