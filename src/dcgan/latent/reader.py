"""What says which labels a picture has. Where it comes from is the command's affair."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads pictures as the probability of each label."""

    names: tuple[str, ...]
    """The labels, L of them: classes, or yes-or-no attributes."""
    read: Callable[[np.ndarray], np.ndarray]
    """uint8 (N, H, W, C), any N, to float32 (N, L) in [0, 1]: how likely each label is. Above 0.5 is yes."""
    what: str
    """A sentence: what it is, and how good."""
    accuracy: dict[str, float] = field(default_factory=dict)
    """Balanced accuracy of a label on pictures that were not learnt from, where it was measured."""
