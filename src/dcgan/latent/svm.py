"""Linear support vector machines: one yes-or-no question each, with answers in [0, 1]."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from dcgan.data.heldback import split

APART = 0.2
"""The share of the examples that no machine is fitted to: half of it makes scores probabilities, half tells how good
these are."""
FEWEST = 4
"""Examples of yes, and of no, in each of the three parts, without which a question is left out."""
FIRM, CLOSE, ROUNDS = 1e-3, 1e-2, 1_000


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One machine: score = x @ weights + bias, log-odds of yes = slope * score + offset, for standard features x."""

    weights: np.ndarray
    """float64 (d,)."""
    bias: float
    slope: float
    offset: float
    accuracy: float
    """Balanced accuracy on examples that neither the machine nor its log-odds were fitted to."""


@dataclass(frozen=True, kw_only=True)
class Machines:
    """Machines on the same features."""

    mean: np.ndarray
    """float64 (d,), as ``scale``: what makes features standard."""
    scale: np.ndarray
    each: dict[int, Machine] = field(default_factory=dict)
    """By question; those with too few examples have none."""
    fitted_to: int = 0
    tested_on: int = 0

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return how likely yes is, features (N, d) to float32 (N, machines) in [0, 1]."""
        x = (np.asarray(features, np.float64) - self.mean) / self.scale
        odds = [m.slope * (x @ m.weights + m.bias) + m.offset for m in self.each.values()]
        return sigmoid(np.stack(odds, 1)).astype(np.float32)


def fit_machines(
    features: np.ndarray, values: np.ndarray, progress: Callable[[int, int], None] = lambda done, total: None
) -> Machines:
    """Fit a linear machine a question.

    Features are made standard, and yes and no weigh alike however rare one of them is. Scores become log-odds by a
    logistic fit on examples held out (Platt 1999), moved so that yes is said as often as it is true (``matching``).

    Args:
        features: (N, d).
        values: int (N, Q): 1 yes, 0 no, -1 not known.
        progress: called with (questions done, questions).

    Returns:
        Machines for those of the Q questions that have FEWEST examples of each kind in each part; there may be none.
    """
    train, apart = split(len(features), APART)
    calibrate, test = (apart[part] for part in split(len(apart), 0.5))
    x = np.asarray(features, np.float64)
    mean, scale = x[train].mean(0), x[train].std(0)
    scale[scale < 1e-9] = 1
    x, each = (x - mean) / scale, {}
    for q in range(values.shape[1]):
        parts = [_known(x, values[:, q], rows) for rows in (train, calibrate, test)]
        if all(min(yes.sum(), (~yes).sum()) >= FEWEST for _, yes in parts):
            each[q] = _machine(*parts)
        progress(q + 1, values.shape[1])
    return Machines(mean=mean, scale=scale, each=each, fitted_to=len(train), tested_on=len(test))


def _known(x: np.ndarray, values: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = rows[values[rows] >= 0]
    return x[rows], values[rows] == 1


def _machine(
    train: tuple[np.ndarray, np.ndarray], calibrate: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]
) -> Machine:
    from sklearn.linear_model import LogisticRegression

    weights, bias = normal_of(*train)
    scores = calibrate[0] @ weights + bias
    logistic = LogisticRegression(C=1e3).fit(scores[:, None], calibrate[1])
    slope, offset = float(logistic.coef_[0, 0]), float(logistic.intercept_[0])
    offset += matching(slope * scores + offset, float(train[1].mean()))
    said = slope * (test[0] @ weights + bias) + offset > 0
    accuracy = balanced_accuracy(said, test[1])
    return Machine(weights=weights, bias=bias, slope=slope, offset=offset, accuracy=accuracy)


def normal_of(x: np.ndarray, yes: np.ndarray) -> tuple[np.ndarray, float]:
    """Fit one linear machine. Returns the normal of its plane, float64 (d,), towards yes, and its bias.

    Args:
        x: (N, d), of about the same scale in every dimension.
        yes: bool (N,), of both kinds.
    """
    from sklearn.svm import LinearSVC

    few = len(x) < x.shape[1]
    machine = LinearSVC(C=FIRM, class_weight="balanced", dual=few, tol=CLOSE, max_iter=ROUNDS, random_state=0)
    machine.fit(x, yes)
    return np.asarray(machine.coef_[0], np.float64), float(machine.intercept_[0])


# Yes or no ----------------------------------------------------------------------------------------------------------


def matching(odds: np.ndarray, share: float) -> float:
    """Return what is to be added to log-odds (N,) so that a ``share`` of them is above 0: that yes is said as often as
    it is true. A cautious reader that finds one in ten of the rare ones would else see none at all."""
    return -float(np.quantile(odds, 1 - share))


def balanced_accuracy(said: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean of the share of yes that is recognised and of the share of no; NaN where there is only one kind.

    Args:
        said, truth: bool (N,).
    """
    if truth.all() or not truth.any():
        return float("nan")
    return float((said[truth].mean() + (~said[~truth]).mean()) / 2)


def sigmoid(odds: np.ndarray) -> np.ndarray:
    """Turn log-odds into probabilities."""
    return 1 / (1 + np.exp(-np.clip(odds, -60, 60)))


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    """Turn probabilities in [0, 1] into finite log-odds, float64."""
    p = np.clip(np.asarray(probabilities, np.float64), 1e-12, 1 - 1e-12)
    return np.log(p) - np.log1p(-p)
