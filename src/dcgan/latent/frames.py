"""What an experiment returns: pictures, the vectors they were made of, and what each of them is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Frames:
    """Pictures, each with its vector and a description, in one order."""

    pixels: np.ndarray
    """uint8 (N, H, W, C)."""
    z: np.ndarray
    """float32 (N, z_dim): G's input for each picture. NaN throughout where a picture has none, as a real one or an
    average of several; ``what`` then says what it is."""
    what: list[dict[str, Any]]
    """N plain objects for JSON: what each picture is."""

    def __post_init__(self) -> None:
        assert len(self.pixels) == len(self.z) == len(self.what), (len(self.pixels), len(self.z), len(self.what))

    def __len__(self) -> int:
        return len(self.pixels)


def joined(parts: Sequence[Frames]) -> Frames:
    """Return several sets of frames, at least one, as one; all of one size and one length of z."""
    return Frames(
        pixels=np.concatenate([part.pixels for part in parts]),
        z=np.concatenate([part.z for part in parts]),
        what=[row for part in parts for row in part.what],
    )


def no_z(count: int, z_dim: int) -> np.ndarray:
    """Return the vectors of ``count`` pictures that have none: NaN, float32 (count, z_dim)."""
    return np.full((count, z_dim), np.nan, np.float32)
