"""Losses and penalties against closed forms."""

import math

import pytest
import torch

from dcgan.config import ObjectiveConfig
from dcgan.errors import ConfigError
from dcgan.objectives import discriminator_terms, generator_loss, probability_real, targets
from dcgan.penalties import gradient_square

REAL, FAKE = torch.tensor([2.0, -1.0, 0.5]), torch.tensor([-3.0, 0.25, 4.0])


def softplus(x: float) -> float:
    return math.log1p(math.exp(x))


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def terms(objective: ObjectiveConfig, real_target: float = 1.0, fake_target: float = 0.0) -> dict[str, float]:
    found = discriminator_terms(objective, REAL, FAKE, torch.full((3,), real_target), torch.full((3,), fake_target))
    return {name: value.item() for name, value in found.items()}


def cross_entropy(logit: float, target: float) -> float:
    p = 1 / (1 + math.exp(-logit))
    return -target * math.log(p) - (1 - target) * math.log(1 - p)


@pytest.mark.parametrize(("real", "fake"), [(1.0, 0.0), (0.9, 0.0), (0.0, 1.0), (0.87, 0.13)])
def test_bce_for_plain_smoothed_flipped_and_noisy_targets(real: float, fake: float) -> None:
    found = terms(ObjectiveConfig(loss="bce"), real, fake)
    assert found["real"] == pytest.approx(mean([cross_entropy(x, real) for x in REAL.tolist()]), rel=1e-5)
    assert found["fake"] == pytest.approx(mean([cross_entropy(x, fake) for x in FAKE.tolist()]), rel=1e-5)


def test_hinge() -> None:
    found = terms(ObjectiveConfig(loss="hinge"))
    assert found["real"] == pytest.approx((0 + 2 + 0.5) / 3)
    assert found["fake"] == pytest.approx((0 + 1.25 + 5) / 3)


def test_relativistic_pairs() -> None:
    found = terms(ObjectiveConfig(loss="relativistic"))
    pairs = mean([softplus(f - r) for r, f in zip(REAL.tolist(), FAKE.tolist(), strict=True)])
    assert found["real"] + found["fake"] == pytest.approx(pairs, rel=1e-6)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("bce", mean([softplus(-x) for x in FAKE.tolist()])),
        ("hinge", -mean(FAKE.tolist())),
        ("relativistic", mean([softplus(r - f) for r, f in zip(REAL.tolist(), FAKE.tolist(), strict=True)])),
    ],
)
def test_generator_losses(loss: str, expected: float) -> None:
    found = generator_loss(ObjectiveConfig(loss=loss), REAL, FAKE, torch.ones(3))  # type: ignore[arg-type]
    assert found.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("loss", ["bce", "hinge", "relativistic"])
def test_gradients_push_the_right_way(loss: str) -> None:
    objective = ObjectiveConfig(loss=loss)  # type: ignore[arg-type]
    real, fake = torch.zeros(4, requires_grad=True), torch.zeros(4, requires_grad=True)
    sum(discriminator_terms(objective, real, fake, torch.ones(4), torch.zeros(4)).values()).backward()
    assert (real.grad < 0).all()  # D raises the logits of reals
    assert (fake.grad > 0).all()  # and lowers those of fakes
    fake.grad = None
    generator_loss(objective, real.detach(), fake, torch.ones(4)).backward()
    assert (fake.grad < 0).all()  # G raises those of fakes


def test_noisy_targets() -> None:
    found = targets(1.0, -0.2, 10_000, torch.Generator().manual_seed(0))
    assert 0.8 <= found.min() < 0.801
    assert 0.999 < found.max() <= 1.0
    assert found.mean().item() == pytest.approx(0.9, abs=0.003)
    assert torch.equal(targets(0.9, 0.0, 3, torch.Generator()), torch.full((3,), 0.9))


def test_the_probability_of_real_knows_the_flipped_convention() -> None:
    logits = torch.tensor([3.0, 3.0])
    p = 1 / (1 + math.exp(-3))
    assert probability_real(ObjectiveConfig(), logits).item() == pytest.approx(p)
    flipped = ObjectiveConfig(real_label=0.0, fake_label=1.0)
    assert probability_real(flipped, logits).item() == pytest.approx(1 - p)


def test_gradient_square_of_a_quadratic() -> None:
    x = torch.randn(5, 3, 4, 4)
    found = gradient_square(lambda v: (v**2).sum(dim=(1, 2, 3)), x)
    assert found.item() == pytest.approx((4 * x**2).sum(dim=(1, 2, 3)).mean().item(), rel=1e-5)


def test_gradient_square_against_finite_differences() -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(12, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)
    ).double()
    x, step = torch.randn(2, 3, 2, 2, dtype=torch.float64), 1e-5
    total = 0.0
    for i in range(x[0].numel()):
        moved = torch.zeros(12, dtype=torch.float64)
        moved[i] = step
        moved = moved.view(3, 2, 2)
        slope = (net(x + moved) - net(x - moved)) / (2 * step)
        total += (slope**2).mean().item()
    assert gradient_square(lambda v: net(v).flatten(), x).item() == pytest.approx(total, rel=1e-6)


def test_the_penalty_can_be_differentiated() -> None:
    weight = torch.tensor(3.0, requires_grad=True)
    gradient_square(lambda v: weight * v.sum(dim=(1, 2, 3)), torch.zeros(2, 1, 2, 2)).backward()
    assert weight.grad.item() == pytest.approx(2 * 3.0 * 4)  # d/dw of w^2 * 4


def test_objectives_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ConfigError, match="updates"):
        ObjectiveConfig(passes="updates", r1=1.0)
    with pytest.raises(ConfigError, match="r1"):
        ObjectiveConfig(r1=-1.0)
