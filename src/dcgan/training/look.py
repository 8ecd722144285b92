"""A look at a run's health: some pictures that G makes of fixed z, beside fixed real ones. It changes nothing."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module

from dcgan.data.feed import Feed, Stored
from dcgan.data.ready import behind
from dcgan.images import to_unit
from dcgan.models.layers import BatchNorm
from dcgan.models.prior import draw_at
from dcgan.rng import key
from dcgan.training.compare import Space, coarse, energy_distance, nearest, nearest_other, spread
from dcgan.training.device import autocast
from dcgan.training.figures import SIGNS, column_means
from dcgan.training.state import State

PICTURES = 256  # generated ones, and at most as many real ones beside them
FEWEST = 8  # with fewer real pictures nothing is looked at
MOST_COMPARED = 20_000  # training pictures, and held-back ones, among which the nearest is sought
MOST_BYTES = 400_000_000  # of these pictures that are read for it
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """Descriptions of the pictures among which a generated one's nearest is sought."""

    trained: Tensor
    held: Tensor | None
    typical: float
    """Median distance of a picture that was not trained on to the nearest training picture; without held-back pictures,
    of a training picture to the nearest other one."""


class Looker:
    """Looks at one run; made anew at every launch, and always the same.

    Args:
        feed: what the run is trained on.
        state: its model and its seed.
    """

    def __init__(self, feed: Feed, state: State) -> None:
        self.feed, self.pack, self.seed = behind(feed), state.model.pack, state.config.seed
        self.turned = state.config.mirror or "mirror" in state.config.augment

    def look(self, state: State) -> Row | None:
        """Return what is seen of ``state``: plain values; None where the real pictures are too few.

        nimg, kimg, rounds; the means of SIGNS since the look before; spread and spread_D, of fakes over that of reals,
        in the cells' means and in D's last features; crowding, the median distance to the nearest other fake over the
        same of reals; distance, the energy coefficient between fakes and reals; near, the median distance of a fake to
        the nearest training picture over ``Neighbours.typical``; where pictures are held back, held_share, the share of
        fakes whose nearest picture is one of those, held_expected, their share of all, which it would be of a G that
        knows neither, and held_error, the standard error of that.
        """
        reals = self.reals
        if len(reals) < FEWEST:
            return None
        count = PICTURES // self.pack * self.pack
        z = draw_at(state.model.prior, count, state.model.z_dim, key(self.seed, "health"))
        fakes, features_fake, features_real = passes(state, z, reals)
        described = self.space.describe(fakes)
        row: Row = {"nimg": state.nimg, "kimg": state.nimg / 1000, "rounds": state.step}
        if state.unlooked:
            row |= {name: value for name, value in column_means(state.unlooked).items() if name in SIGNS}
        row["spread"] = spread(coarse(fakes), coarse(reals))
        row["spread_D"] = spread(features_fake, features_real)
        row["crowding"] = float(nearest_other(described[: len(reals)]).median()) / self.typical_crowding
        row["distance"] = energy_distance(described, self.described)
        if state.nimg and isinstance(self.feed, Stored):
            row |= nearness(described, self.neighbours)
        return {name: _plain(value) for name, value in row.items()}

    @cached_property
    def reals(self) -> Tensor:
        """The real pictures, float (N, C, H, W), a multiple of ``pack`` of them."""
        pixels = torch.from_numpy(np.array(self.feed.some(PICTURES)))
        return to_unit(pixels[: len(pixels) // self.pack * self.pack])

    @cached_property
    def label_counts(self) -> np.ndarray:
        """How many pictures each class of the data has, (classes,), those that have any; empty without labels."""
        if not isinstance(self.feed, Stored):
            return np.zeros(0, np.int64)
        labels = self.feed.pictures.labels
        counts = np.bincount(labels[labels >= 0], minlength=1)
        return counts[counts > 0]

    @cached_property
    def space(self) -> Space:
        return Space(self.reals)

    @cached_property
    def described(self) -> Tensor:
        return self.space.describe(self.reals)

    @cached_property
    def typical_crowding(self) -> float:
        return float(nearest_other(self.described).median()) or 1.0

    @cached_property
    def neighbours(self) -> Neighbours:
        assert isinstance(self.feed, Stored)
        pictures = self.feed.pictures
        every = np.arange(len(pictures))
        rows = every if self.feed.rows is None else self.feed.rows
        trained = self._describe(rows)
        held = self._describe(np.setdiff1d(every, rows)) if len(rows) < len(pictures) else None
        far = nearest_other(trained, min(2000, len(trained))) if held is None else nearest(held, trained)
        return Neighbours(trained=trained, held=held, typical=float(far.median()) or 1.0)

    def _describe(self, rows: np.ndarray) -> Tensor:
        """Describe some of these rows of the data, evenly spread; each also turned left for right where that is shown
        too."""
        assert isinstance(self.feed, Stored)
        pixels = self.feed.pictures.pixels
        most = min(MOST_COMPARED, max(FEWEST, MOST_BYTES // pixels[0].nbytes), len(rows))
        chosen = rows[np.arange(most) * len(rows) // most]
        parts = [to_unit(torch.from_numpy(pixels[chosen[i : i + 256]])) for i in range(0, most, 256)]
        found = [self.space.describe(part) for part in parts]
        if self.turned:
            found += [self.space.describe(part.flip(3)) for part in parts]
        return torch.cat(found)


@torch.no_grad()
def passes(state: State, z: Tensor, reals: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return G's pictures of z, and D's last features of them and of reals, means over the map: on the CPU.

    G's BatchNorm takes the statistics of each batch, as in training: the running ones lag behind a young G (Keras's
    momentum, by hundreds of steps), and it is the training that is judged here. Whatever the networks remember stays as
    it was.
    """
    pack = state.model.pack
    with undisturbed(state.G), undisturbed(state.D), autocast(state.device, state.precision):
        for norm in (m for m in state.G.modules() if isinstance(m, BatchNorm)):
            norm.train()
        fakes = [state.G.forward(part.to(state.device)) for part in _parts(z, pack)]
        made = [_features(state, part) for part in fakes]
        seen = [_features(state, part.to(state.device)) for part in _parts(reals, pack)]
    return torch.cat(fakes).cpu(), torch.cat(made), torch.cat(seen)


@contextmanager
def undisturbed(net: Module) -> Iterator[None]:
    """Put a network into evaluation mode, alone, and afterwards back into the state that it was in."""
    buffers = [(buffer, buffer.clone()) for buffer in net.buffers()]
    modes = [(module, module.training) for module in net.modules()]
    norms = [(norm, norm.synchronised) for norm in net.modules() if isinstance(norm, BatchNorm)]
    net.eval()
    for norm, _ in norms:  # the other processes are not looking
        norm.synchronised = False
    try:
        yield
    finally:
        for buffer, before in buffers:
            buffer.copy_(before)
        for module, training in modes:
            module.training = training
        for norm, together in norms:
            norm.synchronised = together


def _parts(x: Tensor, pack: int, size: int = 64) -> list[Tensor]:
    """Split N, a multiple of ``pack``, into parts of about ``size``, each a multiple too and none much smaller than the
    others: BatchNorm looks at a part."""
    count = max(1, len(x) // max(size, pack))
    return [x[i * len(x) // count // pack * pack : (i + 1) * len(x) // count // pack * pack] for i in range(count)]


def _features(state: State, x: Tensor) -> Tensor:
    last = state.D.with_features(x)[1][-1].float()
    return (last.mean(dim=(2, 3)) if last.ndim == 4 else last).cpu()


def nearness(fakes: Tensor, among: Neighbours) -> Row:
    """Return near, and where pictures are held back held_share, held_expected and held_error (``Looker.look``)."""
    to_trained = nearest(fakes, among.trained)
    row: Row = {"near": float(to_trained.median()) / among.typical}
    if among.held is not None:
        row["held_share"] = float((nearest(fakes, among.held) < to_trained).float().mean())
        expected = len(among.held) / (len(among.held) + len(among.trained))
        row["held_expected"] = expected
        row["held_error"] = (expected * (1 - expected) / len(fakes)) ** 0.5
    return row


def _plain(value: Any) -> Any:
    """A number with six digits, or None for what is none."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.6g}") if math.isfinite(value) else None
