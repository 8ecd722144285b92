"""Claim: the extractor ``random`` sees blur, noise, wrong arrangement and repetition; one of its two parts alone would
see little of some. The table of faults in docs/extractors.md.

Half of the pictures of CelebA at 32x32 are the reals; the other half, spoilt in a known way, are the fakes. A figure is
the Fréchet distance between the two as a multiple of that where nothing is spoilt, the median of five splits.

Run: python benchmarks/faults.py DATA (a folder with celeba-10k.zip), or without it to write the table again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common import RESULTS, write_result
from rates import machine
from scipy.ndimage import gaussian_filter
from table import DOCS, about, between_marks, table

import dcgan
from dcgan.metrics.extractors import untrained
from dcgan.metrics.frechet import frechet
from dcgan.metrics.moments import Moments

Values = dict[str, float]
SIDE, BLOCK = 32, 8
SPLITS = 5
HEAD = ("fault", "means alone", "filters alone", "both")


def blurred(pixels: np.ndarray, sigma: float) -> np.ndarray:
    return np.rint(gaussian_filter(pixels.astype(np.float32), (0, sigma, sigma, 0))).astype(np.uint8)


def noisy(pixels: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, sigma, pixels.shape)
    return np.rint(np.clip(pixels + noise, 0, 255)).astype(np.uint8)


def other_halves(pixels: np.ndarray, percent: float) -> np.ndarray:
    """Give the first ``percent`` of the pictures the right half of the picture that follows."""
    found, count, middle = pixels.copy(), round(len(pixels) * percent / 100), SIDE // 2
    found[:count, :, middle:] = np.roll(pixels, -1, 0)[:count, :, middle:]
    return found


def exchanged(pixels: np.ndarray, pairs: int) -> np.ndarray:
    """Exchange blocks of 8x8 in every picture: so many pairs, no block twice."""
    draw, across = np.random.default_rng(0), SIDE // BLOCK
    blocks = pixels.reshape(-1, across, BLOCK, across, BLOCK, 3).swapaxes(2, 3).reshape(-1, across**2, BLOCK, BLOCK, 3)
    found = blocks.copy()
    for picture, before in zip(found, blocks, strict=True):
        one, other = draw.permutation(across**2)[: 2 * pairs].reshape(2, pairs)
        picture[one], picture[other] = before[other], before[one]
    return found.reshape(-1, across, across, BLOCK, BLOCK, 3).swapaxes(2, 3).reshape(pixels.shape)


def repeated(pixels: np.ndarray, different: float) -> np.ndarray:
    return pixels[np.arange(len(pixels)) % int(different)]


FAULTS: dict[str, tuple[Callable[..., np.ndarray], tuple[float, ...]]] = {
    "blurred, sigma {} pixels": (blurred, (0.5, 0.7, 1)),
    "noise, sigma {} of 255": (noisy, (8, 16, 32)),
    "another's right half in {}%": (other_halves, (10, 50, 100)),
    "{} pairs of 8x8 blocks exchanged": (exchanged, (1, 4)),
    "{} different pictures": (repeated, (1000, 100)),
}


def parts(features: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the features that are means, those of the filters, and all, in the order of HEAD."""
    count = untrained.means(torch.zeros(1, 3, SIDE, SIDE)).shape[1]
    yield from (features[:, :count], features[:, count:], features)


def distances(real: np.ndarray, fake: np.ndarray) -> np.ndarray:
    pairs = zip(parts(real), parts(fake), strict=True)
    return np.array([frechet(Moments.of(a), Moments.of(b)) for a, b in pairs])


def multiples(pixels: np.ndarray, seed: int) -> dict[str, dict[str, np.ndarray]]:
    """Split the pictures into halves; return, for every fault and its levels, the multiples in the order of HEAD."""
    extractor = untrained.open_random((SIDE, SIDE, 3), torch.device("cpu"))
    order, half = np.random.default_rng(seed).permutation(len(pixels)), len(pixels) // 2
    real, others = extractor.read(pixels[order[:half]]).features, pixels[order[half:]]
    floor = distances(real, extractor.read(others).features)
    return {
        fault: {
            f"{level:,}": distances(real, extractor.read(spoil(others, level)).features) / floor for level in levels
        }
        for fault, (spoil, levels) in FAULTS.items()
    }


def measured(pixels: np.ndarray) -> dict[str, dict[str, Values]]:
    """Return the median of the multiples over some splits."""
    splits = [multiples(pixels, seed) for seed in range(SPLITS)]
    found: dict[str, dict[str, Values]] = {}
    for fault, levels in splits[0].items():
        found[fault] = {}
        for level in levels:
            middle = np.median([split[fault][level] for split in splits], axis=0).round(3)
            found[fault][level] = dict(zip(HEAD[1:], middle.tolist(), strict=True))
        print(fault, found[fault], flush=True)
    return found


def write_table(path: Path, result: dict[str, Any]) -> None:
    rows = []
    for fault, levels in result["rows"].items():
        cells = (" / ".join(short(values[part]) for values in levels.values()) for part in HEAD[1:])
        rows.append((fault.format(" / ".join(levels)), *cells))
    between_marks(path, "faults.py", [*table(HEAD, rows), about(result)])


def short(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--out", type=Path, default=RESULTS / "faults.json")
    parser.add_argument("--page", type=Path, default=DOCS / "extractors.md")
    arguments = parser.parse_args()
    if arguments.data:
        with tempfile.TemporaryDirectory() as folder:
            faces = dcgan.prepare(arguments.data / "celeba-10k.zip", cache=folder, size=SIDE, channels=3)
            rows = measured(np.array(faces.pixels))
        result = {"claim": "what random sees", "machine": machine("cpu"), "pictures": len(faces), "splits": SPLITS}
        result["rows"] = rows
        write_result(arguments.out, result)
    write_table(arguments.page, json.loads(arguments.out.read_text()))
    print(arguments.page)


if __name__ == "__main__":
    main()
