"""Seeds by what their pictures are of: ``Male&Eyeglasses&!Smiling``."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dcgan.errors import ConfigError
from dcgan.latent.reader import Reader
from dcgan.latent.sample import stream
from dcgan.models.generator import Generator
from dcgan.models.prior import from_seeds

POOL = range(2000)
"""The seeds that are looked through where nothing else is said."""


@dataclass(frozen=True, kw_only=True)
class ByLabel:
    """Seeds whose pictures are read once, and from which exemplars are chosen by label."""

    reader: Reader
    G: Generator
    """In evaluation mode."""
    pool: Sequence[int] = POOL

    @cached_property
    def readings(self) -> np.ndarray:
        """float32 (len(pool), L): the pool's pictures, read a batch at a time."""
        return np.concatenate([self.reader.read(part) for part in stream(self.G, self.pool)])

    def best(self, wish: str, count: int) -> tuple[list[int], np.ndarray]:
        """Return the seeds whose pictures fulfil a wish best, the best first, and how well, float32 (count,) in [0, 1].

        A picture's score is that of the wish that it fulfils worst, so that every label is to be seen. Above 0.5 it
        has all of them, by the reader's word.

        Args:
            wish: labels with ``&`` between them, ``!`` before those that it is not to have.
            count: how many seeds; at least 1, at most the pool has.

        Raises:
            ConfigError: a label is not known, or there are too few seeds.
        """
        if not 1 <= count <= len(self.pool):
            raise ConfigError(f"between 1 and {len(self.pool):,} seeds can be chosen by label, not {count}")
        wishes = read_wish(wish, self.reader.names)
        scores = np.min([self.readings[:, i] if wanted else 1 - self.readings[:, i] for i, wanted in wishes], axis=0)
        order = np.argsort(-scores, kind="stable")[:count]
        return [self.pool[i] for i in order], scores[order]

    def vectors(self, wish: str, count: int) -> np.ndarray:
        """Return the z of ``best``, float64 (count, z_dim)."""
        config = self.G.config
        return from_seeds(config.prior, self.best(wish, count)[0], config.z_dim).numpy().astype(np.float64)


def read_wish(wish: str, names: Sequence[str]) -> list[tuple[int, bool]]:
    """Read ``Male&!Smiling`` as [(index of Male, True), (index of Smiling, False)]. Capitals make no difference.

    Raises:
        ConfigError: a label is not known, or wished for and not.
    """
    found: dict[int, bool] = {}
    for part in wish.split("&"):
        text = part.strip()
        wanted, text = not text.startswith("!"), text.removeprefix("!").strip()
        index = label_index(text, names)
        if found.setdefault(index, wanted) != wanted:
            raise ConfigError(f"{wish!r} wishes for {names[index]} and for none")
    return list(found.items())


def label_index(name: str, names: Sequence[str]) -> int:
    """Return which label is meant, its capitals as they are or not.

    Raises:
        ConfigError: there is none of that name.
    """
    if not names:
        raise ConfigError(
            f"there is no label {name!r}, since no labels are read here: see --reader, --data and --labels"
        )
    if name in names:
        return list(names).index(name)
    alike = [i for i, known in enumerate(names) if known.lower() == name.lower()]
    if len(alike) != 1:
        raise ConfigError(f"there is no label {name!r}: there are {', '.join(names)}")
    return alike[0]
