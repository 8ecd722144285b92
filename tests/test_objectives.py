"""Losses and penalties against closed forms."""

import math
from collections.abc import Callable
from typing import get_args

import numpy as np
import pytest
import torch

from dcgan.config import Loss, ObjectiveConfig
from dcgan.errors import ConfigError
from dcgan.objectives import (
    discriminator_terms,
    generator_loss,
    generator_target,
    probability_real,
    targets,
    told_right,
)
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


# Every loss in float64 -----------------------------------------------------------------------------------------------

LOSSES = get_args(Loss)
r, f = (np.random.default_rng(seed).normal(0, 2, 6) for seed in (1, 2))  # logits of reals and of fakes
a, b = (np.random.default_rng(seed).uniform(0, 1, 6) for seed in (3, 4))  # targets of reals and of fakes
Terms = Callable[[np.ndarray, np.ndarray], np.ndarray]


def log_sigmoid(x: np.ndarray) -> np.ndarray:
    return np.log(1 / (1 + np.exp(-x)))


def entropy(x: np.ndarray, target: np.ndarray) -> np.ndarray:
    return -(target * log_sigmoid(x) + (1 - target) * log_sigmoid(-x))


CLOSED: dict[str, tuple[Terms, Terms, Terms]] = {  # D's term of reals, of fakes, and G's loss, with target a
    "bce": (lambda r, f: entropy(r, a), lambda r, f: entropy(f, b), lambda r, f: entropy(f, a)),
    "saturating": (lambda r, f: entropy(r, a), lambda r, f: entropy(f, b), lambda r, f: -entropy(f, a)),
    "least-squares": (
        lambda r, f: 0.5 * (r - a) ** 2,
        lambda r, f: 0.5 * (f - b) ** 2,
        lambda r, f: 0.5 * (f - a) ** 2,
    ),
    "wasserstein": (lambda r, f: -r, lambda r, f: f, lambda r, f: -f),
    "hinge": (lambda r, f: np.maximum(0, 1 - r), lambda r, f: np.maximum(0, 1 + f), lambda r, f: -f),
    "relativistic": (
        lambda r, f: -0.5 * log_sigmoid(r - f),
        lambda r, f: -0.5 * log_sigmoid(r - f),
        lambda r, f: -log_sigmoid(f - r),
    ),
    "relativistic-average": (
        lambda r, f: -log_sigmoid(r - f.mean()),
        lambda r, f: -np.log(1 - 1 / (1 + np.exp(-(f - r.mean())))),
        lambda r, f: -log_sigmoid(f - r.mean()) - np.log(1 - 1 / (1 + np.exp(-(r - f.mean())))),
    ),
}


