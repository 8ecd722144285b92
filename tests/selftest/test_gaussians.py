"""Mixtures of Gaussians: what the counting must see, and that training covers where it should and collapses where it
must."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from dcgan.config import ObjectiveConfig
from dcgan.rng import key
from dcgan.selftest.gaussians import MIXTURES, Mixture, draw_points, grid, judge, noise_over, ring, to_points
from dcgan.selftest.points import Outcome, PointD, PointG, Setting, advance, point_state, train_points, waves
from dcgan.selftest.settings import COLLAPSED, COVERING, failures, settings

every_mixture = pytest.mark.parametrize("make", MIXTURES.values(), ids=MIXTURES)


def drawn(mixture: Mixture, count: int = 20_000) -> np.ndarray:
    return to_points(draw_points(mixture, count, 1), mixture)


# The mixtures and the counting ----------------------------------------------------------------------------------------


def test_the_mixtures_are_the_published_ones() -> None:
    assert np.allclose(np.hypot(*ring().centres.T), 1)
    assert (len(ring().centres), ring().std) == (8, 0.01)
    assert {tuple(centre) for centre in grid().centres} == {(x, y) for x in range(-4, 5, 2) for y in range(-4, 5, 2)}
    assert grid().std == 0.05


@every_mixture
def test_the_mixture_itself_is_covered(make: type[Mixture]) -> None:
    mixture = make()
    points = drawn(mixture)
    found = judge(mixture, points)
    assert found.found == len(mixture.centres)
    assert found.good == pytest.approx(1 - math.exp(-4.5), abs=0.003)  # within three deviations in two dimensions
    assert found.kl == pytest.approx((len(mixture.centres) - 1) / (2 * len(points)), rel=0.8)
    nearest = np.linalg.norm(points[:, None] - mixture.centres, axis=2).argmin(1)
    assert (points - mixture.centres[nearest]).std(0) == pytest.approx([mixture.std] * 2, rel=0.03)


def test_counts_by_hand() -> None:
    mixture = ring()
    at = mixture.centres
    points = np.array([at[0], at[0], at[0], at[3], at[5] + [0, 0.029], at[6] + [0, 0.031], [0, 0], [9, 9]])
    found = judge(mixture, points)
    assert found.found == 3
    assert found.good == 5 / 8
    assert found.kl == pytest.approx(0.6 * math.log(8 * 0.6) + 2 * 0.2 * math.log(8 * 0.2))


def test_nothing_of_high_quality() -> None:
    found = judge(ring(), np.zeros((5, 2)))
    assert (found.found, found.good) == (0, 0.0)
    assert math.isnan(found.kl)


def test_noise_finds_every_mode_of_the_grid_by_accident() -> None:
    found = judge(grid(), noise_over(grid(), 20_000, 1))
    assert found.found == 25
    assert found.good == pytest.approx((9 + 12 / 2 + 4 / 4) * math.pi * 0.15**2 / 64, rel=0.15)  # parts lie outside


def test_points_are_addressed() -> None:
    assert torch.equal(draw_points(ring(), 5, key(0, "reals")), draw_points(ring(), 5, key(0, "reals")))
    assert not torch.equal(draw_points(ring(), 5, key(0, "reals")), draw_points(ring(), 5, key(1, "reals")))


# Training -------------------------------------------------------------------------------------------------------------


def row(name: str, **changes: object) -> Setting:
    return replace(next(s for s in settings() if s.name == name), **changes)


@pytest.fixture(scope="module")
def covering() -> Outcome:
    return train_points(ring(), row(COVERING, steps=600))


def test_the_good_setting_finds_the_ring(covering: Outcome) -> None:
    assert covering.verdict.found >= 7
    by_chance = judge(ring(), noise_over(ring(), 20_000, 0)).good
    assert covering.verdict.good > 10 * by_chance
    assert covering.verdicts[0].good < 0.01  # the untrained G


def test_a_generator_that_cannot_see_z_makes_one_point() -> None:
    outcome = train_points(ring(), row(COLLAPSED, steps=40))
    (points,) = outcome.points.values() if len(outcome.points) == 1 else [outcome.points[40]]
    assert np.ptp(points, axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert outcome.verdict.found <= 1
    assert failures([outcome]) == []


def test_failures_are_named(covering: Outcome) -> None:
    assert failures([covering]) == []
    blind = replace(covering, setting=replace(covering.setting, name=COLLAPSED))
    assert "cannot see z" in failures([blind])[0]
    poor = replace(covering, verdicts={0: covering.verdicts[0]})
    assert "of 8 modes" in failures([poor])[0]


def test_training_repeats_to_the_bit_and_seeds_differ() -> None:
    one, same, other = (train_points(ring(), row("bce", steps=8, seed=seed), looks=2) for seed in (0, 0, 1))
    assert np.array_equal(one.points[8], same.points[8])
    assert not np.array_equal(one.points[8], other.points[8])


@pytest.mark.parametrize("setting", settings(), ids=lambda setting: setting.name)
def test_every_row_trains_both_networks(setting: Setting) -> None:
    state = point_state(setting)
    before = [parameter.clone() for net in (state.G, state.D) for parameter in net.parameters()]
    for _ in range(2):
        advance(grid(), setting, state)
    after = [parameter for net in (state.G, state.D) for parameter in net.parameters()]
    moved = [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]
    assert sum(moved) >= len(moved) - 1  # the first matrix of a G that cannot see z stays
    assert all(torch.isfinite(parameter).all() for parameter in after)
    assert state.nimg == 2 * setting.batch * setting.objective.steps_D


def test_d_judges_packs_and_g_makes_points() -> None:
    setting = Setting(name="x", objective=ObjectiveConfig(), pack=2)
    D, G = PointD(setting), PointG(setting)
    x = G(torch.rand(6, 2))
    assert x.shape == (6, 2, 1, 1)
    logits = D(x)
    assert logits.shape == (3,)
    changed = x.clone()
    changed[5] += 1
    assert torch.equal(D(changed)[:2], logits[:2])
    assert not torch.equal(D(changed)[2], logits[2])


def test_waves_are_of_all_lengths_between_the_ends() -> None:
    lengths = torch.linalg.vector_norm(waves(0), dim=0)
    assert 2 <= lengths.min() < 8 < lengths.max() <= 40
