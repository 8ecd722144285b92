"""Configuration: what is refused, and how long a run and its rhythms are."""

import math
from dataclasses import replace
from typing import Any

import pytest

from dcgan.clock import period_images, round_images, total_images, with_length
from dcgan.config import Config, Layer, ModelConfig, ObjectiveConfig, OptimConfig, TicksConfig
from dcgan.errors import ConfigError

HEAD = Layer(op="linear", width=1)
MODEL: dict[str, Any] = {
    "height": 8,
    "width": 8,
    "channels": 3,
    "z_dim": 1,
    "prior": "normal",
    "base": (4, 4),
    "G": (HEAD, replace(HEAD, width=3)),
    "D": (HEAD, replace(HEAD, width=1)),
}
LAYER: dict[str, Any] = {"op": "conv", "width": 4}


@pytest.mark.parametrize(
    ("cls", "values", "sentence"),
    [
        (Layer, LAYER | {"width": 0}, "sizes are positive"),
        (Layer, LAYER | {"kernel": -1}, "sizes are positive"),
        (Layer, LAYER | {"stride": 0}, "sizes are positive"),
        (Layer, LAYER | {"dropout": 1.0}, r"dropout is in \[0, 1\), not 1.0"),
        (Layer, LAYER | {"dropout": -0.1}, "dropout"),
        (ModelConfig, MODEL | {"height": 7}, r"at least 8 pixels a side, not \(7, 8\)"),
        (ModelConfig, MODEL | {"width": 7}, "at least 8 pixels"),
        (ModelConfig, MODEL | {"channels": 2}, "--channels is 1 .*, not 2"),
        (ModelConfig, MODEL | {"z_dim": 0}, "--z-dim is between 1 and 65536, not 0"),
        (ModelConfig, MODEL | {"pack": 0}, "--pack is at least 1, not 0"),
        (ObjectiveConfig, {"r1": -1.0}, "--objective.r1"),
        (ObjectiveConfig, {"r2": math.nan}, "--objective.r2"),
        (ObjectiveConfig, {"penalty_every": 0}, "--objective.penalty-every is at least 1, not 0"),
        (ObjectiveConfig, {"passes": "updates", "loss": "relativistic"}, "--objective.passes updates"),
        (ObjectiveConfig, {"passes": "updates", "r1": 1.0}, "--objective.passes updates"),
        (ObjectiveConfig, {"passes": "updates", "r2": 1.0}, "--objective.passes updates"),
        (ObjectiveConfig, {"passes": "updates", "loss": "relativistic-average"}, "--objective.passes updates"),
        (ObjectiveConfig, {"passes": "updates", "gp": 1.0}, "--objective.passes updates"),
        (ObjectiveConfig, {"passes": "updates", "dragan": 1.0}, "--objective.passes updates"),
        (ObjectiveConfig, {"gp": -1.0}, "--objective.gp is not negative, not -1.0"),
        (ObjectiveConfig, {"dragan": math.inf}, "--objective.dragan"),
        (ObjectiveConfig, {"instance_noise": math.nan}, "--objective.instance-noise is not negative"),
        (ObjectiveConfig, {"instance_noise_kimg": -1.0}, "--objective.instance-noise-kimg"),
        (ObjectiveConfig, {"steps_D": 0}, "--objective.steps-D is at least 1, not 0"),
        (ObjectiveConfig, {"steps_G": 0}, "--objective.steps-G is at least 1, not 0"),
        (ObjectiveConfig, {"loss": "least-squares", "real_label": 0.0}, "real-label and fake-label differ"),
        (OptimConfig, {"warmup_kimg": -1.0}, "warmup-kimg is not negative, not -1.0"),
        (OptimConfig, {"warmup_kimg": math.inf}, "warmup-kimg"),
        (OptimConfig, {"anneal_floor": 1.1}, r"anneal-floor is in \[0, 1\], not 1.1"),
        (OptimConfig, {"anneal": "linear"}, "anneal-to-kimg above it"),
        (OptimConfig, {"anneal": "cosine", "anneal_from_kimg": 5.0, "anneal_to_kimg": 5.0}, "anneal-to-kimg above it"),
        (OptimConfig, {"anneal": "cosine", "anneal_from_kimg": -5.0, "anneal_to_kimg": 5.0}, "not negative"),
        (OptimConfig, {"lr": 0.0}, "--optim-D.lr are numbers above 0, not 0.0"),
        (OptimConfig, {"lr": math.nan}, "--optim-D.lr"),
        (OptimConfig, {"beta1": 1.0}, "beta1, beta2 and rho"),
        (OptimConfig, {"beta2": -0.1}, "beta1, beta2 and rho"),
        (OptimConfig, {"rho": 1.0}, "beta1, beta2 and rho"),
        (OptimConfig, {"eps": 0.0}, "eps is above 0"),
        (OptimConfig, {"weight_decay": -1e-5}, "not negative"),
        (OptimConfig, {"clip": math.nan}, "not negative"),
        (OptimConfig, {"decay": math.nan}, "not negative"),
        (TicksConfig, {"log": "often"}, "--ticks.log .*, not 'often'"),
        (TicksConfig, {"preview": "0epochs"}, "--ticks.preview"),
        (TicksConfig, {"snapshot": "5"}, "--ticks.snapshot"),
        (TicksConfig, {"keep": 1}, "--ticks.keep is at least 2, not 1"),
        (TicksConfig, {"preview_n": 0}, "--ticks.preview-n is at least 1, not 0"),
        (Config, {"size": "7"}, "--size"),
        (Config, {"channels": 2}, "--channels"),
        (Config, {"width": 0.0}, "--width"),
        (Config, {"width": math.inf}, "--width"),
        (Config, {"z_dim": 0}, "--z-dim"),
        (Config, {"batch": 1}, "--batch is at least 2, not 1"),
        (Config, {"ema_kimg": -1.0}, "--ema-kimg"),
        (Config, {"ema_ramp": -0.1}, "--ema-ramp is not negative, not -0.1"),
        (Config, {"pack": 0}, "--pack is at least 1, not 0"),
        (Config, {"pack": 3, "batch": 64}, "--batch is a multiple of --pack, 3, not 64"),
        (Config, {"augment": ("color", "color")}, "--augment names each means once"),
        (Config, {"steps": 1, "kimg": 1.0}, "give one of --steps, --kimg and --epochs"),
        (Config, {"steps": 0}, "length of a run .*, not {'steps': 0}"),
        (Config, {"kimg": -1.0}, "length of a run"),
        (Config, {"epochs": 0.0}, "length of a run"),
        (Config, {"kimg": math.inf}, "length of a run"),
        (Config, {"epochs": math.nan}, "length of a run"),
    ],
)
def test_what_is_out_of_range_is_refused(cls: type, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        cls(**values)


def test_the_ends_of_the_ranges_are_allowed() -> None:
    ModelConfig(**MODEL)
    Layer(op="conv", width=1, dropout=0.999)
    ObjectiveConfig(passes="updates", loss="hinge")
    OptimConfig(beta1=0.0, beta2=0.0, rho=0.0, weight_decay=0.0, clip=0.0, decay=0.0)
    TicksConfig(keep=2, preview_n=1)
    OptimConfig(anneal="linear", anneal_to_kimg=0.001, anneal_floor=1.0)
    ObjectiveConfig(passes="updates", loss="wasserstein", steps_D=5, steps_G=2, instance_noise=0.1)
    Config(size="8x1024", channels=4, z_dim=1, batch=2, steps=1, pack=2, ema_ramp=0.0)


@pytest.mark.parametrize(
    ("length", "batch", "pictures", "images"),
    [
        ({"steps": 3}, 64, 1000, 192),
        ({"kimg": 1.0}, 64, 5, 1024),
        ({"kimg": 0.128}, 64, 5, 128),
        ({"kimg": 0.0001}, 64, 5, 64),
        ({"kimg": 128.448}, 64, 5, 128_448),
        ({"epochs": 1.0}, 64, 640, 640),
        ({"epochs": 1.0}, 64, 641, 704),
        ({"epochs": 2.5}, 10, 101, 260),
        ({"epochs": 0.07}, 100, 10_000, 700),
        ({"epochs": 1.0}, 64, 5, 64),
        ({"epochs": 25.0}, 128, 10_000, 250_112),
    ],
)
def test_lengths_are_rounded_up_to_whole_batches(
    length: dict[str, Any], batch: int, pictures: int, images: int
) -> None:
    assert total_images(Config(batch=batch, **length), pictures) == images


def test_lengths_are_rounded_up_to_whole_rounds() -> None:
    config = Config(batch=10, objective=ObjectiveConfig(steps_D=5, steps_G=2))
    assert round_images(config) == 50
    assert total_images(replace(config, steps=3), 1000) == 150
    assert total_images(replace(config, kimg=0.12), 1000) == 150
    assert period_images("2steps", round_images(config), 1000) == 100
    assert period_images("0.01kimg", round_images(config), 1000) == 50


@pytest.mark.parametrize(
    ("rhythm", "images"),
    [
        ("1step", 64),
        ("100steps", 6400),
        ("0.1steps", 64),
        ("2kimg", 2000),
        ("0.01kimg", 64),
        ("1epoch", 1797),
        ("0.5epochs", 898),
        ("5epochs", 8985),
    ],
)
def test_periods_are_at_least_a_batch(rhythm: str, images: int) -> None:
    assert period_images(rhythm, 64, pictures=1797) == images


@pytest.mark.parametrize("given", [{"steps": 7}, {"kimg": 0.5}, {"epochs": 2.0}])
def test_a_length_takes_the_place_of_another(given: dict[str, Any]) -> None:
    others = {"steps": None, "kimg": None, "epochs": None} | given
    assert with_length(Config(kimg=3.0, batch=32), **others) == Config(batch=32, **given)


def test_no_length_leaves_the_own_one() -> None:
    config = Config(kimg=3.0)
    assert with_length(config, steps=None, kimg=None, epochs=None) is config
