"""Every row has the parameters that its source states, or that follow from its source's description."""

import dataclasses
import math

import pytest
from torch import nn

from dcgan.models.discriminator import Discriminator
from dcgan.models.generator import Generator
from dcgan.models.recipes import find, resolve_model


def networks(name: str, z_dim: int | None = None) -> tuple[Generator, Discriminator]:
    config = find(name).config
    model = resolve_model(dataclasses.replace(config, z_dim=z_dim or config.z_dim))
    return Generator(model), Discriminator(model)


def trainable(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


def running(net: nn.Module) -> int:
    """Return how many means and variances BatchNorm keeps: Keras counts them as parameters, PyTorch does not."""
    return sum(buffer.numel() for name, buffer in net.named_buffers() if "running_" in name)


def total(net: nn.Module) -> int:
    return trainable(net) + running(net)


def by_layer(net: nn.Module) -> list[int]:
    """Return Keras's count of every operation and every BatchNorm, in order."""
    parts = [part for block in net.layers for part in (block.op, block.norm) if part is not None]
    return [total(part) for part in parts]


def test_mnist_28_layer_by_layer() -> None:
    G, D = networks("mnist-28")
    assert by_layer(G) == [1_254_400, 50_176, 819_200, 512, 204_800, 256, 1_600]
    assert by_layer(D) == [1_664, 204_928, 6_273]


def test_mnist_28_totals() -> None:
    G, D = networks("mnist-28")
    assert (total(G), trainable(G), running(G)) == (2_330_944, 2_305_472, 25_472)
    assert total(D) == 212_865


@pytest.mark.parametrize(
    ("name", "z_dim", "count_G", "count_D"),
    [
        ("anime-chollet", 64, 13_702_915, 795_009),
        ("anime-chollet", 100, 18_421_507, 795_009),
        ("anime-conv", 100, 3_616_771, 2_768_321),
    ],
)
def test_keras_totals(name: str, z_dim: int, count_G: int, count_D: int) -> None:
    G, D = networks(name, z_dim)
    assert (total(G), total(D)) == (count_G, count_D)


def test_pytorch_totals() -> None:
    G, D = networks("pytorch")
    assert (trainable(G), trainable(D)) == (3_576_704, 2_765_568)


def test_radford2015_layer_by_layer() -> None:
    """100 -> 4x4x1024 -> 512, 256, 128, 3 and 3 -> 128, 256, 512, 1024 -> 1, all 5x5, BatchNorm as stated, no bias."""
    G, D = networks("radford2015")
    units = 4 * 4 * 1024
    assert by_layer(G) == [
        100 * units, 4 * units, *convolution(5, 1024, 512), *convolution(5, 512, 256), *convolution(5, 256, 128),
        5 * 5 * 128 * 3,
    ]  # fmt: skip
    assert by_layer(D) == [
        5 * 5 * 3 * 128, *convolution(5, 128, 256), *convolution(5, 256, 512), *convolution(5, 512, 1024), units,
    ]  # fmt: skip


def test_radford2015_32_layer_by_layer() -> None:
    """256 -> 4x4x512 -> 512, 256, 256, 128, 128, 3 and 3 -> 128, 128, 256, 256, 512, 512 -> 1, all 3x3, no bias."""
    G, D = networks("radford2015-32")
    units = 4 * 4 * 512
    assert by_layer(G) == [
        256 * units, 4 * units, *convolution(3, 512, 512), *convolution(3, 512, 256), *convolution(3, 256, 256),
        *convolution(3, 256, 128), *convolution(3, 128, 128), 3 * 3 * 128 * 3,
    ]  # fmt: skip
    assert by_layer(D) == [
        3 * 3 * 3 * 128, *convolution(3, 128, 128), *convolution(3, 128, 256), *convolution(3, 256, 256),
        *convolution(3, 256, 512), *convolution(3, 512, 512), units,
    ]  # fmt: skip


def test_celeba_32_layer_by_layer() -> None:
    """100 -> 4x4x256 -> 128, 64, 3 and 3 -> 64, 128, 256 -> 1, all 4x4; a bias in the linear layers alone."""
    G, D = networks("celeba-32")
    units = 4 * 4 * 256
    assert by_layer(G) == [101 * units, *convolution(4, 256, 128), *convolution(4, 128, 64), 4 * 4 * 64 * 3]
    assert by_layer(D) == [4 * 4 * 3 * 64, *convolution(4, 64, 128), *convolution(4, 128, 256), units + 1]


def convolution(kernel: int, before: int, after: int) -> tuple[int, int]:
    """Return the counts of a square kernel without bias and of its BatchNorm: gain, bias, mean and variance."""
    return math.prod((kernel, kernel, before, after)), 4 * after


def test_stacked_dcgan() -> None:
    """Kernels of 5x5, widths from 64, a bias everywhere, BatchNorm on all but G's last layer and D's first and last."""
    G, D = networks("stacked-dcgan")
    assert trainable(G) == sum(
        (101 * 2048 + 2 * 2048, *(25 * a * b + 3 * b for a, b in ((512, 256), (256, 128), (128, 64))), 25 * 64 * 3 + 3)
    )
    assert trainable(D) == sum(
        (25 * 3 * 64 + 64, *(25 * a * b + 3 * b for a, b in ((64, 128), (128, 256), (256, 512))), 4 * 512 + 1)
    )
