"""What an extractor is: something that reads pictures as features, and says what it is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What an extractor reads in N pictures."""

    features: np.ndarray
    """float32 (N, d)."""
    probabilities: np.ndarray | None = None
    """float32 (N, classes), rows that sum to 1; None where the extractor names no classes."""
    answers: np.ndarray | None = None
    """float32 (N, attributes): the probability of yes; None where the extractor names no attributes."""


@dataclass(frozen=True, kw_only=True)
class Extractor:
    """Reads pictures, uint8 (N, H, W, C) in [0, 255], any N. A picture's features do not depend on the others."""

    name: str
    """As in ``frechet:NAME``: labels, self, pixels, random, inception, dinov2, or a file."""
    key: str
    """Changes with everything that changes the features: weights, settings, sizes."""
    dim: int
    """Numbers d in a picture's features."""
    read: Callable[[np.ndarray], Reading]
    classes: tuple[str, ...] = ()
    """Names of the classes whose probabilities it reads, if any."""
    attributes: tuple[str, ...] = ()
    """Names of the yes-or-no attributes whose answers it reads, if any."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Plain values that belong to every figure: what it is, its accuracy and on how many pictures, its limits."""
    trends_only: bool = False
    """Whether its figures may only be compared within one run."""
