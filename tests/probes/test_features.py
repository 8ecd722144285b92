"""D's features: pooling and order against a slow plain reading, and the statistics they are read with."""

import numpy as np
import pytest
import torch

from dcgan.data.parts import parts_of
from dcgan.errors import ConfigError
from dcgan.images import to_unit
from dcgan.models.discriminator import Discriminator
from dcgan.models.recipes import RECIPES, resolve_model
from dcgan.probes.features import Eye, checked_layers, pooled
from tests.training import tiny


def small(name: str = "radford2015-32", **changes: object) -> Discriminator:
    return Discriminator(resolve_model(tiny.config(name, **changes)), seed=3).eval()  # type: ignore[arg-type]


def some(D: Discriminator, count: int, seed: int = 0) -> np.ndarray:
    shape = (count, D.config.height, D.config.width, D.config.channels)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def slow_pool(maps: np.ndarray, side: int) -> np.ndarray:
    """One picture's maps (C, H, W): the greatest of each of side x side windows, map by map."""
    found = []
    for channel in maps:
        rows, columns = channel.shape
        for i in range(min(side, rows)):
            for j in range(min(side, columns)):
                high, wide = min(side, rows), min(side, columns)
                window = channel[
                    i * rows // high : -(-(i + 1) * rows // high), j * columns // wide : -(-(j + 1) * columns // wide)
                ]
                found.append(window.max())
    return np.array(found)


@pytest.mark.parametrize(
    ("height", "width", "side"), [(8, 8, 4), (16, 8, 4), (4, 4, 4), (7, 7, 4), (3, 2, 4), (8, 8, 1)]
)
def test_maps_are_pooled_as_a_slow_reading_pools_them(height: int, width: int, side: int) -> None:
    maps = torch.randn(3, 5, height, width, generator=torch.Generator().manual_seed(0))
    expected = np.stack([slow_pool(one, side) for one in maps.numpy()])
    np.testing.assert_array_equal(pooled(maps, side).numpy(), expected)


@pytest.mark.parametrize("name", RECIPES)
def test_features_are_all_layers_pooled_one_after_another(name: str) -> None:
    D = small(name)
    pixels, eye = some(D, 3), Eye(D)
    maps = D.features(to_unit(torch.from_numpy(pixels)).repeat_interleave(D.config.pack, 0))
    each = [[slow_pool(m, 4) for m in (layer[i].detach().numpy() for layer in maps)] for i in range(3)]
    expected = np.stack([np.concatenate(one) for one in each])
    found = eye.read(pixels)
    assert found.dtype == np.float32
    assert sum(eye.widths) == found.shape[1]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_the_papers_network_has_28672_features() -> None:
    eye = Eye(Discriminator(RECIPES["radford2015-32"].model))
    assert eye.widths == [16 * width for width in (128, 128, 256, 256, 512, 512)]
    assert sum(eye.widths) == 28_672


def test_some_layers_are_the_columns_of_all() -> None:
    D = small()
    pixels, whole = some(D, 2), Eye(D)
    ends = np.cumsum([0, *whole.widths])
    chosen = Eye(D, [3, 2])
    assert chosen.layers == [2, 3]
    np.testing.assert_array_equal(chosen.read(pixels), whole.read(pixels)[:, ends[1] : ends[3]])


@pytest.mark.parametrize("layers", [[0], [7], [], [1, 99]])
def test_a_layer_that_is_not_there_is_refused(layers: list[int]) -> None:
    with pytest.raises(ConfigError, match="layers 1 to 6"):
        checked_layers(small(size="32"), layers)


def test_a_picture_reads_the_same_alone_and_among_others() -> None:
    D = small()
    pixels, eye = some(D, 70), Eye(D)
    alone = np.concatenate([eye.read(pixels[i : i + 1]) for i in (0, 64, 69)])
    np.testing.assert_allclose(alone, eye.read(pixels)[[0, 64, 69]], rtol=1e-5, atol=1e-6)


def test_statistics_are_those_of_the_pictures() -> None:
    """Layer by layer, by hand: the mean over the batches of each batch's mean and variance before normalisation."""
    D = small()
    pixels = some(D, 24)
    rows = np.random.default_rng(1).permutation(24)
    eye = Eye(D)
    eye.settle(pixels, rows, batch=8)
    batches = [to_unit(torch.from_numpy(part)) for part in parts_of(pixels, rows, 8)]
    for block in eye.net.layers:
        if block.norm is not None:
            raw = [block.op(x) for x in batches]
            means = torch.stack([x.mean((0, 2, 3)) for x in raw]).mean(0)
            variances = torch.stack([x.movedim(1, 0).flatten(1).var(1) for x in raw]).mean(0)
            torch.testing.assert_close(block.norm.running_mean, means, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(block.norm.running_var, variances, rtol=1e-4, atol=1e-5)
            batches = [_normalised(block, x) for x in raw]
        elif block.row.op == "conv":
            batches = [block(x) for x in batches]


def _normalised(block: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """As in training: by the batch's own statistics."""
    norm, row = block.norm, block.row
    found = torch.nn.functional.batch_norm(x, None, None, norm.weight, norm.bias, True, 0, norm.eps)  # type: ignore[union-attr]
    return torch.nn.functional.leaky_relu(found, block.style.slope) if row.act == "leaky" else found  # type: ignore[union-attr, arg-type]


def test_d_itself_stays_as_it_is() -> None:
    D = small()
    before = {name: tensor.clone() for name, tensor in D.state_dict().items()}
    eye = Eye(D)
    eye.settle(some(D, 16), np.arange(16), batch=8)
    eye.read(some(D, 2))
    assert all(torch.equal(before[name], tensor) for name, tensor in D.state_dict().items())
    assert all(p.requires_grad for p in D.parameters())
    assert not D.training


def test_bfloat16_reads_nearly_the_same() -> None:
    D = small()
    pixels = some(D, 8)
    exact, quick = Eye(D).read(pixels), Eye(D, bf16=True).read(pixels)
    assert quick.dtype == np.float32
    assert np.abs(quick - exact).max() <= 0.05 * np.abs(exact).max()
