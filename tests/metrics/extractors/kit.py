"""Made-up pictures that can be told apart, and a training so short that a test can afford it."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from dcgan.data.pictures import Pictures
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.labels import open_labels
from dcgan.metrics.extractors.learning import Schedule

CPU = torch.device("cpu")
SHORT = Schedule(batch=32, cycles=(60,), least=20)
SHORTEST = Schedule(batch=16, cycles=(2,), least=2)


def noise(count: int, height: int = 8, width: int = 8, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Dark pictures without a pattern."""
    return np.random.default_rng(seed).integers(0, 60, (count, height, width, channels), np.uint8)


def pictures(
    pixels: np.ndarray, labels: Any = None, attributes: tuple[str, ...] = (), values: Any = None, classes: Any = None
) -> Pictures:
    found = np.full(len(pixels), -1) if labels is None else np.asarray(labels, np.int64)
    names = tuple(map(str, range(found.max() + 1))) if classes is None else tuple(classes)
    return Pictures(
        name="made up",
        pixels=pixels,
        labels=found,
        classes=names,
        attributes=attributes,
        values=None if values is None else np.asarray(values, np.int8),
    )


def rows_lit(labels: Any, **shape: int) -> Pictures:
    """Pictures whose class is which row is bright."""
    pixels = noise(len(labels), **shape)
    for picture, label in zip(pixels, labels, strict=True):
        if label >= 0:
            picture[2 * label : 2 * label + 2] += 150
    return pictures(pixels, labels)


def opened(data: Pictures, cache: Path, schedule: Schedule = SHORT) -> Extractor:
    return open_labels(data, cache=cache, device=CPU, progress=lambda done, total: None, schedule=schedule)
