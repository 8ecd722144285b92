"""Which classes the pictures of a generator fall into, and how evenly."""

from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy
from scipy.stats import binom

from dcgan.errors import UserError
from dcgan.metrics.checks import check_labels

REACH = 12.0  # standard deviations beyond which a count's probability is nothing in float64


@dataclass(frozen=True, kw_only=True)
class Modes:
    """How labels spread over the classes."""

    found: int
    """Classes that at least one picture has."""
    kl: float
    """KL divergence from the uniform distribution, natural log: 0 when even, ln(count) when all have one class."""
    top_share: float
    """Share of the most frequent class."""


def modes(labels: np.ndarray, count: int) -> Modes:
    """Count the modes, as for Stacked MNIST: VEEGAN (Srivastava and others, arXiv 1705.07761), PacGAN (Lin and others,
    arXiv 1712.04086).

    Args:
        labels: whole numbers (N,) in [0, count), as a classifier names the pictures.
        count: classes there are.

    Returns:
        Its ``kl`` is sum p ln(count p). A perfect sampler does not reach 0 and may not find all: ``kl_floor`` and
        ``expected_found`` say what it would have.

    Raises:
        UserError: the labels are none, or out of range.
    """
    shares = _shares(labels, count)
    kl = float(xlogy(shares, shares * count).sum())
    return Modes(found=int(np.count_nonzero(shares)), kl=max(kl, 0.0), top_share=float(shares.max()))


def kl_floor(count: int, samples: int, frequencies: np.ndarray | None = None) -> float:
    """Return the KL that a perfect sampler would have on average: the floor of ``modes(...).kl``.

    Arithmetic: each class's count is binomial, and the mean of its term over that is a sum. Nothing is drawn.

    Args:
        count: classes.
        samples: pictures that the perfect sampler gives.
        frequencies: (count,) counts or shares of the classes in the data; equal when None.

    Raises:
        UserError: samples or count below 1, frequencies of another shape, negative or all 0.
    """
    shares = _given_shares(count, frequencies)
    _check_samples(samples)
    different, times = np.unique(shares[shares > 0], return_counts=True)
    return float(sum(_expected_term(samples, share, count) * n for share, n in zip(different, times, strict=True)))


def expected_found(count: int, samples: int, frequencies: np.ndarray | None = None) -> float:
    """Return how many classes a perfect sampler would find on average: what ``modes(...).found`` is to be held against.

    Args and errors: as for ``kl_floor``.
    """
    _check_samples(samples)
    with np.errstate(divide="ignore"):  # a class that is all there is
        return float(-np.expm1(samples * np.log1p(-_given_shares(count, frequencies))).sum())


def _expected_term(samples: int, share: float, count: int) -> float:
    """E[p ln(count p)] where p is the share of a class among so many samples."""
    reach = REACH * np.sqrt(samples * share * (1 - share)) + REACH**2
    low, high = max(0, int(samples * share - reach)), min(samples, int(samples * share + reach) + 1)
    counts = np.arange(low, high + 1)
    p = counts / samples
    return float((binom.pmf(counts, samples, share) * xlogy(p, count * p)).sum())


def _shares(labels: np.ndarray, count: int) -> np.ndarray:
    check_labels(labels, count)
    return np.bincount(labels, minlength=count) / len(labels)


def _given_shares(count: int, frequencies: np.ndarray | None) -> np.ndarray:
    if count < 1:
        raise UserError(f"there is at least 1 class, not {count}")
    if frequencies is None:
        return np.full(count, 1 / count)
    found = np.asarray(frequencies, np.float64)
    if found.shape != (count,) or not (np.isfinite(found).all() and found.min() >= 0 and found.sum() > 0):
        raise UserError(f"class frequencies are ({count},) numbers, none below 0 and not all 0: not {found.shape}")
    return found / found.sum()


def _check_samples(samples: int) -> None:
    if samples < 1:
        raise UserError(f"a sampler gives at least 1 picture, not {samples}")
