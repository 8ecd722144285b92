"""The real side of a comparison: which real pictures are compared with, and which tell the floor."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

from dcgan.data.heldback import split
from dcgan.data.pictures import Pictures
from dcgan.errors import DataError
from dcgan.metrics.collect import Batch
from dcgan.rng import key

BATCH = 250  # pictures read at a time
MOST = 50_000  # real pictures compared with
ENOUGH = 1000  # held-back pictures that are a floor, even where more are judged


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some real pictures of a data set."""

    pictures: Pictures
    rows: np.ndarray
    """int64 (count,), in no order of the data: any first so many of them are a fair sample."""
    classes: tuple[str, ...]
    """The names by which labels are numbered."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def address(self) -> str:
        """What decides which pictures these are, and what they are called: the data, the rows, their labels."""
        pixels = self.pictures.digest or hashlib.blake2b(np.ascontiguousarray(self.pictures.pixels).data).hexdigest()
        drawn = hashlib.blake2b(self.rows.tobytes() + self.pictures.labels[self.rows].tobytes()).hexdigest()
        return f"{pixels}/{drawn}/{self.pictures.classes}/{self.classes}"

    def batches(self) -> Iterator[Batch]:
        """Yield pictures and their labels, -1 where there is none."""
        numbers = {name: i for i, name in enumerate(self.classes)}
        numbered = np.array([*(numbers.get(name, -1) for name in self.pictures.classes), -1])  # -1 stays -1
        for start in range(0, len(self.rows), BATCH):
            rows = self.rows[start : start + BATCH]
            order = np.argsort(rows)  # as the disk likes it
            pixels = np.empty((len(rows), *self.pictures.pixels.shape[1:]), np.uint8)
            pixels[order] = self.pictures.pixels[rows[order]]
            yield pixels, numbered[self.pictures.labels[rows]]


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Real pictures to compare with, others for the floor, and how they were told apart."""

    reference: Part
    floor: Part
    how: str
    notes: list[str] = field(default_factory=list)
    """Sentences that belong beside the figures."""


def real_sides(
    pictures: Pictures, hold_back: float, test: Pictures | None, count: int, *, most: int = MOST, known: bool = True
) -> Sides:
    """Divide the real pictures so that ``count`` generated ones can be judged, and as many real ones beside them.

    The reference is what training saw, at most ``most`` of it. The floor's pictures are, in this order: those of
    ``test``; those held back, where they are ``count`` or ENOUGH; else one half of the pictures, and the other is the
    reference.

    Args:
        pictures: the data.
        hold_back: the share that the run held back.
        test: other real pictures of the same kind and size, never trained on.
        count: pictures that will be judged.
        most: real pictures compared with.
        known: whether it is known that these pictures were trained on, for the words.

    Raises:
        DataError: there are fewer than four pictures.
    """
    if len(pictures) < 4:
        raise DataError(f"{pictures.name} has {len(pictures)} pictures: metrics need at least 4")
    trained, held = split(len(pictures), hold_back)
    seen = "the pictures trained on" if known else "the real pictures"

    def part(of: Pictures, rows: np.ndarray) -> Part:
        return Part(pictures=of, rows=rows, classes=pictures.classes)

    if test is not None:
        floor = part(test, drawn(np.arange(len(test)), count, "floor"))
        return Sides(reference=part(pictures, drawn(trained, most, "reference")), floor=floor, how=f"from {test.name}")
    if len(held) >= min(count, ENOUGH):
        floor = part(pictures, drawn(held, count, "floor"))
        return Sides(reference=part(pictures, drawn(trained, most, "reference")), floor=floor, how="held back")
    order = drawn(trained, len(trained), "halves")
    half = len(order) // 2
    return Sides(
        reference=part(pictures, order[half:][:most]),
        floor=part(pictures, order[: min(half, count)]),
        how=f"{seen}, halved at random",
    )


def drawn(rows: np.ndarray, count: int, purpose: str) -> np.ndarray:
    """Return ``count`` of the rows in a random order, drawn at an address of ``purpose``: the same whatever the run."""
    generator = torch.Generator().manual_seed(key(0, purpose, len(rows)))
    return rows[torch.randperm(len(rows), generator=generator).numpy()[:count]]
