"""The linear support vector machine that features are judged by: one against the rest, squared hinge, L2.

The objective is scikit-learn's ``LinearSVC``: half the squared length of the weights (the bias counts as one of them)
plus C times the sum of squared hinge losses, for each class against the others. ``LinearSVC`` itself keeps 16 bytes a
number beside its input, which for 50,000 pictures of 28,672 features are 34 GB, so only what is small goes to it; the
rest is solved here, by scipy's L-BFGS over features that are read from the disk a few at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dcgan.probes.table import Table

ROUNDS = 60
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
    losses: tuple[float, ...] = ()
    """The objective, round by round, where it was solved here."""

    def predict(self, table: Table, rows: np.ndarray) -> np.ndarray:
        """Return the class of some rows (int64, ascending), int64 (n,)."""
        weights, bias = torch.from_numpy(self.weights), torch.from_numpy(self.bias)
        said = [torch.addmm(bias, _float(x), weights).argmax(1) for _, x in table.chunks(rows)]
        return torch.cat(said).numpy()


def fit(
    table: Table,
    rows: np.ndarray,
    labels: np.ndarray,
    classes: int,
    C: float,
    scaling: Scaling,
    *,
    start: Machine | None = None,
    rounds: int = ROUNDS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Machine:
    """Fit a machine to some rows of a table.

    Args:
        table: the features.
        rows: int64, ascending: which.
        labels: int64 (len(rows),) in [0, classes), of those rows.
        classes: K, at least 2.
        C: weight of the losses; the smaller, the smoother.
        scaling: what is done to features first; the machine that is returned takes raw ones.
        start: a machine for another C, to go on from.
        rounds: of L-BFGS at most.
        progress: called with (rounds done, rounds at most).
    """
    if len(rows) * min(len(rows), table.width) <= SMALL:
        return _fit_small(table.read(rows), labels, classes, C, scaling)
    return _fit_large(table, rows, labels, classes, C, scaling, start, rounds, progress)


# Small ---------------------------------------------------------------------------------------------------------------


def _fit_small(x: np.ndarray, labels: np.ndarray, classes: int, C: float, scaling: Scaling) -> Machine:
    from sklearn.svm import LinearSVC

    x = scaling.apply(x)
    short, back = in_their_span(x) if x.shape[1] > len(x) else (x.astype(np.float64), None)
    weights, bias = np.zeros((short.shape[1], classes)), np.full(classes, -1.0)
    for k in np.unique(labels):  # a class that no row is of stays at -1: never chosen
        machine = LinearSVC(C=C, dual=True, tol=1e-4, max_iter=10_000, random_state=0)
        machine.fit(short, labels == k)
        weights[:, k], bias[k] = machine.coef_[0], machine.intercept_[0]
    return _raw((weights if back is None else back @ weights).astype(np.float32), bias.astype(np.float32), scaling)


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
    kept = values > values[-1] * 1e-12
    roots = np.sqrt(values[kept])
    return vectors[:, kept] * roots, x.T @ (vectors[:, kept] / roots)


# Large ---------------------------------------------------------------------------------------------------------------


def _fit_large(
    table: Table,
    rows: np.ndarray,
    labels: np.ndarray,
    classes: int,
    C: float,
    scaling: Scaling,
    start: Machine | None,
    rounds: int,
    progress: Callable[[int, int], None],
) -> Machine:
    from scipy.optimize import minimize

    signs = torch.full((len(rows), classes), -1.0)
    signs[torch.arange(len(rows)), torch.from_numpy(labels)] = 1
    factor, mean = torch.from_numpy(scaling.factor)[:, None], torch.from_numpy(scaling.mean)
    losses: list[float] = []

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        both = torch.from_numpy(flat).view(table.width + 1, classes)
        weights, bias = both[:-1].float() * factor, both[-1].float()
        value, slope = _hinge(table, rows, signs, weights, bias - mean @ weights)
        slope_w = (slope[:-1] - mean[:, None] * slope[-1]) * factor
        slopes = both + C * torch.cat([slope_w, slope[-1:]])
        value = C * value + 0.5 * float((both * both).sum())
        return value, slopes.numpy().ravel()

    def told(found: object) -> None:
        losses.append(float(found.fun))  # type: ignore[attr-defined]
        progress(min(len(losses), rounds), rounds)

    begin = np.zeros((table.width + 1, classes)) if start is None else _scaled(start, scaling)
    found = minimize(
        objective,
        begin.ravel(),
        jac=True,
        method="L-BFGS-B",
        callback=lambda intermediate_result: told(intermediate_result),
        options={"maxiter": rounds, "maxcor": 10, "ftol": 1e-6, "gtol": 0},
    )
    both = found.x.reshape(table.width + 1, classes).astype(np.float32)
    return _raw(both[:-1], both[-1], scaling, tuple(losses))


def _hinge(table: Table, rows: np.ndarray, signs: Tensor, weights: Tensor, bias: Tensor) -> tuple[float, Tensor]:
    """Return the sum of squared hinge losses and its slope (d + 1, K), the bias last, in one pass over the features."""
    value, slope, at = 0.0, torch.zeros(len(weights) + 1, len(bias), dtype=torch.float64), 0
    for some, features in table.chunks(rows):
        x, sign = _float(features), signs[at : at + len(some)]
        missing = (1 - sign * torch.addmm(bias, x, weights)).clamp_(min=0)
        value += float((missing * missing).sum(dtype=torch.float64))
        pull = -2 * sign * missing
        slope[:-1] += x.T @ pull
        slope[-1] += pull.sum(0)
        at += len(some)
    return value, slope


def _float(features: np.ndarray) -> Tensor:
    return torch.from_numpy(features).float()


def _raw(weights: np.ndarray, bias: np.ndarray, scaling: Scaling, losses: tuple[float, ...] = ()) -> Machine:
    """Have a machine for scaled features take raw ones."""
    raw = weights * scaling.factor[:, None]
    return Machine(weights=raw, bias=(bias - scaling.mean @ raw).astype(np.float32), losses=losses)


def _scaled(machine: Machine, scaling: Scaling) -> np.ndarray:
    """The reverse of ``_raw``: float64 (d + 1, K), the bias last."""
    weights = machine.weights / scaling.factor[:, None]
    return np.concatenate([weights, (machine.bias + scaling.mean @ machine.weights)[None]]).astype(np.float64)
