"""The parts of learning: the schedule, the symmetry, the judgement, in closed form."""

import numpy as np
import pytest
import torch

from dcgan.metrics.extractors.answers import Attributes, Classes
from dcgan.metrics.extractors.classifier import reading_side
from dcgan.metrics.extractors.labels import can_be_learnt
from dcgan.metrics.extractors.learning import _batches, _varied, asymmetry, one_cycle


def test_the_rate_rises_and_falls() -> None:
    rates = [one_cycle(i, 14) for i in range(14)]
    assert rates[:3] == [0.5, 1.0, 12 / 13]
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[-1] == pytest.approx(1 / 13)


def test_every_picture_is_shown_once_a_pass() -> None:
    rows, batches = np.arange(100, 130), _batches(np.arange(100, 130), 10)
    first, second = ([next(batches) for _ in range(3)] for _ in range(2))
    assert sorted(np.concatenate(first)) == sorted(np.concatenate(second)) == rows.tolist()
    assert any((a != b).any() for a, b in zip(first, second, strict=True))


def test_pictures_are_moved_and_mirrored() -> None:
    x = torch.arange(64.0).view(1, 1, 8, 8).expand(200, -1, -1, -1)
    moved = _varied(x, 0.125, False, 3)
    steps = (moved[:, 0, 4, 4] - x[:, 0, 4, 4]).tolist()
    assert set(steps) == {8.0 * down + across for down in (-1, 0, 1) for across in (-1, 0, 1)}
    mirrored = _varied(x, 0.0, True, 3)
    turned = (mirrored == x.flip(3)).flatten(1).all(1)
    assert ((mirrored == x).flatten(1).all(1) ^ turned).all()
    assert 60 < turned.sum() < 140
    assert torch.equal(_varied(x, 0.125, True, 3), _varied(x, 0.125, True, 3))


def test_what_is_the_same_in_the_mirror_is_found() -> None:
    groups = np.arange(400)[:, None] % 2 == np.arange(2)
    pictures = np.random.default_rng(0).normal(size=(400, 1, 8, 8)) * 0.01
    pictures[groups[:, 0], :, :4] += 1
    assert asymmetry(pictures, groups) < 0.01
    pictures[groups[:, 0], :, :, :4] += 1  # even: 3/4 above, 1/4 below; odd: 1/4 everywhere
    assert asymmetry(pictures, groups) == pytest.approx((1 / 16) / (1 / 16 + 5 / 16), abs=0.005)
    assert asymmetry(np.zeros((4, 1, 2, 2)), groups[:4]) == 0.5


def test_the_judgement_of_classes() -> None:
    answers = Classes(np.array([0, 0, 0, 0, 0, 0, 1, 1, 2, -1]), ("a", "b", "c"))
    assert answers.known.tolist() == list(range(9))
    trained, rows = np.array([0, 1, 2, 3, 6, 8]), np.array([4, 5, 7])  # four of a, one of b, one of c
    logits = np.array([[3.0, 0, 0], [0, 1, 0], [1, 0, 0]])
    found = answers.judge(logits, rows, trained)
    assert found["accuracy"] == pytest.approx(1 / 3, abs=1e-5)  # a, b, a where a, a, b is right
    assert found["chance"] == pytest.approx(2 / 3, abs=1e-5)
    # with the logarithm of 4, 1, 1 taken off the last is [-0.39, 0]: b
    assert found["balanced_accuracy"] == pytest.approx((1 / 2 + 1) / 2)
    assert found["balanced_chance"] == 0.5
    assert found["chance_error"] == pytest.approx(np.sqrt(0.25 / 2 + 0.25 / 1) / 2, abs=1e-5)
    assert found["held_out"] == 3


def test_the_judgement_of_attributes() -> None:
    answers = Attributes(np.array([[1, 0], [0, 1], [1, -1], [1, 0], [0, 0], [-1, -1]], np.int8), ("p", "q"))
    assert answers.known.tolist() == [0, 1, 2, 3, 4]
    rows = np.array([0, 1, 3, 4])
    logits = np.array([[2.0, -1], [-2, -1], [-1, -1], [-2, -1]])
    found = answers.judge(logits, rows, rows)  # p: half yes, so 0 is the threshold; q: one in four, so -1.0986
    assert found["attributes"] == {"p": 0.75, "q": 0.5}
    assert found["accuracy"] == found["balanced_accuracy"] == 0.625
    assert found["near_chance"] == ["q"]
    assert found["not_measured"] == []


def test_unknown_attributes_cost_nothing() -> None:
    answers = Attributes(np.zeros((1, 2), np.int8), ("p", "q"))
    logits = torch.tensor([[0.3, 5.0], [-0.4, 0.2]], requires_grad=True)
    loss = answers.loss(logits, torch.tensor([[1, -1], [0, -1]], dtype=torch.int8))
    expected = (np.log1p(np.exp(-0.3)) + np.log1p(np.exp(-0.4))) / 2
    assert loss.item() == pytest.approx(expected, rel=1e-6)
    loss.backward()
    assert logits.grad is not None
    assert logits.grad[:, 1].abs().max() == 0


@pytest.mark.parametrize(
    ("accuracy", "chance", "error", "learnt"),
    [(0.99, 0.1, 0.01, True), (0.33, 0.1, 0.01, True), (0.32, 0.1, 0.01, False), (0.4, 0.1, 0.11, False)]
    + [(0.63, 0.5, 0.01, True), (0.62, 0.5, 0.01, False), (0.5, 0.5, 0.0, False)],
)
def test_the_rule_of_what_can_be_learnt(accuracy: float, chance: float, error: float, learnt: bool) -> None:
    facts = {"balanced_accuracy": accuracy, "balanced_chance": chance, "chance_error": error}
    assert can_be_learnt(facts) == learnt


@pytest.mark.parametrize(
    ("size", "read"), [((64, 64), (64, 64)), ((128, 128), (64, 64)), ((256, 64), (128, 32)), ((8, 1024), (8, 724))]
)
def test_large_pictures_are_read_smaller(size: tuple[int, int], read: tuple[int, int]) -> None:
    assert reading_side(*size) == read
