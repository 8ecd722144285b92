"""From seeds to pictures, a batch at a time."""

from collections.abc import Iterator, Sequence

import numpy as np

from dcgan.latent.render import gathered, stream_pixels
from dcgan.models.generator import Generator
from dcgan.models.prior import from_seeds


def stream(
    G: Generator,
    seeds: Sequence[int],
    *,
    mean: float = 0.0,
    std: float = 1.0,
    trunc: float | None = None,
    batch: int = 64,
) -> Iterator[np.ndarray]:
    """Yield the pictures of seeds, in order, uint8 (at most ``batch``, H, W, C) at a time, in flat memory.

    Args:
        G: the generator, in evaluation mode; a picture depends on its seed alone, not on the batch.
        seeds: any integers; a range costs nothing.
        mean: added to every number of z.
        std: multiplies every number of z before that.
        trunc: numbers of z beyond +-trunc are drawn again; None leaves them.
        batch: pictures made at a time.

    Raises:
        ValueError: batch is below 1, std negative, or trunc not above 0.
    """
    if batch < 1:
        raise ValueError(f"--batch is at least 1, not {batch}")
    for start in range(0, len(seeds), batch):
        part = seeds[start : start + batch]
        z = from_seeds(G.config.prior, part, G.config.z_dim, mean=mean, std=std, trunc=trunc)
        yield from stream_pixels(G, z.numpy(), batch)


def sample(
    G: Generator,
    seeds: Sequence[int],
    *,
    mean: float = 0.0,
    std: float = 1.0,
    trunc: float | None = None,
    batch: int = 64,
) -> np.ndarray:
    """Return the pictures of seeds as one array, uint8 (len(seeds), H, W, C). See ``stream``."""
    return gathered(G, stream(G, seeds, mean=mean, std=std, trunc=trunc, batch=batch))
