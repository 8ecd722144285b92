"""Stacked MNIST: a thousand modes that a classifier can count.

Three handwritten digits, one in each colour, are a picture with a name from 000 to 999. The protocol is that of VEEGAN
(Srivastava and others, arXiv 1705.07761) as PacGAN (Lin and others, arXiv 1712.04086) and its released code have it:
128,000 fixed stacks of digits drawn from all 70,000 of MNIST, 26,000 generated pictures with BatchNorm's running
statistics, a classifier of digits that names each colour, the number of different names, and their KL divergence from
even shares. It was introduced by Metz and others (arXiv 1611.02163).
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dcgan.data.pictures import Pictures
from dcgan.data.sources.idx import is_idx_pictures, labels_beside, read_idx, read_pictures
from dcgan.errors import DataError
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.modes import Modes, expected_found, kl_floor, modes
from dcgan.metrics.suite import generated
from dcgan.models.generator import Generator
from dcgan.rng import key

STACKS, SAMPLES, MODES = 128_000, 26_000, 1000
ENOUGH = 0.99  # share of test digits that the classifier has to name
PLACES = np.array([100, 10, 1])
KL, MISSING = "kl:stacked", "missing:stacked"


@dataclass(frozen=True, kw_only=True)
class Digits:
    """Handwritten digits, 28x28 gray: those to learn from, and those to test with. Stacks are drawn from both."""

    train: Pictures
    test: Pictures

    @property
    def labels(self) -> np.ndarray:
        """int64 (N,): of all digits, those to learn from first."""
        return np.concatenate([self.train.labels, self.test.labels])

    @property
    def pixels(self) -> np.ndarray:
        """uint8 (N, 28, 28, 1)."""
        return np.concatenate([self.train.pixels, self.test.pixels])


# The data -----------------------------------------------------------------------------------------------------------


def read_digits(folder: Path) -> Digits:
    """Read MNIST's IDX files, gzipped or not: train-images, train-labels, t10k-images and t10k-labels.

    Raises:
        DataError: one is missing, damaged, or holds something else.
    """
    parts = {}
    for part in ("train", "t10k"):
        found = sorted(path for path in folder.glob(f"{part}-*") if is_idx_pictures(path)) if folder.is_dir() else []
        if not found:
            raise DataError(f"{folder} has no {part}-images-idx3-ubyte: give the folder with MNIST's four IDX files")
        parts[part] = _read_part(found[0], part)
    return Digits(train=parts["train"], test=parts["t10k"])


def _read_part(path: Path, part: str) -> Pictures:
    beside = labels_beside(path)
    if beside is None:
        raise DataError(f"{path} has no labels beside it: {part}-labels-idx1-ubyte is missing")
    pixels, labels = read_pictures(path), read_idx(beside).astype(np.int64)
    if pixels.shape[1:] != (28, 28) or labels.shape != (len(pixels),) or labels.max(initial=0) > 9:
        raise DataError(f"{path} is not MNIST's: digits of 28x28 pixels, each with a label from 0 to 9, are expected")
    digest = hashlib.blake2b(pixels.tobytes() + labels.tobytes(), digest_size=16).hexdigest()
    classes = tuple(str(digit) for digit in range(10))
    return Pictures(name=f"mnist-{part}", pixels=pixels[..., None], labels=labels, classes=classes, digest=digest)


def make_stacks(digits: Digits, count: int = STACKS, seed: int = 0) -> Pictures:
    """Stack digits that are drawn with replacement, each colour for itself, three to a picture.

    Args:
        digits: what to draw from.
        count: pictures to make.
        seed: decides the draw.

    Returns:
        Pictures of 28x28x3 with labels from 0 to 999: ``100 * red + 10 * green + blue``.
    """
    pixels, labels = digits.pixels[..., 0], digits.labels
    generator = torch.Generator().manual_seed(key(seed, "stacks"))
    chosen = torch.randint(len(pixels), (count, 3), generator=generator).numpy()
    stacked = np.empty((count, *pixels.shape[1:], 3), np.uint8)
    for channel in range(3):
        stacked[..., channel] = pixels[chosen[:, channel]]
    address = f"{digits.train.digest}/{digits.test.digest}/{count}/{seed}".encode()
    return Pictures(
        name="stacked-mnist",
        pixels=stacked,
        labels=labels[chosen] @ PLACES,
        classes=tuple(f"{mode:03d}" for mode in range(MODES)),
        digest=hashlib.blake2b(address, digest_size=16).hexdigest(),
    )


# Judging ------------------------------------------------------------------------------------------------------------


def name_digits(reader: Extractor, pixels: np.ndarray) -> np.ndarray:
    """Return the likeliest digit of each picture, uint8 (N, 28, 28, 1) -> int64 (N,)."""
    probabilities = reader.read(pixels).probabilities
    assert probabilities is not None
    assert probabilities.shape[1] == 10
    return probabilities.argmax(axis=1)


def name_stacks(reader: Extractor, pixels: np.ndarray) -> np.ndarray:
    """Return the names of stacks, uint8 (N, 28, 28, 3) -> int64 (N,) from 0 to 999: each colour is read by itself."""
    digits = [name_digits(reader, np.ascontiguousarray(pixels[..., c : c + 1])) for c in range(3)]
    return np.stack(digits, axis=1) @ PLACES


def count_modes(reader: Extractor, batches: Iterable[np.ndarray]) -> Modes:
    """Count the modes of stacks, uint8 (N, 28, 28, 3) a batch."""
    return modes(np.concatenate([name_stacks(reader, pixels) for pixels in batches]), MODES)


def judge_generator(G: Generator, reader: Extractor, count: int = SAMPLES, seed: int = 0) -> Modes:
    """Count the modes of ``count`` pictures of G, which is in evaluation mode.

    Raises:
        DataError: G does not make stacks.
    """
    check_makes_stacks(G)
    return count_modes(reader, (pixels for pixels, _ in generated(G, count, seed)))


def check_makes_stacks(G: Generator) -> None:
    """Refuse a generator of other pictures.

    Raises:
        DataError: says which they are.
    """
    shape = (G.config.height, G.config.width, G.config.channels)
    if shape != (28, 28, 3):
        made = "x".join(map(str, shape))
        raise DataError(f"the generator makes pictures of {made}, and stacks of digits are 28x28x3: give another run")


def evaluator(reader: Extractor, count: int = SAMPLES) -> Callable[[Generator], Iterator[tuple[str, float]]]:
    """Return what ``train`` calls at snapshots: it yields the KL divergence, which decides the best, and how many of
    the modes are missing."""

    def evaluate(G: Generator) -> Iterator[tuple[str, float]]:
        found = judge_generator(G, reader, count)
        yield KL, found.kl
        yield MISSING, float(MODES - found.found)

    return evaluate


def accuracy(reader: Extractor, digits: Pictures) -> float:
    """Return the share of digits that are named rightly."""
    parts = range(0, len(digits), 1000)
    named = [name_digits(reader, digits.pixels[start : start + 1000]) for start in parts]
    return float((np.concatenate(named) == digits.labels).mean())


def floor(digits: Digits, count: int = SAMPLES) -> Modes:
    """Return what pictures drawn from the true distribution would have on average, each digit as frequent as it is."""
    shares = np.bincount(digits.labels, minlength=10) / len(digits.labels)
    frequencies = np.einsum("a,b,c->abc", shares, shares, shares).ravel()
    found = expected_found(MODES, count, frequencies)
    return Modes(found=round(found), kl=kl_floor(MODES, count, frequencies), top_share=float(frequencies.max()))


def facts(digits: Digits, reader: Extractor, count: int = SAMPLES) -> dict[str, Any]:
    """Return what belongs beside every figure, as plain values."""
    perfect = floor(digits, count)
    right = accuracy(reader, digits.test)
    return {
        "generated": count,
        "digits": len(digits.labels),
        "classifier": {**reader.facts, "test_accuracy": right, "test_digits": len(digits.test)},
        "floor": {"modes": perfect.found, "kl": perfect.kl},
    }
