"""How well an inversion works: of pictures that G made, how many z come back."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from dcgan.images import to_pixels, to_unit
from dcgan.latent.invert.encoder import Encoder
from dcgan.latent.invert.find import Inversion, Settings, invert
from dcgan.latent.perceptual import Space
from dcgan.models.generator import Generator
from dcgan.models.precision import plain_float32
from dcgan.models.prior import draw_at
from dcgan.rng import key

CLOSE = 1e-2
"""A root mean square of z's difference that counts as recovered. Lipton and Tripathi (arXiv 1702.04782) recover all of
1,000 z of a DCGAN with a uniform prior."""


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """What came back of z whose pictures were inverted."""

    z: np.ndarray
    """float32 (N, z_dim): those that the pictures were made of."""
    found: Inversion

    @property
    def rms(self) -> np.ndarray:
        """The root mean square of each z's difference, float64 (N,)."""
        return np.sqrt(np.square(self.found.z.astype(np.float64) - self.z).mean(1))

    @property
    def share(self) -> float:
        """The share that is recovered."""
        return float((self.rms <= CLOSE).mean())


def recover(
    G: Generator,
    count: int,
    settings: Settings,
    *,
    rounded: bool = False,
    space: Space | None = None,
    encoder: Encoder | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Recovery:
    """Draw z from the prior, make their pictures, and look for the z of these.

    Args:
        G: the generator, in evaluation mode, without gradients of its own.
        count: how many, drawn at an address of the settings' seed that training the encoder does not use.
        settings: how to look (``find.invert``).
        rounded: look for the z of the pictures as they are written to a file, in 8 bits.
        space, encoder, progress: as for ``find.invert``.
    """
    z = draw_at(G.config.prior, count, G.config.z_dim, key(settings.seed, "z to recover"))
    device = next(G.parameters()).device
    with torch.no_grad(), plain_float32(device, gradients=True):
        x = torch.cat([G(part.to(device)).cpu() for part in z.split(64)])
    if rounded:
        x = to_unit(torch.from_numpy(to_pixels(x))).contiguous()
    found = invert(G, x, settings, space=space, encoder=encoder, progress=progress)
    return Recovery(z=z.numpy(), found=found)
