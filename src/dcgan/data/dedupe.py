"""Leaving out pictures that repeat others, once all are on the disk."""

from pathlib import Path
from typing import BinaryIO

import numpy as np

from dcgan.data.checkup import Findings


def largest_of_groups(found: Findings) -> np.ndarray:
    """Return the indices of the pictures that stay when of each group only the largest does, in their order."""
    area = found.facts["width"].astype(np.int64) * found.facts["height"]
    ranked = np.lexsort((np.arange(len(area)), -area, found.first))
    return np.sort(ranked[np.unique(found.first[ranked], return_index=True)[1]])


def only(found: Findings, used: np.ndarray) -> Findings:
    """Return what is known of these pictures alone."""
    return Findings(
        names=[found.names[i] for i in used],
        labels=[found.labels[i] for i in used],
        facts=found.facts[used],
        first=np.arange(len(used)),
        values=found.values[used] if found.values is not None else None,
        attributes=found.attributes,
    )


def repeats_but(found: Findings, used: np.ndarray) -> list[tuple[str, str]]:
    """Return (name, why) of the pictures that are not used."""
    stays = {int(found.first[i]): found.names[i] for i in used}
    others = np.setdiff1d(np.arange(len(found.first)), used)
    return [(found.names[i], f"repeated: it repeats {stays[int(found.first[i])]}") for i in others]


def compact(path: Path, used: np.ndarray, count: int, shape: tuple[int, int, int]) -> None:
    """Keep only some rows of an array on the disk, in place and in little memory."""
    if len(used) == count:
        return
    size = int(np.prod(shape))
    with path.open("rb+") as f:
        np.lib.format.read_magic(f)
        np.lib.format.read_array_header_1_0(f)
        start = f.tell()  # of the first row
        for to, index in enumerate(used.tolist()):
            if to != index:
                f.seek(start + index * size)
                row = f.read(size)
                f.seek(start + to * size)
                f.write(row)
        f.truncate(start + len(used) * size)
        write_header(f, (len(used), *shape))


def write_header(f: BinaryIO, shape: tuple[int, ...]) -> None:
    """Write the header of a uint8 array; numpy makes it of one length, whatever the first number is."""
    f.seek(0)
    np.lib.format.write_array_header_1_0(f, {"descr": "|u1", "fortran_order": False, "shape": shape})
