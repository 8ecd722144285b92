"""Readers whose answers are known: each label is whether one pixel of a picture is bright."""

from collections.abc import Sequence

import numpy as np

from dcgan.latent.reader import Reader


def pixel_reader(pixels: Sequence[int], names: Sequence[str] = (), accuracy: float = 0.9) -> Reader:
    """Label i is sure where pixel ``pixels[i]`` of the first row is above 127."""
    columns = list(pixels)
    names = tuple(names or (f"p{i}" for i in columns))

    def read(shown: np.ndarray) -> np.ndarray:
        bright = shown[:, 0, columns, 0].astype(np.float32)
        return 1 / (1 + np.exp(-(bright - 127.5) / 20))

    return Reader(names=names, read=read, what="pixels", accuracy=dict.fromkeys(names, accuracy))
