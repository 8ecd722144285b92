"""Mean and covariance: as numpy's, whatever the batches and however far from 0."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcgan.errors import UserError
from dcgan.metrics import checks
from dcgan.metrics.moments import Divisor, Moments
from tests.metrics.rows import gaussian


def in_batches(features: np.ndarray, *cuts: int) -> Moments:
    found = Moments.empty(features.shape[1])
    for batch in np.split(features, cuts):
        found.add(batch)
    return found


@pytest.mark.parametrize(("divisor", "ddof"), [("N-1", 1), ("N", 0)])
def test_as_numpy(divisor: Divisor, ddof: int) -> None:
    features = gaussian(1, 50, 7) @ gaussian(2, 7, 7)
    found = in_batches(features, 1, 20, 21)
    assert found.count == 50
    np.testing.assert_allclose(found.mean, features.mean(0), rtol=1e-12)
    np.testing.assert_allclose(found.covariance(divisor), np.cov(features, rowvar=False, ddof=ddof), rtol=1e-12)


@given(st.sets(st.integers(1, 299), max_size=12), st.sampled_from([0.0, 1e3, -1e8]))
@settings(max_examples=30, deadline=None)
def test_the_same_whatever_the_batches(cuts: set[int], offset: float) -> None:
    features = gaussian(3, 300, 5) * [1, 10, 0.1, 1, 3] + offset
    whole, parts = Moments.of(features), in_batches(features, *sorted(cuts))
    np.testing.assert_allclose(parts.mean, whole.mean, rtol=1e-12, atol=1e-12)
    scale = np.sqrt(np.outer(*[np.diag(whole.covariance())] * 2))
    assert (np.abs(parts.covariance() - whole.covariance()) / scale).max() < 1e-12


def test_row_by_row_after_an_outlier_and_far_from_zero() -> None:
    """Sums of squares, or a plain running mean about 0, lose all digits here."""
    steps = np.concatenate([[4096.0], np.tile([0.0, 1.0], 500)])[:, None]  # exact at any power of two
    found = in_batches(steps + 2.0**50, *range(1, len(steps)))
    np.testing.assert_allclose(found.covariance(), np.cov(steps, rowvar=False), rtol=1e-12)
    alone = in_batches(steps[1:] + 2.0**50, *range(1, len(steps) - 1))
    np.testing.assert_allclose(alone.covariance("N"), 0.25, rtol=1e-12)


def test_a_batch_larger_than_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    features = gaussian(4, 100, 3)
    whole = Moments.of(features)
    monkeypatch.setattr(checks, "CELLS", 21)
    np.testing.assert_allclose(Moments.of(features).covariance(), whole.covariance(), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float16, np.float32])
def test_any_dtype_is_reckoned_in_float64(dtype: type) -> None:
    features = np.random.default_rng(5).integers(0, 255, (40, 4)).astype(dtype)
    np.testing.assert_allclose(
        Moments.of(features).covariance(), np.cov(features.astype(float), rowvar=False), rtol=1e-12
    )


def test_kept_and_taken_up_again() -> None:
    features = gaussian(6, 60, 4)
    first = Moments.of(features[:25])
    kept = {name: array.copy() for name, array in first.to_arrays().items()}
    again = Moments.from_arrays(kept)
    for one in (first, again):
        one.add(features[25:])
    assert again.count == first.count == 60
    np.testing.assert_array_equal(again.mean, first.mean)
    np.testing.assert_array_equal(again.covariance(), first.covariance())
    assert kept["count"] == 25
    assert not np.array_equal(kept["scatter"], again.to_arrays()["scatter"])  # what was kept is not added to


def test_what_is_given_is_not_changed() -> None:
    features = gaussian(7, 10, 3)
    before = features.copy()
    Moments.of(features)
    np.testing.assert_array_equal(features, before)


def test_bad_input() -> None:
    moments = Moments.of(gaussian(8, 5, 3))
    before = moments.covariance()
    with pytest.raises(UserError, match=r"\(N, 3\), not \(5, 4\)"):
        moments.add(np.ones((5, 4)))
    with pytest.raises(UserError, match=r"NaN.*\(5, 3\)"):
        moments.add(np.full((5, 3), np.nan))
    with pytest.raises(UserError, match=r"\(0, 3\)"):
        moments.add(np.ones((0, 3)))
    assert moments.count == 5
    np.testing.assert_array_equal(moments.covariance(), before)
    with pytest.raises(UserError, match="at least 2 rows"):
        Moments.of(np.ones((1, 3))).covariance()
    with pytest.raises(UserError, match="at least 1 rows"):
        _ = Moments.empty(3).mean
    with pytest.raises(UserError, match="'N-2'"):
        moments.covariance("N-2")  # type: ignore[arg-type]
    with pytest.raises(UserError, match="not 0"):
        Moments.empty(0)
