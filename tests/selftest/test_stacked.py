"""Stacked MNIST: how stacks are made and named, on digits that a stand-in can read exactly."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dcgan.config import ModelConfig
from dcgan.errors import DataError
from dcgan.models.generator import Generator
from dcgan.models.recipes import find, resolve_model
from dcgan.selftest.stacked import (
    KL,
    MISSING,
    Digits,
    accuracy,
    count_modes,
    evaluator,
    facts,
    floor,
    judge_generator,
    make_stacks,
    name_stacks,
    read_digits,
)
from tests.selftest.kit import brightness, write_idx, write_mnist


@pytest.fixture
def digits(tmp_path: Path) -> Digits:
    return read_digits(write_mnist(tmp_path / "mnist"))


# The data -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_reads_the_four_files(tmp_path: Path, suffix: str) -> None:
    digits = read_digits(write_mnist(tmp_path / "mnist", suffix=suffix))
    assert digits.pixels.shape == (80, 28, 28, 1)
    assert digits.labels.tolist() == [*(i % 10 for i in range(60)), *(i % 10 for i in range(20))]
    assert digits.train.digest != digits.test.digest


@pytest.mark.parametrize(
    ("missing", "said"),
    [("train-images", "no train-images"), ("t10k-images", "no t10k-images"), ("t10k-labels", "t10k-labels-idx1")],
)
def test_missing_files_are_named(tmp_path: Path, missing: str, said: str) -> None:
    folder = write_mnist(tmp_path / "mnist")
    next(folder.glob(f"{missing}*")).unlink()
    with pytest.raises(DataError, match=said):
        read_digits(folder)


def test_other_pictures_are_refused(tmp_path: Path) -> None:
    folder = write_mnist(tmp_path / "mnist")
    write_idx(folder / "train-images-idx3-ubyte", np.zeros((60, 32, 32)))
    with pytest.raises(DataError, match="28x28"):
        read_digits(folder)
    write_idx(folder / "train-images-idx3-ubyte", np.zeros((59, 28, 28)))
    with pytest.raises(DataError, match="label"):
        read_digits(folder)
    with pytest.raises(DataError, match="four IDX files"):
        read_digits(tmp_path / "nowhere")


def test_a_stack_is_named_by_its_three_digits(digits: Digits) -> None:
    stacks = make_stacks(digits, 500)
    assert stacks.pixels.shape == (500, 28, 28, 3)
    assert stacks.pixels.dtype == np.uint8
    colours = (stacks.pixels.reshape(500, -1, 3).mean(1) // 25).astype(int)
    assert (stacks.labels == 100 * colours[:, 0] + 10 * colours[:, 1] + colours[:, 2]).all()
    assert [stacks.classes[label] for label in stacks.labels[:5]] == [f"{a}{b}{c}" for a, b, c in colours[:5]]
    assert (name_stacks(brightness(), stacks.pixels) == stacks.labels).all()


def test_stacks_are_the_same_every_time(digits: Digits) -> None:
    one, same, other = make_stacks(digits, 50), make_stacks(digits, 50), make_stacks(digits, 50, seed=1)
    assert np.array_equal(one.pixels, same.pixels)
    assert one.digest == same.digest
    assert not np.array_equal(one.pixels, other.pixels)
    assert len({one.digest, other.digest, make_stacks(digits, 51).digest}) == 3


def test_colours_are_independent(digits: Digits) -> None:
    """No pair of colours tells more of each other than chance allows: chi-square with 81 degrees of freedom."""
    count = 20_000
    labels = make_stacks(digits, count).labels
    parts = np.stack([labels // 100, labels // 10 % 10, labels % 10])
    for a, b in ((0, 1), (0, 2), (1, 2)):
        table = np.histogram2d(parts[a], parts[b], bins=[range(11)] * 2)[0]
        expected = np.outer(table.sum(1), table.sum(0)) / count
        assert ((table - expected) ** 2 / expected).sum() < 81 + 5 * math.sqrt(2 * 81)
    shares = np.bincount(parts.ravel(), minlength=10) / parts.size
    assert shares == pytest.approx([0.1] * 10, abs=0.01)


# Judging --------------------------------------------------------------------------------------------------------------


def test_counting_sees_a_collapse(digits: Digits) -> None:
    stacks = make_stacks(digits, 3000).pixels
    whole = count_modes(brightness(), [stacks[:1000], stacks[1000:]])
    assert 900 < whole.found < 1000
    one = count_modes(brightness(), [np.repeat(stacks[:1], 3000, axis=0)])
    assert (one.found, one.kl) == (1, pytest.approx(math.log(1000)))
    gray = np.repeat(stacks[..., :1], 3, axis=3)  # the same digit in all colours
    same = count_modes(brightness(), [gray])
    assert same.found == 10
    assert same.kl == pytest.approx(math.log(100), abs=0.01)


def small_model(**changes: object) -> ModelConfig:
    return resolve_model(replace(find("stacked-dcgan").config, width=0.1, **changes))


def test_evaluator_yields_the_deciding_value_first() -> None:
    G = Generator(small_model()).eval()
    found = judge_generator(G, brightness(), 60)
    assert list(evaluator(brightness(), 60)(G)) == [(KL, found.kl), (MISSING, 1000 - found.found)]
    assert found.kl > 0


def test_other_generators_are_refused() -> None:
    G = Generator(small_model(size="32")).eval()
    with pytest.raises(DataError, match="32x32x3"):
        judge_generator(G, brightness(), 10)


def test_accuracy_and_facts(digits: Digits) -> None:
    assert accuracy(brightness(), digits.test) == 1.0
    known = facts(digits, brightness(), 2000)
    assert known["classifier"] == {"accuracy": 0.5, "test_accuracy": 1.0, "test_digits": 20}
    assert (known["generated"], known["digits"]) == (2000, 80)
    assert known["floor"]["kl"] == floor(digits, 2000).kl


def test_the_floor_is_what_perfect_stacks_reach(digits: Digits) -> None:
    perfect = floor(digits, 3000)
    real = count_modes(brightness(), [make_stacks(digits, 3000).pixels])
    assert perfect.found == pytest.approx(real.found, abs=15)
    assert perfect.kl == pytest.approx(real.kl, rel=0.1)


@pytest.mark.data
def test_the_floor_on_mnist_is_the_published_arithmetic(shared: Path) -> None:
    digits = read_digits(shared / "mnist")
    assert digits.pixels.shape == (70_000, 28, 28, 1)
    perfect = floor(digits, 25_600)
    assert perfect.found == 1000
    assert perfect.kl == pytest.approx(0.024, abs=0.0005)
