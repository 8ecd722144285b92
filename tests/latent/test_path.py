"""Ways between vectors: their ends, their length, and how a walk is put together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcgan.errors import ConfigError
from dcgan.latent.path import between, eased, lerp, slerp, typical_length, walk
from dcgan.models.prior import from_seeds

rng = np.random.default_rng(0)
A, B = rng.normal(size=(2, 64))


@pytest.mark.parametrize("way", [lerp, slerp])
def test_ends_are_exact(way) -> None:  # type: ignore[no-untyped-def]
    found = way(A, B, np.array([0.0, 0.5, 1.0]))
    assert found.shape == (3, 64)
    assert np.array_equal(found[0], A)
    assert np.array_equal(found[2], B)
    assert way(A, B, 0.5).shape == (64,)


def test_a_straight_way_is_straight() -> None:
    np.testing.assert_allclose(lerp(A, B, 0.25), 0.75 * A + 0.25 * B, rtol=1e-15)


@given(st.integers(0, 1000), st.floats(0.01, 0.99))
def test_an_arc_keeps_the_length_and_divides_the_angle(seed: int, t: float) -> None:
    a, b = np.random.default_rng(seed).normal(size=(2, 16))
    a, b = a / np.linalg.norm(a) * 4, b / np.linalg.norm(b) * 4
    found = slerp(a, b, t)
    assert np.linalg.norm(found) == pytest.approx(4, rel=1e-9)
    whole = np.arccos(np.clip(a @ b / 16, -1, 1))
    assert np.arccos(np.clip(a @ found / 16, -1, 1)) == pytest.approx(t * whole, abs=1e-6)


def test_unequal_lengths_change_steadily() -> None:
    found = slerp(A, 3 * B, np.linspace(0, 1, 5))
    lengths = np.linalg.norm(found, axis=1)
    np.testing.assert_allclose(np.diff(lengths), np.full(4, (lengths[4] - lengths[0]) / 4), rtol=1e-9)


def test_the_straight_way_leaves_the_prior_and_the_arc_does_not() -> None:
    z = from_seeds("normal", range(200), 100).numpy()
    middles = np.array([np.linalg.norm(lerp(a, b, 0.5)) for a, b in zip(z[::2], z[1::2], strict=True)])
    arcs = np.array([np.linalg.norm(slerp(a, b, 0.5)) for a, b in zip(z[::2], z[1::2], strict=True)])
    assert middles.max() < 0.92 * typical_length("normal", 100)
    assert 0.85 < arcs.min() / typical_length("normal", 100) < arcs.max() / typical_length("normal", 100) < 1.15


@pytest.mark.parametrize("prior", ["normal", "uniform"])
def test_the_typical_length_is_that_of_samples(prior: str) -> None:
    z = from_seeds(prior, range(2000), 50).numpy()  # type: ignore[arg-type]
    assert np.sqrt((z**2).sum(1).mean()) == pytest.approx(typical_length(prior, 50), rel=0.01)  # type: ignore[arg-type]


def test_the_prior_decides_the_way() -> None:
    assert np.array_equal(between("uniform", A, B, 0.3), lerp(A, B, 0.3))
    assert np.array_equal(between("normal", A, B, 0.3), slerp(A, B, 0.3))


def test_vectors_of_one_direction_and_of_opposite_ones() -> None:
    np.testing.assert_allclose(slerp(A, 2 * A, 0.5), 1.5 * A)
    np.testing.assert_allclose(slerp(A, A * (1 + 1e-9), 0.5), A, rtol=1e-8)
    with pytest.raises(ConfigError, match="opposite directions"):
        slerp(A, -A, 0.5)
    with pytest.raises(ConfigError, match="vector of zeros"):
        slerp(A, 0 * A, 0.5)


def test_a_walk_goes_through_its_key_frames() -> None:
    keys = rng.normal(size=(4, 8))
    z, places = walk("normal", keys, 5)
    assert len(z) == len(places) == 16
    assert np.array_equal(z[::5], keys)
    np.testing.assert_allclose(places, np.arange(16) / 5)
    np.testing.assert_allclose(z[7], slerp(keys[1], keys[2], 0.4))


def test_a_loop_comes_back_and_does_not_stop_there() -> None:
    keys = rng.normal(size=(3, 8))
    z, places = walk("uniform", keys, 4, loop=True)
    assert len(z) == 12
    assert places[-1] == 2.75
    np.testing.assert_allclose(z[-1], lerp(keys[2], keys[0], 0.75))


def test_easing_is_slow_at_key_frames_only() -> None:
    assert np.array_equal(eased(np.array([0.0, 0.5, 1.0]), "smooth"), [0, 0.5, 1])
    z, _ = walk("uniform", np.array([[0.0], [1.0], [2.0]]), 10, ease="smooth")
    steps = np.diff(z[:, 0])
    assert steps[0] == pytest.approx(0.028)
    assert steps[4] == pytest.approx(0.148)
    assert (steps > 0).all()
    assert np.array_equal(z[::10, 0], [0, 1, 2])


def test_walks_that_cannot_be() -> None:
    with pytest.raises(ConfigError, match="at least two key frames, not 1"):
        walk("normal", A[None], 4)
    with pytest.raises(ConfigError, match="--steps is at least 1, not 0"):
        walk("normal", np.stack([A, B]), 0)
