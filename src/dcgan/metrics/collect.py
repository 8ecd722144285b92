"""From pictures to statistics: what the metrics need of any number of pictures, in one pass and flat memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.moments import Moments

KEPT = 10_000  # pictures whose features themselves are kept, for metrics of neighbours and subsets
Batch = tuple[np.ndarray, np.ndarray | None]
"""Pictures uint8 (N, H, W, C), and their true labels int64 (N,), -1 where there are none, or None."""


@dataclass(kw_only=True)
class Statistics:
    """What is kept of pictures that an extractor has read."""

    moments: Moments
    """Mean and covariance of all features."""
    features: np.ndarray
    """float32 (at most KEPT, d): of the first pictures."""
    probabilities: np.ndarray | None = None
    """float32 (at most KEPT, classes): of the same pictures, where the extractor names classes."""
    classes: int = 0
    """How many classes there are; 0 where the extractor names none."""
    named: np.ndarray | None = None
    """int64 (count,): the likeliest class of every picture, where the extractor names classes."""
    labels: np.ndarray | None = None
    """int64 (count,): the true labels, -1 where there is none; None where none are known."""

    @property
    def count(self) -> int:
        return self.moments.count

    def first(self, count: int) -> "Statistics":
        """Return the statistics of the first ``count`` pictures alone, at most those whose features are kept."""
        count = min(count, len(self.features))
        moments = Moments.empty(self.features.shape[1])
        moments.add(self.features[:count])
        probabilities = None if self.probabilities is None else self.probabilities[:count]
        return Statistics(
            moments=moments,
            features=self.features[:count],
            probabilities=probabilities,
            classes=self.classes,
            named=None if self.named is None else self.named[:count],
            labels=None if self.labels is None else self.labels[:count],
        )


def collect(extractors: Mapping[str, Extractor], batches: Iterable[Batch]) -> dict[str, Statistics]:
    """Read all pictures with every extractor, each batch once. Returns statistics under the extractors' names."""
    moments = {name: Moments.empty(extractor.dim) for name, extractor in extractors.items()}
    kept: dict[str, list[np.ndarray]] = {name: [] for name in extractors}
    probable: dict[str, list[np.ndarray]] = {name: [] for name in extractors}
    named: dict[str, list[np.ndarray]] = {name: [] for name in extractors}
    labels: list[np.ndarray] = []
    done = 0
    for pixels, true in batches:
        room = max(0, KEPT - done)
        for name, extractor in extractors.items():
            reading = extractor.read(pixels)
            moments[name].add(reading.features)
            if room:
                kept[name].append(reading.features[:room])
            if reading.probabilities is not None:
                named[name].append(reading.probabilities.argmax(1))
                if room:
                    probable[name].append(reading.probabilities[:room])
        if true is not None:
            labels.append(true)
        done += len(pixels)
    return {
        name: Statistics(
            moments=moments[name],
            features=np.concatenate(kept[name]),
            probabilities=_joined(probable[name]),
            classes=len(extractor.classes),
            named=_joined(named[name]),
            labels=_joined(labels),
        )
        for name, extractor in extractors.items()
    }


def _joined(parts: list[np.ndarray]) -> np.ndarray | None:
    return np.concatenate(parts) if parts else None
