"""Learning rates and instance noise as functions of the clock."""

import math
from typing import Any

import pytest
import torch
from torch import nn

from dcgan.config import ObjectiveConfig, OptimConfig
from dcgan.training.ema import weight_kept
from dcgan.training.optim import Updater
from dcgan.training.schedule import learning_rate, noise_std

FALL: dict[str, Any] = {"anneal_from_kimg": 10.0, "anneal_to_kimg": 30.0, "anneal_floor": 0.2}


@pytest.mark.parametrize(
    ("settings", "nimg", "share"),
    [
        ({}, 0, 1.0),
        ({}, 10**9, 1.0),
        ({"warmup_kimg": 4.0}, 0, 0.0),
        ({"warmup_kimg": 4.0}, 1000, 0.25),
        ({"warmup_kimg": 4.0}, 4000, 1.0),
        ({"warmup_kimg": 4.0}, 5000, 1.0),
        ({"anneal": "linear", **FALL}, 0, 1.0),
        ({"anneal": "linear", **FALL}, 10_000, 1.0),
        ({"anneal": "linear", **FALL}, 15_000, 0.8),
        ({"anneal": "linear", **FALL}, 30_000, 0.2),
        ({"anneal": "linear", **FALL}, 10**9, 0.2),
        ({"anneal": "cosine", **FALL}, 10_000, 1.0),
        ({"anneal": "cosine", **FALL}, 15_000, 0.2 + 0.8 * (1 + math.sqrt(0.5)) / 2),
        ({"anneal": "cosine", **FALL}, 20_000, 0.6),
        ({"anneal": "cosine", **FALL}, 30_000, 0.2),
        ({"anneal": "none", **FALL}, 30_000, 1.0),
        ({"anneal": "linear", **FALL, "warmup_kimg": 20.0}, 15_000, 0.75 * 0.8),
    ],
)
def test_the_rate_at_chosen_points(settings: dict[str, Any], nimg: int, share: float) -> None:
    assert learning_rate(OptimConfig(lr=0.01, **settings), nimg, 0) == pytest.approx(0.01 * share)
    slowed = OptimConfig(lr=0.01, decay=0.5, **settings)
    assert learning_rate(slowed, nimg, 6) == pytest.approx(0.01 * share / 4)


def test_an_optimiser_takes_the_rate_of_the_clock() -> None:
    net = nn.Linear(1, 1, bias=False)
    nn.init.ones_(net.weight)
    updater = Updater(OptimConfig(lr=0.1, warmup_kimg=0.1), net)
    expected = 1.0
    for nimg in (0, 50, 100, 150):
        updater.update(net.weight.sum(), nimg)  # with one and the same gradient Adam's step is the rate
        expected -= 0.1 * min(nimg / 100, 1)
        assert net.weight.item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "nimg", "std"),
    [
        ({}, 0, 0.0),
        ({"instance_noise": 0.2}, 10**9, 0.2),
        ({"instance_noise": 0.2, "instance_noise_kimg": 5.0}, 0, 0.2),
        ({"instance_noise": 0.2, "instance_noise_kimg": 5.0}, 2500, 0.1),
        ({"instance_noise": 0.2, "instance_noise_kimg": 5.0}, 5000, 0.0),
        ({"instance_noise": 0.2, "instance_noise_kimg": 5.0}, 9000, 0.0),
    ],
)
def test_instance_noise_fades(settings: dict[str, float], nimg: int, std: float) -> None:
    assert noise_std(ObjectiveConfig(**settings), nimg) == pytest.approx(std)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ramp", "nimg", "half_life"), [(0.05, 1000, 50), (0.05, 10**9, 10_000), (0.5, 1000, 500), (0.0, 1000, 10_000)]
)
def test_the_ramp_of_the_average(ramp: float, nimg: int, half_life: float) -> None:
    assert weight_kept(10.0, ramp, 64, nimg) == pytest.approx(0.5 ** (64 / half_life))


def test_an_average_over_a_constant_generator_forgets_by_halves() -> None:
    """By the recursion ema = kept * ema + (1 - kept) * G over as many images as the half-life has, half is left."""
    ema = torch.ones((), dtype=torch.float64)
    for step in range(100):
        kept = weight_kept(1.0, 0.0, 10, 10 * (step + 1))
        ema = kept * ema + (1 - kept) * 0
    assert ema.item() == pytest.approx(0.5)
