"""The published training settings, transcribed from the sources: a row that drifts from them fails here."""

from typing import Any

import pytest

from dcgan.models.recipes import RECIPES, find, resolve_model

PUBLISHED: dict[str, dict[str, Any]] = {
    "radford2015": {
        "size": "64", "channels": 3, "z_dim": 100, "prior": "uniform", "batch": 128, "epochs": 25.0,
        "order": "shuffled", "init": "dcgan", "slope": 0.2,
        "loss": "bce", "passes": "separate", "labels": (1.0, 0.0), "noise": (0.0, 0.0),
        "G": ("adam", 2e-4, 0.5, 0.999, 1e-5), "D": ("adam", 2e-4, 0.5, 0.999, 1e-5),
    },
    "radford2015-32": {
        "size": "32", "channels": 3, "z_dim": 256, "prior": "uniform", "batch": 128, "init": "dcgan", "slope": 0.2,
        "loss": "bce", "G": ("adam", 2e-4, 0.5, 0.999, 1e-5), "D": ("adam", 2e-4, 0.5, 0.999, 1e-5),
    },
    "anime-chollet": {
        "size": "64", "channels": 3, "z_dim": 64, "prior": "normal", "batch": 32, "steps": 30_000,
        "order": "sequential", "init": "glorot", "slope": 0.3, "fresh_z": True, "noisy_G": False,
        "loss": "bce", "passes": "joined", "labels": (0.0, 1.0), "noise": (0.05, 0.05),
        "G": ("rmsprop", 4e-4), "D": ("rmsprop", 8e-4), "clip": 1.0, "decay": 1e-8,
    },
    "anime-conv": {
        "size": "64", "channels": 3, "z_dim": 100, "prior": "normal", "batch": 64, "steps": 30_000,
        "init": "glorot", "slope": 0.2, "bn_momentum": 0.5, "bn_eps": 1e-3,
        "loss": "bce", "passes": "updates", "labels": (1.0, 0.0), "noise": (-0.2, 0.2), "noisy_G": True,
        "G": ("adam", 1.5e-4, 0.5), "D": ("adam", 2e-4, 0.5), "preview": "100steps", "preview_n": 16,
    },
    "celeba-32": {
        "size": "32", "channels": 3, "z_dim": 100, "prior": "uniform", "batch": 128,
        "init": "normal", "slope": 0.2, "loss": "bce", "labels": (1.0, 0.0),
        "G": ("adam", 2e-4, 0.5), "D": ("adam", 2e-4, 0.5),
    },
    "mnist-28": {
        "size": "28", "channels": 1, "z_dim": 100, "prior": "normal", "batch": 256, "epochs": 50.0,
        "init": "glorot", "slope": 0.3, "bn_momentum": 0.01, "bn_eps": 1e-3, "eps": 1e-7,
        "loss": "bce", "labels": (1.0, 0.0), "noise": (0.0, 0.0),
        "G": ("adam", 1e-4, 0.9), "D": ("adam", 1e-4, 0.9),
        "preview": "1epoch", "preview_n": 16, "snapshot": "15epochs",
    },
    "pytorch": {
        "size": "64", "channels": 3, "z_dim": 100, "prior": "normal", "batch": 64, "epochs": 25.0,
        "init": "dcgan", "slope": 0.2, "loss": "bce", "labels": (1.0, 0.0),
        "G": ("adam", 2e-4, 0.5, 0.999), "D": ("adam", 2e-4, 0.5, 0.999),
    },
    "stacked-dcgan": {
        "size": "28", "channels": 3, "z_dim": 100, "prior": "uniform", "batch": 64, "epochs": 50.0,
        "init": "normal", "slope": 0.2, "loss": "bce", "labels": (1.0, 0.0), "noise": (0.0, 0.0),
        "G": ("adam", 2e-4, 0.5, 0.999), "D": ("adam", 2e-4, 0.5, 0.999),
    },
}  # fmt: skip


def settings(name: str) -> dict[str, Any]:
    """Everything that the table above may name, from a row."""
    row = find(name)
    c, objective, style = row.config, row.config.objective, row.model.style
    optims = {
        key: (o.name, o.lr) if o.name == "rmsprop" else (o.name, o.lr, o.beta1, o.beta2, o.weight_decay)
        for key, o in (("G", c.optim_G), ("D", c.optim_D))
    }
    labels = {
        "labels": (objective.real_label, objective.fake_label),
        "noise": (objective.real_noise, objective.fake_noise),
    }
    assert (c.optim_G.clip, c.optim_G.decay, c.optim_G.eps) == (c.optim_D.clip, c.optim_D.decay, c.optim_D.eps)
    extra = {name: getattr(c.optim_D, name) for name in ("clip", "decay", "eps")}
    return vars(c) | vars(c.ticks) | vars(objective) | vars(style) | extra | labels | optims


@pytest.mark.parametrize("name", PUBLISHED)
def test_rows_have_the_published_values(name: str) -> None:
    found = settings(name)
    for key, value in PUBLISHED[name].items():
        own = found[key][: len(value)] if isinstance(value, tuple) else found[key]
        assert own == value, key


@pytest.mark.parametrize("name", RECIPES)
def test_rows_agree_with_themselves(name: str) -> None:
    row = find(name)
    assert row.name == name == row.config.recipe
    assert resolve_model(row.config) == row.model
    assert row.source
    assert row.title
    assert sum(x is not None for x in (row.config.steps, row.config.kimg, row.config.epochs)) == 1
