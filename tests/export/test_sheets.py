"""Sheets for the page: cut to the pixel, laid out again, and kept within their bytes."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcgan.config import ModelConfig
from dcgan.errors import SnapshotError
from dcgan.export import shown
from dcgan.export.sheets import cut, filled, fitted
from dcgan.export.shown import write_averages, write_reals, write_time
from dcgan.images import enlarge, grid, save_png
from tests.latent.kit import Linear, small


def noise(count: int, height: int, width: int, channels: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 250, (count, height, width, channels), np.uint8)


def smooth(count: int, side: int, channels: int = 3, seed: int = 0) -> np.ndarray:
    """Pictures as easily compressed as photographs."""
    return np.stack(
        [np.asarray(Image.fromarray(p).resize((side, side))) for p in noise(count, 6, 6, channels, seed)]
    ).reshape(count, side, side, channels)


def save(path: Path, tiles: np.ndarray) -> Path:
    """As a run does."""
    save_png(path, grid(enlarge(tiles, 64)))
    return path


def read(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


# Cutting ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(28, 28, 1), (16, 16, 3), (64, 64, 3), (20, 35, 3), (100, 70, 1), (8, 9, 1)])
@pytest.mark.parametrize("count", [1, 4, 6, 11, 64])
def test_a_runs_sheet_is_cut_to_the_pixel(shape: tuple[int, int, int], count: int, tmp_path: Path) -> None:
    tiles = noise(count, *shape)
    found = cut(save(tmp_path / "a.png", tiles), shape[0], shape[1], 100)
    assert filled(found) == count
    np.testing.assert_array_equal(found[:count], tiles)
    assert (found[count:] == 255).all()


def test_only_the_first_ones_are_taken(tmp_path: Path) -> None:
    tiles = noise(9, 16, 16, 1)
    np.testing.assert_array_equal(cut(save(tmp_path / "a.png", tiles), 16, 16, 5), tiles[:5])


def test_transparent_pictures_are_laid_on_white(tmp_path: Path) -> None:
    tiles = noise(4, 16, 16, 4)
    tiles[..., 3] = 0
    found = cut(save(tmp_path / "a.png", tiles), 16, 16, 64)
    assert found.shape == (4, 16, 16, 3)
    assert (found == 255).all()


def test_a_sheet_of_other_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"no sheet of pictures of 20x20: `dcgan train` writes it"):
        cut(save(tmp_path / "a.png", noise(4, 16, 16, 3)), 20, 20, 64)
    (tmp_path / "b.png").write_bytes(b"\x89PNG")
    with pytest.raises(SnapshotError, match=r"b\.png is damaged"):
        cut(tmp_path / "b.png", 20, 20, 64)


# Writing ------------------------------------------------------------------------------------------------------------


def test_gray_pictures_stay_as_they_are() -> None:
    tiles = noise(10, 28, 28, 1)
    (file,), size = fitted([tiles], 8, 300_000)
    assert size == (28, 28)
    found = read(file)
    assert found.shape == (2 * 28, 8 * 28, 3)
    np.testing.assert_array_equal(found[:28, 28:56, 0], tiles[1, ..., 0])
    assert (found[28:, 2 * 28 :] == 255).all()


def test_coloured_pictures_stay_nearly_as_they_are() -> None:
    tiles = smooth(4, 64)
    (file,), _ = fitted([tiles], 2, 300_000)
    found = read(file).astype(int)
    assert np.abs(found[:64, :64] - tiles[0]).mean() < 3


@pytest.mark.parametrize("channels", [1, 3])
def test_what_does_not_fit_loses_quality_and_then_size(channels: int) -> None:
    sheets = [noise(16, 40, 30, channels, seed) for seed in range(3)]
    files, (height, width) = fitted(sheets, 8, 12_000)
    assert len(files) == 3
    assert sum(map(len, files)) <= 12_000
    assert height < 40
    assert width / height == pytest.approx(0.75, abs=0.1)
    assert all(read(file).shape == (2 * height, 8 * width, 3) for file in files)


def model(height: int, width: int, channels: int = 3) -> ModelConfig:
    G = small(size=f"{height}x{width}", channels=channels)
    return G.config


def test_pictures_through_time(tmp_path: Path) -> None:
    tiles = [smooth(20, 64, seed=i) for i in range(3)]
    tiles[1][:] = 255  # a moment of nothing but white
    frames = [(i * 2.5, save(tmp_path / f"{i}.png", t)) for i, t in enumerate(tiles)]
    found = write_time(tmp_path, frames, True, model(64, 64))
    assert found == {
        "tile": [64, 64],
        "columns": 8,
        "rows": 3,
        "count": 20,
        "averaged": True,
        "frames": [{"kimg": 2.5 * i, "file": f"time/00{i}.webp"} for i in range(3)],
    }
    shown_first = read((tmp_path / "time/000.webp").read_bytes()).astype(int)
    assert np.abs(shown_first[64:128, :64] - tiles[0][8]).mean() < 4
    assert write_time(tmp_path, [], False, model(64, 64)) is None


def test_large_pictures_through_time_are_reduced(tmp_path: Path) -> None:
    frames = [(0.0, save(tmp_path / "a.png", smooth(2, 160)))]
    found = write_time(tmp_path, frames, False, model(160, 160))
    assert found is not None
    assert (found["tile"], found["columns"], found["rows"], found["count"]) == ([128, 128], 2, 1, 2)


def test_fewer_real_pictures_are_shown_where_they_are_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "reals.png", noise(64, 64, 64, 3))
    monkeypatch.setattr(shown, "REALS_BYTES", 230_000)
    found = write_reals(tmp_path, path, "dots", model(64, 64))
    assert found is not None
    assert found == {"file": "reals.webp", "tile": [64, 64], "columns": 8, "count": found["count"], "name": "dots"}
    assert found["count"] == 16  # noise of 12,288 bytes each
    file = (tmp_path / "reals.webp").read_bytes()
    assert len(file) <= 230_000
    assert np.array_equal(read(file)[64:, 64:128], cut(path, 64, 64, 64)[9]), "what is real is shown to the bit"
    assert write_reals(tmp_path, None, "dots", model(64, 64)) is None


def test_averages_are_one_strip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "AVERAGED", 400)
    found = write_averages(tmp_path, Linear(z_dim=6, gain=0.5))  # type: ignore[arg-type]
    assert found["means"] == [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1]
    assert (found["tile"], found["std"], found["count"]) == ([8, 8], 1.0, 400)
    strip = read((tmp_path / "averages.webp").read_bytes()).astype(float)
    assert strip.shape == (8, 72, 3)
    np.testing.assert_allclose(strip[0, ::8, 0], [127.5 + 63.75 * mean for mean in found["means"]], atol=12)
    assert (strip[4] == 128).all()
