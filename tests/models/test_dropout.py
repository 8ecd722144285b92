"""dcgan.models.dropout: the distribution and the reproducibility of its mask."""

import pytest
import torch
from torch import Tensor

from dcgan.models.dropout import dropout

SHAPES = [(100_000,), (999, 101), (16, 64, 14, 14), (3, 5, 77, 91)]


def ones(shape: tuple[int, ...], memory_format: torch.memory_format = torch.contiguous_format) -> Tensor:
    return torch.ones(shape).contiguous(memory_format=memory_format)


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("p", [0.1, 0.3, 0.4, 0.5, 0.9])
@pytest.mark.parametrize("shape", SHAPES)
def test_share_of_zeros_is_p(shape: tuple[int, ...], p: float) -> None:
    dropped = dropout(ones(shape), p)
    share = (dropped == 0).float().mean().item()
    assert share == pytest.approx(p, abs=5 * (p * (1 - p) / dropped.numel()) ** 0.5)


@pytest.mark.parametrize("p", [0.1, 0.3, 0.4, 0.5, 0.9])
def test_what_is_kept_is_scaled(p: float) -> None:
    x = torch.randn(1000)
    dropped = dropout(x, p)
    kept = dropped != 0
    torch.testing.assert_close(dropped[kept], x[kept] / (1 - p))


@pytest.mark.parametrize("p", [0.1, 0.3, 0.4, 0.5, 0.9])
def test_mean_is_preserved(p: float) -> None:
    count = 400_000
    spread = (p / (1 - p) / count) ** 0.5
    assert dropout(ones((count,)), p).mean().item() == pytest.approx(1.0, abs=5 * spread)


def test_nothing_is_dropped_at_0() -> None:
    assert torch.equal(dropout(ones((999,)), 0.0), ones((999,)))


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("shape", [(2, 3, 5, 7), (1, 1, 1, 1), (8, 128, 7, 7)])
def test_shape_and_memory_order_stay(shape: tuple[int, ...], memory_format: torch.memory_format) -> None:
    dropped = dropout(ones(shape, memory_format), 0.3)
    assert dropped.shape == shape
    assert dropped.is_contiguous(memory_format=memory_format)


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_mask_is_independent_between_channels(memory_format: torch.memory_format) -> None:
    dropped = dropout(ones((64, 2, 32, 32), memory_format), 0.5) != 0
    agreement = (dropped[:, 0] == dropped[:, 1]).float().mean().item()
    assert agreement == pytest.approx(0.5, abs=5 * (0.25 / (64 * 32 * 32)) ** 0.5)


def test_memory_with_gaps() -> None:
    x = torch.randn(6, 9, 9)[:, 1:8, ::2]
    dropped = dropout(x, 0.5)
    kept = dropped != 0
    assert 0 < kept.sum() < kept.numel()
    torch.testing.assert_close(dropped[kept], 2 * x[kept])


def test_gradient_flows_where_the_value_does() -> None:
    x = torch.randn(1001, requires_grad=True)
    dropped = dropout(x, 0.4)
    dropped.sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad, (dropped != 0) / (1 - 0.4))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_dtype_stays(dtype: torch.dtype) -> None:
    assert dropout(torch.ones(10, dtype=dtype), 0.5).dtype == dtype


def test_the_same_seed_gives_the_same_mask() -> None:
    x = ones((3, 5, 7, 9))
    masks = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        masks.append(dropout(x, 0.3))
    assert torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[0], masks[2])
