"""Brightness, saturation and hue: of pictures that are plain, and along the mean of a known generator."""

import colorsys

import numpy as np
import pytest

from dcgan.latent.reader import Reader
from dcgan.latent.spread import measure, properties, summary
from tests.latent.kit import Linear, small

rng = np.random.default_rng(0)


def plain(*colours: tuple[int, ...]) -> np.ndarray:
    return np.array(colours, np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2)


def test_plain_colours_are_what_colorsys_says() -> None:
    colours = [tuple(int(v) for v in row) for row in rng.integers(0, 256, (30, 3))]
    for colour in colours:
        hue, saturation, brightness = colorsys.rgb_to_hsv(*(v / 255 for v in colour))
        found = summary(properties(plain(colour)))
        assert found["brightness"][0] == pytest.approx(brightness)
        assert found["saturation"][0] == pytest.approx(saturation)
        apart = abs(found["hue"][0] - hue * 360)
        assert min(apart, 360 - apart) < 2  # an angle in a plane is not exactly the angle in a hexagon


def test_hues_around_red_have_their_mean_at_red() -> None:
    found = summary(properties(plain((255, 0, 60), (255, 60, 0))))
    assert min(found["hue"][0], 360 - found["hue"][0]) < 1e-6
    assert 10 < found["hue"][1] < 16
    assert found["brightness"] == (1.0, 0.0)


def test_gray_has_no_hue_that_counts() -> None:
    found = summary(properties(plain((200, 200, 200), (0, 0, 255))))
    assert found["hue"][0] == pytest.approx(240)
    assert found["hue"][1] == pytest.approx(0, abs=1e-3)
    assert set(summary(properties(plain((3,), (5,))))) == {"brightness"}


def test_what_is_clear_does_not_count() -> None:
    picture = np.zeros((1, 4, 4, 4), np.uint8)
    picture[0, :2] = (255, 0, 0, 255)
    picture[0, 2:] = (0, 255, 0, 0)
    found = summary(properties(picture))
    assert found["hue"][0] == pytest.approx(0, abs=1e-9)
    assert found["brightness"][0] == pytest.approx(1)


def test_along_the_mean() -> None:
    bright = Reader(names=("bright",), read=lambda p: (p.mean((1, 2, 3)) > 127.6).astype(np.float32)[:, None], what="")
    found = measure(Linear(), [-1, 0, 1], n=200, reader=bright)  # type: ignore[arg-type]
    assert (np.diff(found.centre["brightness"]) > 0.005).all()
    assert (found.spread["brightness"] > 0).all()
    assert found.labels == ("bright",)
    assert found.shares[0, 0] < 0.2
    assert 0.3 < found.shares[1, 0] < 0.7
    assert found.shares[2, 0] > 0.8


def test_without_a_reader_there_are_no_shares() -> None:
    found = measure(small(), [0.0], n=10)
    assert found.shares.shape == (1, 0)
    assert set(found.centre) == {"brightness", "saturation", "hue"}
