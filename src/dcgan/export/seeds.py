"""Seeds to begin with: pictures of the kind that G makes most, and that are not all alike.

D's own answer is no guide to them: at the end of training it takes for real what G seldom makes, which looks worse than
any draw (docs/log.md). What is far from everything else that G makes looks broken most often, so what has near
neighbours is taken.
"""

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from dcgan.latent.render import units
from dcgan.models.discriminator import Discriminator
from dcgan.models.generator import Generator
from dcgan.models.prior import from_seeds
from dcgan.probes.features import pooled

POOL, TYPICAL, COUNT = 512, 128, 16
NEIGHBOURS = 10
SIDE = 2
HOW = (
    f"Of the seeds 0 to {POOL - 1}, the {TYPICAL} whose {NEIGHBOURS} nearest neighbours are nearest in the run's own "
    f"discriminator's features, and of these the {COUNT} that differ most from each other."
)


def good_seeds(G: Generator, D: Discriminator) -> list[int]:
    """Return ``COUNT`` seeds worth looking at first; ``HOW`` says in a sentence how they are chosen.

    Pictures are compared by the maps of all of D's layers but the last, max-pooled to ``SIDE`` x ``SIDE``; every number
    is standardised over the pool, and every layer weighs the same. The first seed is the most typical one, then each
    time the one that is farthest from all that are chosen. A D that judges several pictures together is shown each one
    several times.

    Args:
        G, D: in evaluation mode, on one device.
    """
    z = from_seeds(G.config.prior, range(POOL), G.config.z_dim).numpy()
    layers = [np.concatenate(layer) for layer in zip(*(_seen(D, x) for x in units(G, z)), strict=True)]
    points = np.concatenate([_standardised(layer) for layer in layers], 1)
    typical = most_typical(points, TYPICAL)
    return [int(typical[i]) for i in farthest(points[typical], COUNT)]


def most_typical(points: np.ndarray, count: int) -> np.ndarray:
    """Return ``count`` rows of points (N, d), those with the nearest neighbours on the mean first, int64 (count,)."""
    distances, _ = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(points).kneighbors()
    return np.argsort(distances.mean(1), kind="stable")[:count]


def farthest(points: np.ndarray, count: int) -> list[int]:
    """Return ``count`` rows of points (N, d), N at least as many, the first one first: each the one that is farthest
    from those before (Gonzalez 1985)."""
    chosen = [0]
    nearest = np.full(len(points), np.inf)
    while len(chosen) < count:
        nearest = np.minimum(nearest, np.linalg.norm(points - points[chosen[-1]], axis=1))
        nearest[chosen] = -1  # where several pictures are one, each is still taken once
        chosen.append(int(nearest.argmax()))
    return chosen


def _seen(D: Discriminator, x: Tensor) -> list[np.ndarray]:
    with torch.inference_mode():
        maps = D.features(x.repeat_interleave(D.config.pack, 0))
        return [pooled(one, SIDE).float().cpu().numpy() for one in maps]


def _standardised(layer: np.ndarray) -> np.ndarray:
    spread = layer.std(0)
    return (layer - layer.mean(0)) / np.where(spread > 0, spread, 1) / np.sqrt(layer.shape[1])
