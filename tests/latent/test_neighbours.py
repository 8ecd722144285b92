"""Nearest training pictures: against a plain search, and a generator that copies is found out."""

import numpy as np
import pytest

from dcgan.latent import neighbours
from dcgan.latent.neighbours import Near, Verdict, as_pixels, nearest, verdict
from dcgan.metrics.distances import nearest as search

rng = np.random.default_rng(0)


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 4, 4, 3), np.uint8)


def plainly(queries: np.ndarray, pictures: np.ndarray, rows: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    a, b = as_pixels(queries).astype(float), as_pixels(pictures[rows]).astype(float)
    found = np.linalg.norm(a[:, None] - b[None], axis=2)
    order = np.argsort(found, 1, kind="stable")[:, :k]
    return np.take_along_axis(found, order, 1), rows[order]


@pytest.mark.parametrize("block", [1, 7, 2048])
def test_the_nearest_are_those_of_a_plain_search(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "BLOCK", block)
    pictures, queries, rows = noise(50), noise(9, 1), np.sort(rng.permutation(50)[:40])
    found = nearest(as_pixels(queries), pictures, rows, 3, read=as_pixels, search=search)
    distances, names = plainly(queries, pictures, rows, 3)
    np.testing.assert_allclose(found.distances, distances)
    np.testing.assert_array_equal(found.rows, names)


def test_a_picture_is_not_its_own_neighbour_but_its_copy_is() -> None:
    pictures = noise(30)
    pictures[20] = pictures[5]
    own = np.array([3, 5, 20, -1])
    queries = as_pixels(np.concatenate([pictures[own[:3]], pictures[5:6]]))
    found = nearest(queries, pictures, np.arange(30), 2, read=as_pixels, search=search, own=own)
    assert found.distances.shape == (4, 2)
    assert 3 not in found.rows[0]
    assert found.distances[0, 0] > 0
    assert found.rows[1:3, 0].tolist() == [20, 5]
    assert found.rows[3].tolist() == [5, 20]
    assert found.distances[1:, 0].tolist() == [0, 0, 0]


def test_more_copies_than_neighbours() -> None:
    pictures = noise(10)
    pictures[:] = pictures[0]
    found = nearest(as_pixels(pictures), pictures, np.arange(10), 2, read=as_pixels, search=search, own=np.arange(10))
    assert (found.distances == 0).all()
    assert (found.rows != np.arange(10)[:, None]).all()


def test_fewer_pictures_than_neighbours() -> None:
    found = nearest(as_pixels(noise(2)), noise(3), np.arange(3), 5, read=as_pixels, search=search)
    assert (found.rows[:, 3:] == -1).all()
    assert np.isinf(found.distances[:, 3:]).all()


def judged(samples: np.ndarray, pictures: np.ndarray, held: np.ndarray | None = None) -> Verdict:
    rows = np.arange(len(pictures))
    more = {"read": as_pixels, "search": search}
    real = nearest(as_pixels(pictures), pictures, rows, 1, own=rows, **more)  # type: ignore[arg-type]
    near = nearest(as_pixels(samples), pictures, rows, 1, **more)  # type: ignore[arg-type]
    others = None if held is None else nearest(as_pixels(held), pictures, rows, 1, **more)  # type: ignore[arg-type]
    return verdict(near, real, real.distances[:, 0] == 0, others)


def test_samples_half_of_which_are_training_pictures_are_found_out() -> None:
    pictures = noise(400)
    samples = noise(200, 1)
    honest = judged(samples, pictures, noise(100, 2))
    assert honest.share < 0.05
    assert 0.4 < honest.nearer < 0.6
    assert honest.share_held < 0.1
    samples[::2] = pictures[:100]
    copied = judged(samples, pictures, noise(100, 2))
    assert 0.5 <= copied.share < 0.55
    assert 0.7 < copied.nearer < 0.8
    assert (copied.samples[::2] == 0).all()
    nearly = np.clip(pictures[:100].astype(int) + rng.integers(-3, 4, (100, 4, 4, 3)), 0, 255).astype(np.uint8)
    assert judged(nearly, pictures).share == 1


def test_copies_among_real_pictures_are_named_apart() -> None:
    pictures = noise(300)
    plain = judged(noise(50, 1), pictures)
    pictures[200:] = pictures[:100]
    found = judged(noise(50, 1), pictures)
    assert (plain.copies, found.copies) == (0, 200)
    assert len(found.real) == 100
    assert found.close > 0  # the copies do not say what is close


def test_where_there_is_nothing_to_compare_with() -> None:
    pictures = np.zeros((4, 4, 4, 3), np.uint8)
    found = judged(noise(3), pictures)
    assert found.copies == 4
    assert np.isnan([found.close, found.nearer, found.share_held, found.share]).all()


def test_how_often_a_sample_is_nearer() -> None:
    near = Near(distances=np.array([[1.0], [2.0], [3.0]]), rows=np.zeros((3, 1), int))
    real = Near(distances=np.array([[2.0], [4.0]]), rows=np.zeros((2, 1), int))
    found = verdict(near, real, np.zeros(2, bool))
    assert found.nearer == pytest.approx((1 + 0.75 + 0.5) / 3)
    assert near.part(1, 2).distances.tolist() == [[2.0]]
