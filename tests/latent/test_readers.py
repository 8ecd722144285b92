"""Readers of a network's answers, and of machines on features."""

import numpy as np
import pytest

from dcgan.errors import DataError
from dcgan.latent.readers import accuracies, as_often, as_said, by_machines, read_rows

rng = np.random.default_rng(0)


def say(pixels: np.ndarray) -> np.ndarray:
    """How bright two pixels are, the second one read by a very cautious network."""
    return pixels[:, 0, :2, 0].astype(np.float32) / 255 * (1, 0.3)


def test_what_is_said_is_read_or_moved_to_be_said_as_often_as_it_is_true() -> None:
    pixels = rng.integers(0, 256, (400, 4, 4, 1), np.uint8)
    truth = (pixels[:, 0, :2, 0] > (127, 204)).astype(np.int8)  # a half, and a fifth
    plain = as_said(("a", "b"), say, "made up", say(pixels), truth)
    np.testing.assert_array_equal(plain.read(pixels), say(pixels))
    assert plain.accuracy == {"a": 1, "b": 0.5}
    moved = as_often(("a", "b"), say, "made up", say(pixels), truth, truth.mean(0).tolist())
    np.testing.assert_allclose((moved.read(pixels) > 0.5).mean(0), truth.mean(0), atol=0.01)
    assert min(moved.accuracy.values()) > 0.98
    assert moved.what == "made up; read so that yes is said as often as it is true"


def test_machines_say_what_they_could_not_learn() -> None:
    pixels = rng.integers(0, 256, (300, 4, 4, 1), np.uint8)
    truth = np.stack([pixels[:, 0, 0, 0] > 127, np.zeros(300)], 1).astype(np.int8)

    def features(shown: np.ndarray) -> np.ndarray:
        return shown.reshape(len(shown), -1).astype(np.float32)

    done: list[int] = []
    known = read_rows(features, pixels, np.arange(300))
    found = by_machines(("a", "b"), features, known, truth, "nobody", "noise", lambda n, total: done.append(n))
    assert found.names == ("a",)
    assert found.accuracy["a"] > 0.9
    assert found.what.startswith("linear support vector machines on 16 features of nobody, fitted to 240 labelled")
    assert found.what.endswith("too few examples of b")
    assert found.read(pixels[:3]).shape == (3, 1)
    assert done == [1, 2]
    with pytest.raises(DataError, match="noise has too few pictures of each label"):
        by_machines(("a", "b"), features, known, truth * 0, "nobody", "noise")


def test_of_one_kind_alone_nothing_is_measured() -> None:
    truth = np.array([[1, 1, -1], [0, 1, -1], [-1, 1, -1]])
    assert accuracies(("a", "b", "c"), np.array([[0.9, 0.9, 0.9]] * 3), truth) == {"a": 0.5}


def test_rows_are_read_a_part_at_a_time() -> None:
    pixels, done = rng.integers(0, 256, (1200, 2, 2, 1), np.uint8), list[int]()
    rows = np.arange(1199, -1, -1)
    found = read_rows(say, pixels, rows, lambda n, total: done.append(n))
    np.testing.assert_array_equal(found, say(pixels)[::-1])
    assert done == [500, 1000, 1200]
