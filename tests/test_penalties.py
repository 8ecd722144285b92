"""Penalties against closed forms of linear D, and finite differences of a bent one; the points they are taken at."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dcgan.penalties import between, gradient_distance, gradient_square, near

SHAPE = (4, 2, 2, 3)
Penalty = Callable[[Callable[[Tensor], Tensor], Tensor], Tensor]


def pictures(seed: int, shape: tuple[int, ...] = SHAPE) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(7)


def bent(pack: int = 1) -> nn.Module:
    """A small smooth D in float64 of groups of pictures."""
    torch.manual_seed(0)
    numbers = pack * math.prod(SHAPE[1:])
    return nn.Sequential(nn.Linear(numbers, 5), nn.Tanh(), nn.Linear(5, 1)).double()


def judge(net: nn.Module, pack: int = 1) -> Callable[[Tensor], Tensor]:
    return lambda x: net(x.reshape(len(x) // pack, -1)).flatten()


@pytest.mark.parametrize("pack", [1, 2])
def test_a_linear_d_has_the_gradient_of_its_weights(pack: int) -> None:
    w = pictures(1, (pack, *SHAPE[1:]))

    def D(x: Tensor) -> Tensor:
        return (x.view(len(x) // pack, *w.shape) * w).sum(dim=(1, 2, 3, 4))

    length = w.norm().item()
    assert gradient_square(D, pictures(2)).item() == pytest.approx(length**2)
    assert gradient_distance(D, pictures(2)).item() == pytest.approx((length - 1) ** 2)


def test_a_gradient_of_0_costs_1_and_can_be_differentiated() -> None:
    w = torch.zeros(SHAPE[1:], dtype=torch.float64, requires_grad=True)
    found = gradient_distance(lambda x: (x * w).sum(dim=(1, 2, 3)), pictures(2))
    found.backward()
    assert found.item() == 1
    assert torch.equal(w.grad, torch.zeros_like(w))


def by_finite_differences(net: nn.Module, x: Tensor, pack: int, step: float = 1e-5) -> np.ndarray:
    """The gradient of every group, (groups, numbers), from values of D alone."""
    groups = x.reshape(len(x) // pack, -1)
    slopes = []
    for moved in torch.eye(groups.shape[1], dtype=torch.float64) * step:
        slopes.append((net(groups + moved) - net(groups - moved)).detach().numpy()[:, 0] / (2 * step))
    return np.stack(slopes, axis=1)


@pytest.mark.parametrize("pack", [1, 2])
def test_values_are_those_of_finite_differences(pack: int) -> None:
    net, x = bent(pack), pictures(3)
    squares = (by_finite_differences(net, x, pack) ** 2).sum(1)
    assert gradient_square(judge(net, pack), x).item() == pytest.approx(squares.mean(), rel=1e-6)
    expected = ((np.sqrt(squares) - 1) ** 2).mean()
    assert gradient_distance(judge(net, pack), x).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("penalty", [gradient_square, gradient_distance])
def test_they_can_be_differentiated_in_the_weights_of_d(penalty: Penalty) -> None:
    net, x, step = bent(), pictures(3), 1e-6
    penalty(judge(net), x).backward()
    for parameter in (net[0].weight, net[0].bias, net[2].weight):
        flat, gradient = parameter.data.view(-1), parameter.grad.view(-1)
        for i in range(0, len(flat), 4):
            kept, values = flat[i].item(), []
            for way in (step, -step):
                flat[i] = kept + way
                values.append(penalty(judge(net), x).item())
            flat[i] = kept
            assert gradient[i].item() == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("pack", [1, 2])
def test_between_reals_and_fakes(pack: int) -> None:
    real, fake = pictures(1), pictures(2)
    found = between(real, fake, seeded(), pack)
    shares = torch.rand(len(real) // pack, generator=seeded()).numpy()
    for i in range(len(real)):
        expected = fake[i].numpy() + shares[i // pack] * (real[i] - fake[i]).numpy()
        np.testing.assert_allclose(found[i].numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("pack", [1, 2])
def test_near_reals(pack: int) -> None:
    real = pictures(1)
    found = near(real, seeded(), pack)
    generator = seeded()
    noise = torch.rand(real.shape, generator=generator).numpy()
    shares = torch.rand(len(real) // pack, generator=generator).numpy()
    for i in range(len(real)):
        expected = real[i].numpy() + shares[i // pack] * 0.5 * real.numpy().std() * noise[i]
        np.testing.assert_allclose(found[i].numpy(), expected, rtol=1e-6)


def test_fakes_of_lower_precision_meet_reals_of_float32() -> None:
    real, fake = pictures(1).float(), pictures(2).bfloat16()
    assert between(real, fake, seeded()).dtype == torch.float32
