"""Which pictures a step sees."""

from itertools import pairwise
from typing import Literal

import numpy as np
import pytest
import torch

from dcgan.data.cache import Pictures
from dcgan.data.order import indices_at, read
from tests.data.samples import noise

Order = Literal["shuffled", "sequential"]


def stream(count: int, batch: int, steps: int, order: Order, seed: int = 0, start: int = 0) -> np.ndarray:
    """Return the indices of consecutive batches, one after another."""
    batches = [indices_at(count, batch, start + i * batch, seed=seed, order=order) for i in range(steps)]
    assert all(len(b) == batch and b.dtype == np.int64 for b in batches)
    return np.concatenate(batches)


@pytest.mark.parametrize(("count", "batch"), [(10, 5), (10, 4), (10, 3), (7, 16), (1, 4), (100, 100)])
def test_each_epoch_is_a_permutation(count: int, batch: int) -> None:
    seen = stream(count, batch, 6 * count, "shuffled")[: 6 * count]
    assert (np.sort(seen.reshape(6, count)) == np.arange(count)).all()


def test_epochs_and_seeds_differ() -> None:
    epochs = stream(100, 100, 4, "shuffled").reshape(4, 100)
    assert all((a != b).any() for a, b in pairwise(epochs))
    assert (stream(100, 100, 1, "shuffled", seed=1) != epochs[0]).any()
    assert (epochs[0] != np.arange(100)).any()


def test_golden_values() -> None:
    assert stream(10, 10, 2, "shuffled").tolist() == [4, 8, 6, 0, 2, 3, 9, 7, 1, 5, 8, 1, 9, 4, 2, 7, 6, 3, 0, 5]


@pytest.mark.parametrize("order", ["shuffled", "sequential"])
@pytest.mark.parametrize(("count", "batch"), [(10, 4), (7, 16), (64, 8)])
def test_a_resumed_run_goes_on_alike(order: Order, count: int, batch: int) -> None:
    whole = stream(count, batch, 12, order)
    for step in range(12):
        rest = stream(count, batch, 12 - step, order, start=step * batch)
        assert np.array_equal(rest, whole[step * batch :])


def test_what_comes_does_not_depend_on_the_batch() -> None:
    assert np.array_equal(stream(10, 3, 20, "shuffled"), stream(10, 4, 15, "shuffled"))
    assert np.array_equal(stream(10, 60, 1, "shuffled"), stream(10, 4, 15, "shuffled"))


@pytest.mark.parametrize(
    ("count", "batch", "expected"),
    [
        (10, 4, [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3]),
        (8, 4, [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3]),
        (3, 4, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]),
        (5, 4, [0, 1, 2, 3] * 3),
    ],
)
def test_sequential_starts_over_before_the_last_partial_batch(count: int, batch: int, expected: list[int]) -> None:
    assert stream(count, batch, 3, "sequential").tolist() == expected


def test_returned_indices_are_the_callers_own() -> None:
    before = stream(10, 10, 1, "shuffled")
    indices_at(10, 10, 0, seed=0, order="shuffled")[:] = 0
    assert np.array_equal(stream(10, 10, 1, "shuffled"), before)


def test_read_gives_the_pictures_in_the_order_asked_for() -> None:
    pixels = noise(6, 4, 5, 3)
    pixels.flags.writeable = False
    pictures = Pictures(name="p", pixels=pixels, labels=np.full(6, -1), classes=())
    batch = read(pictures, np.array([4, 0, 4]))
    assert batch.dtype == torch.uint8
    assert np.array_equal(batch.numpy(), pixels[[4, 0, 4]])
