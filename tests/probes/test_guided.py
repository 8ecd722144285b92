"""Guided backpropagation, the strongest pictures and receptive fields, beside plain versions of each."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dcgan.config import Layer, ModelConfig, Style
from dcgan.models.discriminator import Discriminator
from dcgan.models.recipes import RECIPES, resolve_model
from dcgan.probes.guided import as_pictures, guided, receptive_field, strongest
from tests.training import tiny


def small(recipe: str = "pytorch", **changes: Any) -> Discriminator:
    """A D of random weights, at its smallest, whose responses are of both signs."""
    D = Discriminator(resolve_model(tiny.config(recipe, **changes)), seed=3).eval()
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in D.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)
    return D


def pictures(D: Discriminator, count: int, seed: int = 0) -> Tensor:
    shape = (count, D.config.channels, D.config.height, D.config.width)
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


# The rule -----------------------------------------------------------------------------------------------------------


def dense(weight: np.ndarray, side: int) -> np.ndarray:
    """The matrix (out * side * side, in * side * side) of a convolution of 3x3 with a pixel of padding."""
    outputs, inputs = weight.shape[:2]
    matrix = np.zeros((outputs, side, side, inputs, side, side))
    for y, x, dy, dx in np.ndindex(side, side, 3, 3):
        if 0 <= y + dy - 1 < side and 0 <= x + dx - 1 < side:
            matrix[:, y, x, :, y + dy - 1, x + dx - 1] = weight[:, :, dy, dx]
    return matrix.reshape(outputs * side * side, inputs * side * side)


@pytest.mark.parametrize("act", ["leaky", "relu", "tanh", "none"])
def test_the_rule_by_hand(act: Any) -> None:
    """Two convolutions as matrices, the way back number by number."""
    side = 8
    layers = [Layer(op="conv", width=width, kernel=3, padding=1, act=act) for width in (4, 3)]
    config = ModelConfig(
        height=side,
        width=side,
        channels=1,
        z_dim=2,
        prior="normal",
        base=(4, 4),
        G=(Layer(op="linear", width=1), Layer(op="up", width=1, kernel=4, stride=2)),
        D=(*layers, Layer(op="linear", width=1)),
        style=Style(init="glorot", slope=0.3),
    )
    D = Discriminator(config, seed=1).eval()
    x = pictures(D, 3)
    forward = {"leaky": lambda v: np.where(v > 0, v, 0.3 * v), "relu": lambda v: np.maximum(v, 0), "tanh": np.tanh}
    one, two = (dense(block.op.weight.detach().double().numpy(), side) for block in list(D.layers)[:2])  # type: ignore[union-attr, operator]
    activate = forward.get(act, lambda v: v)

    def back(signal: np.ndarray, before: np.ndarray) -> np.ndarray:
        if act == "tanh":
            return signal * (1 - np.tanh(before) ** 2)
        return signal if act == "none" else np.where((before > 0) & (signal > 0), signal, 0)

    found = guided(D, x, 2, [0, 1, 2])
    for i in range(3):
        first = one @ x[i].double().numpy().ravel()
        second = two @ activate(first)
        maps = activate(second).reshape(3, side, side)[i]
        unit = i * side * side + maps.argmax()
        signal = np.zeros(len(second))
        signal[unit] = 1
        expected = one.T @ back(two.T @ back(signal, second), first)
        np.testing.assert_allclose(found.gradients[i].ravel(), expected, atol=1e-6)
        assert found.responses[i] == pytest.approx(maps.max(), rel=1e-5)
        assert tuple(found.positions[i]) == np.unravel_index(maps.argmax(), maps.shape)
    assert np.abs(found.gradients).max() > 0


def test_a_feature_that_never_answers_has_no_gradient() -> None:
    D = small("celeba-32", channels=3)
    with torch.no_grad():
        D.layers[1].norm.bias.fill_(-1000)  # type: ignore[union-attr, operator]
    found = guided(D, pictures(D, 2), 2, [0, 1])
    assert (found.responses < 0).all()
    assert not found.gradients.any()


def test_without_activations_it_is_the_plain_gradient() -> None:
    """The first layer alone, where the unit is positive: nothing lies between it and the pixels."""
    D, x = small(), pictures(small(), 4)
    found = guided(D, x, 1, [2] * 4)
    leaf = x.clone().requires_grad_()
    maps = D.features(leaf)[0][:, 2].flatten(1)
    (expected,) = torch.autograd.grad(maps.max(1).values.sum(), leaf)
    assert (found.responses > 0).all()
    np.testing.assert_allclose(found.gradients, expected.numpy(), rtol=1e-5, atol=1e-7)


# Every D, and D as it was -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [1, 2])
@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_and_nothing_of_d_changes(name: str, pack: int) -> None:
    D = small(name, pack=pack)
    first = next(D.parameters()).requires_grad_(False)
    before, x = copy.deepcopy(D.state_dict()), pictures(D, 3)
    for layer in range(1, len(D.layers)):
        features = [0, D.config.D[layer - 1].width - 1, 0]
        found = guided(D, x, layer, features)
        assert found.gradients.shape == tuple(x.shape)
        assert found.gradients.dtype == found.responses.dtype == np.float32
        assert np.isfinite(found.gradients).all()
        with torch.no_grad():
            maps = D.features(x.repeat_interleave(pack, 0))[layer - 1]
        best = maps.flatten(2).max(2).values[torch.arange(3), features]
        np.testing.assert_allclose(found.responses, best.numpy(), rtol=1e-4, atol=1e-5)
        for gradient, position in zip(found.gradients, found.positions, strict=True):
            top, left, bottom, right = receptive_field(D, layer, position)
            outside = gradient.copy()
            outside[:, top:bottom, left:right] = 0
            assert not outside.any()
    assert all(torch.equal(value, before[key]) for key, value in D.state_dict().items())
    assert not D.training
    assert not first.requires_grad
    assert all(p.requires_grad for p in list(D.parameters())[1:])
    assert all(p.grad is None for p in D.parameters())
    assert not any(m._forward_hooks or m._backward_hooks for m in D.modules())


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_number_of_channels(channels: int) -> None:
    D = small("modern", channels=channels)
    assert guided(D, pictures(D, 2), 2, [0, 1]).gradients.shape == (2, channels, 16, 16)


def test_the_gradients_of_a_packed_d_are_added() -> None:
    D, x = small("modern", pack=2), pictures(small("modern"), 2)
    by_itself = copy.deepcopy(D)
    object.__setattr__(by_itself.config, "pack", 1)
    object.__setattr__(by_itself.config, "channels", 2 * D.config.channels)
    joined = guided(by_itself, torch.cat([x, x], 1), 2, [0, 1])
    half = np.split(joined.gradients, 2, axis=1)
    object.__setattr__(D.config, "pack", 2)
    object.__setattr__(D.config, "channels", x.shape[1])
    np.testing.assert_allclose(guided(D, x, 2, [0, 1]).gradients, half[0] + half[1], atol=1e-6)


def test_in_inference_mode_too_and_after_a_failure() -> None:
    D = small()
    x = pictures(D, 2)
    expected = guided(D, x, 2, [0, 1]).gradients
    with pytest.raises(ValueError, match="layer 2 has features 0 to"):
        guided(D, x, 2, [0, 10_000])
    with pytest.raises(RuntimeError):
        guided(D, x[:, :1], 2, [0, 1])
    with torch.inference_mode():
        np.testing.assert_array_equal(guided(D, x.clone(), 2, [0, 1]).gradients, expected)


def test_what_is_refused() -> None:
    D = small()
    x = pictures(D, 2)
    for layer in (0, -1, len(D.layers)):
        with pytest.raises(ValueError, match=f"layers with features are 1 to 2, not {layer}"):
            guided(D, x, layer, [0, 0])
    with pytest.raises(ValueError, match="2 pictures have 2, not 1"):
        guided(D, x, 1, [0])
    with pytest.raises(ValueError, match="has features 0 to"):
        strongest(D, [x], 1, [-1], 1)
    with pytest.raises(ValueError, match="the 3 strongest of 2 pictures"):
        strongest(D, [x], 1, [0], 3)
    with pytest.raises(ValueError, match="layer 1 has maps of 8x8"):
        receptive_field(D, 1, (0, 8))


# The strongest pictures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [[30], [7, 7, 7, 7, 2], [1] * 30])
def test_the_strongest_are_those_of_a_plain_search(sizes: list[int]) -> None:
    D = small("modern")
    x = pictures(D, 30)
    x[20:24] = x[3:7]  # equal responses: the earlier one comes first
    told: list[int] = []
    found = strongest(D, x.split(sizes), 2, [4, 0, 4], 5, told.append)
    with torch.no_grad():
        maps = D.features(x)[1].double().numpy()
    for row, feature in enumerate([4, 0, 4]):
        each = [
            (-round(float(m.max()), 4), i, np.unravel_index(m.argmax(), m.shape))
            for i, m in enumerate(maps[:, feature])
        ]
        best = sorted(each)[:5]
        assert found.rows[row].tolist() == [i for _, i, _ in best]
        assert len(set(found.rows[row].tolist())) == 5
        np.testing.assert_allclose(found.responses[row], [-value for value, _, _ in best], atol=1e-4)
        assert found.positions[row].tolist() == [list(place) for _, _, place in best]
    assert told == np.cumsum(sizes).tolist()


def test_the_strongest_are_what_guided_starts_from() -> None:
    D = small("celeba-32", channels=3, pack=2)
    x = pictures(D, 12)
    found = strongest(D, x.split(5), 2, [1, 3], 4)
    units = [1] * 4 + [3] * 4
    again = guided(D, x[found.rows.ravel()], 2, units)
    np.testing.assert_allclose(again.responses, found.responses.ravel(), rtol=1e-5)
    np.testing.assert_array_equal(again.positions, found.positions.reshape(-1, 2))


# What a unit sees ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pytorch", "anime-chollet", "celeba-32", "mnist-28", "stacked-dcgan"])
def test_pixels_outside_change_nothing_and_those_at_the_edges_do(name: str) -> None:
    D = small(name)
    x = pictures(D, 1)
    for layer in range(1, len(D.layers)):
        height, width = D.layers[layer - 1].out_side  # type: ignore[misc]
        for position in {(0, 0), (height // 2, width // 2), (height - 1, 0), (height - 1, width - 1)}:
            box = receptive_field(D, layer, position)
            assert 0 <= box.top < box.bottom <= D.config.height
            assert 0 <= box.left < box.right <= D.config.width
            inside = torch.zeros_like(x)
            inside[:, :, box.top : box.bottom, box.left : box.right] = 1
            noise = pictures(D, 1, seed=9)
            seen = answer(D, x, layer, position)
            assert torch.allclose(answer(D, torch.where(inside > 0, x, noise), layer, position), seen, atol=1e-4)
            for row, column in ((box.top, slice(None)), (box.bottom - 1, slice(None))):
                changed = x.clone()
                changed[:, :, row, column] += 5
                assert not torch.allclose(answer(D, changed, layer, position), seen, atol=1e-4)
            for column in (box.left, box.right - 1):
                changed = x.clone()
                changed[:, :, :, column] += 5
                assert not torch.allclose(answer(D, changed, layer, position), seen, atol=1e-4)


def answer(D: Discriminator, x: Tensor, layer: int, position: tuple[int, int]) -> Tensor:
    """A layer's features at a position."""
    with torch.no_grad():
        return D.features(x)[layer - 1][0, :, position[0], position[1]]


