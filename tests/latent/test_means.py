"""Means, spreads and averages of z, on a generator whose pictures are known."""

import numpy as np
import pytest
import torch

from dcgan.errors import ConfigError
from dcgan.latent.means import average, cell, centre, law, shifted
from dcgan.models.prior import from_seeds
from tests.latent.kit import Linear, small


def test_a_cell_moves_the_same_draws() -> None:
    G = small()
    wide, narrow = cell(G, [3, 5], 0, 1), cell(G, [3, 5], 0.3, 0.4)
    drawn = from_seeds("uniform", [3, 5], G.config.z_dim).numpy()
    np.testing.assert_array_equal(wide.z, drawn)
    np.testing.assert_allclose(narrow.z, drawn * 0.4 + 0.3, rtol=1e-5, atol=1e-6)
    assert narrow.what == [{"seed": s, "mean": 0.3, "std": 0.4} for s in (3, 5)]
    assert narrow.pixels.shape == (2, 16, 16, 3)


@pytest.mark.parametrize("channels", [1, 3])
def test_an_average_is_the_mean_of_the_pictures(channels: int) -> None:
    G = small(channels=channels)
    with torch.no_grad():
        x = G(from_seeds("uniform", range(100), G.config.z_dim) * 0.5 + 0.2)
    expected = (x.double().mean(0) + 1) * 127.5
    found = average(G, 100, 0.2, 0.5, batch=7)
    assert np.abs(found - expected.permute(1, 2, 0).numpy()).max() <= 0.5 + 1e-3


def test_an_average_is_not_g_of_the_mean_unless_g_is_linear() -> None:
    linear = Linear()
    np.testing.assert_allclose(average(linear, 4000, 0.5, 1.0)[0, :6, 0], (0.5 * 0.25 + 1) * 127.5, atol=2)  # type: ignore[arg-type]
    G = small()
    mean_picture = average(G, 200, 0.0, 1.0).astype(int)
    with torch.no_grad():
        at_mean = ((G(torch.from_numpy(centre(G, 0.0)))[0] + 1) * 127.5).permute(1, 2, 0).numpy()
    assert np.abs(mean_picture - at_mean).max() > 3


def test_transparent_pictures_are_averaged_as_they_are_seen() -> None:
    G = Linear(channels=4)

    def red_or_clear_blue(z: torch.Tensor) -> torch.Tensor:
        seen = torch.full((len(z), 4, 8, 8), -1.0)
        seen[::2, 0], seen[::2, 3] = 1, 1  # every other one is opaque red, the rest wholly clear blue
        seen[1::2, 2] = 1
        return seen

    G.forward = red_or_clear_blue  # type: ignore[method-assign, assignment]
    found = average(G, 10, 0.0, 1.0, batch=10)  # type: ignore[arg-type]
    assert found[0, 0].tolist() == [255, 0, 0, 128]


def test_samples_are_made_a_few_at_a_time() -> None:
    sizes = [len(x) for x in shifted(small(), 10, 0.0, 1.0, first=3, batch=4)]
    assert sizes == [4, 4, 2]


def test_nothing_has_no_average() -> None:
    with pytest.raises(ConfigError, match="--n is at least 1, not 0"):
        average(small(), 0, 0, 1)


@pytest.mark.parametrize(("mean", "std"), [(1e39, 1), (0, 1e300), (float("nan"), 1)])
def test_z_that_is_no_number_makes_no_picture(mean: float, std: float) -> None:
    with pytest.raises(ConfigError, match="some numbers of z are too large"):
        average(small(), 3, mean, std)
    with pytest.raises(ConfigError, match="some numbers of z are too large"):
        cell(small(), [1], mean, std)


def test_laws_are_named_as_the_source_does() -> None:
    assert law("normal", -0.3, 0.4) == "N ~ (-0.3, 0.4)"
    assert law("uniform", -0.3, 0.4) == "U ~ (-0.7, 0.1)"
