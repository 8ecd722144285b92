"""Clusters of samples, and names for them from a handful of examples."""

import numpy as np
import pytest

from dcgan.errors import DataError
from dcgan.probes.clusters import find_clusters, learn_names, named_clusters, squared_distances
from dcgan.probes.standard import standard


def three_kinds(count: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 3, count)
    middles = np.random.default_rng(9).normal(size=(3, 40)) * 3
    return (middles[kinds] + rng.normal(size=(count, 40))) * np.geomspace(0.1, 10, 40) + 5, kinds


def test_clusters_are_of_one_kind_each() -> None:
    x, kinds = three_kinds()
    found = find_clusters(x, 6)
    whose = squared_distances(found.place(x), found.centres).argmin(1)
    for k in range(6):
        assert len(set(kinds[whose == k])) == 1


def test_the_same_seed_finds_the_same() -> None:
    x, _ = three_kinds()
    np.testing.assert_array_equal(find_clusters(x, 4, seed=1).centres, find_clusters(x, 4, seed=1).centres)


@pytest.mark.parametrize("kinds", [2, 3])
def test_a_few_examples_name_all(kinds: int) -> None:
    x, truth = three_kinds()
    x, truth = x[truth < kinds], truth[truth < kinds]
    found = find_clusters(x, 6)
    places = found.place(x)
    few = np.concatenate([np.flatnonzero(truth == k)[:2] for k in range(kinds)])
    namer = learn_names(places[few], truth[few], kinds)
    said = namer.probabilities(places)
    np.testing.assert_allclose(said.sum(1), 1, rtol=1e-5)
    assert (said.argmax(1) == truth).mean() > 0.97
    whose = squared_distances(places, found.centres).argmin(1)
    names = named_clusters(found, places, namer)
    assert (names[whose] == truth).mean() > 0.97


def test_probabilities_are_scikit_learns() -> None:
    from sklearn.linear_model import LogisticRegression

    x, truth = three_kinds()
    places = find_clusters(x, 3).place(x)
    for kinds in (2, 3):
        some = truth < kinds
        expected = LogisticRegression(C=1.0, class_weight="balanced", max_iter=1000).fit(places[some], truth[some])
        found = learn_names(places[some], truth[some], kinds).probabilities(places)
        np.testing.assert_allclose(found, expected.predict_proba(places), atol=1e-4)


def test_pictures_of_another_kind_are_made_standard_by_their_own() -> None:
    x, _ = three_kinds()
    found = find_clusters(x, 3)
    brighter = x * 3 + 100
    np.testing.assert_allclose(found.place(brighter, *standard(brighter)), found.place(x), atol=1e-2)


def test_samples_that_are_all_alike_are_refused() -> None:
    with pytest.raises(DataError, match="look the same"):
        find_clusters(np.ones((20, 4)), 3)


def test_too_few_pictures_are_refused() -> None:
    with pytest.raises(DataError, match="too few"):
        find_clusters(np.zeros((9, 4)), 5)
