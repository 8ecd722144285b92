"""Ways between vectors: straight, along the sphere, and through any number of key frames.

Which one is right depends on the prior. A vector of N(0, 1) in d dimensions has a length near sqrt(d), almost never a
much shorter one, so the straight way between two of them passes through vectors that G was never trained on; along the
sphere the length stays (White, arXiv 1609.04468). In the cube of U(-1, 1) every straight way stays inside the cube and
an arc may leave it, so there the straight way is right.
"""

from typing import Literal

import numpy as np

from dcgan.config import Prior
from dcgan.errors import ConfigError

Ease = Literal["none", "smooth"]
PARALLEL = 1e-6
"""Below this sine of the angle between two vectors the arc between them is not defined, or is the straight way."""


def lerp(a: np.ndarray, b: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    """Return (1 - t) a + t b, exactly a at 0 and b at 1.

    Args:
        a, b: (d,).
        t: a number, or (n,) for as many points.

    Returns:
        float64 (d,) or (n, d).
    """
    t = np.asarray(t, np.float64)[..., None]
    return (1 - t) * np.asarray(a, np.float64) + t * np.asarray(b, np.float64)


def slerp(a: np.ndarray, b: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    """Return points on the arc from a to b (Shoemake, SIGGRAPH 1985), exactly a at 0 and b at 1.

    The angle is that between the two directions. Where a and b are of one length all points are; where they are not,
    the length changes steadily from one to the other.

    Args and returns: as ``lerp``.

    Raises:
        ConfigError: a and b point in opposite directions, so that every way round is as good, or one has no direction.
    """
    a, b, t = np.asarray(a, np.float64), np.asarray(b, np.float64), np.asarray(t, np.float64)[..., None]
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    if min(lengths) == 0:
        raise ConfigError("there is no arc to the vector of zeros: take lerp")
    u, v = a / lengths[0], b / lengths[1]
    angle = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))  # exact for small and for large angles
    if np.sin(angle) < PARALLEL:
        if angle > 1:
            raise ConfigError("the two vectors point in opposite directions, so there is no one arc: take lerp")
        return lerp(a, b, t[..., 0])
    direction = (np.sin((1 - t) * angle) * u + np.sin(t * angle) * v) / np.sin(angle)
    point = direction * ((1 - t) * lengths[0] + t * lengths[1])
    return np.where(t == 0, a, np.where(t == 1, b, point))


def between(prior: Prior, a: np.ndarray, b: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    """Return points on the way that suits the prior: ``slerp`` for a normal one, ``lerp`` for a uniform one."""
    return slerp(a, b, t) if prior == "normal" else lerp(a, b, t)


def typical_length(prior: Prior, z_dim: int) -> float:
    """Return the root mean square length of z: sqrt(d) for N(0, 1), sqrt(d / 3) for U(-1, 1)."""
    return float(np.sqrt(z_dim if prior == "normal" else z_dim / 3))


def eased(t: np.ndarray, ease: Ease) -> np.ndarray:
    """Bend times in [0, 1]: ``smooth`` starts and ends slowly (3t² - 2t³), ``none`` leaves them."""
    return t if ease == "none" else t * t * (3 - 2 * t)


def walk(
    prior: Prior, keys: np.ndarray, steps: int, *, ease: Ease = "none", loop: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return a walk through key frames, in series.

    Args:
        prior: decides the way between two of them (``between``).
        keys: (K, d), K at least 2.
        steps: steps from a key frame to the next, at least 1; there are steps - 1 vectors between two.
        ease: how the time between two key frames runs.
        loop: whether it goes back to the first one; the first is then not repeated at the end, so that the walk can be
            shown again and again.

    Returns:
        The vectors, float64 (F, d), F = steps * (K - 1) + 1, or steps * K in a loop; and where each one stands, float64
        (F,): 1.25 is a quarter of the way from key frame 1 to 2.
    """
    if len(keys) < 2:
        raise ConfigError(f"a walk has at least two key frames, not {len(keys)}")
    if steps < 1:
        raise ConfigError(f"--steps is at least 1, not {steps}")
    ends = list(zip(keys, [*keys[1:], keys[0]], strict=True))[: None if loop else -1]
    times = np.arange(steps) / steps
    parts = [between(prior, a, b, eased(times, ease)) for a, b in ends]
    places = [i + times for i in range(len(ends))]
    if not loop:
        parts.append(np.asarray(keys[-1:], np.float64))
        places.append(np.array([len(ends)], np.float64))
    return np.concatenate(parts), np.concatenate(places)
