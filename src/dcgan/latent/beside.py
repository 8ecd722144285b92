"""Generated beside real: could you tell?"""

from dataclasses import dataclass

import numpy as np
import torch

from dcgan.rng import key


@dataclass(frozen=True, kw_only=True)
class Quiz:
    """Real and generated pictures, k of each, in one order."""

    pixels: np.ndarray
    """uint8 (2k, H, W, C)."""
    is_real: np.ndarray
    """bool (2k,)."""
    which: np.ndarray
    """int64 (2k,): of a real picture its index among the real ones, of a generated one that among the generated."""


def beside(real: np.ndarray, generated: np.ndarray, k: int, *, seed: int, shuffled: bool) -> Quiz:
    """Lay k real pictures, drawn at random, and the first k generated ones side by side.

    Args:
        real: uint8 (N, H, W, C), N at least k, memory-mapped or not.
        generated: uint8 (M, H, W, C), M at least k.
        k: of each.
        seed: decides which real ones, and the order.
        shuffled: mix them; else the real ones come first.

    """
    assert 1 <= k <= min(len(real), len(generated)), (k, len(real), len(generated))
    generator = torch.Generator().manual_seed(key(seed, "beside"))
    chosen = torch.randperm(len(real), generator=generator)[:k].numpy()
    order = torch.randperm(2 * k, generator=generator).numpy() if shuffled else np.arange(2 * k)
    pixels = np.concatenate([np.stack([real[i] for i in chosen]), generated[:k]])
    which = np.concatenate([chosen, np.arange(k)])
    return Quiz(pixels=pixels[order], is_real=order < k, which=which[order])
