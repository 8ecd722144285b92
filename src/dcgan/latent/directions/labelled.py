"""Directions from labels: the normal of the plane between what a reader scores highest and lowest.

Source: InterFaceGAN (Shen and others, arXiv 1907.10786).
"""

from collections.abc import Callable, Sequence

import numpy as np

from dcgan.errors import ConfigError
from dcgan.latent.path import typical_length
from dcgan.latent.reader import Reader
from dcgan.latent.sample import stream
from dcgan.latent.svm import normal_of
from dcgan.models.generator import Generator
from dcgan.models.prior import from_seeds

SHARE = 0.02


def readings(
    G: Generator, reader: Reader, seeds: Sequence[int], progress: Callable[[int, int], None] = lambda done, total: None
) -> np.ndarray:
    """Return what a reader reads in the pictures of seeds, a batch at a time in flat memory: float32 (seeds, L)."""
    rows = []
    done = 0
    for part in stream(G, seeds):
        rows.append(reader.read(part))
        done += len(part)
        progress(done, len(seeds))
    return np.concatenate(rows)


def labelled(G: Generator, scores: np.ndarray, seeds: Sequence[int], share: float = SHARE) -> np.ndarray:
    """Return the direction of z from the seeds that are scored lowest to those scored highest.

    Args:
        G: decides what the z of a seed is.
        scores: of each seed, (N,): a label's probability.
        seeds: N of them.
        share: of them at either end.

    Returns:
        The unit normal of a linear support vector machine between both ends, float64 (z_dim,).

    Raises:
        ConfigError: too few seeds, or none is scored differently from another.
    """
    count = round(len(scores) * share)
    order = np.argsort(scores, kind="stable")
    low, high = order[:count], order[len(order) - count :]
    if count < 2 or scores[low].max() >= scores[high].min():
        raise ConfigError("too few samples differ in this label: give more with --n")
    config = G.config
    z = from_seeds(config.prior, [seeds[i] for i in (*low, *high)], config.z_dim).numpy()
    standard = z / (typical_length(config.prior, config.z_dim) / np.sqrt(config.z_dim))
    normal, _ = normal_of(standard, np.arange(2 * count) >= count)
    return normal / np.linalg.norm(normal)
