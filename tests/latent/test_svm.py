"""Linear machines: what they find, how their answers are calibrated and judged."""

import numpy as np
import pytest

from dcgan.latent.svm import balanced_accuracy, fit_machines, log_odds, matching, normal_of, sigmoid


def clouds(count: int = 1000, d: int = 5, rare: float = 0.5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two clouds that differ along the first dimension, whose scale is a hundred times that of the others."""
    rng = np.random.default_rng(seed)
    yes = rng.random(count) < rare
    x = rng.normal(size=(count, d))
    x[:, 0] += 4 * yes
    return x * np.array([100, *[1] * (d - 1)]) + 7, yes


def test_a_machine_finds_the_direction_that_tells_both_kinds_apart() -> None:
    x, yes = clouds()
    normal, bias = normal_of((x - x.mean(0)) / x.std(0), yes)
    assert abs(normal[0]) / np.linalg.norm(normal) > 0.98
    assert normal[0] > 0
    assert abs(bias) < 0.2


def test_answers_are_right_on_pictures_that_were_not_learnt_from() -> None:
    x, yes = clouds()
    values = np.stack([yes, ~yes, np.zeros(len(x), bool), np.arange(len(x)) % 2 == 0], 1).astype(np.int8)
    done: list[tuple[int, int]] = []
    found = fit_machines(x, values, lambda n, total: done.append((n, total)))
    assert list(found.each) == [0, 1, 3]  # nothing can be learnt of a question that is always answered no
    assert found.each[0].accuracy > 0.93
    assert abs(found.each[3].accuracy - 0.5) < 0.2
    assert (found.fitted_to, found.tested_on) == (800, 100)
    assert done[-1] == (4, 4)
    there, truth = clouds(seed=1)
    said = found.probabilities(there)
    assert said.dtype == np.float32
    assert said.shape == (1000, 3)
    assert 0 <= said.min() < 0.05
    assert 0.95 < said.max() <= 1
    assert ((said[:, 0] > 0.5) == truth).mean() > 0.93
    np.testing.assert_allclose(said[:, 0], 1 - said[:, 1], atol=0.15)


def test_the_rare_kind_is_said_as_often_as_it_is_true() -> None:
    x, yes = clouds(4000, rare=0.05, seed=2)
    x[:, 0] -= 250 * yes  # hard to tell apart
    found = fit_machines(x, yes[:, None].astype(np.int8))
    assert 0.03 < (found.probabilities(x)[:, 0] > 0.5).mean() < 0.08


def test_answers_that_are_not_known_count_for_nothing() -> None:
    x, yes = clouds()
    values = yes.astype(np.int8)
    values[::3] = -1
    x[::3] = 1e6
    x[::3, 0] = -1e6
    known = fit_machines(x[values >= 0], values[values >= 0, None])
    assert known.each[0].accuracy > 0.93
    few = np.full((1000, 1), -1)
    few[:20, 0] = np.arange(20) % 2
    assert fit_machines(x, few).each == {}


def test_a_feature_that_never_changes_does_no_harm() -> None:
    x, yes = clouds()
    x[:, 3] = 5
    found = fit_machines(x, yes[:, None].astype(np.int8))
    assert np.isfinite(found.probabilities(x)).all()
    assert found.each[0].accuracy > 0.93


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_matching_moves_a_share_above_zero(share: float) -> None:
    odds = np.random.default_rng(0).normal(size=1000) * 3 - 5
    assert (odds + matching(odds, share) > 0).mean() == pytest.approx(share, abs=2e-3)


def test_balanced_accuracy_weighs_both_kinds_alike() -> None:
    truth = np.array([True] * 2 + [False] * 8)
    assert balanced_accuracy(np.zeros(10, bool), truth) == 0.5
    assert balanced_accuracy(truth, truth) == 1
    assert balanced_accuracy(np.arange(10) < 1, truth) == 0.75
    assert np.isnan(balanced_accuracy(truth, np.ones(10, bool)))


def test_log_odds_and_probabilities_undo_each_other() -> None:
    p = np.array([0.0, 1e-6, 0.3, 0.5, 0.999, 1.0])
    np.testing.assert_allclose(sigmoid(log_odds(p)), p, atol=1e-11)
    assert np.isfinite(log_odds(p)).all()
