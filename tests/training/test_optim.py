"""The optimisers against their formulas, and the averaged generator."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dcgan.config import OptimConfig
from dcgan.models.recipes import resolve_model
from dcgan.training.ema import average, weight_kept
from dcgan.training.optim import Updater
from dcgan.training.state import new_state
from tests.training import tiny


def follow(config: OptimConfig, gradients: list[float]) -> Tensor:
    """Let one weight, 1.0 at first, see these gradients."""
    net = nn.Linear(1, 1, bias=False)
    nn.init.ones_(net.weight)
    updater = Updater(config, net)
    for gradient in gradients:
        updater.update(gradient * net.weight.sum(), 0)
    return net.weight.detach().flatten()


def adam(c: OptimConfig, gradients: list[float]) -> float:
    w = 1.0
    m = v = 0.0
    for t, g in enumerate(gradients, start=1):
        g = g + c.weight_decay * w
        g = max(-c.clip, min(c.clip, g)) if c.clip else g
        m, v = c.beta1 * m + (1 - c.beta1) * g, c.beta2 * v + (1 - c.beta2) * g * g
        lr = c.lr / (1 + c.decay * (t - 1))
        correction1, correction2 = 1 - c.beta1**t, 1 - c.beta2**t
        if c.keras_eps:
            w -= lr * math.sqrt(correction2) / correction1 * m / (math.sqrt(v) + c.eps)
        else:
            w -= lr * (m / correction1) / (math.sqrt(v / correction2) + c.eps)
    return w


def rmsprop(c: OptimConfig, gradients: list[float]) -> float:
    w, v = 1.0, 0.0
    for t, g in enumerate(gradients):
        g = g + c.weight_decay * w
        g = max(-c.clip, min(c.clip, g)) if c.clip else g
        v = c.rho * v + (1 - c.rho) * g * g
        root = math.sqrt(v + c.eps) if c.keras_eps else math.sqrt(v) + c.eps
        w -= c.lr / (1 + c.decay * t) * g / root
    return w


GRADIENTS = [0.3, -2.0, 1e-3, 5.0]


@pytest.mark.parametrize("keras_eps", [False, True])
@pytest.mark.parametrize("extra", [{}, {"clip": 0.5}, {"decay": 0.5}, {"eps": 0.1}])
def test_adam(keras_eps: bool, extra: dict[str, float]) -> None:
    config = OptimConfig(**{"lr": 0.1, "keras_eps": keras_eps, **extra})  # type: ignore[arg-type]
    assert follow(config, GRADIENTS).item() == pytest.approx(adam(config, GRADIENTS), abs=1e-6)


@pytest.mark.parametrize("keras_eps", [False, True])
@pytest.mark.parametrize("extra", [{}, {"clip": 0.5}, {"decay": 0.5}, {"eps": 0.1}])
def test_rmsprop(keras_eps: bool, extra: dict[str, float]) -> None:
    config = OptimConfig(**{"name": "rmsprop", "lr": 0.1, "keras_eps": keras_eps, **extra})  # type: ignore[arg-type]
    assert follow(config, GRADIENTS).item() == pytest.approx(rmsprop(config, GRADIENTS), abs=1e-6)


@pytest.mark.parametrize(("name", "reference"), [("adam", adam), ("rmsprop", rmsprop)])
@pytest.mark.parametrize("keras_eps", [False, True])
def test_weight_decay_is_added_to_the_gradient(name: str, reference: Any, keras_eps: bool) -> None:
    config = OptimConfig(name=name, lr=0.1, weight_decay=0.3, keras_eps=keras_eps)  # type: ignore[arg-type]
    assert follow(config, GRADIENTS).item() == pytest.approx(reference(config, GRADIENTS), abs=1e-6)


def test_half_life_of_the_average() -> None:
    kept = weight_kept(10.0, 0.05, 64, 10_000_000)
    assert kept ** (10_000 / 64) == pytest.approx(0.5)
    assert weight_kept(10.0, 0.05, 64, 64) < 1e-5  # early in a run the average follows closely


def test_the_average_moves_towards_the_generator() -> None:
    c = tiny.config("modern")
    state, other = new_state(c, resolve_model(c)), new_state(tiny.config("modern", seed=1), resolve_model(c))
    assert state.G_ema is not None
    before = [p.clone() for p in state.G_ema.parameters()]
    average(state.G_ema, other.G, 0.75)
    for old, new, towards in zip(before, state.G_ema.parameters(), other.G.parameters(), strict=True):
        assert torch.allclose(new, 0.75 * old + 0.25 * towards, atol=1e-7)
