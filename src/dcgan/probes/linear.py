"""The linear support vector machine that features are judged by: one against the rest, squared hinge, L2.

The objective is scikit-learn's ``LinearSVC``: half the squared length of the weights (the bias counts as one of them)
plus C times the sum of squared hinge losses, for each class against the others. ``LinearSVC`` itself keeps 16 bytes a
number beside its input, which for 50,000 pictures of 28,672 features are 34 GB, so only what is small goes to it; the
rest is solved here, by L-BFGS over features that are read from the disk a few at a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dcgan.probes.lbfgs import minimise
from dcgan.probes.table import Table

ROUNDS = 60
SETTLED = 1e-4
SMALL = 4_000_000
"""Numbers up to which scikit-learn does the work."""


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """What is done to features before the machine: (x - mean) * factor."""

    mean: np.ndarray
    """float32 (d,)."""
    factor: np.ndarray
    """float32 (d,)."""

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Return scaled features, float32 (n, d)."""
        return (np.asarray(x, np.float32) - self.mean) * self.factor


def scaling_of(mean: np.ndarray, scale: np.ndarray) -> Scaling:
    """Make features standard, and their squared length 1 in the mean, so that one range of C fits any number of them.

    Args:
        mean, scale: float32 (d,), of the pictures that are learnt from.
    """
    return Scaling(mean=mean, factor=(1 / (scale * np.sqrt(len(scale)))).astype(np.float32))


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A linear machine for K classes on raw features."""

    weights: np.ndarray
    """float32 (d, K)."""
    bias: np.ndarray
    """float32 (K,)."""


def fit_each(
    table: Table,
    rows: np.ndarray,
    labels: np.ndarray,
    classes: int,
    Cs: Sequence[float],
    scaling: Scaling,
    *,
    start: Machine | None = None,
    rounds: int = ROUNDS,
    settled: float = SETTLED,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Machine]:
    """Fit a machine to some rows of a table for each C.

    Args:
        table: the features.
        rows: int64, ascending: which.
        labels: int64 (len(rows),) in [0, classes), of those rows.
        classes: K, at least 2.
        Cs: weights of the losses; the smaller, the smoother.
        scaling: what is done to features first; the machines that are returned take raw ones.
        start: a machine to begin from.
        rounds: of L-BFGS at most.
        settled: a round that gains a smaller share than this is one of the last: answers hardly change any more.
        progress: called with (rounds done, rounds at most).
    """
    if len(rows) * min(len(rows), table.width) <= SMALL:
        return _fit_small(table.read(rows), labels, classes, Cs, scaling)
    return _fit_large(table, rows, labels, classes, Cs, scaling, start, rounds, settled, progress)


# Small ---------------------------------------------------------------------------------------------------------------


def _fit_small(x: np.ndarray, labels: np.ndarray, classes: int, Cs: Sequence[float], scaling: Scaling) -> list[Machine]:
    from sklearn.svm import LinearSVC

    x = scaling.apply(x)
    short, back = in_their_span(x) if x.shape[1] > len(x) else (x.astype(np.float64), None)
    found = []
    for C in Cs:
        weights, bias = np.zeros((short.shape[1], classes)), np.full(classes, -1.0)
        for k in np.unique(labels):  # a class that no row is of stays at -1: never chosen
            machine = LinearSVC(C=C, dual=True, tol=1e-4, max_iter=10_000, random_state=0)
            machine.fit(short, labels == k)
            weights[:, k], bias[k] = machine.coef_[0], machine.intercept_[0]
        whole = weights if back is None else back @ weights
        found.append(_raw(whole.astype(np.float32), bias.astype(np.float32), scaling))
    return found


def in_their_span(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return n vectors of more than n numbers as n numbers each, and the way back.

    The weights of a linear machine with L2 lie in the span of its examples, so nothing is lost: scalar products, and
    with them the machine, are the same.

    Args:
        x: float32 (n, d), n < d.

    Returns:
        float64 (n, r) with the same scalar products, and float64 (d, r): weights of those times it are weights of x.
    """
    x = x.astype(np.float64)
    values, vectors = np.linalg.eigh(x @ x.T)
    kept = values > max(values[-1], 1e-30) * 1e-12
    kept[-1] = True  # of vectors that are all alike one axis stays
    roots = np.sqrt(np.maximum(values[kept], 1e-30))
    return vectors[:, kept] * roots, x.T @ (vectors[:, kept] / roots)


# Large ---------------------------------------------------------------------------------------------------------------


def _fit_large(
    table: Table,
    rows: np.ndarray,
    labels: np.ndarray,
    classes: int,
    Cs: Sequence[float],
    scaling: Scaling,
    start: Machine | None,
    rounds: int,
    settled: float,
    progress: Callable[[int, int], None],
) -> list[Machine]:
    """All classes and all C at once: a column each, so that the features are read once a round."""
    signs = torch.full((len(rows), classes), -1.0)
    signs[torch.arange(len(rows)), torch.from_numpy(labels)] = 1
    signs = signs.repeat(1, len(Cs))
    weight = torch.tensor(Cs, dtype=torch.float64).repeat_interleave(classes)
    factor, mean = torch.from_numpy(scaling.factor)[:, None], torch.from_numpy(scaling.mean)

    def objective(both: Tensor) -> tuple[Tensor, Tensor]:
        weights, bias = both[:-1] * factor, both[-1]
        value, slope = _hinge(table, rows, signs, weights, bias - mean @ weights)
        slope[:-1] = (slope[:-1] - mean[:, None] * slope[-1]) * factor
        half = 0.5 * (both * both).sum(0, dtype=torch.float64)
        return weight * value + half, both + weight.float() * slope

    begin = torch.zeros(table.width + 1, classes) if start is None else torch.from_numpy(_scaled(start, scaling))
    first = 1 / (1 + 2 * weight * len(rows))
    found = minimise(objective, begin.repeat(1, len(Cs)), first, rounds, settled, progress)
    each = (part.numpy() for part in found.split(classes, 1))
    return [_raw(np.ascontiguousarray(both[:-1]), both[-1], scaling) for both in each]


def _hinge(table: Table, rows: np.ndarray, signs: Tensor, weights: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Return the sums of squared hinge losses, float64 (P,), and their slopes (d + 1, P), the bias last, in one pass
    over the features."""
    value, slope = torch.zeros(len(bias), dtype=torch.float64), torch.zeros(len(weights) + 1, len(bias))
    at = 0
    for some, features in table.chunks(rows):
        x, sign = _float(features), signs[at : at + len(some)]
        missing = (1 - sign * torch.addmm(bias, x, weights)).clamp_(min=0)
        value += (missing * missing).sum(0, dtype=torch.float64)
        pull = missing.mul_(sign).mul_(-2)
        slope[:-1].addmm_(x.T, pull)
        slope[-1] += pull.sum(0)
        at += len(some)
    return value, slope


def _float(features: np.ndarray) -> Tensor:
    return torch.from_numpy(features).float()


def _raw(weights: np.ndarray, bias: np.ndarray, scaling: Scaling) -> Machine:
    """Have a machine for scaled features take raw ones."""
    raw = weights * scaling.factor[:, None]
    return Machine(weights=raw, bias=(bias - scaling.mean @ raw).astype(np.float32))


def _scaled(machine: Machine, scaling: Scaling) -> np.ndarray:
    """The reverse of ``_raw``: float32 (d + 1, K), the bias last."""
    weights = machine.weights / scaling.factor[:, None]
    return np.concatenate([weights, (machine.bias + scaling.mean @ machine.weights)[None]]).astype(np.float32)
