"""Mean and covariance of features that come in batches, in flat memory."""

from typing import Literal

import numpy as np

from dcgan.errors import UserError
from dcgan.metrics.checks import check_features, parts

Divisor = Literal["N-1", "N"]


class Moments:
    """Mean and covariance of all rows added so far, float64, the same whatever the batches.

    Batches are merged as Chan, Golub and LeVeque do ("Updating formulae and a pairwise algorithm for computing sample
    variances", 1979). All is kept relative to the very first row, so that features far from 0 lose no digits.
    """

    def __init__(self, count: int, origin: np.ndarray, shift: np.ndarray, scatter: np.ndarray) -> None:
        """Take what ``to_arrays`` gives; start with ``Moments.empty``."""
        self.count = count
        """Rows added."""
        self._origin, self._shift, self._scatter = origin, shift, scatter

    @classmethod
    def empty(cls, dim: int) -> "Moments":
        """Return the moments of no rows, for features of ``dim`` numbers."""
        if dim < 1:
            raise UserError(f"features have at least 1 number, not {dim}")
        return cls(0, np.zeros(dim), np.zeros(dim), np.zeros((dim, dim)))

    @classmethod
    def of(cls, features: np.ndarray) -> "Moments":
        """Return the moments of features (N, d)."""
        check_features(features=features)
        found = cls.empty(features.shape[1])
        found.add(features)
        return found

    def add(self, features: np.ndarray) -> None:
        """Take in features (N, d), any real dtype.

        Raises:
            UserError: another d, no rows, NaN or infinity. Nothing is taken in.
        """
        check_features(features=features)
        if features.shape[1] != self.dim:
            raise UserError(f"these moments are of features (N, {self.dim}), not {features.shape}")
        if self.count == 0:
            self._origin = features[0].astype(np.float64)
        for rows in parts(*features.shape):
            self._merge(features[rows] - self._origin)

    @property
    def dim(self) -> int:
        """Numbers d in a row."""
        return len(self._origin)

    @property
    def mean(self) -> np.ndarray:
        """float64 (d,); a copy."""
        self._need(1)
        return self._origin + self._shift

    def covariance(self, divisor: Divisor = "N-1") -> np.ndarray:
        """Return the covariance, float64 (d, d), of one row zero with divisor "N".

        Args:
            divisor: "N-1" as numpy.cov and the published FID have it, or "N".

        Raises:
            UserError: there are too few rows: 2 for "N-1", 1 for "N".
        """
        if divisor not in ("N-1", "N"):
            raise UserError(f"the divisor of a covariance is N-1 or N, not {divisor!r}")
        less = 1 if divisor == "N-1" else 0
        self._need(1 + less)
        return self._scatter / (self.count - less)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return all there is to keep, for ``numpy.savez``; ``from_arrays`` goes on from there to the bit."""
        count = np.array(self.count, np.int64)
        return {"count": count, "origin": self._origin, "shift": self._shift, "scatter": self._scatter}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "Moments":
        """Return what ``to_arrays`` was called on."""
        copies = (np.array(arrays[name], np.float64) for name in ("origin", "shift", "scatter"))
        return cls(int(arrays["count"]), *copies)

    def _merge(self, rows: np.ndarray) -> None:
        """Take in rows float64 (n, d) relative to the origin, n at least 1. They are changed."""
        mean = rows.mean(axis=0)
        rows -= mean
        step = mean - self._shift
        total = self.count + len(rows)
        self._scatter += rows.T @ rows
        self._scatter += np.outer(step * (self.count * len(rows) / total), step)
        self._shift = self._shift + step * (len(rows) / total)
        self.count = total

    def _need(self, rows: int) -> None:
        if self.count < rows:
            raise UserError(f"these moments need at least {rows} rows of features (N, {self.dim}), not {self.count}")