def found_and_expected(loss: str) -> list[tuple[Callable[..., torch.Tensor], Terms]]:
    """For each of the three parts: ours as a function of logits, and the closed form."""
    objective = ObjectiveConfig(loss=loss)  # type: ignore[arg-type]
    of_real, of_fake = torch.tensor(a), torch.tensor(b)
    return [
        (lambda x, y: discriminator_terms(objective, x, y, of_real, of_fake)["real"], CLOSED[loss][0]),
        (lambda x, y: discriminator_terms(objective, x, y, of_real, of_fake)["fake"], CLOSED[loss][1]),
        (lambda x, y: generator_loss(objective, x, y, of_real), CLOSED[loss][2]),
    ]


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_is_its_closed_form(loss: str) -> None:
    for ours, closed in found_and_expected(loss):
        assert ours(torch.tensor(r), torch.tensor(f)).item() == pytest.approx(closed(r, f).mean(), rel=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_gradient_is_that_of_finite_differences(loss: str) -> None:
    step = 1e-6
    for ours, closed in found_and_expected(loss):
        logits = [torch.tensor(x, requires_grad=True) for x in (r, f)]
        ours(*logits).backward()
        for which, x in enumerate(logits):
            gradient = np.zeros(6) if x.grad is None else x.grad.numpy()
            for i in range(6):
                up, down = [r.copy(), f.copy()], [r.copy(), f.copy()]
                up[which][i] += step
                down[which][i] -= step
                slope = (closed(*up).mean() - closed(*down).mean()) / (2 * step)
                assert gradient[i] == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_push_the_right_way(loss: str) -> None:
    objective = ObjectiveConfig(loss=loss)  # type: ignore[arg-type]
    real, fake = torch.zeros(4, requires_grad=True), torch.full((4,), 0.1, requires_grad=True)
    value, _ = generator_target(objective)
    sum(discriminator_terms(objective, real, fake, torch.ones(4), torch.zeros(4)).values()).backward()
    assert (real.grad < 0).all()  # D raises the logits of reals
    assert (fake.grad > 0).all()  # and lowers those of fakes
    fake.grad = None
    generator_loss(objective, real.detach(), fake, torch.full((4,), value)).backward()
    assert (fake.grad < 0).all()  # G raises those of fakes


def test_the_minimax_gradient_vanishes_where_d_is_sure() -> None:
    slopes = {}
    for loss in ("bce", "saturating"):
        objective = ObjectiveConfig(loss=loss)  # type: ignore[arg-type]
        fake = torch.full((1,), -10.0, requires_grad=True)
        generator_loss(objective, None, fake, torch.full((1,), generator_target(objective)[0])).backward()
        slopes[loss] = fake.grad.item()
    assert slopes["bce"] == pytest.approx(-1, abs=1e-4)
    assert slopes["saturating"] == pytest.approx(-math.exp(-10), rel=1e-4)


def test_g_takes_the_target_of_reals_or_flees_that_of_fakes() -> None:
    noisy = {"real_label": 0.9, "real_noise": 0.1, "fake_label": 0.2, "fake_noise": 0.3}
    assert generator_target(ObjectiveConfig(**noisy)) == (0.9, 0.0)
    assert generator_target(ObjectiveConfig(**noisy, noisy_G=True)) == (0.9, 0.1)
    assert generator_target(ObjectiveConfig(**noisy, noisy_G=True, loss="saturating")) == (0.2, 0.3)


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


def test_how_real_least_squares_takes_pictures_to_be() -> None:
    logits = torch.tensor([-1.0, 0.2, 0.5, 0.8, 3.0])
    assert probability_real(ObjectiveConfig(loss="least-squares"), logits).item() == pytest.approx(0.5)
    turned = ObjectiveConfig(loss="least-squares", real_label=-1.0, fake_label=1.0)
    expected = mean([1.0, 0.4, 0.25, 0.1, 0.0])
    assert probability_real(turned, logits).item() == pytest.approx(expected)


@pytest.mark.parametrize("loss", LOSSES)
def test_how_real_is_a_share_and_keeps_what_is_no_number(loss: str) -> None:
    objective = ObjectiveConfig(loss=loss)  # type: ignore[arg-type]
    for logit in (-50.0, 0.3, 50.0):
        assert 0 <= probability_real(objective, torch.full((3,), logit)).item() <= 1
    assert math.isnan(probability_real(objective, torch.tensor([0.0, math.nan])).item())


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
    for coupled in ({"loss": "relativistic-average"}, {"gp": 1.0}, {"dragan": 1.0}):
        with pytest.raises(ConfigError, match="the loss is not relativistic and has no penalty"):
            ObjectiveConfig(passes="updates", **coupled)
    with pytest.raises(ConfigError, match="r1"):
        ObjectiveConfig(r1=-1.0)


# Who is ahead ---------------------------------------------------------------------------------------------------------


def told(real: list[float], fake: list[float], **settings: object) -> tuple[float, float, float]:
    found = told_right(ObjectiveConfig(**settings), torch.tensor(real), torch.tensor(fake))  # type: ignore[arg-type]
    return tuple(found[name].item() for name in ("accuracy_real", "accuracy_fake", "margin"))  # type: ignore[return-value]


@pytest.mark.parametrize("loss", ["bce", "saturating", "hinge"])
def test_the_right_side_of_a_logit_is_that_of_nothing(loss: str) -> None:
    assert told([1, 2, -1, 0.1], [-3, 1, 2, -1], loss=loss) == pytest.approx((0.75, 0.5, 0.525 + 0.25))


def test_flipped_labels_turn_the_sides_round() -> None:
    for loss in ("bce", "least-squares"):
        plain = told([2, 3, -2, 4], [-1, -2, -3, 5], loss=loss)
        turned = told([-2, -3, 2, -4], [1, 2, 3, -5], loss=loss, real_label=-1 if loss[0] == "l" else 0, fake_label=1)
        if loss == "bce":
            assert turned == plain
        else:
            assert turned == pytest.approx((0.75, 0.75, plain[2]))


def test_smoothed_labels_move_the_middle() -> None:
    assert told([-0.1, -0.3], [-0.1, -0.3], real_label=0.9) == pytest.approx((0.5, 0.5, 0))  # log(0.45 / 0.55) = -0.2
    assert told([0.4, 0.6], [0.4, 0.6], loss="least-squares") == pytest.approx((0.5, 0.5, 0))


@pytest.mark.parametrize("loss", ["relativistic", "relativistic-average", "wasserstein"])
def test_where_only_differences_count_pairs_are_compared(loss: str) -> None:
    assert told([101, 103], [100, 102], loss=loss) == pytest.approx((0.75, 0.75, 1))


def test_targets_beyond_what_a_sigmoid_reaches_have_a_middle_too() -> None:
    assert told([10, -10], [10, -10], real_label=1.2, fake_label=1.0)[:2] == (0.5, 0.5)
