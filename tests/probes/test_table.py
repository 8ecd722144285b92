"""Features on the disk: what is read is what was written, in any order, and what cannot be kept is refused."""

from pathlib import Path

import numpy as np
import pytest

from dcgan.errors import DataError
from dcgan.probes import table as tables
from dcgan.probes.table import Table, mean_and_scale, write_table


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (50, 3, 3, 1), np.uint8)


def flat(pixels: np.ndarray) -> np.ndarray:
    return pixels.reshape(len(pixels), -1).astype(np.float32) / 4


@pytest.fixture
def kept(tmp_path: Path, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Table:
    monkeypatch.setattr(tables, "CHUNK", 9 * 2 * 7)  # seven rows at a time
    return write_table(tmp_path / "f", flat, pixels, np.arange(50)[::-1], batch=8)


def test_rows_are_read_in_any_order(kept: Table, pixels: np.ndarray) -> None:
    rows = np.array([3, 49, 0, 17, 18, 19, 3])
    np.testing.assert_array_equal(kept.read(rows), flat(pixels[::-1])[rows])


def test_chunks_are_all_rows_once(kept: Table, pixels: np.ndarray) -> None:
    seen, found = [], []
    for rows, features in kept.chunks():
        assert features.dtype == np.float16
        assert len(rows) <= 7
        seen.append(rows.copy())
        found.append(features.copy())
    np.testing.assert_array_equal(np.concatenate(seen), np.arange(50))
    np.testing.assert_array_equal(np.concatenate(found), flat(pixels[::-1]))


def test_mean_and_scale_are_those_of_the_rows_alone(kept: Table, pixels: np.ndarray) -> None:
    rows = np.arange(5, 40, 2)
    x = flat(pixels[::-1])[rows].astype(np.float64)
    mean, scale = mean_and_scale(kept, rows)
    np.testing.assert_allclose(mean, x.mean(0), rtol=1e-6)
    np.testing.assert_allclose(scale, x.std(0), rtol=1e-6)


def test_small_deviations_beside_a_large_mean_are_seen(tmp_path: Path, pixels: np.ndarray) -> None:
    noise = np.random.default_rng(2).normal(size=(50, 9))
    one = write_table(tmp_path / "f", lambda p: (1000 + noise[: len(p)]).astype(np.float32), pixels, np.arange(50))
    kept_values = one.read(np.arange(50)).astype(np.float64)
    np.testing.assert_allclose(mean_and_scale(one, np.arange(50))[1], kept_values.std(0), rtol=1e-4)


def test_a_feature_that_does_not_vary_is_not_made_large(tmp_path: Path, pixels: np.ndarray) -> None:
    one = write_table(tmp_path / "f", lambda p: np.full((len(p), 2), 3.0), pixels, np.arange(50))
    np.testing.assert_array_equal(mean_and_scale(one, np.arange(50)), [[3, 3], [1, 1]])


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e6])
def test_what_is_no_number_is_refused(tmp_path: Path, pixels: np.ndarray, wrong: float) -> None:
    with pytest.raises(DataError, match="not finite"):
        write_table(tmp_path / "f", lambda p: np.full((len(p), 2), wrong), pixels, np.arange(50))


def test_a_file_that_was_cut_off_is_refused(kept: Table) -> None:
    kept.path.write_bytes(kept.path.read_bytes()[:-1])
    with pytest.raises(DataError, match="shorter"):
        kept.read(np.array([49]))
