"""The kernel distance: unbiased, parity, what it must see."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcgan.errors import UserError
from dcgan.metrics import kernel
from dcgan.metrics.kernel import kernel_distance, kernel_distance_whole, subset_size
from tests.metrics.rows import BAD, gaussian
from tests.reference import measures


@pytest.mark.parametrize("options", [{}, {"degree": 1}, {"degree": 2, "coef0": 0.5}, {"degree": 5, "gamma": 0.3}])
def test_parity_with_a_plain_loop(options: dict[str, float]) -> None:
    a, b = gaussian(1, 40, 6), 1.5 * gaussian(2, 30, 6) + 0.2
    expected = measures.kernel_distance(a, b, **options)  # type: ignore[arg-type]
    assert kernel_distance_whole(a, b, **options) == pytest.approx(expected, rel=1e-9)  # type: ignore[arg-type]


def test_parity_with_torchmetrics() -> None:
    kid = pytest.importorskip("torchmetrics.image.kid")
    torch = pytest.importorskip("torch")
    a, b = gaussian(1, 100, 32), gaussian(2, 100, 32) + 0.3
    expected = kid.poly_mmd(torch.from_numpy(a), torch.from_numpy(b)).item()
    assert kernel_distance_whole(a, b) == pytest.approx(expected, rel=1e-6)


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = gaussian(1, 50, 4), gaussian(2, 33, 4) + 1
    whole = kernel_distance_whole(a, b)
    monkeypatch.setattr(kernel, "BLOCK", 7)
    assert kernel_distance_whole(a, b) == pytest.approx(whole, rel=1e-9)


def test_a_subset_of_all_is_the_whole() -> None:
    """Sizes are lowered to the smaller set; the order in which rows are drawn does not matter."""
    a, b = gaussian(1, 30, 4), gaussian(2, 30, 4) + 1
    assert subset_size(len(a), len(b)) == 30
    assert subset_size(5000, 3000) == 1000
    mean, deviation = kernel_distance(a, b, subsets=5)
    assert mean == pytest.approx(kernel_distance_whole(a, b), rel=1e-9)
    assert deviation < 1e-12


def test_mean_over_subsets_is_near_the_whole_and_addressed() -> None:
    a, b = gaussian(1, 400, 4), gaussian(2, 300, 4) + 0.5
    mean, deviation = kernel_distance(a, b, subsets=60, size=50)
    assert abs(mean - kernel_distance_whole(a, b)) < 4 * deviation / np.sqrt(60)
    assert kernel_distance(a, b, subsets=60, size=50) == (mean, deviation)
    assert kernel_distance(a, b, subsets=60, size=50, seed=1) != (mean, deviation)
    assert kernel_distance(a, b, subsets=1, size=50)[1] == 0


def test_unbiased() -> None:
    """Equal distributions: the mean over seeds is 0 within its error; a row paired with itself would add much."""
    found, biased = np.empty(400), np.empty(400)
    for i in range(400):
        a, b = gaussian(i, 12, 6), gaussian(1000 + i, 12, 6)
        found[i] = kernel_distance_whole(a, b)
        own, other, mixed = (np.mean((x @ y.T / 6 + 1) ** 3) for x, y in ((a, a), (b, b), (a, b)))
        biased[i] = own + other - 2 * mixed
    error = found.std() / np.sqrt(400)
    assert abs(found.mean()) < 3 * error
    assert biased.mean() > 10 * error
    assert (found < 0).mean() > 0.25


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_symmetric_and_blind_to_order_and_rotation(seed: int) -> None:
    a, b = gaussian(seed, 20, 5), gaussian(seed + 1, 15, 5) + 0.5
    expected = pytest.approx(kernel_distance_whole(a, b), rel=1e-8, abs=1e-10)
    q = np.linalg.qr(gaussian(seed + 2, 5, 5))[0]
    assert kernel_distance_whole(b, a) == expected
    assert kernel_distance_whole(a[::-1], b[::-1]) == expected
    assert kernel_distance_whole(a @ q, b @ q) == expected


def test_it_sees_shift_noise_and_collapse() -> None:
    real, fake = gaussian(1, 300, 16), gaussian(2, 300, 16)
    floor = kernel_distance_whole(real, fake)
    for worse in (
        [fake + shift for shift in (0.3, 0.6, 1.2)],
        [fake * noise for noise in (1.3, 1.6, 2.0)],
        [fake[np.arange(300) % kept] for kept in (50, 10, 1)],
    ):
        found = [kernel_distance_whole(real, rows) for rows in worse]
        assert floor < found[0] < found[1] < found[2]


def test_float32_is_reckoned_in_float64() -> None:
    a, b = (100 + gaussian(i, 50, 8).astype(np.float32) for i in (1, 2))
    expected = kernel_distance_whole(a.astype(np.float64), b.astype(np.float64))
    assert kernel_distance_whole(a, b) == expected
    assert kernel_distance(a, b, subsets=1)[0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("a", "b", "said"), BAD)
def test_bad_features(a: np.ndarray, b: np.ndarray, said: str) -> None:
    for measure in (kernel_distance, kernel_distance_whole):
        with pytest.raises(UserError, match=said):
            measure(a, b)


@pytest.mark.parametrize("options", [{"subsets": 0}, {"size": 1}, {"degree": 0}])
def test_bad_options(options: dict[str, int]) -> None:
    (name,) = options
    with pytest.raises(UserError, match=name):
        kernel_distance(gaussian(1, 9, 2), gaussian(2, 9, 2), **options)  # type: ignore[arg-type]
