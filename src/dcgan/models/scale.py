"""How a published row, made for pictures of one size, is fitted to another."""

import dataclasses
import math
from collections.abc import Sequence

from dcgan.config import Layer, ModelConfig, Prior


def scale(
    row: ModelConfig,
    *,
    height: int,
    width: int,
    channels: int,
    z_dim: int,
    prior: Prior,
    width_factor: float = 1.0,
    pack: int = 1,
) -> ModelConfig:
    """Fit an architecture to pictures of height x width with the given channels.

    The rule. Let d be log2(new shorter side / published shorter side), rounded.

    - Depth follows size: for d > 0, d strided layers are added to G and to D; for d < 0, -d are taken away, while at
      least one stays in each. So the map that G starts from, and the one that D ends with, keep about their size.
    - Width belongs to the distance from the picture: layers are added and taken at the end that is far from it. In G an
      added layer is as wide as the layer before it; where the first layer's neighbour is taken, the first layer takes
      its width. In D the deepest layer is repeated, or taken; its dropout stays with the deepest.
    - G starts from ceil(side / product of strides) in each direction, and the middle of the last map is the picture:
      exact for 32, 48, 64, 96, 128, 256 and for 64x48, and any other size works too. (Rows that are
      not exact at their own size, such as stacked-dcgan, are not exact at all of these.)
    - ``width_factor`` multiplies every hidden width (rounded, at least 1).

    At the published size, channels and z nothing changes.
    """
    d = round(math.log2(min(height, width) / min(row.height, row.width)))
    G = _fit_generator(row.G, d)
    D = _fit_discriminator(row.D, d)
    growth = math.prod(layer.stride for layer in G[1:])
    return dataclasses.replace(
        row,
        height=height,
        width=width,
        channels=channels,
        z_dim=z_dim,
        prior=prior,
        pack=pack,
        base=(-(-height // growth), -(-width // growth)),
        G=_widths(G, width_factor, channels),
        D=_widths(D, width_factor, 1),
    )


def _fit_generator(layers: Sequence[Layer], d: int) -> list[Layer]:
    fitted = list(layers)
    for _ in range(d):
        at = _strided(fitted)[0]
        fitted.insert(at, _added(fitted, at))
    for _ in range(-d):
        strided = [i for i in _strided(fitted) if i < len(fitted) - 1]
        if len(_strided(fitted)) == 1 or not strided:
            break
        taken = fitted.pop(strided[0])
        if strided[0] == 1:
            fitted[0] = dataclasses.replace(fitted[0], width=taken.width)
    return fitted


def _added(layers: Sequence[Layer], at: int) -> Layer:
    """A strided layer to stand before ``at``, as wide as the layer before it; a copy of the last also acts like it."""
    added, before = layers[at], layers[at - 1]
    if at == len(layers) - 1:
        added = dataclasses.replace(added, norm=before.norm, act=before.act)
    return dataclasses.replace(added, width=before.width)


def _fit_discriminator(layers: Sequence[Layer], d: int) -> list[Layer]:
    fitted = list(layers)
    for _ in range(d):
        at = _strided(fitted)[-1]
        fitted.insert(at, dataclasses.replace(fitted[at], dropout=fitted[max(at - 1, 0)].dropout))
    for _ in range(-d):
        if len(_strided(fitted)) > 1:
            taken = fitted.pop(_strided(fitted)[-1])
            last = _strided(fitted)[-1]
            fitted[last] = dataclasses.replace(fitted[last], dropout=taken.dropout)
    return fitted


def _strided(layers: Sequence[Layer]) -> list[int]:
    return [i for i, layer in enumerate(layers) if layer.stride > 1]


def _widths(layers: Sequence[Layer], factor: float, last: int) -> tuple[Layer, ...]:
    *hidden, head = layers
    scaled = [dataclasses.replace(layer, width=max(1, round(layer.width * factor))) for layer in hidden]
    return (*scaled, dataclasses.replace(head, width=last))
