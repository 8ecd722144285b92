"""How a row is fitted to other sizes."""

import math
from collections.abc import Sequence
from typing import Any

import pytest

from dcgan.config import Layer, ModelConfig
from dcgan.models.recipes import RECIPES, find
from dcgan.models.scale import scale

SIZES = {"32": (32, 32), "48": (48, 48), "64": (64, 64), "96": (96, 96), "128": (128, 128), "256": (256, 256)}
SIZES["64x48"] = (64, 48)
DOUBLINGS = {28: (0, 1, 1, 2, 2, 3, 1), 32: (0, 1, 1, 2, 2, 3, 1), 64: (-1, 0, 0, 1, 1, 2, 0)}  # at SIZES, by own size
BASES = {
    "radford2015": [(4, 4), (3, 3), (4, 4), (3, 3), (4, 4), (4, 4), (4, 3)],
    "radford2015-32": [(4, 4), (3, 3), (4, 4), (3, 3), (4, 4), (4, 4), (4, 3)],
    "anime-chollet": [(16, 16), (24, 24), (32, 32), (24, 24), (32, 32), (32, 32), (32, 24)],
    "anime-conv": [(4, 4), (3, 3), (4, 4), (3, 3), (4, 4), (4, 4), (4, 3)],
    "celeba-32": [(4, 4), (3, 3), (4, 4), (3, 3), (4, 4), (4, 4), (4, 3)],
    "mnist-28": [(8, 8), (6, 6), (8, 8), (6, 6), (8, 8), (8, 8), (8, 6)],
    "pytorch": [(4, 4), (3, 3), (4, 4), (3, 3), (4, 4), (4, 4), (4, 3)],
    "stacked-dcgan": [(2, 2)] * 7,
    "modern": [(4, 4), (3, 3), (4, 4), (3, 3), (4, 4), (4, 4), (4, 3)],
}


def fitted(name: str, height: int, width: int, **changes: Any) -> ModelConfig:
    row = find(name).model
    own = {"channels": row.channels, "z_dim": row.z_dim, "prior": row.prior}
    return scale(row, height=height, width=width, **(own | changes))


def strided(layers: Sequence[Layer]) -> int:
    return sum(layer.stride > 1 for layer in layers)


def widths(layers: Sequence[Layer]) -> list[int]:
    return [layer.width for layer in layers]


@pytest.mark.parametrize("name", RECIPES)
def test_at_its_own_size_a_row_is_unchanged(name: str) -> None:
    row = find(name).model
    assert fitted(name, row.height, row.width) == row


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("i", range(len(SIZES)), ids=list(SIZES))
def test_base_and_depth(name: str, i: int) -> None:
    height, width = list(SIZES.values())[i]
    row, model = find(name).model, fitted(name, height, width)
    assert (model.height, model.width, model.base) == (height, width, BASES[name][i])
    growth = math.prod(layer.stride for layer in model.G[1:])
    over = (model.base[0] * growth - height, model.base[1] * growth - width)
    assert all(0 <= pixels < growth for pixels in over)
    assert over == (0, 0) or name == "stacked-dcgan"  # whose own picture is the middle of a larger map
    d = DOUBLINGS[row.height][i]
    for before, after in ((row.G, model.G), (row.D, model.D)):
        assert strided(after) == max(1, strided(before) + d)
        assert len(after) - len(before) == strided(after) - strided(before)
        assert after[-1] == before[-1]


@pytest.mark.parametrize(
    ("name", "side", "G", "D"),
    [
        ("radford2015", 128, [1024, 1024, 512, 256, 128, 3], [128, 256, 512, 1024, 1024, 1]),
        ("radford2015", 32, [512, 256, 128, 3], [128, 256, 512, 1]),
        ("radford2015", 8, [128, 3], [128, 1]),
        ("mnist-28", 64, [256, 128, 128, 64, 1], [64, 128, 128, 1]),
        ("celeba-32", 128, [256, 256, 256, 128, 64, 3], [64, 128, 256, 256, 256, 1]),
        ("anime-chollet", 128, [128, 256, 256, 256, 256, 256, 3], [128, 128, 128, 128, 128, 1]),
        ("anime-chollet", 16, [128, 256, 256, 256, 256, 3], [128, 128, 1]),
        ("anime-conv", 16, [128, 64, 64, 3], [64, 128, 1]),
        ("pytorch", 256, [512, 512, 512, 256, 128, 64, 3], [64, 128, 256, 512, 512, 512, 1]),
    ],
)
def test_layers_come_and_go_far_from_the_picture(name: str, side: int, G: list[int], D: list[int]) -> None:
    model = fitted(name, side, side)
    assert (widths(model.G), widths(model.D)) == (G, D)


@pytest.mark.parametrize(
    ("name", "side", "dropouts"),
    [
        ("anime-chollet", 256, [0, 0, 0, 0, 0, 0.4, 0]),
        ("anime-chollet", 16, [0, 0.4, 0]),
        ("mnist-28", 64, [0.3, 0.3, 0.3, 0]),
        ("mnist-28", 8, [0.3, 0]),
    ],
)
def test_the_dropout_before_the_head_stays_there(name: str, side: int, dropouts: list[float]) -> None:
    assert [layer.dropout for layer in fitted(name, side, side).D] == dropouts


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("size", [(8, 8), (50, 70), (8, 1024), (30, 30)])
def test_at_any_size_the_last_map_holds_the_picture(name: str, size: tuple[int, int]) -> None:
    model = fitted(name, *size)
    growth = math.prod(layer.stride for layer in model.G[1:])
    for side, base in zip(size, model.base, strict=True):
        assert side <= base * growth < side + growth
    assert strided(model.G) >= 1
    assert strided(model.D) >= 1


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize(("factor", "channels"), [(0.5, 1), (2.0, 4), (0.3, 3), (1e-6, 3)])
def test_width_and_channels(name: str, factor: float, channels: int) -> None:
    row = find(name).model
    model = fitted(name, row.height, row.width, width_factor=factor, channels=channels)
    for before, after, last in ((row.G, model.G, channels), (row.D, model.D, 1)):
        assert widths(after) == [max(1, round(w * factor)) for w in widths(before)[:-1]] + [last]
    assert (model.channels, model.base) == (channels, row.base)


def test_z_and_prior_are_passed_on() -> None:
    model = fitted("pytorch", 64, 64, z_dim=7, prior="uniform")
    assert (model.z_dim, model.prior, model.style) == (7, "uniform", find("pytorch").model.style)
