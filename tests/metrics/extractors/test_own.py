"""The extractor ``self``."""

from pathlib import Path

import numpy as np
import pytest
import torch

from dcgan.config import ModelConfig
from dcgan.errors import UserError
from dcgan.images import to_unit
from dcgan.metrics.extractors.find import open_extractor
from dcgan.metrics.extractors.own import open_self
from dcgan.models.discriminator import Discriminator
from dcgan.models.recipes import RECIPES
from dcgan.models.scale import scale
from tests.metrics.extractors.kit import CPU

NUMBERS = np.random.default_rng(0)


def small(recipe: str = "radford2015", pack: int = 1, channels: int = 3) -> ModelConfig:
    settings = {"z_dim": 8, "prior": "normal", "width_factor": 0.1, "pack": pack}
    return scale(RECIPES[recipe].model, height=16, width=16, channels=channels, **settings)  # type: ignore[arg-type]


def some(count: int, channels: int = 3) -> np.ndarray:
    return NUMBERS.integers(0, 256, (count, 16, 16, channels), np.uint8)


@pytest.mark.parametrize("recipe", ["radford2015", "modern"])
def test_features_are_means_of_maxima(recipe: str) -> None:
    D = Discriminator(small(recipe)).eval()
    pixels = some(5)
    found = open_self(D, CPU).read(pixels).features
    with torch.no_grad():
        maps = D.features(to_unit(torch.from_numpy(pixels)))
    expected = []
    for m in (m.numpy() for m in maps):
        side = min(4, m.shape[2])
        blocks = m.reshape(*m.shape[:2], side, m.shape[2] // side, side, m.shape[3] // side)
        expected.append(blocks.max((3, 5)).mean((2, 3)))
    np.testing.assert_allclose(found, np.concatenate(expected, 1), atol=1e-5)


@pytest.mark.parametrize("pack", [1, 2, 3])
def test_a_D_that_judges_several_is_shown_each_picture_as_often(pack: int) -> None:
    D = Discriminator(small(pack=pack))
    found = open_self(D, CPU)
    pixels = some(7)
    together = found.read(pixels).features
    assert together.shape == (7, found.dim)
    alone = np.concatenate([found.read(p[None]).features for p in pixels])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_D_goes_on_as_it_was_and_the_extractor_stays() -> None:
    D = Discriminator(small()).train()
    before = {name: value.clone() for name, value in D.state_dict().items()}
    found, pixels = open_self(D, CPU), some(4)
    first = found.read(pixels).features
    assert D.training
    assert all(torch.equal(value, before[name]) for name, value in D.state_dict().items())
    with torch.no_grad():
        for parameter in D.parameters():
            parameter.add_(0.1)
    np.testing.assert_array_equal(found.read(pixels).features, first)
    assert open_self(D, CPU).key != found.key
    assert not np.allclose(open_self(D, CPU).read(pixels).features, first)


def test_it_is_for_trends_only() -> None:
    found = open_self(Discriminator(small()), CPU)
    assert found.trends_only
    assert "only be compared with each other" in found.facts["limits"]


def test_mistakes(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="self needs a run's discriminator"):
        open_extractor("self", pictures=None, D=None, cache=tmp_path, device=CPU)
    with pytest.raises(UserError, match="self reads pictures of 16x16 with 3 channels, not 16x16 with 1"):
        open_self(Discriminator(small()), CPU).read(some(2, 1))
