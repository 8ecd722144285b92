"""Nearest neighbours: a classifier, and whether two sets can be told apart."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from dcgan.errors import UserError
from dcgan.metrics.nearest import nearest_error, nearest_labels, two_sample
from tests.metrics.rows import BAD, clusters, gaussian


def test_parity_with_sklearn() -> None:
    train, test = gaussian(1, 300, 5), gaussian(2, 200, 5)
    labels = np.random.default_rng(3).integers(0, 9, 300)
    expected = KNeighborsClassifier(1, algorithm="brute").fit(train, labels).predict(test)
    np.testing.assert_array_equal(nearest_labels(train, labels, test), expected)
    assert nearest_error(train, labels, test, expected) == 0
    expected[:50] = -1
    assert nearest_error(train, labels, test, expected) == 0.25


def test_pictures_as_bytes_do_not_wrap_around() -> None:
    train = np.array([[0], [200]], np.uint8)
    found = nearest_labels(train, np.array(["dark", "light"]), np.array([[90], [110], [255]], np.uint8))
    assert found.tolist() == ["dark", "light", "light"]


def test_of_equals_the_first() -> None:
    train = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    assert nearest_labels(train, np.array([4, 5, 6]), np.array([[1.0, 1.0], [1.0, 0.0]])).tolist() == [4, 4]


@pytest.mark.data
def test_mnist(shared: Path) -> None:
    """2,000 real pictures teach real test digits with an error of about 10%; shuffled labels teach nothing."""

    def pictures(name: str, count: int) -> np.ndarray:
        packed = (shared / "mnist" / f"{name}-images-idx3-ubyte.gz").read_bytes()
        return np.frombuffer(gzip.decompress(packed)[16:], np.uint8).reshape(-1, 784)[:count]

    def labels(name: str, count: int) -> np.ndarray:
        packed = (shared / "mnist" / f"{name}-labels-idx1-ubyte.gz").read_bytes()
        return np.frombuffer(gzip.decompress(packed)[8:], np.uint8)[:count]

    train, train_labels = pictures("train", 2000), labels("train", 2000)
    test, test_labels = pictures("t10k", 1000), labels("t10k", 1000)
    assert 0.08 < nearest_error(train, train_labels, test, test_labels) < 0.14
    assert nearest_error(train, np.roll(train_labels, 1), test, test_labels) > 0.8


def test_equal_distributions_cannot_be_told_apart() -> None:
    found = [two_sample(gaussian(i, 300, 4), gaussian(100 + i, 300, 4)) for i in range(10)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.03)
    uneven = [two_sample(gaussian(i, 400, 4), gaussian(100 + i, 100, 4)) for i in range(10)]
    assert np.mean(uneven) == pytest.approx(0.5, abs=0.04)


def test_different_distributions_and_copies() -> None:
    real = gaussian(1, 200, 4)
    assert two_sample(real, gaussian(2, 200, 4) + 30) == 1
    assert 0.6 < two_sample(real, gaussian(2, 200, 4) + 1) < 1
    assert two_sample(real, real + 1e-6) == 0  # every neighbour is of the other set
    dropped = two_sample(clusters(1, 50, 4), np.tile(clusters(2, 50, 4)[:50], (4, 1)))
    assert dropped > 0.8  # half of the classes, or a fourth: real ones without fakes are known at once


@pytest.mark.parametrize(("a", "b", "said"), BAD)
def test_bad_features(a: np.ndarray, b: np.ndarray, said: str) -> None:
    with pytest.raises(UserError, match=said):
        two_sample(a, b)


def test_bad_labels() -> None:
    train, test = gaussian(1, 9, 2), gaussian(2, 5, 2)
    with pytest.raises(UserError, match=r"9 rows .* \(8,\)"):
        nearest_labels(train, np.zeros(8), test)
    with pytest.raises(UserError, match=r"5 rows .* \(1,\)"):
        nearest_error(train, np.zeros(9), test, np.zeros(1))
    with pytest.raises(UserError, match=r"train \(9, 2\), test \(5, 3\)"):
        nearest_labels(train, np.zeros(9), gaussian(2, 5, 3))
