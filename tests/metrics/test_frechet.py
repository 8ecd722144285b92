"""The Fréchet distance: closed forms, parity, what it must see."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcgan.errors import UserError
from dcgan.metrics.frechet import frechet
from dcgan.metrics.moments import Divisor, Moments
from tests.metrics.rows import gaussian
from tests.reference import measures


def distance(a: np.ndarray, b: np.ndarray, divisor: Divisor = "N-1") -> float:
    return frechet(Moments.of(a), Moments.of(b), divisor)


def exact(covariance: np.ndarray, mean: np.ndarray | float = 0.0) -> Moments:
    """Moments of a Gaussian itself, as if of 2 rows."""
    covariance = np.asarray(covariance, np.float64)
    dim = len(covariance)
    shift = np.broadcast_to(np.asarray(mean, np.float64), dim)
    return Moments.from_arrays({"count": np.array(2), "origin": np.zeros(dim), "shift": shift, "scatter": covariance})


def test_gaussians_of_known_distance() -> None:
    """In one axis: (difference of means)² + (difference of deviations)². Axes add up, turning both changes nothing."""
    a, b = exact(np.diag([4.0, 9.0, 0.0]), 1.0), exact(np.diag([1.0, 16.0, 25.0]), [1.0, 3.0, 0.0])
    assert frechet(a, b) == pytest.approx((0 + 4 + 1) + (1 + 1 + 25), rel=1e-12)
    q = np.linalg.qr(gaussian(1, 3, 3))[0]
    a, b = exact(q @ np.diag([4.0, 9.0, 0.0]) @ q.T), exact(q @ np.diag([1.0, 16.0, 25.0]) @ q.T)
    assert frechet(a, b) == pytest.approx(27, rel=1e-12)


def test_covariances_that_do_not_commute() -> None:
    """Two axes: tr (AB)^(1/2) = (tr AB + 2 (det AB)^(1/2))^(1/2)."""
    a, b = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[5.0, -2.0], [-2.0, 1.0]])
    root = np.sqrt(np.trace(a @ b) + 2 * np.sqrt(np.linalg.det(a) * np.linalg.det(b)))
    assert frechet(exact(a), exact(b)) == pytest.approx(np.trace(a + b) - 2 * root, rel=1e-12)


@pytest.mark.parametrize(("divisor", "ddof"), [("N-1", 1), ("N", 0)])
@pytest.mark.parametrize("dim", [1, 3, 40])
def test_parity_with_the_root_of_a_matrix(dim: int, divisor: Divisor, ddof: int) -> None:
    a, b = gaussian(1, 200, dim) @ gaussian(2, dim, dim), gaussian(3, 150, dim) @ gaussian(4, dim, dim) + 1
    assert distance(a, b, divisor) == pytest.approx(measures.frechet(a, b, ddof), rel=1e-6)


def test_parity_with_torchmetrics() -> None:
    fid = pytest.importorskip("torchmetrics.image.fid")
    torch = pytest.importorskip("torch")
    a, b = gaussian(1, 300, 64) @ gaussian(2, 64, 64), gaussian(3, 300, 64) @ gaussian(4, 64, 64)
    terms = [torch.from_numpy(part) for x in (a, b) for part in (x.mean(0), np.cov(x, rowvar=False))]
    assert distance(a, b) == pytest.approx(fid._compute_fid(*terms).item(), rel=1e-6)


@pytest.mark.parametrize("rows", [2, 10, 63, 64, 65])
def test_fewer_rows_than_dimensions(rows: int) -> None:
    """Within the few axes that rows span, the distance is that of full covariances."""
    a, b = gaussian(1, rows, 64), 2 * gaussian(2, rows, 64)
    axes = np.linalg.qr(np.concatenate([a - a.mean(0), b - b.mean(0)]).T)[0]
    cov_a, cov_b = (np.cov(x @ axes, rowvar=False) for x in (a, b))
    values = np.linalg.svd(_root(cov_a) @ _root(cov_b), compute_uv=False)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(cov_a + cov_b) - 2 * values.sum()
    assert distance(a, b) == pytest.approx(expected, rel=1e-6)


def _root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    values[values < 1e-12 * values[-1]] = 0
    return (vectors * np.sqrt(values)) @ vectors.T


def test_singular_in_known_axes() -> None:
    """A low rank in turned axes: eigenvalues that should be 0 must not come back as their roots, 1e-8 each."""
    q = np.linalg.qr(gaussian(1, 200, 200))[0]
    low = np.zeros(200)
    low[:3] = [1.0, 4.0, 9.0]
    a, b = exact((q * low) @ q.T), exact((q * 4 * low) @ q.T)
    assert frechet(a, b) == pytest.approx(14, rel=1e-10)
    apart = exact((q * np.roll(low, 3)) @ q.T)  # nothing in common
    assert frechet(a, apart) == pytest.approx(28, rel=1e-6)


def test_a_set_and_itself() -> None:
    for rows, dim in ((100, 8), (5, 50), (2, 1)):
        a = 100 + gaussian(1, rows, dim)
        assert 0 <= distance(a, a) < 1e-10 * dim
    constant = np.ones((10, 4))
    assert distance(constant, constant) == 0
    assert distance(constant, constant + 2) == pytest.approx(16)


@given(seed=st.integers(0, 10_000), dim=st.integers(1, 6), rows=st.integers(2, 30))
@settings(max_examples=40, deadline=None)
def test_symmetric_and_blind_to_order_rotation_and_shift_of_both(seed: int, dim: int, rows: int) -> None:
    a, b = gaussian(seed, rows, dim), 3 * gaussian(seed + 1, 20, dim) + 1
    expected = pytest.approx(distance(a, b), rel=1e-8, abs=1e-8)
    q = np.linalg.qr(gaussian(seed + 2, dim, dim))[0]
    assert distance(b, a) == expected
    assert distance(a[::-1], np.roll(b, 7, axis=0)) == expected
    assert distance(a @ q + 1000, b @ q + 1000) == expected


def test_it_grows_with_shift_noise_and_blur() -> None:
    pictures = gaussian(1, 500, 4, 16).cumsum(axis=2).reshape(500, 64)
    real, fake = pictures[:250], pictures[250:]
    floor = distance(real, fake)

    def blurred(width: int) -> np.ndarray:
        rows = fake.reshape(-1, 4, 16)
        return np.mean([np.roll(rows, i, axis=2) for i in range(width)], axis=0).reshape(-1, 64)

    worse = {
        "shift": [distance(real, fake + shift) for shift in (1, 2, 4)],
        "noise": [distance(real, fake + noise * gaussian(2, 250, 64)) for noise in (1, 2, 4)],
        "blur": [distance(real, blurred(width)) for width in (4, 8, 16)],
        "collapse": [distance(real, fake[np.arange(250) % kept]) for kept in (50, 10, 1)],
    }
    for name, values in worse.items():
        assert floor < values[0] < values[1] < values[2], name


def test_it_falls_with_the_number_of_rows() -> None:
    """The bias that makes figures of different counts incomparable."""
    found = [distance(gaussian(1, n, 32), gaussian(2, n, 32)) for n in (100, 400, 1600)]
    assert found[0] > 2 * found[1] > 4 * found[2] > 0


def test_bad_input() -> None:
    a = Moments.of(gaussian(1, 10, 3))
    with pytest.raises(UserError, match=r"same d.*\(10, 3\).*\(10, 4\)"):
        frechet(a, Moments.of(gaussian(2, 10, 4)))
    with pytest.raises(UserError, match="at least 2 rows"):
        frechet(a, Moments.of(gaussian(2, 1, 3)))
