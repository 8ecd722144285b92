"""The kernel distance between two sets of features: KID's unbiased estimate, for any features."""

import numpy as np

from dcgan.errors import UserError
from dcgan.metrics.checks import check_features
from dcgan.rng import key

BLOCK = 256  # rows: a block of pairs stays in the processor's cache, and half of the symmetric ones are left out


def subset_size(real: int, fake: int, size: int = 1000) -> int:
    """Return how many rows a subset has: ``size``, or all of the smaller set."""
    return min(real, fake, size)


def kernel_distance(
    a: np.ndarray,
    b: np.ndarray,
    *,
    subsets: int = 100,
    size: int = 1000,
    degree: int = 3,
    gamma: float | None = None,
    coef0: float = 1.0,
    seed: int = 0,
) -> tuple[float, float]:
    """Return mean and standard deviation, over random subsets, of the unbiased squared maximum mean discrepancy.

    The kernel is (gamma x·y + coef0)^degree. Bińkowski and others, "Demystifying MMD GANs", arXiv 1801.01401 (KID): the
    expected value does not depend on the number of rows and is 0 for equal distributions, so single values fall below
    0. Subsets are drawn without replacement from either set. The deviation is over subsets (divisor: their number) and
    is not the uncertainty of the mean: subsets overlap.

    Args:
        a: (N, d) features, any real dtype, N at least 2.
        b: (M, d) features.
        subsets: how many are drawn.
        size: rows of each set in a subset; fewer where a set is smaller (``subset_size`` tells). A subset that is all
            of a set is always the same.
        degree: of the polynomial, at least 1.
        gamma: 1/d when None.
        coef0: as above.
        seed: decides which rows are drawn, with the counts alone.

    Raises:
        UserError: the features do not fit together, hold NaN, or an option is out of range.
    """
    check_features(a=a, b=b, least=2)
    for name, value, least in (("subsets", subsets, 1), ("size", size, 2), ("degree", degree, 1)):
        if value < least:
            raise UserError(f"the kernel distance takes {name} of at least {least}, not {value}")
    kernel = _Kernel(degree, 1 / a.shape[1] if gamma is None else gamma, coef0)
    size = subset_size(len(a), len(b), size)
    found = np.empty(subsets)
    for i in range(subsets):
        draw = np.random.default_rng(key(seed, "kernel subsets", i))
        x, y = (rows[draw.choice(len(rows), size, replace=False)] for rows in (a, b))
        found[i] = _unbiased(x, y, kernel)
    return float(found.mean()), float(found.std())


def kernel_distance_whole(
    a: np.ndarray, b: np.ndarray, *, degree: int = 3, gamma: float | None = None, coef0: float = 1.0
) -> float:
    """Return the unbiased squared maximum mean discrepancy of all rows at once; see ``kernel_distance``.

    Nothing is drawn, and it varies less than a mean over subsets. Time grows with the pairs, memory does not.
    """
    check_features(a=a, b=b, least=2)
    if degree < 1:
        raise UserError(f"the kernel distance takes degree of at least 1, not {degree}")
    return _unbiased(a, b, _Kernel(degree, 1 / a.shape[1] if gamma is None else gamma, coef0))


class _Kernel:
    """Sums of (gamma x·y + coef0)^degree over pairs of rows."""

    def __init__(self, degree: int, gamma: float, coef0: float) -> None:
        self.degree, self.gamma, self.coef0 = degree, gamma, coef0

    def within(self, x: np.ndarray) -> float:
        """Sum over ordered pairs of different rows."""
        starts = range(0, len(x), BLOCK)
        return sum(
            (1 if i == j else 2) * self._block(x[i : i + BLOCK], x[j : j + BLOCK], i == j)
            for i in starts
            for j in starts
            if i <= j
        )

    def across(self, x: np.ndarray, y: np.ndarray) -> float:
        """Sum over all pairs."""
        xs, ys = (range(0, len(rows), BLOCK) for rows in (x, y))
        return sum(self._block(x[i : i + BLOCK], y[j : j + BLOCK]) for i in xs for j in ys)

    def _block(self, x: np.ndarray, y: np.ndarray, leave_self: bool = False) -> float:
        left = np.column_stack([self.gamma * x.astype(np.float64), np.full(len(x), self.coef0)])
        base = left @ np.column_stack([y.astype(np.float64), np.ones(len(y))]).T
        if leave_self:
            np.fill_diagonal(base, 0)
        if self.degree == 1:
            return float(base.sum())
        power = base
        for _ in range(self.degree - 2):
            power = power * base
        return float(np.vdot(power, base))


def _unbiased(x: np.ndarray, y: np.ndarray, kernel: _Kernel) -> float:
    n, m = len(x), len(y)
    own = kernel.within(x) / (n * (n - 1)) + kernel.within(y) / (m * (m - 1))
    return own - 2 * kernel.across(x, y) / (n * m)
