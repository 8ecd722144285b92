"""MNIST in small, whose digits a stand-in for the classifier reads exactly."""

import gzip
from pathlib import Path

import numpy as np

from dcgan.metrics.extractors.extractor import Extractor, Reading


def write_idx(path: Path, values: np.ndarray) -> None:
    head = bytes([0, 0, 8, values.ndim]) + b"".join(int(side).to_bytes(4, "big") for side in values.shape)
    data = head + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def painted(labels: np.ndarray, seed: int = 0) -> np.ndarray:
    """Pictures (N, 28, 28) of which any part tells the digit: brightness 25 a digit, and some noise."""
    rng = np.random.default_rng(seed)
    return (25 * labels[:, None, None] + rng.integers(0, 10, (len(labels), 28, 28))).astype(np.uint8)


def write_mnist(folder: Path, train: int = 60, test: int = 20, suffix: str = "") -> Path:
    """MNIST's four files, made of such pictures."""
    folder.mkdir()
    for part, count in (("train", train), ("t10k", test)):
        labels = np.arange(count) % 10
        write_idx(folder / f"{part}-images-idx3-ubyte{suffix}", painted(labels))
        write_idx(folder / f"{part}-labels-idx1-ubyte{suffix}", labels)
    return folder


def brightness() -> Extractor:
    """Names the digit that a picture's brightness says."""

    def read(pixels: np.ndarray) -> Reading:
        assert pixels.shape[1:] == (28, 28, 1)
        level = np.clip(pixels.reshape(len(pixels), -1).mean(1) // 25, 0, 9).astype(int)
        return Reading(features=level[:, None].astype(np.float32), probabilities=np.eye(10, dtype=np.float32)[level])

    classes = tuple("0123456789")
    return Extractor(name="labels", key="brightness", dim=1, read=read, classes=classes, facts={"accuracy": 0.5})
