"""The averaged generator."""

import torch

from dcgan.models.generator import Generator


def weight_kept(half_life_kimg: float, ramp: float, images: int, nimg: int) -> float:
    """Return how much of the average stays after ``images`` more.

    The half-life is ``half_life_kimg``, but early in a run no longer than the share ``ramp`` of the images seen, so
    that the first, formless weights are soon forgotten (Karras and others, arXiv 1912.04958, their code's ramp).

    Args:
        half_life_kimg: above 0.
        ramp: 0.05 is 5% of the images seen; 0: the half-life is whole from the start.
        images: those of one round.
        nimg: images seen, with them.
    """
    half_life = half_life_kimg * 1000
    half_life = min(half_life, ramp * nimg) if ramp else half_life
    return 0.5 ** (images / max(half_life, 1e-8))


@torch.no_grad()
def average(G_ema: Generator, G: Generator, kept: float) -> None:
    """Move every weight of ``G_ema`` towards that of ``G``, in place: ema = kept * ema + (1 - kept) * G."""
    torch._foreach_lerp_(list(G_ema.parameters()), list(G.parameters()), 1 - kept)
