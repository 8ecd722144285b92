"""The Inception Score's formula, for the probabilities of any classifier."""

from itertools import pairwise

import numpy as np
from scipy.special import entr

from dcgan.errors import UserError

OFF = 1e-3  # how far from 1 a row's sum may be


class Score:
    """Scores probabilities that come in batches, of a number of pictures that is known before."""

    def __init__(self, total: int, splits: int = 10) -> None:
        """Await ``total`` rows and cut them into ``splits`` parts, in the order in which they come."""
        if not 1 <= splits <= total:
            raise UserError(f"the score takes splits in [1, {total}], the number of pictures, not {splits}")
        self.total, self.count = total, 0
        self._edges = [i * total // splits for i in range(splits + 1)]
        self._sharpness = np.zeros(splits)  # sums of p ln p
        self._sums: np.ndarray | None = None

    def add(self, probabilities: np.ndarray) -> None:
        """Take in the next rows.

        Args:
            probabilities: (N, K), rows in [0, 1] that sum to 1.

        Raises:
            UserError: they are no such thing, have another K, or are more than were announced.
        """
        self._check(probabilities)
        if self._sums is None:
            self._sums = np.zeros((len(self._sharpness), probabilities.shape[1]))
        for split, (start, end) in enumerate(pairwise(self._edges)):
            part = probabilities[max(start - self.count, 0) : max(end - self.count, 0)].astype(np.float64)
            self._sums[split] += part.sum(axis=0)
            self._sharpness[split] -= entr(part).sum()
        self.count += len(probabilities)

    def value(self) -> tuple[float, float]:
        """Return mean and standard deviation (divisor: splits) over the parts.

        Raises:
            UserError: not all rows have come.
        """
        if self._sums is None or self.count != self.total:
            raise UserError(f"the score awaits {self.total} rows, and {self.count} have come")
        sizes = np.diff(self._edges)
        marginal = self._sums / sizes[:, None]
        scores = np.exp(self._sharpness / sizes + entr(marginal).sum(axis=1))
        return float(scores.mean()), float(scores.std())

    def _check(self, probabilities: np.ndarray) -> None:
        known = "K" if self._sums is None else self._sums.shape[1]
        shape = np.shape(probabilities)
        if len(shape) != 2 or 0 in shape or (self._sums is not None and shape[1] != known):
            raise UserError(f"probabilities are (N, {known}) with at least one row, not {shape}")
        if not (probabilities.min() >= 0 and np.abs(probabilities.sum(axis=1, dtype=np.float64) - 1).max() <= OFF):
            raise UserError(f"rows of probabilities {shape} are in [0, 1] and sum to 1: these hold others, or NaN")
        if self.count + len(probabilities) > self.total:
            raise UserError(f"the score awaits {self.total} rows, and {self.count} + {len(probabilities)} have come")


def inception_score(probabilities: np.ndarray, splits: int = 10) -> tuple[float, float]:
    """Return mean and standard deviation over splits of exp(E KL(p(y|x) || p(y))), in [1, K], best when high.

    Salimans and others, arXiv 1606.03498. It sees whether a classifier is sure of each picture and names all classes
    equally often; it does not see one picture repeated in every class, and knows no reals. Each split, of consecutive
    rows, has its own p(y). The mean falls with smaller splits; published figures have 50,000 pictures and 10 splits.

    Args:
        probabilities: (N, K), rows in [0, 1] that sum to 1, of any classifier.
        splits: parts, N at most.

    Raises:
        UserError: these are no probabilities, or there are fewer than splits.
    """
    score = Score(len(probabilities), splits)
    score.add(probabilities)
    return score.value()
