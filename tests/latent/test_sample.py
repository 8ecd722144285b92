"""Sampling: a seed is a picture, whatever the batch, and writers that stream."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dcgan.images import to_pixels
from dcgan.latent.render import units
from dcgan.latent.sample import sample, stream
from dcgan.latent.write import write_pictures
from dcgan.models.generator import Generator
from dcgan.models.prior import from_seeds
from dcgan.models.recipes import RECIPES, resolve_model
from tests.training import tiny


@pytest.fixture
def G() -> Generator:
    return Generator(resolve_model(tiny.config("celeba-32")), seed=4).eval()


def test_a_seed_is_a_picture(G: Generator) -> None:
    together = sample(G, range(20))
    assert together.shape == (20, 16, 16, 3)
    assert together.dtype == np.uint8
    for batch in (1, 3, 64):
        assert np.abs(sample(G, range(20), batch=batch).astype(int) - together).max() <= 1
    assert np.array_equal(sample(G, [7]), together[7:8])
    assert not np.array_equal(together[0], together[1])


def test_pictures_are_the_generators_own(G: Generator) -> None:
    z = from_seeds("uniform", [3, 5], G.config.z_dim, mean=0.2, std=0.5, trunc=0.7)
    with torch.no_grad():
        expected = to_pixels(G(z))
    assert np.array_equal(sample(G, [3, 5], mean=0.2, std=0.5, trunc=0.7), expected)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_samples(recipe: str) -> None:
    model = resolve_model(tiny.config(recipe, channels=1))
    found = sample(Generator(model).eval(), range(3))
    assert found.shape == (3, model.height, model.width, 1)


def test_no_mode_is_left_on_between_batches(G: Generator) -> None:
    one, two = stream(G, range(4), batch=2), units(G, np.zeros((4, 100), np.float32), batch=2)
    for _ in zip(one, two, strict=True):
        assert not torch.is_inference_mode_enabled()
    next(stream(G, range(4), batch=2))
    assert not torch.is_inference_mode_enabled()


def test_no_seeds_no_pictures(G: Generator) -> None:
    assert sample(G, []).shape == (0, 16, 16, 3)


@pytest.mark.parametrize("wrong", [{"batch": 0}, {"std": -1.0}, {"trunc": 0.0}])
def test_wrong_values_are_refused(wrong: dict[str, float], G: Generator) -> None:
    with pytest.raises(ValueError, match="--"):
        sample(G, [1], **wrong)  # type: ignore[arg-type]


def test_streaming_holds_one_batch(G: Generator) -> None:
    parts = stream(G, range(10**9), batch=4)  # a billion seeds cost nothing until they are asked for
    assert next(parts).shape == (4, 16, 16, 3)


def pictures(count: int, channels: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 8, 8, channels), np.uint8)


def in_parts(x: np.ndarray) -> Iterator[np.ndarray]:
    yield from np.array_split(x, 3)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_folders_zips_and_arrays_hold_the_same(channels: int, tmp_path: Path) -> None:
    x, seeds = pictures(7, channels), [5, 1, 9, 100, 2, 3, 4]
    write_pictures(tmp_path / "folder", seeds, in_parts(x))
    write_pictures(tmp_path / "a.zip", seeds, in_parts(x))
    write_pictures(tmp_path / "a.npy", seeds, in_parts(x))
    assert np.array_equal(np.load(tmp_path / "a.npy"), x)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == [f"seed{seed:06d}.png" for seed in seeds]
        for seed, picture in zip(seeds, x, strict=True):
            name = f"seed{seed:06d}.png"
            for file in (tmp_path / "folder" / name, archive.open(name)):
                assert np.array_equal(np.asarray(Image.open(file)).reshape(picture.shape), picture)


@pytest.mark.parametrize("name", ["a.npy", "a.zip"])
def test_an_error_on_the_way_leaves_what_stood_there(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("old")

    def failing() -> Iterator[np.ndarray]:
        yield pictures(2, 3)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        write_pictures(tmp_path / name, range(4), failing())
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "old"
