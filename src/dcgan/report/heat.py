"""Heat maps: numbers at each place of a picture as colours."""

import numpy as np
from matplotlib import colormaps


def heat(values: np.ndarray, most: float) -> np.ndarray:
    """Colour (H, W) numbers from 0, black, to ``most``, white (matplotlib's ``inferno`` up to its end, which is even
    in brightness).

    Returns:
        uint8 (H, W, 3).
    """
    scaled = np.clip(values / max(most, 1e-12), 0, 1)
    return (colormaps["inferno"](scaled)[..., :3] * 255).round().astype(np.uint8)
