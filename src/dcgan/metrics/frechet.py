"""The Fréchet distance between two sets of features, each taken for a Gaussian: FID's formula, for any features."""

import numpy as np
from scipy.linalg import svdvals
from scipy.linalg.lapack import dpstrf

from dcgan.errors import UserError
from dcgan.metrics.moments import Divisor, Moments


def frechet(a: Moments, b: Moments, divisor: Divisor = "N-1") -> float:
    """Return |mean_a - mean_b|² + tr(A + B - 2 (A B)^(1/2)), at least 0, in squared units of the features.

    Dowson and Landau, "The Fréchet distance between multivariate normal distributions", 1982; for features of Inception
    it is FID (Heusel and others, arXiv 1706.08500). With A = L Lᵀ and B = M Mᵀ the eigenvalues of A B are the squares
    of the singular values of Lᵀ M, so the trace of the root is their sum: nothing complex can arise, and covariances
    of fewer rows than dimensions need no padding. More rows make the distance smaller: compare like with like.

    Args:
        a: moments of one set, at least 2 rows (1 for divisor "N").
        b: moments of the other, of the same d.
        divisor: of both covariances; "N-1" is what published figures use.

    Raises:
        UserError: different d, or too few rows.
    """
    if a.dim != b.dim:
        raise UserError(f"features that are compared have the same d: {(a.count, a.dim)} and {(b.count, b.dim)}")
    cov_a, cov_b = a.covariance(divisor), b.covariance(divisor)
    shift = float(np.square(a.mean - b.mean).sum())
    spread = float(np.trace(cov_a) + np.trace(cov_b))
    value = shift + spread - 2 * _trace_of_root(cov_a, cov_b)
    assert value >= -1e-9 * (shift + spread), value
    return max(value, 0.0)  # of equal sets rounding may leave less than nothing


def _trace_of_root(a: np.ndarray, b: np.ndarray) -> float:
    """tr (A B)^(1/2): the sum of the singular values of Lᵀ M. A and B are overwritten."""
    product = _factor(a).T @ _factor(b)
    return float(svdvals(product, overwrite_a=True, check_finite=False).sum()) if product.size else 0.0


def _factor(covariance: np.ndarray) -> np.ndarray:
    """Return L (d, rank) with L Lᵀ = the covariance: Cholesky's, with pivots, up to where only rounding is left."""
    factor, pivots, rank, _ = dpstrf(covariance.T, lower=1, overwrite_a=1)  # .T: in Fortran's order, hence no copy
    rows = np.empty((len(covariance), rank))
    rows[pivots - 1] = np.tril(factor)[:, :rank]
    return rows
