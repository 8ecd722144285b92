"""An extractor that anyone can check by hand, and pictures for it."""

from pathlib import Path

import numpy as np

from dcgan.data.pictures import Pictures
from dcgan.metrics.extractors.extractor import Extractor, Reading


def brightness(classes: tuple[str, ...] = ("dark", "bright")) -> Extractor:
    """Reads the mean of each quarter of a picture, in [0, 1]; the class is whether the whole is bright."""

    def read(pixels: np.ndarray) -> Reading:
        height, width = pixels.shape[1] // 2, pixels.shape[2] // 2
        quarters = [pixels[:, y : y + height, x : x + width] for y in (0, height) for x in (0, width)]
        features = np.stack([part.reshape(len(pixels), -1).mean(1) / 255 for part in quarters], 1).astype(np.float32)
        bright = features.mean(1)
        return Reading(features=features, probabilities=np.stack([1 - bright, bright], 1) if classes else None)

    return Extractor(name="labels" if classes else "random", key="brightness", dim=4, read=read, classes=classes)


def dots(count: int, seed: int = 0, *, low: int = 0, high: int = 256, labelled: bool = True) -> Pictures:
    """Pictures of noise, 8x8 gray, each darker or brighter; the label says which."""
    rng = np.random.default_rng(seed)
    level = rng.integers(low, high, count)
    pixels = np.clip(level[:, None, None, None] + rng.integers(-40, 40, (count, 8, 8, 1)), 0, 255).astype(np.uint8)
    labels = (level >= 128).astype(np.int64) if labelled else np.full(count, -1)
    classes = ("dark", "bright") if labelled else ()
    return Pictures(name="dots", pixels=pixels, labels=labels, classes=classes, digest=f"{seed}/{count}", folder=Path())
