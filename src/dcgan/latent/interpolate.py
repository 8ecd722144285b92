"""Walks through key frames, as pictures."""

import numpy as np

from dcgan.latent.frames import Frames
from dcgan.latent.path import Ease, walk
from dcgan.latent.render import frames_of
from dcgan.models.generator import Generator


def interpolate(G: Generator, keys: np.ndarray, steps: int, *, ease: Ease = "none", loop: bool = False) -> Frames:
    """Return the pictures of a walk through key frames, in series (Radford and others, arXiv 1511.06434, figure 4).

    Args:
        G: the generator; its prior decides whether the way is straight or an arc (``path.between``).
        keys: (K, z_dim), K at least 2.
        steps: steps from one key frame to the next.
        ease: none, or smooth: slowly away from a key frame and slowly up to the next.
        loop: whether it goes back to the first.

    Returns:
        steps * (K - 1) + 1 pictures, or steps * K in a loop; ``what`` says the place: 1.25 is a quarter of the way from
        key frame 1 to 2.
    """
    z, places = walk(G.config.prior, keys, steps, ease=ease, loop=loop)
    return frames_of(G, z, [{"place": round(float(place), 6)} for place in places])
