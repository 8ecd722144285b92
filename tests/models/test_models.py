"""G and D of every row: shapes, sizes, features, statistics, spectral normalisation, initialisation."""

import dataclasses
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dcgan.config import ModelConfig
from dcgan.errors import ConfigError
from dcgan.models.discriminator import Discriminator
from dcgan.models.generator import Generator
from dcgan.models.layers import BatchNorm, Block
from dcgan.models.prior import draw
from dcgan.models.recipes import RECIPES, find, resolve_model
from dcgan.models.statistics import recompute_statistics

SIZES = ("32", "48", "64", "96", "128", "256", "64x48", "28")
HEAVY = ("radford2015", "anime-chollet")
SIDES = {
    "radford2015": [32, 16, 8, 4],
    "radford2015-32": [32, 16, 16, 8, 8, 4],
    "anime-chollet": [62, 30, 14, 6],
    "anime-conv": [32, 16, 8, 4],
    "celeba-32": [16, 8, 4],
    "mnist-28": [14, 7],
    "pytorch": [32, 16, 8, 4],
    "modern": [32, 16, 8, 4],
    "stacked-dcgan": [14, 7, 4, 2],
}
every_row = pytest.mark.parametrize("name", RECIPES)


def model_of(name: str, **changes: Any) -> ModelConfig:
    return resolve_model(dataclasses.replace(find(name).config, **changes))


def draw_z(model: ModelConfig, count: int, seed: int = 0) -> Tensor:
    return draw(model.prior, (count, model.z_dim), torch.Generator().manual_seed(seed))


def pictures(model: ModelConfig, count: int) -> Tensor:
    shape = (count, model.channels, model.height, model.width)
    return torch.rand(shape, generator=torch.Generator().manual_seed(1)) * 2 - 1


ROUNDING = {"radford2015-32": 1e-5}
"""Upward layers of 3x3 and stride 2 round by the size of the batch, and each of six layers adds to it."""

# One z, one picture -------------------------------------------------------------------------------------------------


@every_row
@torch.no_grad()
def test_a_z_gives_the_same_picture_alone_and_among_64(name: str) -> None:
    model = model_of(name, width=0.25 if name in HEAVY else 1.0)
    assert batch_difference(Generator(model).eval(), draw_z(model, 64)) <= 1e-6


@every_row
@torch.no_grad()
def test_a_z_gives_the_same_picture_also_with_contrast(name: str) -> None:
    """As after training, where rounding shows more than in the gray pictures of new weights."""
    model = model_of(name, width=0.25 if name in HEAVY else 1.0)
    G, z = Generator(model), draw_z(model, 64)
    recompute_statistics(G, iter([z]))
    raise_contrast(G.eval(), z[:8])
    assert G(z[:8]).std() > 0.3
    assert batch_difference(G, z) <= ROUNDING.get(name, 1e-6)


def batch_difference(G: Generator, z: Tensor) -> float:
    alone = torch.cat([G(z[i : i + 1]) for i in (0, 31, 63)])
    return (alone - G(z)[[0, 31, 63]]).abs().max().item()


def raise_contrast(G: Generator, z: Tensor) -> None:
    """Scale the layers that have no BatchNorm so that their outputs have a standard deviation of 1."""
    for block in (block for block in G.layers if block.norm is None):
        block.op.weight.div_(output_of(block, G, z).std())


def output_of(block: Block, G: Generator, z: Tensor) -> Tensor:
    """Return what the block's operation makes on the way from z, before BatchNorm and activation."""
    outputs: list[Tensor] = []
    handle = block.op.register_forward_hook(lambda module, inputs, output: outputs.append(output))
    G(z)
    handle.remove()
    (x,) = outputs
    return x[:, :, : -block.trim, : -block.trim] if block.trim else x


# Shapes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
@every_row
@torch.no_grad()
def test_every_row_fits_every_size_and_number_of_channels(name: str, size: str) -> None:
    for channels in (1, 3, 4):
        model = model_of(name, size=size, channels=channels, width=0.05)
        x = Generator(model)(draw_z(model, 2))
        height, _, width = size.partition("x")
        assert x.shape == (2, channels, int(height), int(width or height))
        assert x.abs().max() <= 1
        assert Discriminator(model)(x).shape == (2,)


@every_row
def test_features_are_every_layers_output_but_the_last(name: str) -> None:
    model = model_of(name, width=0.05)
    D, x = Discriminator(model).eval(), pictures(model, 2)
    logits, features = D.with_features(x)
    widths = [layer.width for layer in model.D[:-1]]
    assert [tuple(f.shape) for f in features] == [(2, w, s, s) for w, s in zip(widths, SIDES[name], strict=True)]
    assert torch.equal(logits, D(x))
    assert all(torch.equal(a, b) for a, b in zip(features, D.features(x), strict=True))


@every_row
def test_a_z_of_the_wrong_shape_is_refused(name: str) -> None:
    model = model_of(name, width=0.05)
    G, z = Generator(model), draw_z(model, 2)
    for wrong in (z[:, :-1], z[0], z[:, :, None, None]):
        with pytest.raises(ValueError, match="z is of shape"):
            G(wrong)


@every_row
def test_pictures_of_the_wrong_shape_are_refused(name: str) -> None:
    model = model_of(name, width=0.05)
    D, x = Discriminator(model), pictures(model, 2)
    for wrong in (x[:, :, :-1], x[:, :, :, :-1], torch.cat([x, x], dim=1), x[0], x.movedim(1, -1)):
        with pytest.raises(ValueError, match="pictures are of shape"):
            D(wrong)


@every_row
def test_less_than_8_pixels_are_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        model_of(name, size="7")


