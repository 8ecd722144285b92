"""Samples moved along directions, as pictures."""

from collections.abc import Mapping, Sequence

import numpy as np

from dcgan.latent.frames import Frames, joined
from dcgan.latent.move import moved
from dcgan.latent.render import frames_of
from dcgan.models.generator import Generator


def moves(
    G: Generator, directions: Mapping[str, np.ndarray], base: np.ndarray, seeds: Sequence[int], amounts: Sequence[float]
) -> Frames:
    """Move samples along directions.

    Args:
        G: the generator.
        directions: by name, (z_dim,) each, of length 1.
        base: z of the samples, (N, z_dim).
        seeds: N, for what each picture is.
        amounts: in standard deviations, A of them; see ``move``.

    Returns:
        All amounts of the first sample along the first direction, then of the second sample, and so on:
        directions * N * A pictures.
    """
    prior, far = G.config.prior, np.tile(np.asarray(amounts, np.float64), len(base))
    parts = []
    for name, direction in directions.items():
        z = moved(prior, np.repeat(base, len(amounts), 0), direction, far)
        what = [{"direction": name, "seed": seed, "amount": float(amount)} for seed in seeds for amount in amounts]
        parts.append(frames_of(G, z, what))
    return joined(parts)
