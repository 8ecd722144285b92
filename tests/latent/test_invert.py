"""From pictures back to z: exact on what G made, least squares on what it did not, and what an encoder is good for."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from dcgan.latent.invert.encoder import Encoder, corrected, guess, train_encoder, unexplained
from dcgan.latent.invert.find import Inversion, Settings, invert
from dcgan.latent.invert.measure import Recovery, recover
from dcgan.latent.invert.objective import EXACT, Objective
from dcgan.latent.invert.optimise import adam, gauss_newton
from dcgan.latent.perceptual import distance, perceptual
from dcgan.models.discriminator import Discriminator
from dcgan.models.generator import Generator
from dcgan.models.prior import draw_at
from tests.latent.kit import Linear, small

QUICK = Settings(steps=30, starts=2, finish=25)


def spread(prior: str = "uniform", z_dim: int = 6, seed: int = 0) -> Linear:
    """A linear generator of pictures that use every pixel; its dimensions differ in strength by a factor of 30."""
    G = Linear(z_dim=z_dim, prior=prior)
    generator = torch.Generator().manual_seed(seed)
    G.matrix.copy_(torch.randn(64, z_dim, generator=generator) * torch.logspace(-1, -2.5, z_dim))
    return G.eval()


def made(G: Generator | Linear, count: int, seed: int = 1) -> tuple[Tensor, Tensor]:
    z = draw_at(G.config.prior, count, G.config.z_dim, seed)
    with torch.no_grad():
        return z, G(z)


def rms(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).square().mean(1).sqrt()


# The objective --------------------------------------------------------------------------------------------------------


def test_the_value_is_the_error_of_pixels_and_features() -> None:
    G = small()
    space = perceptual(Discriminator(G.config, seed=1).eval().requires_grad_(False))
    z, x = made(G, 3)
    other = draw_at("uniform", 3, 100, 9)
    plain, both = Objective(G, x), Objective(G, x, space=space, weight=0.3)
    error = (G(other) - x).square().flatten(1).mean(1)
    torch.testing.assert_close(plain.value(other), error)
    torch.testing.assert_close(plain.pixel_error(other), error)
    torch.testing.assert_close(both.value(other), error + 0.3 * distance(space(G(other)), space(x)))
    assert both.value(z).max() == 0
    torch.testing.assert_close(both.of(torch.tensor([2, 0])).value(other[[2, 0]]), both.value(other)[[2, 0]])


def test_curvatures_are_those_of_the_whole_jacobian() -> None:
    G = small("modern", z_dim=16)
    space = perceptual(Discriminator(G.config, seed=1).eval().requires_grad_(False))
    z, x = made(G, 2)
    objective = Objective(G, x, space=space, weight=0.1)  # type: ignore[arg-type]
    found = objective.normal_equations(z)
    for i in range(2):
        of = objective.of(torch.tensor([i]))
        J = torch.autograd.functional.jacobian(lambda v, of=of: of.residual(v[None])[0], z[i]).double()
        torch.testing.assert_close(found[i], J.T @ J, rtol=1e-3, atol=1e-9)


def test_a_normal_prior_counts_and_a_uniform_one_does_not() -> None:
    z = torch.full((1, 6), 2.0)
    for prior, factor in (("normal", np.exp(24 / 64)), ("uniform", 1.0)):
        G = spread(prior)
        x = torch.zeros(1, 1, 8, 8)
        plain = Objective(G, x, prior=0)  # type: ignore[arg-type]
        assert Objective(G, x).value(z) == pytest.approx(float(plain.value(z)) * factor)  # type: ignore[arg-type]


# The ways down --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prior", ["uniform", "normal"])
def test_a_z_that_exists_is_found_by_either_way(prior: str) -> None:
    G = spread(prior)
    z, x = made(G, 5)
    objective = Objective(G, x)  # type: ignore[arg-type]
    found, value = gauss_newton(objective, torch.zeros_like(z), 20)
    assert rms(found, z).max() < 1e-4
    assert value.max() < EXACT
    found, value = adam(objective, torch.zeros_like(z), 600, 0.1, seed=0)
    assert rms(found, z).max() < 0.02
    torch.testing.assert_close(value, objective.value(found))


def test_pictures_that_cannot_be_made_are_met_by_least_squares() -> None:
    G = spread("normal")
    x = torch.randn(3, 1, 8, 8, generator=torch.Generator().manual_seed(3)) * 0.2
    wanted = torch.linalg.lstsq(G.matrix.double(), x.flatten(1).double().T).solution.T
    found, _ = gauss_newton(Objective(G, x, prior=0), torch.zeros(3, 6), 30)  # type: ignore[arg-type]
    torch.testing.assert_close(found.double(), wanted, rtol=1e-3, atol=0.02)
    likely, _ = gauss_newton(Objective(G, x), torch.zeros(3, 6), 30)  # type: ignore[arg-type]
    assert (likely.norm(dim=1) < found.norm(dim=1)).all()


def test_the_posterior_is_where_its_gradient_is_none() -> None:
    """log error + |z|^2 / R is least where A^T (A z - x) + (error / 1) z = 0, error being |Az - x|^2 / R."""
    G = spread("normal")
    x = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(4)) * 0.3
    z, _ = gauss_newton(Objective(G, x), torch.zeros(2, 6), 60)  # type: ignore[arg-type]
    A, z, rest = G.matrix.double(), z.double(), x.flatten(1).double()
    missing = z @ A.T - rest
    gradient = missing @ A + missing.square().sum(1, keepdim=True) / 64 * z
    assert gradient.abs().max() < 1e-4


def test_a_uniform_z_stays_in_its_cube_and_the_face_is_the_best_there() -> None:
    G = spread()
    z = torch.tensor([[3.0, 0.5, -0.5, -2.0, 0.0, 0.3]])
    objective = Objective(G, G(z))  # type: ignore[arg-type]
    found, value = gauss_newton(objective, torch.zeros(1, 6), 40)
    assert found.abs().max() <= 1
    assert found[0, 0] == 1
    for step in torch.cat([torch.eye(6), -torch.eye(6)]) * 1e-3:
        assert objective.value((found + step).clamp(-1, 1)) >= value * (1 - 1e-4)


def test_clipped_coordinates_are_drawn_again() -> None:
    G = spread()
    objective = Objective(G, G(torch.full((4, 6), 3.0)))  # type: ignore[arg-type]
    found, value = adam(objective, torch.zeros(4, 6), 200, 0.1, seed=0)
    assert found.abs().max() <= 1
    assert (value < objective.value(torch.zeros(4, 6)) / 2).all()
    assert torch.equal(adam(objective, torch.zeros(4, 6), 200, 0.1, seed=0)[0], found)
    assert not torch.equal(adam(objective, torch.zeros(4, 6), 200, 0.1, seed=1)[0], found)


def test_no_step_is_no_change() -> None:
    G = spread()
    z, x = made(G, 2)
    objective = Objective(G, x * 0.5)  # type: ignore[arg-type]
    for found, value in (adam(objective, z, 0, 0.1, 0), gauss_newton(objective, z, 0)):
        assert torch.equal(found, z)
        torch.testing.assert_close(value, objective.value(z))


# The whole ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("recipe", "z_dim"), [("celeba-32", 100), ("modern", 16)])
def test_z_of_a_small_generator_come_back(recipe: str, z_dim: int) -> None:
    found = recover(small(recipe, z_dim=z_dim), 6, QUICK)
    assert found.share == 1
    assert found.rms.max() < 1e-3
    assert found.found.error.max() < 1e-9
    assert found.found.quick is None


def test_rounded_pictures_give_nearly_as_much() -> None:
    found = recover(small(), 4, QUICK, rounded=True)
    assert 1e-5 < found.rms.max() < 0.1
    assert found.found.error.max() < 1e-5


def test_what_is_found_does_not_depend_on_the_other_pictures() -> None:
    G = small()
    x = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    settings = Settings(steps=10, starts=3, finish=5)
    all_of = invert(G, x, settings)
    again = invert(G, x[:1], settings)
    np.testing.assert_allclose(all_of.z[:1], again.z, atol=2e-2)
    np.testing.assert_allclose(all_of.error[:1], again.error, rtol=1e-2)


def test_what_is_reported_is_what_g_makes() -> None:
    G = small()
    x = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1
    found = invert(G, x, QUICK)
    error = (G(torch.from_numpy(found.z)) - x).square().flatten(1).mean(1)
    np.testing.assert_allclose(found.error, error.numpy(), rtol=1e-4)
    assert found.z.dtype == np.float32
    assert found.z.shape == (2, 100)


def test_the_share_that_is_recovered() -> None:
    z = np.zeros((4, 3), np.float32)
    moved = z + np.array([[0.0], [0.009], [0.011], [1.0]], np.float32)
    found = Recovery(z=z, found=Inversion(z=moved, error=np.zeros(4), quick=None, quick_error=None))
    np.testing.assert_allclose(found.rms, [0, 0.009, 0.011, 1], rtol=1e-5)
    assert found.share == 0.5


# The encoder ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def learnt() -> tuple[Generator, Encoder]:
    G = small()
    return G, train_encoder(G, steps=60)


def test_an_encoder_learns(learnt: tuple[Generator, Encoder]) -> None:
    G, encoder = learnt
    assert unexplained(Encoder(G.config).eval(), G) == pytest.approx(1)
    assert unexplained(encoder, G) < 0.75
    assert not encoder.training
    assert not any(p.requires_grad for p in encoder.parameters())


def test_training_is_by_address(learnt: tuple[Generator, Encoder]) -> None:
    G, _ = learnt
    calls: list[tuple[int, int]] = []
    torch.manual_seed(5)
    first = train_encoder(G, steps=2, progress=lambda done, total: calls.append((done, total)))
    second = train_encoder(G, steps=2)
    assert calls == [(1, 2), (2, 2)]
    for one, other in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_correcting_brings_an_encoder_nearer(learnt: tuple[Generator, Encoder]) -> None:
    G, encoder = learnt
    _, x = made(G, 8)
    objective = Objective(G, x)
    quick = guess(encoder, objective)
    found, value = corrected(encoder, objective, 20)
    torch.testing.assert_close(value, objective.value(found), rtol=1e-3, atol=1e-7)
    assert (value <= objective.value(quick) * 1.0001).all()
    assert value.mean() < 0.5 * objective.value(quick).mean()
    assert found.abs().max() <= 1


def test_a_perfect_encoder_needs_nothing_else() -> None:
    G = spread()
    inverse = torch.linalg.pinv(G.matrix)

    class Perfect(torch.nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.flatten(1) @ inverse.T

    settings = replace(QUICK, steps=0, finish=0, starts=1)
    found = recover(G, 5, settings, encoder=Perfect())  # type: ignore[arg-type]
    assert found.share == 1
    assert found.found.quick is not None
    np.testing.assert_allclose(found.found.quick, found.z, atol=1e-3)
    assert found.found.quick_error is not None
    assert found.found.quick_error.max() < 1e-8


def test_with_an_encoder_z_come_back_too(learnt: tuple[Generator, Encoder]) -> None:
    G, encoder = learnt
    found = recover(G, 6, QUICK, encoder=encoder)
    assert found.share == 1


@pytest.mark.parametrize(("height", "width", "channels"), [(8, 8, 1), (28, 28, 1), (20, 48, 3), (9, 31, 4)])
def test_encoders_of_pictures_of_any_size(height: int, width: int, channels: int) -> None:
    config = replace(Linear(z_dim=5, channels=channels).config, height=height, width=width)
    encoder = Encoder(config).eval()
    assert encoder(torch.zeros(2, channels, height, width)).shape == (2, 5)
