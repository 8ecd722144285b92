"""Which pictures a step sees, and which of them mirrored."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dcgan.config import Config
from dcgan.data.feed import Stored, feed_of
from dcgan.data.order import Order, indices_at, mirror, mirrored_at
from dcgan.data.pictures import Pictures
from tests.data.samples import noise

COUNTS = st.integers(1, 60)
BATCHES = st.integers(1, 70)
SEEDS = st.integers(0, 2**31)
few = settings(max_examples=60, deadline=None, derandomize=True)


def stream(count: int, batch: int, steps: int, order: Order = "shuffled", seed: int = 0, start: int = 0) -> np.ndarray:
    """Return the indices of consecutive batches, one after another."""
    batches = [indices_at(count, batch, start + i * batch, seed=seed, order=order) for i in range(steps)]
    assert all(len(b) == batch and b.dtype == np.int64 for b in batches)
    return np.concatenate(batches)


def mirrors(count: int, batch: int, steps: int, seed: int = 0, start: int = 0) -> np.ndarray:
    """Return which pictures of consecutive batches are mirrored."""
    found = []
    for nimg in range(start, start + steps * batch, batch):
        found.append(mirrored_at(indices_at(count, batch, nimg, seed=seed, order="shuffled"), count, nimg, seed=seed))
        assert found[-1].shape == (batch,)
        assert found[-1].dtype == np.bool_
    return np.concatenate(found)


# The order ----------------------------------------------------------------------------------------------------------


@few
@given(count=COUNTS, batch=BATCHES, seed=SEEDS)
def test_each_epoch_is_a_permutation_however_it_is_cut(count: int, batch: int, seed: int) -> None:
    steps = -(-4 * count // batch)
    seen = stream(count, batch, steps, seed=seed)[: 4 * count]
    assert (np.sort(seen.reshape(4, count)) == np.arange(count)).all()
    assert np.array_equal(seen, stream(count, 4 * count, 1, seed=seed))


@few
@given(
    count=COUNTS, batch=BATCHES, seed=SEEDS, step=st.integers(0, 20), order=st.sampled_from(["shuffled", "sequential"])
)
def test_resumed_anywhere_it_goes_on_alike(count: int, batch: int, seed: int, step: int, order: Order) -> None:
    whole = stream(count, batch, step + 3, order, seed)
    assert np.array_equal(stream(count, batch, 3, order, seed, start=step * batch), whole[step * batch :])


@few
@given(count=COUNTS, batch=BATCHES, start=st.integers(0, 500))
def test_sequential_is_the_whole_batches_over_and_over(count: int, batch: int, start: int) -> None:
    usable = count // batch * batch or count
    seen = indices_at(count, batch, start, seed=0, order="sequential")
    assert seen.tolist() == [(start + i) % usable for i in range(batch)]


def test_epochs_and_seeds_differ() -> None:
    epochs = stream(100, 100, 4).reshape(4, 100)
    assert all((a != b).any() for a, b in pairwise(epochs))
    assert (stream(100, 100, 1, seed=1) != epochs[0]).any()
    assert (epochs[0] != np.arange(100)).any()


def test_golden_values() -> None:
    assert stream(10, 10, 2).tolist() == [4, 8, 6, 0, 2, 3, 9, 7, 1, 5, 8, 1, 9, 4, 2, 7, 6, 3, 0, 5]
    assert mirrors(10, 10, 2).astype(int).tolist() == [1, 1, 1, 1, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0]


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
    before = stream(10, 10, 1)
    indices_at(10, 10, 0, seed=0, order="shuffled")[:] = 0
    assert np.array_equal(stream(10, 10, 1), before)


# Mirrored -----------------------------------------------------------------------------------------------------------


@few
@given(count=COUNTS, batch=BATCHES, seed=SEEDS)
def test_two_epochs_show_every_picture_both_ways(count: int, batch: int, seed: int) -> None:
    steps = -(-4 * count // batch)
    order = stream(count, batch, steps, seed=seed)[: 4 * count].reshape(4, count)
    turned = mirrors(count, batch, steps, seed)[: 4 * count].reshape(4, count)
    by_picture = np.empty((4, count), np.bool_)
    for epoch in range(4):
        by_picture[epoch, order[epoch]] = turned[epoch]
    assert (by_picture[0] != by_picture[1]).all()
    assert (by_picture[2] != by_picture[3]).all()


@few
@given(count=COUNTS, batch=BATCHES, other=BATCHES, seed=SEEDS)
def test_mirroring_does_not_depend_on_the_batch(count: int, batch: int, other: int, seed: int) -> None:
    length = 3 * count
    one, two = (mirrors(count, b, -(-length // b), seed)[:length] for b in (batch, other))
    assert np.array_equal(one, two)


@few
@given(count=COUNTS, batch=BATCHES, seed=SEEDS, step=st.integers(0, 20))
def test_mirroring_resumes_anywhere(count: int, batch: int, seed: int, step: int) -> None:
    whole = mirrors(count, batch, step + 3, seed)
    assert np.array_equal(mirrors(count, batch, 3, seed, start=step * batch), whole[step * batch :])


def test_coins_are_fair_and_fresh() -> None:
    turned = mirrors(1000, 1000, 8).reshape(8, 1000)
    assert all(420 < row.sum() < 580 for row in turned)
    first = [np.empty(1000, np.bool_) for _ in range(2)]
    for found, epoch in zip(first, (0, 2), strict=True):
        found[indices_at(1000, 1000, epoch * 1000, seed=0, order="shuffled")] = turned[epoch]
    assert 420 < (first[0] != first[1]).sum() < 580  # another pair of epochs, other coins
    assert (mirrors(1000, 1000, 1, seed=1) != turned[0]).any()


def test_mirror_turns_exactly_the_marked_ones() -> None:
    pixels = noise(5, 4, 6, 3)
    marked = np.array([True, False, True, False, False])
    found = mirror(pixels.copy(), marked)
    assert np.array_equal(found[marked], pixels[marked][:, :, ::-1])
    assert np.array_equal(found[~marked], pixels[~marked])
    assert np.array_equal(mirror(pixels.copy(), np.zeros(5, np.bool_)), pixels)
    assert np.array_equal(mirror(mirror(pixels.copy(), marked), marked), pixels)


# Batches of stored pictures -----------------------------------------------------------------------------------------


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    """Seven pictures on the disk, read-only."""
    np.save(tmp_path / "pictures.npy", noise(7, 4, 5, 3))
    pixels = np.load(tmp_path / "pictures.npy", mmap_mode="r")
    return Pictures(name="p", pixels=pixels, labels=np.full(7, -1), classes=())


@pytest.mark.parametrize("order", ["shuffled", "sequential"])
def test_a_batch_is_the_pictures_in_their_order(pictures: Pictures, order: Order) -> None:
    feed = feed_of(pictures, Config(batch=4, seed=3, order=order))
    assert len(feed) == 7
    for nimg in (0, 4, 8, 400):
        batch = feed.batch_at(nimg)
        assert (batch.dtype, batch.device.type) == (torch.uint8, "cpu")
        assert np.array_equal(batch.numpy(), noise(7, 4, 5, 3)[indices_at(7, 4, nimg, seed=3, order=order)])
    batch.zero_()
    assert np.array_equal(pictures.pixels, noise(7, 4, 5, 3))


def test_a_batch_is_mirrored_where_it_is_said(pictures: Pictures) -> None:
    plain = Stored(pictures=pictures, batch=5, seed=3)
    turned = Stored(pictures=pictures, batch=5, seed=3, mirrored=True)
    some = 0
    for nimg in range(0, 70, 5):
        a, b = plain.batch_at(nimg).numpy(), turned.batch_at(nimg).numpy()
        marked = mirrored_at(indices_at(7, 5, nimg, seed=3, order="shuffled"), 7, nimg, seed=3)
        assert np.array_equal(b[~marked], a[~marked])
        assert np.array_equal(b[marked], a[marked][:, :, ::-1])
        some += marked.sum()
    assert some == 35  # of 70, ten epochs


def test_some_pictures_to_look_at(pictures: Pictures) -> None:
    feed = Stored(pictures=pictures, batch=5, seed=3)
    for count in (1, 3, 7, 99):
        found = feed.some(count)
        places = [int(np.flatnonzero((pictures.pixels == p).all((1, 2, 3)))[0]) for p in found]
        assert len(found) == min(count, 7)
        assert places == sorted(set(places))
    assert np.array_equal(feed.some(3), feed.some(3))


def test_a_feed_stays_what_it_is(pictures: Pictures) -> None:
    feed = Stored(pictures=pictures, batch=5, seed=3)
    assert feed_of(feed, Config(batch=9, mirror=True)) is feed
