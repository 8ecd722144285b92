"""Path lengths and overlaps: closed forms on linear generators, the derivative on others."""

import numpy as np
import pytest
import torch

from dcgan.latent.invert.objective import tangent
from dcgan.latent.path import between
from dcgan.latent.perceptual import perceptual, pixels, squared_length
from dcgan.latent.smoothness import Lengths, _steps, overlap, path_lengths, squared_correlations
from dcgan.models.discriminator import Discriminator
from dcgan.models.prior import draw_at
from dcgan.rng import key
from tests.latent.kit import Linear, small

rng = np.random.default_rng(0)


def linear(matrix: np.ndarray, prior: str = "uniform") -> Linear:
    """A generator whose pictures are a matrix times z."""
    G = Linear(z_dim=matrix.shape[1], prior=prior)
    G.matrix.zero_()
    G.matrix[: len(matrix)] = torch.from_numpy(matrix).float()
    return G


def test_lengths_of_straight_ways_are_those_of_their_ends() -> None:
    matrix = rng.normal(size=(10, 6)) * 0.1
    found = path_lengths(linear(matrix), {"pixels": pixels}, 40, seed=5)["pixels"].values  # type: ignore[arg-type]
    ends = draw_at("uniform", 80, 6, key(5, "ends of ways")).double().numpy()
    wanted = np.square((ends[1::2] - ends[::2]) @ matrix.T).sum(1) / 64
    np.testing.assert_allclose(found, wanted, rtol=0.02)


def test_lengths_of_arcs() -> None:
    """On an arc between vectors of one length the speed is that length times the angle."""
    matrix = np.eye(8) * 0.1
    G = linear(matrix, "normal")
    found = path_lengths(G, {"pixels": pixels}, 60)["pixels"].values  # type: ignore[arg-type]
    ends = draw_at("normal", 120, 8, key(0, "ends of ways")).double().numpy()
    for length, a, b in zip(found, ends[::2], ends[1::2], strict=True):
        t = np.linspace(0, 1, 2001)
        speeds = np.square(np.diff(between("normal", a, b, t), axis=0) * 2000 @ matrix.T).sum(1) / 64
        assert speeds.min() * 0.98 < length < speeds.max() * 1.02


@pytest.mark.parametrize("recipe", ["celeba-32", "modern"])
def test_a_step_of_1e_4_is_not_lost_in_float32(recipe: str) -> None:
    G = small(recipe)
    space = perceptual(Discriminator(G.config, seed=2).eval().requires_grad_(False))
    found = path_lengths(G, {"D": space}, 32)["D"].values
    here, there = (torch.from_numpy(z) for z in _steps(G, 32, 1e-4, 0))
    moves = ((there.double() - here.double()) / 1e-4).float()
    exact = squared_length(tangent(lambda z: space(G(z)), here, moves)).double().numpy()
    np.testing.assert_allclose(found.mean(), exact.mean(), rtol=0.01)
    np.testing.assert_allclose(np.median(found), np.median(exact), rtol=0.01)


def test_the_ends_of_the_lengths_are_left_out() -> None:
    inner = np.arange(1.0, 493.0)
    found = Lengths(values=np.concatenate([[1e9] * 4, inner, [-1e9] * 4]))
    assert found.mean == pytest.approx(inner.mean())
    assert len(found.kept) == 492
    assert found.error == pytest.approx(inner.std(ddof=1) / 492**0.5)


def test_lengths_do_not_depend_on_how_many_there_are_before_them() -> None:
    G = small()
    few, many = (path_lengths(G, {"p": pixels}, n, seed=1)["p"].values for n in (20, 40))
    assert few.shape == (20,)
    np.testing.assert_allclose(many[:20], few, rtol=0.05)
    assert not np.allclose(path_lengths(G, {"p": pixels}, 20, seed=2)["p"].values, few, rtol=0.05)


def test_dimensions_of_pixels_of_their_own_have_nothing_in_common() -> None:
    gains = np.array([0.5, 0.1, 0.4, 0.3, 0.2, 0.0])
    found = overlap(linear(np.diag(gains)), rng.uniform(-1, 1, (3, 6)).astype(np.float32), top=4)  # type: ignore[arg-type]
    assert found.dims.tolist() == [0, 2, 3, 4]
    assert found.mean == pytest.approx((1 / 63) ** 2, rel=1e-3)  # of two single pixels among 64
    np.testing.assert_allclose(np.diag(found.pairs), 1)
    assert 0.01 < found.random < 0.9


def test_dimensions_that_all_do_the_same() -> None:
    matrix = np.outer(rng.normal(size=9), [0.1, -0.2, 0.3, 0.4])
    found = overlap(linear(matrix), rng.uniform(-1, 1, (2, 4)).astype(np.float32), top=3)  # type: ignore[arg-type]
    assert found.mean == pytest.approx(1)
    assert found.random == pytest.approx(1)
    assert found.pairs.shape == (3, 3)


def test_overlap_is_the_squared_correlation_of_columns() -> None:
    matrix = rng.normal(size=(12, 5)) * 0.1
    found = squared_correlations(linear(matrix), rng.normal(size=(2, 5)).astype(np.float32), np.eye(5))  # type: ignore[arg-type]
    np.testing.assert_allclose(found, np.square(np.corrcoef(np.pad(matrix, ((0, 52), (0, 0))).T)), rtol=1e-4, atol=1e-6)


def test_an_even_change_of_brightness_is_nothing_in_common() -> None:
    matrix = rng.normal(size=(64, 2)) * 0.1
    one, two = (
        squared_correlations(linear(columns), np.zeros((1, 2), np.float32), np.eye(2))  # type: ignore[arg-type]
        for columns in (matrix, matrix + 0.2)
    )
    np.testing.assert_allclose(one, two, atol=1e-5)


def test_a_direction_that_changes_nothing_has_nothing_in_common() -> None:
    matrix = np.diag([0.0, 0.3])
    found = squared_correlations(linear(matrix), np.zeros((1, 2), np.float32), np.eye(2))  # type: ignore[arg-type]
    np.testing.assert_allclose(found, [[0, 0], [0, 1]], atol=1e-12)


def test_a_direction_is_moved_from_end_to_end_whatever_z_is() -> None:
    """A random direction is moved as a dimension is: its part of z is replaced, the rest is frozen."""
    G, direction = small(), rng.normal(size=(1, 100))
    direction /= np.linalg.norm(direction)
    z = rng.uniform(-1, 1, (1, 100))
    moved = z + 0.7 * direction
    others = np.concatenate([direction, np.eye(100)[:1]])
    one, other = (squared_correlations(G, base.astype(np.float32), others)[0, 1] for base in (z, z))
    assert one == other
    same = (squared_correlations(G, base.astype(np.float32), direction.repeat(2, 0))[0, 1] for base in (z, moved))
    assert list(same) == pytest.approx([1, 1])
