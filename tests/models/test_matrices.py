"""Convolutions as products of matrices: the same values and gradients as the plain ones, and gradients of gradients."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dcgan.models import matrices

CASES = [  # input channels, output channels, kernel, stride, padding, side of the larger map
    (64, 80, 4, 2, 1, 8),
    (80, 64, 4, 2, 1, 16),
    (64, 64, 2, 1, 0, 5),
    (64, 64, 4, 2, 0, 9),  # the last row is seen by no kernel
]


def maps(seed: int, *shape: int) -> Tensor:
    values = torch.randn(shape, generator=torch.Generator().manual_seed(seed)).bfloat16()
    return values.to(memory_format=torch.channels_last).requires_grad_(True)


def gradients(op: nn.Module, y: Tensor, x: Tensor, towards: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(y, [x, *op.parameters()], towards))


def assert_close(found: Tensor, expected: Tensor) -> None:
    """Equal but for what bfloat16 rounds, 2^-8 of the largest."""
    assert found.shape == expected.shape
    assert (found.float() - expected).abs().max() <= 2**-7 * expected.abs().max()


def assert_as_the_plain_one(op: nn.Module, x: Tensor, y: Tensor) -> None:
    """y, and the gradients through it, are those of the operation itself in float32."""
    plain = op(x.float())
    assert_close(y, plain)
    towards = maps(2, *y.shape)
    for found, expected in zip(gradients(op, y, x, towards), gradients(op, plain, x, towards.float()), strict=True):
        assert_close(found, expected.float())


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_convolution(case: tuple[int, ...], bias: bool) -> None:
    channels, width, kernel, stride, padding, side = case
    op = nn.Conv2d(channels, width, kernel, stride, padding, bias=bias)
    x = maps(1, 3, channels, side, side)
    with torch.autocast("cpu", torch.bfloat16):
        assert matrices.can_help(x)
        y = matrices.conv(op, x, op.weight)
    assert type(y.grad_fn).__name__ == "_ConvBackward"
    assert_as_the_plain_one(op, x, y)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("kernel", "padding", "extra", "side"), [(4, 1, 0, 4), (4, 1, 0, 8), (3, 1, 1, 4), (4, 0, 0, 3)]
)
def test_transposed_convolution(kernel: int, padding: int, extra: int, side: int, bias: bool) -> None:
    op = nn.ConvTranspose2d(64, 72, kernel, 2, padding, extra, bias=bias)
    x = maps(1, 3, 64, side, side)
    with torch.autocast("cpu", torch.bfloat16):
        y = matrices.up(op, x)
    assert type(y.grad_fn).__name__ == "_UpBackward"
    assert_as_the_plain_one(op, x, y)


@pytest.mark.parametrize("bias", [True, False])
def test_a_kernel_of_the_whole_map(bias: bool) -> None:
    down, up = nn.Conv2d(32, 3, 4, bias=bias), nn.ConvTranspose2d(20, 32, 4, bias=bias)
    for op, x in ((down, maps(1, 5, 32, 4, 4)), (up, maps(1, 5, 20, 1, 1))):
        with torch.autocast("cpu", torch.bfloat16):
            y = matrices.conv(op, x, op.weight) if isinstance(op, nn.Conv2d) else matrices.up(op, x)
        assert_as_the_plain_one(op, x, y)


@pytest.mark.parametrize(("stride", "padding", "side"), [(2, 1, 6), (2, 0, 7), (1, 1, 4)])
def test_gradients_of_gradients(stride: int, padding: int, side: int) -> None:
    x = torch.randn(2, 3, side, side, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(4, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(4, dtype=torch.float64, requires_grad=True)

    def conv(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return matrices._Conv.apply(x, weight, bias, stride, (padding, padding))

    def up(x: Tensor, weight: Tensor) -> Tensor:
        return matrices._Up.apply(x, weight, None, stride, (padding, padding), (0, 0))

    assert torch.autograd.gradcheck(conv, (x, weight, bias))
    assert torch.autograd.gradgradcheck(conv, (x, weight, bias))
    back = torch.randn(2, 4, 3, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(up, (back, weight))
    assert torch.autograd.gradgradcheck(up, (back, weight))


def test_patches_are_what_unfold_gives() -> None:
    x = torch.arange(2 * 3 * 7 * 7.0).view(2, 3, 7, 7)
    found = matrices.patches(x, (4, 4), 2, (1, 1), (3, 3))
    expected = F.unfold(x, 4, padding=1, stride=2).view(2, 3, 16, 9).permute(0, 3, 2, 1).reshape(18, 48)
    assert torch.equal(found, expected)


def test_float32_and_evaluation_use_the_plain_ones() -> None:
    assert not matrices.can_help(torch.ones(1))
    with torch.autocast("cpu", torch.float16):
        assert not matrices.can_help(torch.ones(1))
    with torch.autocast("cpu", torch.bfloat16):
        assert matrices.can_help(torch.ones(1))
        assert not matrices.can_help(torch.ones(1, device="meta"))


@pytest.mark.parametrize(
    ("shape", "stride", "pixels", "pays"),
    [
        ((512, 256, 4, 4), 2, 16, True),
        ((256, 128, 4, 4), 2, 64, True),
        ((128, 64, 4, 4), 2, 256, False),
        ((512, 3, 4, 4), 2, 16, False),
        ((128, 64, 5, 5), 2, 49, False),
    ],
)
def test_where_it_pays(shape: tuple[int, ...], stride: int, pixels: int, pays: bool) -> None:
    assert matrices.pays(torch.empty(shape), stride, pixels) is pays
