"""Features of many pictures in flat memory."""

from collections.abc import Iterable, Iterator

import numpy as np

from dcgan.metrics.extractors.extractor import Extractor, Reading

AT_A_TIME = 256


def read_all(extractor: Extractor, batches: Iterable[np.ndarray], at_a_time: int = AT_A_TIME) -> Iterator[Reading]:
    """Yield what the extractor reads in pictures, in order, at most ``at_a_time`` of them together.

    Args:
        extractor: reads them.
        batches: uint8 (N, H, W, C) each, of any N, memory-mapped or not; taken one after the other.
        at_a_time: bounds the memory.
    """
    for batch in batches:
        for start in range(0, len(batch), at_a_time):
            yield extractor.read(batch[start : start + at_a_time])


def collect(readings: Iterable[Reading]) -> Reading:
    """Join readings of one extractor into one.

    Raises:
        ValueError: there are none.
    """
    parts = list(readings)
    if not parts:
        raise ValueError("there are no pictures to read")
    probabilities = [part.probabilities for part in parts if part.probabilities is not None]
    return Reading(
        features=np.concatenate([part.features for part in parts]),
        probabilities=np.concatenate(probabilities) if len(probabilities) == len(parts) else None,
    )


def rows_of(pixels: np.ndarray, rows: Iterable[int] | np.ndarray, at_a_time: int = AT_A_TIME) -> Iterator[np.ndarray]:
    """Yield some of the pictures (N, H, W, C), memory-mapped or not, at most ``at_a_time`` together."""
    wanted = np.fromiter(rows, np.int64) if not isinstance(rows, np.ndarray) else rows
    for start in range(0, len(wanted), at_a_time):
        yield pixels[wanted[start : start + at_a_time]]
