"""Groups of samples that look alike to D, and names for them from a handful of labels."""

from dataclasses import dataclass

import numpy as np

from dcgan.errors import DataError
from dcgan.probes.standard import standard
from dcgan.rng import key

AXES = 50
"""Principal components that likeness is measured in."""


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """Where groups of samples lie among D's features."""

    mean: np.ndarray
    """float32 (d,), as ``scale``: what makes features standard."""
    scale: np.ndarray
    axes: np.ndarray
    """float32 (d, p): the principal components, each divided so that all vary by 1 in the mean."""
    centres: np.ndarray
    """float32 (k, p)."""

    def place(
        self, features: np.ndarray, mean: np.ndarray | None = None, scale: np.ndarray | None = None
    ) -> np.ndarray:
        """Return where pictures lie, float32 (n, p).

        Args:
            features: (n, d).
            mean, scale: what makes these features standard, where they are of pictures of another kind: real ones are
                bright where samples are not, and D knows it.
        """
        mean, scale = self.mean if mean is None else mean, self.scale if scale is None else scale
        return ((features - mean) / scale).astype(np.float32) @ self.axes


def find_clusters(features: np.ndarray, count: int, seed: int = 0) -> Clusters:
    """Find groups of pictures that look alike: k-means among the principal components of standard features.

    Args:
        features: float (n, d) of the pictures.
        count: clusters, k.
        seed: of k-means.

    Raises:
        DataError: there are too few pictures, or they are all alike.
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    if len(features) < 2 * count:
        raise DataError(f"{len(features)} pictures are too few for {count} clusters: take twice as many at least")
    mean, scale = standard(features)
    if not (features.std(0) > 1e-6).any():
        raise DataError("all these samples look the same to D, so there is nothing to sort: take another --snapshot")
    x = (features - mean) / scale
    start = key(seed, "clusters") % 2**31
    pca = PCA(min(AXES, *x.shape), svd_solver="randomized", random_state=start).fit(x)
    axes = (pca.components_.T / np.sqrt(pca.explained_variance_.mean())).astype(np.float32)
    places = x @ axes
    found = KMeans(count, n_init=4, random_state=start).fit(places)
    return Clusters(mean=mean, scale=scale, axes=axes, centres=found.cluster_centers_.astype(np.float32))


@dataclass(frozen=True, kw_only=True)
class Namer:
    """What says which of K kinds a place is of: a logistic regression."""

    weights: np.ndarray
    """float32 (p, K)."""
    bias: np.ndarray
    """float32 (K,)."""

    def probabilities(self, places: np.ndarray) -> np.ndarray:
        """Return how likely each kind is, places (n, p) to float32 (n, K), rows that sum to 1."""
        from scipy.special import softmax

        return softmax(places @ self.weights + self.bias, axis=1).astype(np.float32)


def learn_names(places: np.ndarray, labels: np.ndarray, kinds: int) -> Namer:
    """Learn kinds from examples, however few; no kind weighs more for having more of them.

    Args:
        places: float (m, p).
        labels: int64 (m,) in [0, kinds), all of which there are.
        kinds: K, at least 2.
    """
    from sklearn.linear_model import LogisticRegression

    found = LogisticRegression(C=1.0, class_weight="balanced", max_iter=1000).fit(places, labels)
    weights, bias = found.coef_.T, found.intercept_
    if kinds == 2:  # scikit-learn tells the second from the first
        weights, bias = np.concatenate([-weights, weights], 1) / 2, np.array([-bias[0], bias[0]]) / 2
    return Namer(weights=weights.astype(np.float32), bias=bias.astype(np.float32))


def named_clusters(clusters: Clusters, places: np.ndarray, namer: Namer) -> np.ndarray:
    """Return the kind that is likeliest in the mean over each cluster's samples, int64 (k,).

    Args:
        clusters: k of them.
        places: float32 (n, p), of the samples.
        namer: what says of which kind a sample is.
    """
    whose = squared_distances(places, clusters.centres).argmin(1)
    said, found = namer.probabilities(places), namer.probabilities(clusters.centres).argmax(1)
    for k in np.unique(whose):
        found[k] = said[whose == k].mean(0).argmax()
    return found


def squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the squared distances (n, k) of a (n, p) to b (k, p)."""
    from sklearn.metrics.pairwise import euclidean_distances

    return euclidean_distances(a, b, squared=True)
