"""How entangled z is: how fast pictures change along a way, and how far different dimensions do the same."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dcgan.latent.path import between
from dcgan.latent.perceptual import Space, distance
from dcgan.latent.render import units
from dcgan.latent.traverse import rank
from dcgan.models.generator import Generator
from dcgan.models.precision import plain_float32
from dcgan.models.prior import draw_at
from dcgan.rng import key

EPS = 1e-4
TRIM = 1.0  # per cent of the lengths at each end
Progress = Callable[[int, int], None]
BATCH = 32
NOTHING = 1e-6  # an effect shorter than that is rounding


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """Perceptual path lengths."""

    values: np.ndarray
    """float64 (N,): d(G(p(t)), G(p(t + eps))) / eps^2 of each way."""

    @property
    def kept(self) -> np.ndarray:
        """The values without the lowest and the highest 1%, as Karras and others have it (arXiv 1812.04948)."""
        low = np.percentile(self.values, TRIM, method="lower")
        high = np.percentile(self.values, 100 - TRIM, method="higher")
        return self.values[(self.values >= low) & (self.values <= high)]

    @property
    def mean(self) -> float:
        """The figure."""
        return float(self.kept.mean())

    @property
    def error(self) -> float:
        """Its standard error."""
        return float(self.kept.std(ddof=1) / len(self.kept) ** 0.5)


def path_lengths(
    G: Generator,
    spaces: dict[str, Space],
    count: int,
    *,
    eps: float = EPS,
    seed: int = 0,
    progress: Progress = lambda done, total: None,
) -> dict[str, Lengths]:
    """Measure how fast pictures change along ways between two z (Karras and others, arXiv 1812.04948).

    The pictures are not rounded: rounded to 8 bits, most steps of 1e-4 change nothing and a few change a whole level.
    Nor is eps too small for float32: with features of unit length a step changes them by about 1e-4, which is a
    thousand times their rounding; of two trained runs the mean was within 0.2% of that of the derivative itself, and a
    test compares with it.

    Args:
        G: the generator, in evaluation mode.
        spaces: what pictures are compared by, under names.
        count: ways, at least 2. Under a uniform prior they are straight, under a normal one arcs (``path.between``).
        eps: the step, as a share of the way.
        seed: decides the ends and the place on each way: of two runs with one kind of z they are the same.
        progress: called with (ways done, ways).

    Returns:
        Under each space's name, its lengths.
    """
    here, there = _steps(G, count, eps, seed)
    device = next(G.parameters()).device
    found: dict[str, list[np.ndarray]] = {name: [] for name in spaces}
    with plain_float32(device):  # TensorFloat-32 would round such a step away
        for done, (a, b) in enumerate(zip(units(G, here, BATCH), units(G, there, BATCH), strict=True)):
            for name, space in spaces.items():
                found[name].append(distance(space(a), space(b)).cpu().double().numpy() / eps**2)
            progress(min(BATCH * (done + 1), count), count)
    return {name: Lengths(values=np.concatenate(parts)) for name, parts in found.items()}


def _steps(G: Generator, count: int, eps: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the z at both ends of a small step on each way, float32 (count, z_dim)."""
    config = G.config
    ends = draw_at(config.prior, 2 * count, config.z_dim, key(seed, "ends of ways")).double().numpy()
    generator = torch.Generator().manual_seed(key(seed, "places on ways"))
    times = torch.rand(count, generator=generator, dtype=torch.float64).numpy() * (1 - eps)
    steps = [
        between(config.prior, a, b, np.array([t, t + eps]))
        for a, b, t in zip(ends[::2], ends[1::2], times, strict=True)
    ]
    both = np.stack(steps).astype(np.float32)
    return both[:, 0], both[:, 1]


# Dimensions that do the same ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """How far directions of z change pictures in the same way: the mean squared correlation between the changes of two
    of them. 1: all do the same; 0: no two have anything in common but, perhaps, an even change of brightness."""

    dims: np.ndarray
    """int64 (k,): the dimensions that change pictures most, the strongest first."""
    pairs: np.ndarray
    """float64 (k, k): the squared correlation of each two of them, averaged over z; 1 on the diagonal."""
    random: float
    """The same figure for as many random directions: what any k directions of this G have in common."""

    @property
    def mean(self) -> float:
        """The figure."""
        return _mean_off_diagonal(self.pairs)


def overlap(
    G: Generator,
    base: np.ndarray,
    *,
    top: int = 16,
    reach: float = 1.0,
    seed: int = 0,
    progress: Progress = lambda done, total: None,
) -> Overlap:
    """Measure how far the dimensions that change pictures most change them in the same way.

    A dimension's effect at a z is the difference of the pictures with it at ``reach`` and at -``reach``, the rest
    frozen; which dimensions are strongest is decided by ``traverse.rank``. Each random direction is a point of the
    unit sphere, along which z is moved in the same manner.

    Args:
        G: the generator, in evaluation mode.
        base: z of shape (N, z_dim), N at least 1.
        top: dimensions, at least 2; all, where there are fewer.
        reach: 1 is one standard deviation of a normal prior, and the end of a uniform one.
        seed: decides the random directions.
        progress: called with (dimensions ranked, dimensions).
    """
    dims = rank(G, base, reach=reach, progress=progress).order[:top]
    z_dim = G.config.z_dim
    drawn = draw_at("normal", len(dims), z_dim, key(seed, "random directions")).double().numpy()
    others = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return Overlap(
        dims=dims,
        pairs=squared_correlations(G, base, np.eye(z_dim)[dims], reach),
        random=_mean_off_diagonal(squared_correlations(G, base, others, reach)),
    )


def squared_correlations(G: Generator, base: np.ndarray, directions: np.ndarray, reach: float = 1.0) -> np.ndarray:
    """Return the squared correlation, over pixels, of the effects of each two directions, averaged over z.

    Args:
        G: the generator.
        base: z of shape (N, z_dim).
        directions: (k, z_dim), of unit length. The part of z along one is put at -reach and at reach.
        reach: see ``overlap``.

    Returns:
        float64 (k, k). A direction that changes nothing, or all pixels alike, has nothing in common with the others: 0.
    """
    total = np.zeros((len(directions), len(directions)))
    for z in base.astype(np.float64):
        rest = z - (directions @ z)[:, None] * directions
        effects = _joined(units(G, rest + reach * directions)) - _joined(units(G, rest - reach * directions))
        effects -= effects.mean(dim=1, keepdim=True)
        lengths = effects.norm(dim=1, keepdim=True)
        effects = torch.where(lengths > NOTHING, effects / lengths.clamp(min=NOTHING), 0 * effects)
        total += (effects @ effects.T).square().numpy()
    return total / len(base)


def _joined(parts: Iterable[Tensor]) -> Tensor:
    return torch.cat([part.cpu() for part in parts]).flatten(1).double()  # not every device has float64


def _mean_off_diagonal(pairs: np.ndarray) -> float:
    return float(pairs[~np.eye(len(pairs), dtype=bool)].mean())
