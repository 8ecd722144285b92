"""Distances tile by tile: right to the last useful digit, whatever the tiles, for equal, near and far rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from dcgan.metrics import checks, distances
from dcgan.metrics.distances import nearest, squared, tiles
from tests.metrics.rows import gaussian
from tests.reference import measures


def together(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    found = np.full((len(a), len(b)), np.nan)
    for rows, columns, tile in tiles(a, b):
        found[rows, columns] = tile
    return found


@pytest.fixture
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "CELLS", 64)
    monkeypatch.setattr(distances, "COLUMNS", 16)


@pytest.mark.parametrize("offset", [0.0, 1e4, -1e9])
@pytest.mark.usefixtures("small_tiles")
def test_far_and_near_rows_with_any_offset(offset: float) -> None:
    """Differences of 1 to 1e-6 of the rows' length, which a plain product of matrices gets wrong or below 0."""
    rows = gaussian(1, 20, 9)
    a = np.concatenate([rows, rows, rows]) + offset
    b = np.concatenate([rows, rows + 1e-3, rows + 1e-6]) + offset
    np.testing.assert_allclose(together(a, b), cdist(a, b, "sqeuclidean"), rtol=1e-9)


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_only_what_is_close_is_done_the_slow_way(offset: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """An offset alone does not make rows close; a collapse does, and then a tile is done as a whole."""
    asked: list[int] = []
    monkeypatch.setattr(distances, "_pairs", lambda a, b, i, j: asked.append(len(i)) or squared(a[i], b[j]))
    a = gaussian(1, 200, 8) + offset
    together(a, a)
    assert asked == [200]  # each row and itself
    monkeypatch.setattr(distances, "cdist", lambda a, b, name, out: asked.append(-1))
    together(a[0] + 1e-6 * gaussian(2, 200, 8), np.concatenate([a[:1].repeat(50, 0), a]))
    assert asked[1:] == [-1]


def test_equal_rows_have_distance_0() -> None:
    a = gaussian(1, 300, 5).astype(np.float32) * 1e3 + 7
    assert (np.diag(together(a, a)) == 0).all()
    assert (together(a[:1].repeat(50, 0), a[:1].repeat(70, 0)) == 0).all()
    np.testing.assert_array_equal(squared(a, a), 0)


def test_a_collapse_to_nearly_one_row() -> None:
    """Beside an outlier, so that the mean is far from what has collapsed."""
    a = 1e-5 * gaussian(1, 100, 6) + 1
    b = np.concatenate([1e-5 * gaussian(2, 100, 6) + 1, np.full((1, 6), 1e3)])
    np.testing.assert_allclose(together(a, b), cdist(a, b, "sqeuclidean"), rtol=1e-9)


@given(
    st.integers(0, 10_000), st.integers(2, 40), st.integers(1, 30), st.integers(1, 4), st.integers(1, 3), st.booleans()
)
@settings(max_examples=60, deadline=None)
def test_nearest_with_many_ties(seed: int, n: int, m: int, dim: int, k: int, leave_self: bool) -> None:
    """Whole numbers tie often. Values and indices are those of a plain sort by (distance, row)."""
    draw = np.random.default_rng(seed)
    a, b = draw.integers(0, 4, (n, dim)), draw.integers(0, 4, (m + k, dim))
    if leave_self:
        b = a = np.concatenate([a, b])
    found, expected = nearest(a, b, k, leave_self), measures.nearest(a, b, k, leave_self)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("leave_self", [False, True])
@pytest.mark.usefixtures("small_tiles")
def test_nearest_across_tiles(dtype: type, leave_self: bool) -> None:
    a = (40 * gaussian(1, 90, 6) + 128).clip(0, 255).astype(dtype)
    b = a if leave_self else (40 * gaussian(2, 70, 6) + 128).clip(0, 255).astype(dtype)
    found = nearest(a, b, 4, leave_self)
    expected = measures.nearest(a.astype(np.float64), b.astype(np.float64), 4, leave_self)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
    np.testing.assert_array_equal(found[1], expected[1])


def test_wide_rows_are_folded_rightly() -> None:
    """An odd number of columns, more than the bound is taken from; the nearest stand where folding drops one."""
    a, b = gaussian(1, 40, 3), gaussian(2, 1023, 3)
    b[-3:] = a[7]
    values, indices = nearest(a, b, 5)
    expected = measures.nearest(a, b, 5)
    np.testing.assert_allclose(values, expected[0], rtol=1e-12)
    np.testing.assert_array_equal(indices, expected[1])
    assert indices[7, :3].tolist() == [1020, 1021, 1022]


def test_ties_beyond_measure_end_with_right_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "FEW", 0)
    rows = np.ones((500, 3))
    values, indices = nearest(rows, rows, 5, leave_self=True)
    assert (values == 0).all()
    assert all(len(set(row)) == 5 and i not in row for i, row in enumerate(indices.tolist()))
