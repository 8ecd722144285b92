"""What every measure asks of its input, and the sentence that says what is wrong with it."""

from collections.abc import Iterator

import numpy as np

from dcgan.errors import UserError

CELLS = 2**22
"""Numbers held at once where rows are worked through in parts: 32 MB in float64."""


def parts(count: int, width: int) -> Iterator[slice]:
    """Yield slices that cover ``count`` rows of ``width`` numbers, CELLS numbers at most in each."""
    step = max(1, CELLS // max(1, width))
    return (slice(start, min(start + step, count)) for start in range(0, count, step))


def check_features(least: int = 1, **features: np.ndarray) -> None:
    """Refuse features that are not rows of finite numbers, all of one length.

    Args:
        least: rows that each must have.
        features: what is checked, under the name that the sentence shall give it.

    Raises:
        UserError: with names and shapes.
    """
    shapes = ", ".join(f"{name} {np.shape(x)}" for name, x in features.items())
    for name, x in features.items():
        if not isinstance(x, np.ndarray) or x.ndim != 2 or 0 in x.shape or x.dtype.kind not in "fiub":
            raise UserError(f"features are arrays (N, d) of real numbers with at least one row and column: {shapes}")
        if len(x) < least:
            raise UserError(f"this measure needs at least {least} rows of {name}: {shapes}")
        if not _finite(x):
            raise UserError(f"the features of {name} hold NaN or infinity: {shapes}")
    if len({x.shape[1] for x in features.values()}) > 1:
        raise UserError(f"features that are compared have the same d, from the same extractor: {shapes}")


def check_labels(labels: np.ndarray, count: int, name: str = "labels") -> None:
    """Refuse labels that are not whole numbers (N,) in [0, count) with N at least 1."""
    if not isinstance(labels, np.ndarray) or labels.ndim != 1 or not len(labels) or labels.dtype.kind not in "iu":
        raise UserError(f"{name} are a (N,) array of whole numbers with at least one of them, not {_kind(labels)}")
    if labels.min() < 0 or labels.max() >= count:
        raise UserError(f"{name} are in [0, {count}), not from {labels.min()} to {labels.max()}")


def _kind(x: object) -> str:
    return f"{x.dtype} {x.shape}" if isinstance(x, np.ndarray) else type(x).__name__


def _finite(x: np.ndarray) -> bool:
    return x.dtype.kind != "f" or all(np.isfinite(x[rows]).all() for rows in parts(*x.shape))
