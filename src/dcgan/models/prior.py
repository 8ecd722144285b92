"""The distribution of the latent vector z, and the one way in which a seed becomes a z."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from dcgan.config import Prior
from dcgan.rng import key


def draw(prior: Prior, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Draw float32 on the CPU: N(0, 1) for a normal prior, U(-1, 1) for a uniform one."""
    if prior == "normal":
        return torch.randn(shape, generator=generator)
    return torch.rand(shape, generator=generator).mul_(2).sub_(1)


def draw_at(prior: Prior, count: int, z_dim: int, address: int) -> Tensor:
    """Draw ``count`` vectors (count, z_dim), float32 on the CPU, from the stream at ``address`` (see ``rng.key``)."""
    return draw(prior, (count, z_dim), torch.Generator().manual_seed(address))


def from_seeds(
    prior: Prior, seeds: Sequence[int], z_dim: int, *, mean: float = 0.0, std: float = 1.0, trunc: float | None = None
) -> Tensor:
    """Return one z a seed, each from its own stream: seed 5 is the same vector alone and among thousands.

    Args:
        prior: normal or uniform.
        seeds: any integers.
        z_dim: numbers a vector.
        mean: added to every number, after ``std``.
        std: multiplies every number before the mean is added; N(mean, std) for a normal prior.
        trunc: numbers beyond +-trunc are drawn again, before std and mean (Brock and others, arXiv 1809.11096);
            above 0; None leaves them.

    Returns:
        float32 (len(seeds), z_dim) on the CPU.

    Raises:
        ValueError: trunc is below 0.001, std negative, or one of them no number.
    """
    if trunc is not None and not trunc >= 0.001:
        raise ValueError(f"--trunc is at least 0.001, not {trunc}")
    if not math.isfinite(mean):
        raise ValueError(f"--mean is a number, not {mean}")
    if not 0 <= std < math.inf:
        raise ValueError(f"--std is not negative, not {std}")
    z = torch.empty(len(seeds), z_dim)
    for row, seed in zip(z, seeds, strict=True):
        generator = torch.Generator().manual_seed(key(seed, "sample"))
        row.copy_(draw(prior, (z_dim,), generator))
        if trunc is not None:
            _redraw_beyond(row, trunc, prior, generator)
    return z.mul_(std).add_(mean)


def _redraw_beyond(row: Tensor, trunc: float, prior: Prior, generator: torch.Generator) -> None:
    while (beyond := row.abs() > trunc).any():
        row[beyond] = draw(prior, (int(beyond.sum()),), generator)
