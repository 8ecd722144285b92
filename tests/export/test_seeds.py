"""Seeds to begin with, and vectors of labels: against generators and readers whose answers are known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dcgan.export.names import name_vectors
from dcgan.export.plain import exact, short
from dcgan.export.seeds import COUNT, POOL, farthest, good_seeds, most_typical
from dcgan.latent.bylabel import ByLabel
from dcgan.latent.reader import Reader
from dcgan.models.discriminator import Discriminator, packed
from dcgan.models.prior import from_seeds
from tests.latent.kit import Linear, small


class Twice(nn.Module):
    """A discriminator whose only features are the pictures, in one map a channel."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config

    def features(self, x: Tensor) -> list[Tensor]:
        return [packed(x, self.config.pack)]


@pytest.mark.parametrize("pack", [1, 3])
def test_good_seeds_are_typical_and_differ(pack: int) -> None:
    G = Linear()
    found = good_seeds(G, Twice(replace(G.config, pack=pack)))  # type: ignore[arg-type]
    z = from_seeds("normal", range(POOL), 6).numpy()
    lengths = np.linalg.norm(z[:, : G.config.z_dim], axis=1)
    assert len(set(found)) == COUNT
    assert lengths[found].mean() < lengths.mean()
    assert lengths[found].max() < np.quantile(lengths, 0.95)
    assert np.linalg.norm(z[found][:, None] - z[found][None], axis=2)[np.triu_indices(COUNT, 1)].min() > 0


def test_the_typical_are_in_the_crowd() -> None:
    crowd = np.random.default_rng(0).normal(0, 0.1, (50, 3))
    points = np.concatenate([crowd, 5 + 3 * np.arange(10)[:, None] * np.ones(3)])
    assert set(most_typical(points, 40).tolist()) <= set(range(50))


def test_a_real_discriminator() -> None:
    G = small()
    found = good_seeds(G, Discriminator(G.config).eval())
    assert found == good_seeds(G, Discriminator(G.config).eval())
    assert len(set(found)) == COUNT
    assert max(found) < POOL


def test_farthest_first() -> None:
    points = np.array([[0.0, 0], [1, 0], [10, 0], [10, 1], [5, 8]])
    assert farthest(points, 4) == [0, 3, 4, 1]
    assert sorted(farthest(np.zeros((5, 2)), 5)) == [0, 1, 2, 3, 4]


def reader(names: tuple[str, ...], threshold: float) -> Reader:
    """Label i is had the more, the brighter pixel i; half of all at a threshold of 0."""

    def read(pixels: np.ndarray) -> np.ndarray:
        bright = pixels[:, 0, : len(names), 0].astype(np.float32) / 127.5 - 1
        return 1 / (1 + np.exp(-8 * (bright - threshold)))

    return Reader(names=names, read=read, what="a reader of pixels")


def test_names_are_the_mean_of_the_surest() -> None:
    G = Linear(prior="uniform", gain=0.5)
    found = name_vectors(ByLabel(reader=reader(("left", "right"), 0.0), G=G, pool=range(300)))  # type: ignore[arg-type]
    z = from_seeds("uniform", range(300), 6).numpy()
    assert [name.name for name in found] == ["left", "right"]
    for i, name in enumerate(found):
        bright = np.round((z[:, i] * 0.5 + 1) * 127.5)  # what the reader sees
        surest = np.argsort(-bright, kind="stable")[:24]
        np.testing.assert_allclose(name.vector, z[surest].mean(0), atol=1e-6)
        assert name.count == 24
        assert name.how == "The mean of 24 of the seeds 0 to 299, read to have it most surely by a reader of pixels."
        assert name.as_json()["vector"] == exact(name.vector)


def test_a_label_that_few_have_is_of_these_few_or_left_out() -> None:
    G = Linear(gain=0.3)
    z = from_seeds("normal", range(300), 6).numpy()
    third = [float(np.sort(z[:, i])[-3]) * 0.3 for i in range(2)]
    few = name_vectors(ByLabel(reader=reader(("left",), third[0] - 0.02), G=G, pool=range(300)))  # type: ignore[arg-type]
    assert [name.count for name in few] == [int((z[:, 0] * 0.3 > third[0] - 0.02).sum())]
    none = name_vectors(ByLabel(reader=reader(("left",), 0.999), G=G, pool=range(300)))  # type: ignore[arg-type]
    assert none == []


def test_numbers_are_short_and_true() -> None:
    values = torch.randn(1000, generator=torch.Generator().manual_seed(0)).numpy()
    assert np.array_equal(np.array(exact(values), np.float32), values)
    assert exact(np.array([0.1], np.float32)) == [0.1]
    assert short(1 / 3) == 0.333333
    assert [short(value) for value in (None, float("nan"), float("inf"))] == [None, None, None]
