"""Taking an object out of a generator: the maps that draw it are found and dropped, and z stays as it is.

Source: Radford, Metz and Chintala, arXiv 1511.06434, section 6.2 (windows in bedrooms). Boxes tell where the object is
in some samples; a logistic regression on one layer's activations tells positions inside from positions outside; the
maps to which it gives a positive weight are zeroed at every position; the same z are drawn again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dcgan.errors import ConfigError, DataError
from dcgan.models.generator import Generator
from dcgan.models.precision import plain_float32
from dcgan.probes.standard import standard
from dcgan.rng import key

BATCH = 32
MOST = 400
"""Positions inside, and as many outside, that are taken of a picture at most."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Which maps draw an object."""

    layer: int
    """Of G, from 1: the one whose maps these are."""
    weights: np.ndarray
    """float64 (C,): a map's weight in the regression, where activations are divided by their standard deviation."""
    inside: int
    """Positions that were inside."""
    outside: int
    accuracy: float
    """Balanced accuracy of the regression on the positions that it was fitted to."""

    def drawing(self, strongest: int | None = None) -> np.ndarray:
        """Return the maps that are dropped, int64, the heaviest first: all of positive weight, or the ``strongest``."""
        order = np.argsort(-self.weights, kind="stable")
        positive = order[self.weights[order] > 0]
        return positive if strongest is None else positive[:strongest]


def second_highest(G: Generator) -> int:
    """Return which layer of G the paper looks at, from 1: the last but the one that makes the picture.

    Raises:
        ConfigError: G has no layer before that.
    """
    if len(G.layers) < 2:
        raise ConfigError("this G makes pictures in one step: it has no maps to drop")
    return len(G.layers) - 1


def checked_layer(G: Generator, layer: int | None) -> int:
    """Return the layer that is meant, from 1.

    Raises:
        ConfigError: there is none.
    """
    if layer is None:
        return second_highest(G)
    if not 1 <= layer < len(G.layers):
        raise ConfigError(f"this G has layers 1 to {len(G.layers) - 1} whose maps can be dropped, not {layer}")
    return layer


def find_maps(
    G: Generator, z: np.ndarray, masks: np.ndarray, layer: int, *, others: np.ndarray | None = None, seed: int = 0
) -> Finding:
    """Find the maps of a layer that draw what is inside masks.

    Args:
        G: in evaluation mode.
        z: float32 (n, z_dim).
        masks: bool (n, H, W): where the object is in the picture of each z, or nowhere.
        layer: of G, from 1.
        others: bool (n, H, W): where positions outside are drawn from; None: wherever the object is not.
        seed: of the draw of positions.

    Raises:
        DataError: no position is inside, or none outside.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score

    x, within = positions(G, z, masks, ~masks if others is None else others & ~masks, layer, seed)
    if not within.any() or within.all():
        raise DataError(
            f"{'every' if within.any() else 'no'} position of layer {layer}'s maps lies inside the boxes: draw them "
            "around the object alone, or take a later --layer, whose maps are finer"
        )
    _, scale = standard(x)
    machine = LogisticRegression(class_weight="balanced", max_iter=2000).fit(x / scale, within)
    return Finding(
        layer=layer,
        weights=machine.coef_[0].astype(np.float64),
        inside=int(within.sum()),
        outside=int((~within).sum()),
        accuracy=float(balanced_accuracy_score(within, machine.predict(x / scale))),
    )


def positions(
    G: Generator, z: np.ndarray, masks: np.ndarray, others: np.ndarray, layer: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return activations at positions drawn from pictures, float32 (P, C), and which are inside, bool (P,).

    Of a picture at most ``MOST`` positions inside, and as many outside; of one with nothing inside, up to ``MOST``.
    """
    found, within = list[np.ndarray](), list[np.ndarray]()
    spread = torch.Generator().manual_seed(key(seed, "positions"))
    for start, maps in _maps(G, z, layer):
        values = maps.movedim(1, -1).flatten(1, 2).cpu().numpy()
        some, side = slice(start, start + len(maps)), tuple(maps.shape[2:])
        inside, outside = (shrunk(G, m[some], side).reshape(len(maps), -1) for m in (masks, others))
        for value, yes, no in zip(values, inside, outside, strict=True):
            count = min(int(yes.sum()) or MOST, MOST)
            for rows in (np.flatnonzero(yes), np.flatnonzero(no & ~yes)):
                chosen = rows[torch.randperm(len(rows), generator=spread).numpy()[:count]]
                found.append(value[chosen])
                within.append(yes[chosen])
    return np.concatenate(found), np.concatenate(within)


def shrunk(G: Generator, masks: np.ndarray, side: tuple[int, ...]) -> np.ndarray:
    """Return which positions of a layer's maps lie inside masks, bool (n, h, w): those whose centre is inside.

    Args:
        G: its picture may be the middle of its last map.
        masks: bool (n, H, W).
        side: (h, w) of the layer's maps.
    """
    config = G.config
    whole = np.zeros((len(masks), config.height + 2 * G.top, config.width + 2 * G.left), bool)
    whole[:, G.top : G.top + config.height, G.left : G.left + config.width] = masks
    rows, columns = (
        ((np.arange(s) + 0.5) * length / s).astype(np.int64) for s, length in zip(side, whole.shape[1:], strict=True)
    )
    return whole[:, rows][:, :, columns]


def without(G: Generator, z: np.ndarray, layer: int, dropped: Sequence[int] | np.ndarray) -> Iterator[Tensor]:
    """Yield the pictures of z with some maps of a layer at zero everywhere: float32 (at most 32, C, H, W) in [-1, 1].

    Args:
        G: in evaluation mode; it stays as it is.
        z: float32 (n, z_dim).
        layer: of G, from 1.
        dropped: which maps; with none, the pictures are G's own.
    """
    index = torch.as_tensor(np.asarray(dropped, np.int64), device=next(G.parameters()).device)
    for _, maps in _maps(G, z, layer):
        with plain_float32(maps.device):
            x = G.finish(maps.index_fill(1, index, 0.0), layer)
        yield x  # outside: a mode that is on while a generator waits is on for its caller too


def _maps(G: Generator, z: np.ndarray, layer: int) -> Iterator[tuple[int, Tensor]]:
    """Yield (index of the first, maps) of a layer, a batch at a time."""
    device = next(G.parameters()).device
    for start in range(0, len(z), BATCH):
        part = torch.from_numpy(np.ascontiguousarray(z[start : start + BATCH], np.float32)).to(device)
        with plain_float32(device):
            maps = G.maps(part, layer)
        yield start, maps
