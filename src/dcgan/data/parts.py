"""Some pictures of many, a few at a time."""

from collections.abc import Iterator

import numpy as np


def parts_of(pixels: np.ndarray, rows: np.ndarray, batch: int) -> Iterator[np.ndarray]:
    """Yield pictures of uint8 (N, H, W, C), memory-mapped or not, at most ``batch`` at a time, each part a copy.

    Args:
        pixels: what they are taken from.
        rows: int64: which, in this order.
        batch: no more of them are read together.
    """
    for start in range(0, len(rows), batch):
        yield np.array(pixels[rows[start : start + batch]])
