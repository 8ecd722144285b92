"""Which pictures training never sees."""

import numpy as np
import torch

from dcgan.rng import key


def kept_rows(count: int, share: float) -> np.ndarray | None:
    """Return the rows that are trained on (see ``split``), or None where they are all."""
    return split(count, share)[0] if share > 0 else None


def split(count: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that are trained on and those that are held back, int64, each in their order.

    The same pictures are held back whatever the run's seed, so that runs on one data set can be compared.

    Args:
        count: pictures in all.
        share: of them to hold back, in [0, 0.5]; rounded, and at least one picture where it is above 0.
    """
    held = min(max(round(count * share), 1), count // 2) if share > 0 else 0
    order = torch.randperm(count, generator=torch.Generator().manual_seed(key(0, "held back"))).numpy()
    return np.sort(order[held:]), np.sort(order[:held])