def test_a_known_field() -> None:
    """Four convolutions of 4x4, stride 2 and padding 1, see 4, 10, 22 and 46 pixels."""
    D = small(size="64")
    assert [receptive_field(D, layer, (1, 1)).bottom for layer in (1, 2, 3)] == [5, 11, 23]
    assert receptive_field(D, 1, (0, 31)) == (0, 61, 3, 64)
    assert receptive_field(D, 4, (2, 2)) == (17, 17, 63, 63)
    assert receptive_field(D, 4, (0, 3)) == (0, 33, 31, 64)


# As pictures --------------------------------------------------------------------------------------------------------


def test_gradients_as_pictures() -> None:
    gradients = np.zeros((3, 3, 8, 8), np.float32)
    gradients[1, 0, 0, :4] = 2, -2, 1, -1
    gradients[2] = np.linspace(-1, 1, 192).reshape(3, 8, 8)
    gradients[2, 0, 0, 0] = -1000
    pixels, scales = as_pictures(gradients)
    assert pixels.shape == (3, 8, 8, 3)
    assert (pixels[0] == 128).all()
    assert scales[0] == 0
    assert scales[1] == pytest.approx(2, rel=0.01)
    assert pixels[1, 0, :5, 0].tolist() == [255, 1, 192, 64, 128]
    assert 0.9 < scales[2] < 1  # one strong number does not decide it
    assert pixels[2, 0, 0, 0] == 1
    assert pixels[2, 7, 7, 2] == 255
