"""The generator's distribution: what changes in the pictures as the mean of z moves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dcgan.images import to_pixels
from dcgan.latent.means import shifted
from dcgan.latent.reader import Reader
from dcgan.models.generator import Generator

PROPERTIES = ("brightness", "saturation", "hue")


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Properties of many pictures at each of M means."""

    means: list[float]
    centre: dict[str, np.ndarray]
    """Of each property the mean over the pictures, float64 (M,): brightness and saturation in [0, 1], hue in degrees
    [0, 360). Gray pictures have brightness alone."""
    spread: dict[str, np.ndarray]
    """Its standard deviation over the pictures, float64 (M,); of hue the circular one, in degrees."""
    labels: tuple[str, ...]
    shares: np.ndarray
    """The share of pictures that are read as having each label, float64 (M, labels)."""


def measure(
    G: Generator,
    means: Sequence[float],
    *,
    n: int,
    std: float = 1.0,
    first: int = 0,
    reader: Reader | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Spread:
    """Measure pictures of z ~ N(mean, std) at several means, in flat memory.

    Args:
        G: the generator.
        means: of z.
        n: pictures a mean, the same draws at every mean: seeds ``first`` to ``first + n - 1``.
        std: of z.
        first: the first seed.
        reader: says which labels a picture has; without one there are no shares.
        progress: called with (means done, means).
    """
    rows: list[dict[str, tuple[float, float]]] = []
    shares = np.zeros((len(means), len(reader.names) if reader else 0))
    for i, mean in enumerate(means):
        parts = []
        for x in shifted(G, n, mean, std, first):
            pixels = to_pixels(x)
            parts.append(properties(pixels))
            if reader is not None:
                shares[i] += (reader.read(pixels) > 0.5).sum(0) / n
        rows.append(summary(np.concatenate(parts)))
        progress(i + 1, len(means))
    return Spread(
        means=list(means),
        centre={name: np.array([row[name][0] for row in rows]) for name in rows[0]},
        spread={name: np.array([row[name][1] for row in rows]) for name in rows[0]},
        labels=reader.names if reader else (),
        shares=shares,
    )


def properties(pixels: np.ndarray) -> np.ndarray:
    """Return what each picture is like as a whole.

    Args:
        pixels: uint8 (N, H, W, C). With alpha, pixels count by it.

    Returns:
        float64 (N, 1) for gray, else (N, 4). Brightness: the mean of the largest of R, G and B, in [0, 1]. Saturation:
        the mean of (largest - smallest) / largest. Then the mean hue as a vector: its x and y, each pixel's hue
        counting by its chroma (largest - smallest), since the hue of gray is nothing.
    """
    seen = pixels.astype(np.float64) / 255
    if seen.shape[3] == 1:
        return seen.mean((1, 2))
    rgb = seen[..., :3]
    weight = seen[..., 3] if seen.shape[3] == 4 else np.ones(seen.shape[:3])
    weight = weight / np.maximum(weight.sum((1, 2), keepdims=True), 1e-12)
    value, least = rgb.max(3), rgb.min(3)
    chroma = value - least
    angle = _hue(rgb)
    columns = (value, chroma / np.maximum(value, 1e-12), chroma * np.cos(angle), chroma * np.sin(angle))
    return np.stack([(column * weight).sum((1, 2)) for column in columns], 1)


def summary(found: np.ndarray) -> dict[str, tuple[float, float]]:
    """Return the mean and the standard deviation of each property over pictures, from what ``properties`` gives.

    For hue both are circular (Mardia and Jupp, Directional Statistics, 2.2 and 2.3): each picture's hue counts by how
    coloured it is.
    """
    result = {"brightness": (float(found[:, 0].mean()), float(found[:, 0].std()))}
    if found.shape[1] == 1:
        return result
    result["saturation"] = (float(found[:, 1].mean()), float(found[:, 1].std()))
    x, y = found[:, 2], found[:, 3]
    length = np.hypot(x, y).sum()
    resultant = min(1.0, float(np.hypot(x.sum(), y.sum()) / length)) if length > 0 else 0.0
    deviation = np.degrees(np.sqrt(-2 * np.log(resultant))) if resultant > 0 else np.inf
    result["hue"] = (float(np.degrees(np.arctan2(y.sum(), x.sum())) % 360), float(min(deviation, 180.0)))
    return result


def _hue(rgb: np.ndarray) -> np.ndarray:
    """The angle of a colour in the plane across the gray axis, in radians; red is 0, green 120 degrees."""
    r, g, b = np.moveaxis(rgb, -1, 0)
    return np.arctan2(np.sqrt(3) * (g - b), 2 * r - g - b)
