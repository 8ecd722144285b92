"""The distribution of z, and the one way from a seed to a z."""

import math
from typing import get_args

import pytest
import torch

from dcgan.config import Prior
from dcgan.models.prior import draw, draw_at, from_seeds

PRIORS: tuple[Prior, ...] = get_args(Prior)


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("trunc", [None, 0.5])
def test_a_seed_is_the_same_alone_and_among_others(prior: Prior, trunc: float | None) -> None:
    seeds = [5, -1, 0, 2**40, 5, *range(100)]
    among = from_seeds(prior, seeds, 100, trunc=trunc)
    assert among.shape == (105, 100)
    assert among.dtype == torch.float32
    for i, seed in enumerate(seeds):
        assert torch.equal(from_seeds(prior, [seed], 100, trunc=trunc)[0], among[i])
    assert len({tuple(row.tolist()) for row in among}) == len(set(seeds))


def test_golden_values() -> None:
    normal, uniform = (from_seeds(prior, [5], 4)[0].tolist() for prior in PRIORS)
    assert normal == pytest.approx([0.5559, -0.3520, 0.1143, -0.9482], abs=1e-4)
    assert uniform == pytest.approx([0.4775, 0.2440, 0.2987, 0.1480], abs=1e-4)
    assert from_seeds("normal", [5], 128)[0, :4].tolist() == pytest.approx([-0.0947, 0.0022, 1.1673, -0.9904], abs=1e-4)


@pytest.mark.parametrize("prior", PRIORS)
def test_numbers_beyond_trunc_are_drawn_again_and_the_others_stay(prior: Prior) -> None:
    plain, cut = from_seeds(prior, range(50), 100), from_seeds(prior, range(50), 100, trunc=0.7)
    inside = plain.abs() <= 0.7
    assert 0.1 < inside.float().mean() < 0.9
    assert cut.abs().max() <= 0.7
    assert torch.equal(cut[inside], plain[inside])
    assert cut.std() > 0.3


@pytest.mark.parametrize("prior", PRIORS)
def test_std_then_mean_after_trunc(prior: Prior) -> None:
    z = from_seeds(prior, range(20), 30, trunc=0.9)
    moved = from_seeds(prior, range(20), 30, mean=-2.0, std=0.25, trunc=0.9)
    assert torch.equal(moved, z * 0.25 - 2.0)
    assert torch.equal(from_seeds(prior, [1], 30, mean=3.0, std=0.0), torch.full((1, 30), 3.0))


@pytest.mark.parametrize(("prior", "variance", "fourth"), [("normal", 1.0, 3.0), ("uniform", 1 / 3, 1 / 5)])
def test_moments(prior: Prior, variance: float, fourth: float) -> None:
    for x in (draw(prior, (200_000,), torch.Generator().manual_seed(0)), from_seeds(prior, range(2000), 100).flatten()):
        assert x.mean().item() == pytest.approx(0, abs=0.01)
        assert x.square().mean().item() == pytest.approx(variance, rel=0.02)
        assert x.pow(4).mean().item() == pytest.approx(fourth, rel=0.05)


def test_uniform_fills_its_range() -> None:
    x = draw("uniform", (200_000,), torch.Generator().manual_seed(0))
    assert -1 <= x.min() < -0.999
    assert 0.999 < x.max() <= 1


@pytest.mark.parametrize("prior", PRIORS)
def test_a_stream_is_decided_by_its_address(prior: Prior) -> None:
    first = draw_at(prior, 3, 5, address=1)
    torch.rand(7)
    assert first.shape == (3, 5)
    assert torch.equal(draw_at(prior, 3, 5, address=1), first)
    assert not torch.equal(draw_at(prior, 3, 5, address=2), first)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"trunc": 0.0}, "--trunc is at least 0.001, not 0.0"),
        ({"trunc": -1.0}, "--trunc is at least 0.001, not -1.0"),
        ({"trunc": math.nan}, "--trunc is at least 0.001, not nan"),
        ({"std": -0.1}, "--std is not negative, not -0.1"),
        ({"std": math.nan}, "--std is not negative, not nan"),
    ],
)
def test_what_is_refused(values: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        from_seeds("normal", [0], 3, **values)
