"""Numbers as JSON keeps them: as short as they are true."""

import math
from collections.abc import Iterable

import numpy as np


def exact(values: np.ndarray) -> list[float]:
    """Return float32 values (d,) as numbers of the fewest digits that are read as the same float32 again."""
    assert values.dtype == np.float32, values.dtype
    return [float(str(value)) for value in values]


def short(value: float | None) -> float | None:
    """Return a number with six digits that count; None for none, and for what is not finite."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


def shorts(values: Iterable[float | None]) -> list[float | None]:
    """Return each as ``short``."""
    return [short(value) for value in values]
