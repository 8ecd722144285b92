"""What makes features standard."""

import numpy as np


def standard(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of features (n, d), float32 (d,) each; of one that does not vary it is 1."""
    mean, scale = features.mean(0, dtype=np.float64), features.std(0, dtype=np.float64)
    scale[scale < 1e-6] = 1
    return mean.astype(np.float32), scale.astype(np.float32)
