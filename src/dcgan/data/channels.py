"""How many channels fit a source, seen by a sample of it."""

from collections.abc import Iterator

import numpy as np

from dcgan.data.checkup import channels_for
from dcgan.data.examine import Measure
from dcgan.data.sources.source import Source
from dcgan.data.workers import examine_all

SAMPLE = 256  # pictures that decide
SMALL = Measure(height=32, width=32, channels=4, crop="none")


def sampled_channels(source: Source) -> int | None:
    """Return 4, 1 or 3 (see ``checkup.channels_for``), or None where none of the sample is a picture."""
    found = [facts for facts in _facts(source, spread(len(source.items), SAMPLE)) if len(facts)]
    return channels_for(np.concatenate(found)) if found else None


def first_channels(source: Source) -> int | None:
    """Return the same for the first of a source's items that can be read at all, one after the other."""
    return next((channels_for(facts) for facts in _facts(source, range(len(source.items))) if len(facts)), None)


def _facts(source: Source, chosen: "list[int] | range") -> Iterator[np.ndarray]:
    return (part.facts for _, part in examine_all(source, chosen, SMALL))


def spread(count: int, limit: int | None) -> list[int]:
    """Return so many of ``count`` places: one somewhere in each of as many equal parts, always the same ones."""
    if limit is None or limit >= count:
        return list(range(count))
    somewhere = np.random.default_rng(0).random(limit)  # not at a fixed stride: every second file may be a caption
    edges = np.arange(limit + 1) * count // limit
    return (edges[:-1] + np.floor(somewhere * np.diff(edges)).astype(int)).tolist()
