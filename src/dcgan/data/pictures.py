"""A data set ready to train on, and how it lies on the disk.

It is a folder: ``pictures.npy`` (N, H, W, C) uint8, ``labels.npy`` (N,) int64, ``attributes.npy`` (N, A) int8 where the
source has some, ``names.json``, ``facts.npy``, ``repeats.npy`` and
``checkup.json`` (what the check-up found), and ``manifest.json``,
which is written last: a folder without it is no data set.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dcgan.data.checkup import CheckUp


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Pictures, made to measure."""

    name: str
    pixels: np.ndarray
    """uint8 (N, H, W, C), memory-mapped, read-only."""
    labels: np.ndarray
    """int64 (N,), indices into ``classes``; -1 where there are none."""
    classes: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    """Names of yes-or-no properties."""
    values: np.ndarray | None = None
    """int8 (N, attributes): 1 yes, 0 no, -1 not known; None without attributes."""
    digest: str = ""
    """Changes with any pixel, and with the order of the pictures."""
    folder: Path = Path()
    """Where it lies."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Files that are not in it: (name, why)."""

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def channels(self) -> int:
        """1 (gray), 3 (RGB) or 4 (RGBA)."""
        return int(self.pixels.shape[-1])

    @property
    def names(self) -> list[str]:
        """What each picture is called in its source."""
        return list(json.loads((self.folder / "names.json").read_text(encoding="utf-8")))

    @property
    def checkup(self) -> CheckUp:
        """What the check-up found."""
        return _read_checkup(self.folder)

    @property
    def facts(self) -> np.ndarray:
        """What is known of each picture's file (``dcgan.data.examine.FACTS``)."""
        return np.load(self.folder / "facts.npy")

    @property
    def repeats(self) -> np.ndarray:
        """int64 (N,): the first picture that each one repeats, exactly or nearly, or its own index."""
        return np.load(self.folder / "repeats.npy")

    @property
    def settings(self) -> dict[str, Any]:
        """What it was made with: crop, background, limit, dedupe and the like."""
        return dict(json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))["settings"])


def load(folder: Path) -> Pictures:
    """Open a data set that ``prepare`` has made.

    Raises:
        OSError, EOFError, ValueError, KeyError, TypeError: there is none, or it is damaged.
    """
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for name in ("names.json", "facts.npy", "repeats.npy"):  # read when they are asked for
        (folder / name).stat()
    _read_checkup(folder)
    pixels = np.load(folder / "pictures.npy", mmap_mode="r")
    if len(pixels) != manifest["pictures"]:
        raise ValueError(f"{folder} is damaged")
    return Pictures(
        name=manifest["name"],
        pixels=pixels,
        labels=np.load(folder / "labels.npy"),
        classes=tuple(manifest["classes"]),
        attributes=tuple(manifest["attributes"]),
        values=np.load(folder / "attributes.npy") if manifest["attributes"] else None,
        digest=manifest["digest"],
        folder=folder,
        left_out=tuple((name, why) for name, why in manifest["left_out"]),
    )


def _read_checkup(folder: Path) -> CheckUp:
    return CheckUp(**json.loads((folder / "checkup.json").read_text(encoding="utf-8")))
