"""Statistics of real pictures, kept below the cache's folder: they are the same for every run on the same pictures."""

import hashlib
from contextlib import suppress
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from dcgan.files import replacing
from dcgan.metrics.collect import KEPT, Statistics, collect
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.moments import Moments
from dcgan.metrics.sides import Part

VERSION = 1
DAMAGE = (OSError, ValueError, KeyError, EOFError, BadZipFile)  # what a file that is missing or cut off raises


def real_statistics(extractor: Extractor, part: Part, cache: Path) -> Statistics:
    """Return the statistics of real pictures, from the cache or read now and kept.

    Self-readings (``trends_only``) change with the run and are not kept. What cannot be written is not kept either.
    """
    address = f"{VERSION}/{KEPT}/{extractor.key}/{part.address}"
    path = cache / "features" / f"{hashlib.blake2b(address.encode(), digest_size=12).hexdigest()}.npz"
    with suppress(*DAMAGE):
        return load(path, len(extractor.classes))
    (found,) = collect({extractor.name: extractor}, part.batches()).values()
    if not extractor.trends_only:
        with suppress(OSError):
            save(path, found)
    return found


def save(path: Path, found: Statistics) -> None:
    """Write statistics as one .npz file, in one step."""
    arrays = {f"moments_{name}": value for name, value in found.moments.to_arrays().items()}
    arrays["features"] = found.features
    arrays |= {
        name: v for name, v in (("probabilities", found.probabilities), ("labels", found.labels)) if v is not None
    }
    path.parent.mkdir(parents=True, exist_ok=True)
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
        labels=named.get("labels"),
        classes=classes,
    )
