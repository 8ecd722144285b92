"""The averaged generator."""

import torch

from dcgan.models.generator import Generator

RAMP = 0.05


def weight_kept(half_life_kimg: float, batch: int, nimg: int) -> float:
    """Return how much of the average stays after one more batch.

    The half-life is ``half_life_kimg``, but early in a run no longer than 5% of the images seen, so that the first,
    formless weights are soon forgotten (Karras and others, arXiv 1912.04958, their code's ramp).
    """
    half_life = min(half_life_kimg * 1000, RAMP * nimg)
    return 0.5 ** (batch / max(half_life, 1e-8))


@torch.no_grad()
def average(G_ema: Generator, G: Generator, kept: float) -> None:
    """Move every weight of ``G_ema`` towards that of ``G``, in place: ema = kept * ema + (1 - kept) * G."""
    torch._foreach_lerp_(list(G_ema.parameters()), list(G.parameters()), 1 - kept)
