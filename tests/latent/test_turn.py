"""The turn: a difference of two averages, and samples moved along it."""

import numpy as np
import pytest

from dcgan.config import Prior
from dcgan.errors import ConfigError
from dcgan.latent.turn import turn_between, turned
from dcgan.models.prior import from_seeds
from tests.latent.kit import Linear


@pytest.mark.parametrize("prior", ["normal", "uniform"])
def test_samples_move_by_the_whole_difference_both_ways(prior: Prior) -> None:
    left, right = from_seeds(prior, range(4), 6).numpy(), from_seeds(prior, range(4, 8), 6).numpy()
    base = from_seeds(prior, [20, 21], 6).numpy()
    turn = turn_between(left, right)
    difference = right.astype(np.float64).mean(0) - left.astype(np.float64).mean(0)
    assert turn.length == pytest.approx(np.linalg.norm(difference))
    found = turned(Linear(prior=prior), base, turn, 5)  # type: ignore[arg-type]
    expected = [sample + t * difference for sample in base for t in (-1, -0.5, 0, 0.5, 1)]
    np.testing.assert_allclose(found.z, expected, rtol=1e-5, atol=1e-6)
    assert found.what[7] == {"sample": 1, "turn": 0}
    assert len(found) == 10


def test_mistakes() -> None:
    z = from_seeds("normal", range(4), 6).numpy()
    turn = turn_between(z[:2], z[2:])
    with pytest.raises(ConfigError, match="both sides have the same mean"):
        turn_between(z, z)
    with pytest.raises(ConfigError, match="--steps is at least 2, not 1"):
        turned(Linear(), z, turn, 1)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="--reach is above 0, not 0"):
        turned(Linear(), z, turn, 3, reach=0)  # type: ignore[arg-type]
