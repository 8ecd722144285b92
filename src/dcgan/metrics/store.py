"""Statistics of real pictures, kept below the cache's folder: they are the same for every run on the same pictures."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from dcgan.files import replacing
from dcgan.metrics.collect import KEPT, Batch, Statistics, collect
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.learning import Progress
from dcgan.metrics.moments import Moments
from dcgan.metrics.sides import Part

VERSION = 2
DAMAGE = (OSError, ValueError, KeyError, EOFError, BadZipFile)  # what a file that is missing or cut off raises


def real_statistics(
    extractor: Extractor, part: Part, cache: Path, progress: Progress = lambda done, total: None
) -> Statistics:
    """Return the statistics of real pictures, from the cache or read now and kept.

    ``progress`` is called with (pictures read, pictures in all) while they are read.

    Self-readings (``trends_only``) change with the run and are not kept. What cannot be written is not kept either.
    """
    address = f"{VERSION}/{KEPT}/{extractor.key}/{part.address}"
    path = cache / "features" / f"{hashlib.blake2b(address.encode(), digest_size=12).hexdigest()}.npz"
    with suppress(*DAMAGE):
        return load(path, len(extractor.classes))
    (found,) = collect({extractor.name: extractor}, counted(part, progress)).values()
    if not extractor.trends_only:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            save(path, found)
    return found


def counted(part: Part, progress: Progress) -> Iterator[Batch]:
    """Yield a part's batches, saying how many of its pictures have been read."""
    done = 0
    for pixels, labels in part.batches():
        yield pixels, labels
        done += len(pixels)
        progress(done, len(part))


def save(path: Path, found: Statistics) -> None:
    """Write statistics as one .npz file, in one step."""
    arrays = {f"moments_{name}": value for name, value in found.moments.to_arrays().items()}
    arrays["features"] = found.features
    others = {name: getattr(found, name) for name in ("probabilities", "named", "labels")}
    arrays |= {name: value for name, value in others.items() if value is not None}
    with replacing(path, durable=False) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def load(path: Path, classes: int) -> Statistics:
    """Read what ``save`` wrote.

    Raises:
        DAMAGE: there is nothing, or it is damaged.
    """
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        named = {name: arrays[name] for name in arrays.files}
    moments = {name.removeprefix("moments_"): value for name, value in named.items() if name.startswith("moments_")}
    return Statistics(
        moments=Moments.from_arrays(moments),
        features=named["features"],
        probabilities=named.get("probabilities"),
        named=named.get("named"),
        labels=named.get("labels"),
        classes=classes,
    )
