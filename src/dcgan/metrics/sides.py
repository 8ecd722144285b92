"""The real side of a comparison: which real pictures are compared with, and which tell the floor."""

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


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some real pictures of a data set."""

    pictures: Pictures
    rows: np.ndarray
    """int64 (count,)."""
    classes: tuple[str, ...]
    """The names by which labels are numbered."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def address(self) -> str:
        """What decides which pictures these are: the data, and a digest of the rows."""
        return f"{self.pictures.digest}/{len(self.rows)}/{key(0, self.rows.tobytes().hex())}/{self.classes}"

    def batches(self) -> Iterator[Batch]:
        """Yield pictures and their labels, -1 where there is none."""
        numbers = {name: i for i, name in enumerate(self.classes)}
        numbered = np.array([*(numbers.get(name, -1) for name in self.pictures.classes), -1])  # -1 stays -1
        for start in range(0, len(self.rows), BATCH):
            rows = self.rows[start : start + BATCH]
            yield self.pictures.pixels[rows], numbered[self.pictures.labels[rows]]


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Real pictures to compare with, others for the floor, and how they were told apart."""

    reference: Part
    floor: Part
    how: str
    notes: list[str] = field(default_factory=list)
    """Sentences that belong beside the figures."""


def real_sides(pictures: Pictures, hold_back: float, test: Pictures | None, count: int) -> Sides:
    """Divide the real pictures so that ``count`` generated ones can be judged, and as many real ones beside them.

    The reference is what training saw, at most MOST of it. The floor's pictures are, in this order: those of ``test``;
    those held back, where they are ``count`` or more; else one half of the pictures, and the other is the reference.

    Args:
        pictures: the data.
        hold_back: the share that the run held back.
        test: other real pictures of the same kind and size, never trained on.
        count: pictures that will be judged.

    Raises:
        DataError: there are fewer than four pictures.
    """
    if len(pictures) < 4:
        raise DataError(f"{pictures.name} has {len(pictures)} pictures: metrics need at least 4")
    trained, held = split(len(pictures), hold_back)

    def part(of: Pictures, rows: np.ndarray) -> Part:
        return Part(pictures=of, rows=rows, classes=pictures.classes)

    if test is not None:
        chosen = drawn(np.arange(len(test)), count, "floor")
        reference = part(pictures, drawn(trained, MOST, "reference"))
        return Sides(reference=reference, floor=part(test, chosen), how=f"trained on, and {test.name}")
    if len(held) >= count:
        reference = part(pictures, drawn(trained, MOST, "reference"))
        floor = part(pictures, drawn(held, count, "floor"))
        return Sides(reference=reference, floor=floor, how="trained on, and held back")
    order = drawn(trained, len(trained), "halves", ordered=False)
    half = min(len(order) // 2, MOST)
    return Sides(
        reference=part(pictures, np.sort(order[half:][:MOST])),
        floor=part(pictures, np.sort(order[: min(half, count)])),
        how="two halves of the pictures trained on, chosen at random",
    )


def drawn(rows: np.ndarray, count: int, purpose: str, *, ordered: bool = True) -> np.ndarray:
    """Return ``count`` of the rows, drawn at the address of ``purpose``: the same ones whatever the run."""
    generator = torch.Generator().manual_seed(key(0, purpose, len(rows)))
    chosen = rows[torch.randperm(len(rows), generator=generator).numpy()[:count]]
    return np.sort(chosen) if ordered else chosen
