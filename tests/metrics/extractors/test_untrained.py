"""Random filters and plain pixels: against slow code, and whether faults are seen in their order."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from scipy.ndimage import gaussian_filter
from scipy.signal import correlate
from sklearn.datasets import load_digits

from dcgan.errors import UserError
from dcgan.metrics.extractors import untrained
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.pixels import open_pixels
from dcgan.metrics.extractors.reading import area_means, on_white
from dcgan.metrics.extractors.untrained import bank, filters, means, open_random, textures
from tests.metrics.extractors.kit import CPU


def colours(count: int, height: int, width: int, channels: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (count, height, width, channels), np.uint8)


# Against slow code --------------------------------------------------------------------------------------------------


def slow_area(x: np.ndarray, height: int, width: int) -> np.ndarray:
    """Area means of (H, W), by 60-fold repetition of every pixel."""
    fine = x.repeat(height, 0).repeat(width, 1)
    return fine.reshape(height, x.shape[0], width, x.shape[1]).mean((1, 3))


@pytest.mark.parametrize(("side", "wanted"), [((16, 16), (8, 8)), ((28, 28), (16, 16)), ((9, 31), (8, 8))])
def test_area_means(side: tuple[int, int], wanted: tuple[int, int]) -> None:
    x = np.random.default_rng(0).random((2, 3, *side))
    found = area_means(torch.from_numpy(x).float(), *wanted).numpy()
    expected = np.array([[slow_area(channel, *wanted) for channel in picture] for picture in x])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_sides_that_are_small_stay() -> None:
    x = torch.rand(1, 1, 8, 40)
    assert torch.equal(area_means(x, 16, 40), x)
    assert area_means(x, 16, 16).shape == (1, 1, 8, 16)


def slow_textures(picture: np.ndarray) -> list[float]:
    """The textures of one picture (C, H, W) in [0, 1], filter by filter, pixel by pixel."""
    found: list[float] = []
    x = picture * 2 - 1
    for first, second in bank(len(picture)):
        if min(x.shape[1:]) < 7:
            break
        edges = np.array([abs(correlate(x, f, mode="valid")[0]) for f in first.double().numpy()])
        over = [np.maximum(correlate(edges, f, mode="valid")[0][::2, ::2], 0) for f in second.double().numpy()]
        found += [e.mean() for e in edges] + [o.mean() for o in over]
        height, width = (side // 2 * 2 for side in x.shape[1:])
        x = x[:, :height, :width].reshape(len(x), height // 2, 2, width // 2, 2).mean((2, 4))
    return found


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (4, 17, 30), (3, 8, 8)])
def test_textures_are_what_they_are_said_to_be(shape: tuple[int, int, int]) -> None:
    x = np.random.default_rng(1).random((2, *shape))
    found = textures(torch.from_numpy(x).float(), bank(shape[0])).numpy()
    np.testing.assert_allclose(found, [slow_textures(picture) for picture in x], rtol=1e-4, atol=1e-5)


def test_filters_are_orthonormal_and_blind_to_flat_areas() -> None:
    for blind in (True, False):
        drawn = filters(16, 3, 5, 7, blind=blind)
        matrix = drawn.flatten(1)
        np.testing.assert_allclose((matrix @ matrix.T).numpy(), np.eye(16), atol=1e-6)
        assert (drawn.sum((2, 3)).abs().max() < 1e-6) == blind
    assert not torch.allclose(filters(16, 3, 5, 7, blind=True), filters(16, 3, 5, 8, blind=True))


def test_the_means_are_brightness_and_colour_differences() -> None:
    x = torch.zeros(1, 4, 16, 16)
    x[:, 0, :, :8], x[:, 2], x[:, 3] = 0.9, 0.3, 0.7
    found = means(x)[0]
    bright, red, blue, alpha = found.split([64, 16, 16, 16])
    np.testing.assert_allclose(bright.view(8, 8)[0].numpy(), [0.4] * 4 + [0.1] * 4, atol=1e-6)
    np.testing.assert_allclose(red.view(4, 4)[0].numpy(), [0.5, 0.5, -0.1, -0.1], atol=1e-6)
    np.testing.assert_allclose(blue.view(4, 4)[0].numpy(), [-0.1, -0.1, 0.2, 0.2], atol=1e-6)
    np.testing.assert_allclose(alpha.numpy(), 0.7, atol=1e-6)


# As extractors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "dim"), [((28, 28, 1), 208), ((32, 32, 3), 240), ((64, 64, 4), 256), ((8, 8, 3), 144)]
)
def test_how_many_numbers_it_reads(shape: tuple[int, int, int], dim: int) -> None:
    found = open_random(shape, CPU)
    assert found.dim == dim
    assert found.read(colours(3, *shape)).features.shape == (3, dim)
    assert open_random(shape, CPU).key == found.key != open_random((30, *shape[1:]), CPU).key


@pytest.mark.parametrize("open_it", [open_random, open_pixels])
@pytest.mark.parametrize("shape", [(8, 8, 1), (9, 31, 3), (100, 70, 4), (300, 8, 3)])
def test_any_size_and_any_batch(open_it: Callable[..., Extractor], shape: tuple[int, int, int]) -> None:
    found, pixels = open_it(shape, CPU), colours(140, *shape)
    together = found.read(pixels).features
    assert together.shape == (140, found.dim)
    alone = found.read(pixels[137:138]).features[0]
    np.testing.assert_allclose(together[137], alone, atol=1e-5)
    np.testing.assert_array_equal(open_it(shape, CPU).read(pixels).features, together)
    with pytest.raises(UserError, match=f"the extractor {found.name} reads pictures of"):
        found.read(colours(2, 12, 12, 1))


def test_pixels_are_pixels() -> None:
    small, large = colours(3, 9, 16, 3), colours(2, 32, 64, 1)
    found = open_pixels((9, 16, 3), CPU)
    assert found.dim == 9 * 16 * 3
    np.testing.assert_allclose(found.read(small).features, small.transpose(0, 3, 1, 2).reshape(3, -1) / 255, atol=1e-6)
    expected = large.reshape(2, 16, 2, 16, 4).mean((2, 4)).reshape(2, -1) / 255
    np.testing.assert_allclose(open_pixels((32, 64, 1), CPU).read(large).features, expected, atol=1e-6)


def test_transparency_on_white() -> None:
    pixels = torch.tensor([[10, 20, 30, 0], [10, 20, 30, 255], [100, 0, 255, 51]], dtype=torch.uint8)[:, :, None, None]
    expected = [[255, 255, 255], [10, 20, 30], [224, 204, 255]]
    assert on_white(pixels).flatten(1).tolist() == expected
    assert on_white(pixels[:, :1]).flatten(1).tolist() == [[10] * 3, [10] * 3, [100] * 3]


# Deliberate faults --------------------------------------------------------------------------------------------------


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """The Fréchet distance of two sets of features, by its formula."""
    ca, cb = np.cov(a.T.astype(float)), np.cov(b.T.astype(float))
    root = sqrtm(ca @ cb + 1e-10 * np.eye(len(ca))).real
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca + cb - 2 * root))


@pytest.fixture(scope="module")
def halves() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two halves of scikit-learn's digits at 16x16, and the labels of the second."""
    data = load_digits()
    pixels = np.rint(data.images * (255 / 16)).astype(np.uint8).repeat(2, 1).repeat(2, 2)[..., None]
    order = np.random.default_rng(0).permutation(len(pixels))
    return pixels[order[:900]], pixels[order[900:]], data.target[order[900:]]