def test_pictures_too_small_for_the_layers_are_refused() -> None:
    model = dataclasses.replace(find("anime-chollet").model, height=16, width=16)
    with pytest.raises(ConfigError, match="too small for this recipe: a 4x4 kernel meets a map of 2x2"):
        Discriminator(model)


@pytest.mark.parametrize(
    ("name", "rates"), [("mnist-28", [0.3, 0.3, 0.0]), ("anime-chollet", [0.0, 0.0, 0.0, 0.4, 0.0])]
)
def test_dropout_stands_where_the_source_has_it(name: str, rates: list[float]) -> None:
    assert [layer.dropout for layer in model_of(name).D] == rates


# Statistics ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", ["radford2015", "anime-conv", "mnist-28", "modern"])
def test_recomputed_statistics_are_the_means_over_the_batches(name: str, training: bool) -> None:
    model = model_of(name, width=0.1)
    batches = [draw_z(model, 6, seed) for seed in range(4)]
    G = Generator(model).train(training)
    expected = direct_statistics(Generator(model), batches)
    recompute_statistics(G, iter(batches))
    norms = [block.norm for block in G.layers if block.norm is not None]
    for norm, (mean, variance) in zip(norms, expected, strict=True):
        torch.testing.assert_close(norm.running_mean, mean, rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(norm.running_var, variance, rtol=1e-4, atol=1e-6)
        assert norm.momentum == model.style.bn_momentum
    assert all(module.training == training for module in G.modules())


@torch.no_grad()
def direct_statistics(G: Generator, batches: list[Tensor]) -> list[tuple[Tensor, Tensor]]:
    """Return for every BatchNorm the mean over the batches of their means and of their variances."""
    statistics = []
    for block in (block for block in G.train().layers if block.norm is not None):
        rows = [output_of(block, G, z).movedim(1, -1).flatten(0, -2) for z in batches]
        means = torch.stack([x.mean(0) for x in rows])
        variances = torch.stack([x.var(0, correction=0 if block.style.bn_biased else 1) for x in rows])
        statistics.append((means.mean(0), variances.mean(0)))
    return statistics


def test_without_batch_norm_nothing_is_recomputed() -> None:
    model = model_of("anime-chollet", width=0.05)
    G, untouched = Generator(model), Generator(model)
    recompute_statistics(G, iter([]))
    assert same_weights(G, untouched)


# Spectral normalisation ---------------------------------------------------------------------------------------------


def test_the_largest_singular_value_becomes_1() -> None:
    D = Discriminator(model_of("modern", width=0.1)).train()
    for block in spectral_blocks(D):
        for _ in range(500):
            weight = block.spectral_weight()
        largest = torch.linalg.svdvals(weight.detach().flatten(1))[0].item()
        assert largest == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("frozen", [False, True])
def test_singular_vectors_move_only_where_D_is_trained(frozen: bool) -> None:
    """Not in evaluation, and not while G learns through a frozen D."""
    model = model_of("modern", width=0.1)
    D = Discriminator(model).train(frozen).requires_grad_(not frozen)
    before = [block.u.clone() for block in spectral_blocks(D)]
    D(pictures(model, 2))
    assert all(torch.equal(block.u, u) for block, u in zip(spectral_blocks(D), before, strict=True))
    D.train().requires_grad_(True)(pictures(model, 2))
    assert not all(torch.equal(block.u, u) for block, u in zip(spectral_blocks(D), before, strict=True))


def spectral_blocks(D: Discriminator) -> list[Block]:
    blocks = [block for block in D.layers if block.row.norm == "spectral"]
    assert len(blocks) == len(D.layers)
    return blocks


# Initialisation -----------------------------------------------------------------------------------------------------


@every_row
def test_weights_start_as_the_style_says(name: str) -> None:
    model = model_of(name, width=0.5)
    for block in (*Generator(model).layers, *Discriminator(model).layers):
        weight = block.op.weight.detach()
        if model.style.init == "glorot":
            bound = glorot_bound(weight)
            assert weight.abs().max() <= bound
            assert_spread(weight, bound / math.sqrt(3))
        else:
            assert_spread(weight, 0.02)
        assert block.op.bias is None or not block.op.bias.any()


@every_row
def test_batch_norm_starts_as_the_style_says(name: str) -> None:
    model = model_of(name, width=0.5)
    nets = (Generator(model), Discriminator(model))
    norms = [module for net in nets for module in net.modules() if isinstance(module, BatchNorm)]
    for norm in norms:
        assert not norm.bias.any()
        if model.style.init == "dcgan":
            assert_spread(norm.weight.detach() - 1, 0.02)
        else:
            assert torch.equal(norm.weight, torch.ones_like(norm.weight))


def assert_spread(values: Tensor, std: float) -> None:
    """Assert mean 0 and this standard deviation, each within 5 of its standard errors (those of a normal variable)."""
    count = values.numel()
    assert values.mean().item() == pytest.approx(0.0, abs=5 * std / math.sqrt(count))
    assert values.square().mean().sqrt().item() == pytest.approx(std, abs=5 * std / math.sqrt(2 * count))


def glorot_bound(weight: Tensor) -> float:
    """Return sqrt(6 / (fan_in + fan_out)); the sum is the same for a transposed convolution."""
    area = math.prod(weight.shape[2:])
    return math.sqrt(6 / (area * (weight.shape[0] + weight.shape[1])))


@every_row
def test_the_seed_decides_the_weights(name: str) -> None:
    model = model_of(name, width=0.05)
    for kind in (Generator, Discriminator):
        assert same_weights(kind(model, seed=1), kind(model, seed=1))
        assert not same_weights(kind(model, seed=1), kind(model, seed=2))


def same_weights(a: nn.Module, b: nn.Module) -> bool:
    pairs = zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    return all(torch.equal(x, y) for x, y in pairs)
