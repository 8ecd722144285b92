"""A vector for each label: the mean of the z of samples that are read to have it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dcgan.export.plain import exact
from dcgan.latent.bylabel import ByLabel
from dcgan.models.prior import from_seeds

MOST = 40
COUNT = 24
LEAST = 3
"""A label that fewer samples have gets no vector."""


@dataclass(frozen=True, kw_only=True)
class Name:
    """A label's vector."""

    name: str
    vector: np.ndarray
    """float32 (z_dim,)."""
    count: int
    """Samples that it is the mean of."""
    how: str

    def as_json(self) -> dict[str, Any]:
        """Return plain values, as ``model.json`` has them."""
        return {"name": self.name, "vector": exact(self.vector), "count": self.count, "how": self.how}


def name_vectors(known: ByLabel) -> list[Name]:
    """Return the vectors of labels, in the reader's order: for each label the mean of the ``COUNT`` seeds of the pool
    that are read to have it most surely, or of fewer where fewer have it; a label that less than ``LEAST`` have is left
    out. Of more than ``MOST`` labels those that are seen most often."""
    seen = (known.readings > 0.5).sum(0)
    often = set(np.argsort(-seen, kind="stable")[:MOST].tolist())
    return [_name(known, i, min(int(seen[i]), COUNT)) for i in range(len(seen)) if i in often and seen[i] >= LEAST]


def _name(known: ByLabel, label: int, count: int) -> Name:
    config, pool = known.G.config, known.pool
    surest = np.argsort(-known.readings[:, label], kind="stable")[:count]
    z = from_seeds(config.prior, [pool[i] for i in surest], config.z_dim).numpy()
    how = (
        f"The mean of {count} of the seeds {pool[0]} to {pool[-1]}, read to have it most surely by {known.reader.what}."
    )
    mean = z.mean(0, dtype=np.float64).astype(np.float32)
    return Name(name=known.reader.names[label], vector=mean, count=count, how=how)