def blurred(x: np.ndarray, level: float, _: Any) -> np.ndarray:
    return gaussian_filter(x.astype(float), (0, level, level, 0)).round().astype(np.uint8)


def noisy(x: np.ndarray, level: float, _: Any) -> np.ndarray:
    return (x + np.random.default_rng(1).normal(0, level, x.shape)).round().clip(0, 255).astype(np.uint8)


def with_other_halves(x: np.ndarray, level: float, _: Any) -> np.ndarray:
    changed, count = x.copy(), int(len(x) * level)
    changed[:count, :, 8:] = x[:count, :, 8:][np.random.default_rng(2).permutation(count)]
    return changed


def without_classes(x: np.ndarray, level: float, labels: np.ndarray) -> np.ndarray:
    return x[labels >= level]


def repeated(x: np.ndarray, level: float, _: Any) -> np.ndarray:
    return x[np.arange(len(x)) % int(len(x) / level)]


@pytest.mark.parametrize(
    ("fault", "levels"),
    [
        (blurred, (0.5, 0.8, 1.2)),
        (noisy, (12, 25, 50)),
        (with_other_halves, (0.3, 0.6, 1)),
        (without_classes, (2, 5, 8)),
        (repeated, (4, 12, 40)),
    ],
)
def test_the_worse_the_farther(halves: Any, fault: Callable[..., np.ndarray], levels: tuple[float, ...]) -> None:
    reals, others, labels = halves
    found = open_random((16, 16, 1), CPU)
    of_reals = found.read(reals).features
    distances = [frechet(of_reals, found.read(fault(others, level, labels)).features) for level in levels]
    floor = frechet(of_reals, found.read(others).features)
    assert floor * 1.3 < distances[0]
    assert distances[0] * 1.5 < distances[1]
    assert distances[1] * 1.5 < distances[2]


def test_the_weight_is_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = colours(2, 16, 16, 1)
    found = open_random((16, 16, 1), CPU).read(pixels).features
    monkeypatch.setattr(untrained, "WEIGHT", 1.0)
    plain = open_random((16, 16, 1), CPU).read(pixels).features
    np.testing.assert_allclose(found[:, :64], plain[:, :64])
    np.testing.assert_allclose(found[:, 64:], 3 * plain[:, 64:], rtol=1e-5)
