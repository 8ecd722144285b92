"""One dimension at a time, on a generator of which every dimension is one pixel."""

import numpy as np
import pytest
import torch

from dcgan.errors import ConfigError
from dcgan.latent.interpolate import interpolate
from dcgan.latent.render import render
from dcgan.latent.traverse import along, rank, traverse
from tests.latent.kit import Linear, small

rng = np.random.default_rng(0)


def test_one_dimension_moves_and_the_rest_is_frozen() -> None:
    G, base = small(), rng.normal(size=(2, 100)).astype(np.float32)
    found = traverse(G, base, 7, [-1.0, 0.5, 1.0])
    assert len(found) == 6
    np.testing.assert_array_equal(found.z[:, 7], np.float32([-1, 0.5, 1, -1, 0.5, 1]))
    rest = np.delete(found.z, 7, axis=1)
    np.testing.assert_array_equal(rest, np.delete(base, 7, axis=1).repeat(3, 0))
    np.testing.assert_array_equal(found.pixels, render(G, found.z))
    assert found.what[4] == {"base": 1, "dim": 7, "value": 0.5}


@pytest.mark.parametrize("dim", [-1, 100])
def test_a_dimension_that_is_not_there(dim: int) -> None:
    with pytest.raises(ConfigError, match="between 0 and 99"):
        traverse(small(), np.zeros((1, 100), np.float32), dim, [0.0])


def test_ranking_finds_what_each_dimension_does_and_where() -> None:
    G = Linear(z_dim=6)
    gains = np.array([0.1, 0.5, 0.0, 0.3, 0.2, 0.4])
    G.matrix[:6] = torch.diag(torch.from_numpy(gains)).float()
    found = rank(G, rng.normal(size=(3, 6)).astype(np.float32), reach=1.0)  # type: ignore[arg-type]
    assert found.order.tolist() == [1, 5, 3, 4, 0, 2]
    np.testing.assert_allclose(found.scores, gains * 2 * 127.5 / 64, rtol=1e-5, atol=1e-7)
    for dim in range(6):
        assert found.maps[dim].reshape(-1)[dim] == pytest.approx(gains[dim] * 255, abs=1e-4)
        assert np.delete(found.maps[dim].reshape(-1), dim).max() == 0


def test_along_a_direction_in_standard_deviations() -> None:
    G, base = small(), rng.uniform(-1, 1, (2, 100)).astype(np.float32)
    vector = np.zeros(100, np.float32)
    vector[3] = 1
    found = along(G, base, vector, [-3.0, 0.0, 3.0])
    np.testing.assert_allclose(found.z[:, 3], base[:, 3].repeat(3) + np.tile([-1, 0, 1], 2) * np.sqrt(3), rtol=1e-5)
    np.testing.assert_array_equal(np.delete(found.z, 3, 1), np.delete(base, 3, 1).repeat(3, 0))
    assert found.what[5] == {"base": 1, "amount": 3.0}


def test_a_walk_as_pictures() -> None:
    G, keys = small(), rng.uniform(-1, 1, (3, 100))
    found = interpolate(G, keys, 4)
    assert [row["place"] for row in found.what] == [i / 4 for i in range(9)]
    np.testing.assert_allclose(found.z[1], 0.75 * keys[0] + 0.25 * keys[1], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found.pixels[::4], render(G, keys.astype(np.float32)))
