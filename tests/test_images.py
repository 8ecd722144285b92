"""The contract for pictures: two conversions, sheets, and files that come back."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dcgan.images import MODES, enlarge, grid, save_gif, save_png, to_image, to_pixels, to_unit


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def test_to_unit_is_x_over_127_5_minus_1() -> None:
    pixels = noise(2, 5, 6, 3)
    x = to_unit(torch.from_numpy(pixels))
    assert x.dtype == torch.float32
    assert x.shape == (2, 3, 5, 6)
    assert x.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_allclose(x.numpy(), pixels.transpose(0, 3, 1, 2) / 127.5 - 1, atol=1e-7)
    assert to_unit(torch.tensor([0, 255], dtype=torch.uint8).view(1, 1, 2, 1)).tolist() == [[[[-1.0, 1.0]]]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_all_256_values_come_back(dtype: torch.dtype) -> None:
    values = torch.arange(256, dtype=torch.uint8).view(1, 16, 16, 1)
    assert np.array_equal(to_pixels(to_unit(values).to(dtype)), values.numpy())


def test_to_pixels_rounds_to_the_nearest_and_holds_the_ends() -> None:
    levels = torch.tensor([-3.0, -1.0, 99.4, 99.6, 255.0, 400.0])
    x = (levels / 127.5 - 1).view(1, 1, 1, 6).requires_grad_()
    before = x.detach().clone()
    pixels = to_pixels(x)
    assert pixels.dtype == np.uint8
    assert pixels.flags["C_CONTIGUOUS"]
    assert pixels.ravel().tolist() == [0, 0, 99, 100, 255, 255]
    assert torch.equal(x.detach(), before)


def test_channels_keep_their_places() -> None:
    pixels = noise(3, 4, 5, 4)
    assert np.array_equal(to_pixels(to_unit(torch.from_numpy(pixels))), pixels)


def naive_grid(pixels: np.ndarray, columns: int, gap: int, background: int) -> np.ndarray:
    """Pad every picture above and to the left, then join rows, then close the sheet below and to the right."""
    cells = [np.pad(p, ((gap, 0), (gap, 0), (0, 0)), constant_values=background) for p in pixels]
    cells += [np.full_like(cells[0], background)] * (-len(cells) % columns)
    rows = [np.concatenate(cells[i : i + columns], axis=1) for i in range(0, len(cells), columns)]
    return np.pad(np.concatenate(rows), ((0, gap), (0, gap), (0, 0)), constant_values=background)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(("count", "columns"), [(1, None), (5, None), (7, 3), (9, None), (4, 10), (6, 1)])
@pytest.mark.parametrize(("gap", "background"), [(2, 255), (0, 0), (1, 128)])
def test_grid(count: int, columns: int | None, gap: int, background: int, channels: int) -> None:
    pixels = noise(count, 4, 3, channels)
    expected = naive_grid(pixels, min(count, columns or math.ceil(math.sqrt(count))), gap, background)
    assert np.array_equal(grid(pixels, columns, gap, background), expected)


@pytest.mark.parametrize(("at_least", "factor"), [(1, 1), (3, 1), (4, 2), (6, 2), (7, 3)])
def test_enlarge_repeats_pixels(at_least: int, factor: int) -> None:
    pixels = noise(2, 3, 5, 3)
    large = enlarge(pixels, at_least)
    assert large.shape == (2, 3 * factor, 5 * factor, 3)
    assert min(large.shape[1:3]) >= at_least
    for top in range(factor):
        assert np.array_equal(large[:, top::factor, top::factor], pixels)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_png_comes_back(tmp_path: Path, channels: int) -> None:
    pixels = noise(5, 7, channels)
    save_png(tmp_path / "a.png", pixels)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.mode == to_image(pixels).mode == MODES[channels]
        assert np.array_equal(np.asarray(picture).reshape(5, 7, channels), pixels)
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_gif_comes_back(tmp_path: Path, channels: int) -> None:
    frames = list(noise(3, 12, 14, channels))  # 168 colours a frame: none is lost
    if channels == 4:
        for frame in frames:
            frame[..., 3] = 255
    save_gif(tmp_path / "a.gif", frames, ms=80, hold=900)
    with Image.open(tmp_path / "a.gif") as picture:
        assert (picture.n_frames, picture.info["loop"]) == (3, 0)
        for i, (frame, ms) in enumerate(zip(frames, (80, 80, 900), strict=True)):
            picture.seek(i)
            shown = np.asarray(picture.convert("RGB"))
            assert np.array_equal(shown, np.broadcast_to(frame[..., :3], shown.shape))
            assert picture.info["duration"] == ms
