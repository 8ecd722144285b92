"""Modes: closed forms, parity, and what a perfect sampler would have."""

import gzip
import math
from pathlib import Path

import numpy as np
import pytest

from dcgan.errors import UserError
from dcgan.metrics.modes import expected_found, kl_floor, modes
from tests.reference import measures


def test_even_labels_and_one_mode() -> None:
    even = modes(np.arange(1000) % 10, 10)
    assert (even.found, even.top_share) == (10, 0.1)
    assert even.kl == pytest.approx(0, abs=1e-12)
    one = modes(np.full(77, 3), 1000)
    assert (one.found, one.top_share) == (1, 1)
    assert one.kl == pytest.approx(math.log(1000))


def test_half_of_the_modes_evenly() -> None:
    found = modes(np.arange(500) % 5, 10)
    assert found.found == 5
    assert found.kl == pytest.approx(math.log(2))


def test_parity_label_by_label() -> None:
    draw = np.random.default_rng(1)
    labels = draw.binomial(20, 0.3, 300)
    assert modes(labels, 21).kl == pytest.approx(measures.kl(labels.tolist(), [1 / 21] * 21), rel=1e-9)


@pytest.mark.parametrize("natural", [False, True])
def test_the_floor_is_what_sampling_gives(natural: bool) -> None:
    draw = np.random.default_rng(2)
    shares = np.append(draw.dirichlet(np.ones(49)), 0) if natural else np.full(50, 1 / 50)
    samples = [draw.choice(50, 200, p=shares) for _ in range(300)]
    frequencies = shares if natural else None
    kls = np.array([modes(labels, 50).kl for labels in samples])
    assert kl_floor(50, 200, frequencies) == pytest.approx(kls.mean(), abs=4 * kls.std() / math.sqrt(300))
    found = np.array([modes(labels, 50).found for labels in samples])
    assert expected_found(50, 200, frequencies) == pytest.approx(
        found.mean(), abs=4 * found.std() / math.sqrt(300) + 0.01
    )


def test_floors_in_closed_form() -> None:
    assert kl_floor(10, 1) == pytest.approx(math.log(10))  # one picture has one mode
    assert kl_floor(2, 2) == pytest.approx(math.log(2) / 2)  # half the time both are of one class
    assert kl_floor(1, 5) == pytest.approx(0)
    assert kl_floor(3, 9, np.array([0, 0, 2])) == pytest.approx(math.log(3))
    assert kl_floor(1000, 10**6) == pytest.approx(999 / 2e6, rel=1e-3)  # (K - 1) / 2n for large n
    assert expected_found(1000, 1) == pytest.approx(1)
    assert expected_found(1000, 1000) == pytest.approx(632.3, abs=0.1)
    assert expected_found(2, 10, np.array([3, 0])) == 1


@pytest.mark.data
def test_stacked_mnist(shared: Path) -> None:
    """A perfect sampler of stacks of three digits, with the frequencies that MNIST's digits have: 0.024."""
    files = (shared / "mnist" / f"{name}-labels-idx1-ubyte.gz" for name in ("train", "t10k"))
    digits = np.concatenate([np.frombuffer(gzip.decompress(file.read_bytes())[8:], np.uint8) for file in files])
    shares = np.bincount(digits) / len(digits)
    stacks = np.einsum("a,b,c->abc", shares, shares, shares).ravel()
    assert kl_floor(1000, 25_600, stacks) == pytest.approx(0.024, abs=5e-4)
    assert kl_floor(1000, 25_600) == pytest.approx(0.0199, abs=5e-4)
    assert expected_found(1000, 25_600, stacks) == pytest.approx(1000, abs=0.01)


def test_bad_input() -> None:
    for bad, said in (
        (np.zeros(0, int), r"\(0,\)"),
        (np.zeros((3, 2), int), r"\(3, 2\)"),
        (np.array([0.5]), "float64"),
        (np.array([0, 10]), r"\[0, 10\).*to 10"),
        (np.array([-1, 3]), "from -1"),
    ):
        with pytest.raises(UserError, match=said):
            modes(bad, 10)
    for frequencies in (np.zeros(10), np.full(10, np.nan), np.array([1.0, -1.0] * 5), np.ones((5, 2)), np.ones(9)):
        with pytest.raises(UserError, match=r"\(10,\)"):
            kl_floor(10, 5, frequencies)
    with pytest.raises(UserError, match="not 0"):
        kl_floor(10, 0)
    with pytest.raises(UserError, match="not 0"):
        expected_found(0, 10)
