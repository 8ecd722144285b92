"""Features by k-means: against a slow plain version, and what they are to be whatever the batch."""

import numpy as np
import pytest

from dcgan.errors import ConfigError, UserError
from dcgan.probes import kmeans
from dcgan.probes.kmeans import Dictionary, encode, learn, normalised, whitener


def pictures(count: int = 12, side: tuple[int, int] = (11, 14), channels: int = 3, seed: int = 0) -> np.ndarray:
    """Noise on a slope of its own a picture."""
    rng = np.random.default_rng(seed)
    slope = rng.uniform(0, 60, (count, 1, 1, channels)) * np.linspace(0, 1, side[1])[:, None]
    return (rng.integers(0, 190, (count, *side, channels)) + slope).astype(np.uint8)


def learnt(pixels: np.ndarray, **changes: int) -> Dictionary:
    settings = {"centroids": 7, "patch": 4, "patches": 600} | changes
    return learn(pixels, np.arange(len(pixels)), **settings)  # type: ignore[arg-type]


def slowly(dictionary: Dictionary, picture: np.ndarray) -> np.ndarray:
    """Encode one picture (H, W, C) a patch at a time, in float64."""
    p, count = dictionary.patch, len(dictionary.centroids)
    high, wide = picture.shape[0] - p + 1, picture.shape[1] - p + 1
    sums = np.zeros((2, 2, count))
    for y in range(high):
        for x in range(wide):
            patch = picture[y : y + p, x : x + p].astype(np.float64).ravel()
            patch = (patch - patch.mean()) / np.sqrt(patch.var() + 10)
            white = (patch - dictionary.mean) @ dictionary.whitening
            z = np.array([np.sqrt(((white - c) ** 2).sum()) for c in dictionary.centroids])
            sums[int(y >= (high + 1) // 2), int(x >= (wide + 1) // 2)] += np.maximum(0, z.mean() - z)
    return sums.ravel()


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("side", [(9, 10), (5, 4), (4, 4)])
def test_features_are_those_of_a_plain_loop(side: tuple[int, int], channels: int) -> None:
    pixels = pictures(3, side, channels)
    dictionary = learnt(pictures(channels=channels))
    found = encode(dictionary, pixels)
    assert found.dtype == np.float32
    assert found.shape == (3, dictionary.features) == (3, 28)
    np.testing.assert_allclose(found, [slowly(dictionary, picture) for picture in pixels], rtol=1e-4, atol=1e-3)


def test_the_number_of_pictures_together_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = pictures()
    dictionary, done = learnt(pixels), []
    at_once = encode(dictionary, pixels)
    monkeypatch.setitem(kmeans.ROOM, "cpu", 1)  # a picture at a time, and of it a row of patches
    one_by_one = encode(dictionary, pixels, progress=lambda n, total: done.append((n, total)))
    np.testing.assert_allclose(one_by_one, at_once, rtol=1e-4, atol=1e-4)
    assert done == [(n + 1, 12) for n in range(12)]


def test_rows_say_which_pictures() -> None:
    pixels = pictures()
    dictionary, rows = learnt(pixels), np.array([5, 2])
    np.testing.assert_allclose(encode(dictionary, pixels, rows), encode(dictionary, pixels)[rows], rtol=1e-4, atol=1e-4)
    assert encode(dictionary, pixels[:0]).shape == (0, 28)


def test_whitening_whitens() -> None:
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(5000, 12)) @ rng.normal(size=(12, 12)) * 30 + 100
    x = normalised(mixed.clip(0, 255).astype(np.uint8))
    assert abs(x.mean(1)).max() < 1e-5
    assert abs(x.var(1) - 1).max() < 0.2
    mean, matrix = whitener(x)
    white = (x - mean) @ matrix
    before, after = np.linalg.eigvalsh(np.cov(x.T)), np.linalg.eigvalsh(np.cov(white.T))
    np.testing.assert_allclose(after, before / (before + 0.1), atol=1e-3)
    assert abs(white.mean(0)).max() < 1e-4
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-5)


def test_what_has_variance_has_variance_one() -> None:
    x = np.random.default_rng(0).normal(size=(5000, 6)).astype(np.float32) * [9, 20, 30, 5, 7, 50]
    mean, matrix = whitener(x)
    np.testing.assert_allclose(np.cov(((x - mean) @ matrix).T), np.eye(6), atol=0.01)


def test_the_same_seed_gives_the_same_dictionary() -> None:
    pixels = pictures()
    one, same, other = learnt(pixels), learnt(pixels), learnt(pixels, seed=1)
    for name in ("mean", "whitening", "centroids"):
        assert getattr(one, name).dtype == np.float32
        np.testing.assert_array_equal(getattr(one, name), getattr(same, name))
    assert abs(one.centroids - other.centroids).max() > 0.1


def test_only_the_given_rows_are_learnt_from() -> None:
    pixels = pictures()
    changed = pixels.copy()
    changed[6:] = 255 - changed[6:]
    rows = np.arange(6)
    one, same = (learn(p, rows, centroids=3, patches=200) for p in (pixels, changed))
    np.testing.assert_array_equal(one.centroids, same.centroids)


def test_progress_is_told_to_the_end() -> None:
    done: list[tuple[int, int]] = []
    pixels = pictures()
    learn(pixels, np.arange(12), centroids=3, patches=100, progress=lambda n, total: done.append((n, total)))
    assert done == [(n + 1, len(done)) for n in range(len(done))]
    assert done


def test_centroids_lie_among_what_is_often_seen() -> None:
    """Two kinds of pictures, of stripes across and down: their centroids tell them apart."""
    across = np.tile(np.array([0, 255], np.uint8).repeat(2), 3)[:, None].repeat(12, 1)
    pixels = np.stack([across, across.T] * 5)[..., None]
    features = encode(learnt(pixels, centroids=4), pixels)
    within = abs(features[::2] - features[0]).max()
    assert abs(features[1] - features[0]).max() > 10 * within + 1


def test_pictures_smaller_than_a_patch_are_refused() -> None:
    small = pictures(side=(11, 3))
    with pytest.raises(UserError, match="patches of 4x4 pixels, and these pictures have 3x11; take larger pictures"):
        learnt(small)
    with pytest.raises(UserError, match="take larger pictures"):
        encode(learnt(pictures()), small)


def test_other_channels_and_too_many_centroids_are_refused() -> None:
    with pytest.raises(ConfigError, match="pictures have 3 channels, not 1"):
        encode(learnt(pictures()), pictures(channels=1))
    with pytest.raises(ConfigError, match="between 1 and the number of patches"):
        learnt(pictures(), centroids=601)
