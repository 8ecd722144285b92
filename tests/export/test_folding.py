"""Folding BatchNorm: no trace of it is left, and the pictures are the same."""

import pytest
import torch
from torch import nn

from dcgan.export.folding import folded
from dcgan.models.layers import BatchNorm
from dcgan.models.prior import from_seeds
from dcgan.models.recipes import RECIPES
from tests.latent.kit import small


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("shape", [{}, {"channels": 1, "size": "24x40"}, {"channels": 4, "size": "44"}])
def test_every_recipe_at_other_sizes_and_channels(recipe: str, shape: dict[str, object]) -> None:
    G = small(recipe, **shape)
    for norm in (module for module in G.modules() if isinstance(module, BatchNorm)):
        nn.init.normal_(norm.bias, std=0.3)  # which is 0 in the beginning
    before = {name: value.clone() for name, value in G.state_dict().items()}
    found, z = folded(G), from_seeds(G.config.prior, range(5), G.config.z_dim)
    torch.testing.assert_close(found(z), G(z), rtol=0, atol=2e-5)
    assert not any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in found.modules())
    assert all(torch.equal(value, before[name]) for name, value in G.state_dict().items())


def test_a_generator_without_batchnorm_stays_as_it_is() -> None:
    G = small("anime-chollet")
    assert folded(G).state_dict().keys() == G.state_dict().keys()
