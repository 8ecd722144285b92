"""Claim: each metric sees some faults and is blind to others. The table of docs/metrics.md.

2,000 digits of MNIST at 14x14 are the reals; other digits, and digits that are spoilt in a known way, are the fakes.

Run: python benchmarks/sees.py MNIST (a folder of its IDX files), or without it to write the table again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, write_result
from rates import machine
from scipy.ndimage import gaussian_filter
from table import DOCS, about, between_marks, table

import dcgan
from dcgan.metrics.frechet import frechet
from dcgan.metrics.kernel import kernel_distance_whole
from dcgan.metrics.moments import Moments
from dcgan.metrics.nearest import two_sample
from dcgan.metrics.prdc import prdc

COUNT = 2000
HEAD = ("the fakes are", "Fréchet", "kernel, times 1000", "precision", "recall", "density", "coverage", "told apart")


def spoilt(pixels: np.ndarray, labels: np.ndarray, count: int) -> dict[str, np.ndarray]:
    """Return fakes (count, 28, 28) of each kind."""
    other, noise = pixels[count : 2 * count], np.random.default_rng(0).normal(0, 60, (count, 28, 28))
    rest = slice(2 * count, None)
    return {
        "other digits (the floor)": other,
        "blurred (1.5 pixels)": gaussian_filter(other.astype(float), (0, 1.5, 1.5)),
        "with noise (60 of 255)": np.clip(other + noise, 0, 255),
        "only digits 0 to 4": pixels[rest][labels[rest] < 5][:count],
        "100 digits, again and again": other[np.arange(count) % 100],
        f"one digit, {count:,} times": other[:1].repeat(count, 0),
        "copies of the reals": pixels[:count],
    }


def features(pixels: np.ndarray) -> np.ndarray:
    """Return means over 2x2 pixels, (N, 196) in [0, 1]."""
    parts = pixels.reshape(-1, 14, 2, 14, 2).mean((2, 4)).reshape(-1, 196)
    return (parts / 255).astype(np.float32)


def measured(real: np.ndarray, fake: np.ndarray) -> list[float]:
    found = prdc(real, fake)
    return [
        frechet(Moments.of(real), Moments.of(fake)),
        1000 * kernel_distance_whole(real, fake),
        *(found.precision, found.recall, found.density, found.coverage),
        two_sample(real, fake),
    ]


def marked(values: list[float], floor: list[float], is_floor: bool) -> list[str]:
    """Write figures, in bold those that are as good as the floor although the fakes are not good."""
    less = ("Fréchet", "kernel, times 1000")
    texts = []
    for name, value, limit in zip(HEAD[1:], values, floor, strict=True):
        good = name != HEAD[-1] and (value <= limit if name in less else value >= limit)
        texts.append(f"**{value:.2f}**" if good and not is_floor else f"{value:.2f}")
    return texts


def write_table(path: Path, result: dict[str, Any]) -> None:
    floor, *_ = result["rows"].values()
    rows = [(name, *marked(values, floor, values is floor)) for name, values in result["rows"].items()]
    between_marks(path, "sees.py", [*table(HEAD, rows), about(result)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mnist", nargs="?")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--out", type=Path, default=RESULTS / "sees.json")
    parser.add_argument("--page", type=Path, default=DOCS / "metrics.md")
    arguments = parser.parse_args()
    if arguments.mnist:
        with tempfile.TemporaryDirectory() as folder:
            digits = dcgan.prepare(arguments.mnist, cache=folder, size=28, channels=1)
            pixels, labels = np.array(digits.pixels[..., 0]), digits.labels
        real, fakes = features(pixels[: arguments.count]), spoilt(pixels, labels, arguments.count)
        rows = {name: [round(value, 4) for value in measured(real, features(fake))] for name, fake in fakes.items()}
        write_result(arguments.out, {"claim": "what metrics see", "machine": machine("cpu"), "rows": rows})
    write_table(arguments.page, json.loads(arguments.out.read_text()))
    print(arguments.page)


if __name__ == "__main__":
    main()
