"""D's features as a space: against a slow computation, differentiable, the same for D of every kind."""

import pytest
import torch
from torch import Tensor

from dcgan.latent.perceptual import distance, perceptual, pixels, squared_length
from dcgan.models.discriminator import Discriminator
from dcgan.models.recipes import RECIPES, resolve_model
from tests.training import tiny


def judge(recipe: str = "modern", **changes: object) -> Discriminator:
    D = Discriminator(resolve_model(tiny.config(recipe, **changes)), seed=3).eval()  # type: ignore[arg-type]
    return D.requires_grad_(False)


def pictures(D: Discriminator, count: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    shape = (count, D.config.channels, D.config.height, D.config.width)
    return torch.rand(shape, generator=generator) * 2 - 1


def slowly(a: list[Tensor], b: list[Tensor], picture: int) -> float:
    """LPIPS without learnt weights, place by place."""
    total = 0.0
    for x, y in zip(a, b, strict=True):
        x, y = x[picture].flatten(1).T.double(), y[picture].flatten(1).T.double()
        each = [((p / p.norm() - q / q.norm()) ** 2).sum() for p, q in zip(x, y, strict=True)]
        total += float(sum(each)) / len(each)
    return total


def test_a_distance_is_that_of_lpips() -> None:
    D = judge()
    space = perceptual(D)
    x, y = pictures(D, 3), pictures(D, 3, 1)
    found = distance(space(x), space(y))
    assert found.shape == (3,)
    for i in range(3):
        assert found[i] == pytest.approx(slowly(D.features(x), D.features(y), i), rel=1e-5)
    assert distance(space(x), space(x)).abs().max() == 0


def test_pixels_are_a_space_too() -> None:
    x, y = torch.zeros(2, 3, 4, 4), torch.full((2, 3, 4, 4), 0.5)
    torch.testing.assert_close(distance(pixels(x), pixels(y)), torch.full((2,), 0.75))
    torch.testing.assert_close(squared_length(pixels(y)), torch.full((2,), 0.75))


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_d_can_be_differentiated(recipe: str) -> None:
    D = judge(recipe)
    x, y = pictures(D, 2).requires_grad_(True), pictures(D, 2, 1)
    distance(perceptual(D)(x), perceptual(D)(y)).sum().backward()
    assert torch.isfinite(x.grad).all()  # type: ignore[arg-type]
    assert x.grad.abs().sum() > 0  # type: ignore[union-attr]


def test_where_nothing_answers_there_is_no_gradient_that_is_none() -> None:
    class Dead:
        training = False
        config = judge().config

        def features(self, x: Tensor) -> list[Tensor]:
            return [torch.relu(x - 5)]

    x = pictures(judge(), 2).requires_grad_(True)
    space = perceptual(Dead())  # type: ignore[arg-type]
    value = distance(space(x), space(torch.full_like(x, 9.0)))
    value.sum().backward()
    torch.testing.assert_close(value.detach(), torch.ones(2))
    assert x.grad is not None
    assert torch.equal(x.grad, torch.zeros_like(x))


def test_a_d_that_judges_several_is_shown_each_picture_alone() -> None:
    D = judge(pack=2)
    space = perceptual(D)
    x = pictures(D, 4)
    together, alone = space(x), space(x[2:3])
    assert [len(part) for part in together] == [4] * len(together)
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one[2:3], other, rtol=1e-4, atol=1e-5)
