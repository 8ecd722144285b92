"""Snapshots explain themselves, come back exact, and answer damage with a sentence."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import dcgan
from dcgan.errors import SnapshotError
from dcgan.models.discriminator import Discriminator
from dcgan.models.generator import Generator
from dcgan.models.recipes import RECIPES, resolve_model
from dcgan.models.snapshot import load_snapshot, save_snapshot
from tests.training import tiny

INFO = {"recipe": "modern", "nimg": 6400, "seed": 3, "name": "squares", "pictures": 20}


def saved(folder: Path, recipe: str = "modern", averaged: bool = True) -> tuple[Generator, Discriminator]:
    model = resolve_model(tiny.config(recipe))
    G, D = Generator(model, seed=1), Discriminator(model, seed=1)
    save_snapshot(folder, model, G, D, Generator(model, seed=2) if averaged else None, INFO)
    return G, D


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_snapshot_comes_back_exact(recipe: str, tmp_path: Path) -> None:
    G, D = saved(tmp_path / "s", recipe)
    snapshot = load_snapshot(tmp_path / "s")
    z = torch.randn(3, G.config.z_dim)
    assert snapshot.model == G.config
    assert snapshot.info == INFO
    assert not snapshot.G.training
    with torch.no_grad():
        picture = G.eval()(z)
        assert torch.equal(snapshot.G(z), picture)
        assert torch.equal(snapshot.D(picture), D.eval()(picture))
        assert not torch.equal(snapshot.best_G(z), picture)


def test_without_an_average_the_generator_is_the_best(tmp_path: Path) -> None:
    saved(tmp_path / "s", averaged=False)
    snapshot = load_snapshot(tmp_path / "s")
    assert snapshot.G_ema is None
    assert snapshot.best_G is snapshot.G


def test_a_snapshot_explains_itself(tmp_path: Path) -> None:
    saved(tmp_path / "s")
    assert {p.name for p in (tmp_path / "s").iterdir()} == {"config.json", "model.safetensors", "README.md"}
    config = json.loads((tmp_path / "s" / "config.json").read_text())
    assert config["format"] == "dcgan-snapshot"
    assert config["dcgan"] == dcgan.__version__
    assert config["model"]["z_dim"] == 128
    card = (tmp_path / "s" / "README.md").read_text()
    assert "squares" in card
    assert "16x16" in card


def without_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def without_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def broken_json(folder: Path) -> None:
    (folder / "config.json").write_text('{"format": ')


def a_list(folder: Path) -> None:
    (folder / "config.json").write_text("[]")


def of_another_program(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "bert"}')


def change(**values: object) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | values))

    return apply


def with_an_unknown_key(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["model"]["surprise"] = 1
    (folder / "config.json").write_text(json.dumps(config))


def impossible(**values: object) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        config["model"] |= values
        (folder / "config.json").write_text(json.dumps(config))

    return apply


def cut_weights(folder: Path) -> None:
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])


def a_pickle(folder: Path) -> None:
    torch.save({"G.layers.0.op.weight": torch.zeros(1)}, folder / "model.safetensors")


def fewer_weights(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    save_file({k: v for k, v in tensors.items() if not k.startswith("D.")}, folder / "model.safetensors")


def other_shapes(folder: Path) -> None:
    tensors = {k: torch.zeros(2, 2) for k in load_file(folder / "model.safetensors")}
    save_file(tensors, folder / "model.safetensors")


def weights_that_are_no_numbers(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    spoiled = {k: torch.full_like(v, float("nan")) if v.is_floating_point() else v for k, v in tensors.items()}
    save_file(spoiled, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (without_config, "holds no snapshot"),
        (without_weights, "is missing"),
        (broken_json, "is damaged"),
        (a_list, "not written by dcgan"),
        (of_another_program, "not written by dcgan"),
        (change(version=99), "update dcgan"),
        (change(model=None), "does not describe"),
        (with_an_unknown_key, "surprise"),
        (impossible(G=[], D=[]), "at least two layers"),
        (impossible(z_dim=10**12), "--z-dim"),
        (impossible(height=8), "cannot be built|do not fit"),
        (impossible(channels=1), "G ends in a picture"),
        (cut_weights, "is damaged"),
        (a_pickle, "is damaged"),
        (fewer_weights, "weights of D"),
        (other_shapes, "do not fit"),
        (weights_that_are_no_numbers, "not all numbers"),
    ],
)
def test_damage_gets_one_sentence(damage: Callable[[Path], None], sentence: str, tmp_path: Path) -> None:
    saved(tmp_path / "s")
    damage(tmp_path / "s")
    with pytest.raises(SnapshotError, match=sentence) as caught:
        load_snapshot(tmp_path / "s")
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "s") in str(caught.value)
