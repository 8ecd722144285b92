"""Seeds to begin with: pictures that the run's own D takes for real, and that are not all alike."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dcgan.latent.render import units
from dcgan.models.discriminator import Discriminator
from dcgan.models.generator import Generator
from dcgan.models.prior import from_seeds

POOL, BEST, COUNT = 512, 64, 16
SIDE = 64  # pixels a side that larger pictures are compared at


def good_seeds(G: Generator, D: Discriminator, *, flipped: bool = False) -> tuple[list[int], str]:
    """Return ``COUNT`` seeds worth looking at first, and a sentence that says how they were chosen.

    Of the seeds 0 to ``POOL - 1`` those whose pictures D takes for real most, then of these, from the first one on,
    each time the one whose picture is farthest from all that are chosen. A D that judges several pictures together is
    shown each one several times.

    Args:
        G, D: in evaluation mode, on one device.
        flipped: whether D learnt to answer less to what is real.
    """
    z = from_seeds(G.config.prior, range(POOL), G.config.z_dim).numpy()
    logits = np.concatenate([_answers(D, x) for x in units(G, z)])
    best = np.argsort(logits if flipped else -logits, kind="stable")[:BEST]
    pictures = np.concatenate([_small(x) for x in units(G, z[best])])
    how = (
        f"Of the seeds 0 to {POOL - 1}, the {BEST} that the run's own discriminator takes for real most, and of these "
        f"the {COUNT} that differ most from each other."
    )
    return [int(best[i]) for i in farthest(pictures, COUNT)], how


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


def _answers(D: Discriminator, x: Tensor) -> np.ndarray:
    with torch.inference_mode():
        return D(x.repeat_interleave(D.config.pack, 0)).cpu().numpy()


def _small(x: Tensor) -> np.ndarray:
    """Return pictures as rows, float32 (N, d), larger ones reduced."""
    height, width = (min(side, SIDE) for side in x.shape[2:])
    return F.adaptive_avg_pool2d(x, (height, width)).flatten(1).cpu().numpy()
