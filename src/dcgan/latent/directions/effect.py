"""What a direction does: how often the label flips when fresh samples are moved along it, and what else changes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from dcgan.errors import ConfigError
from dcgan.latent.move import moved
from dcgan.latent.reader import Reader
from dcgan.latent.render import BATCH, render
from dcgan.models.generator import Generator
from dcgan.models.prior import from_seeds

AMOUNT = 3.0
FRESH = range(1_000_000, 1_001_000)
"""The seeds that effects are measured on, and, where they are more, those that follow. No direction of a label or of a
layer is found from them; examples are whatever the user names, and may be among them."""
NEAR_CHANCE = 0.55
"""A label that is read with less balanced accuracy says nothing of what stays."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What moving samples by +-``amount`` does. All but the pixels is as the reader says."""

    amount: float
    samples: int
    pixels: float
    """Mean absolute change of a number of the picture, in steps of 0 to 255, over both ways."""
    label: str | None = None
    """The label that it is about: the one it was found for, or else the one that flips most."""
    without: int = 0
    """Samples that do not have the label."""
    gained: float | None = None
    """Share of these that have it at +amount; None where there is none."""
    lost: float | None = None
    """Share of those that have it that lose it at -amount."""
    flipped: float | None = None
    """Share of all samples for which one or the other comes true."""
    backwards: bool = False
    """Whether the direction points away from the label, as one that was found without labels may: then it is gained at
    -amount and lost at +amount."""
    stays: dict[str, float] = field(default_factory=dict)
    """Of every other label the share of samples of which the reading stays the same, the mean over both ways."""
    others_stay: float | None = None
    """Their mean."""
    left_out: tuple[str, ...] = ()
    """Labels that are read near chance, which are not among them."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values, shares with four digits."""
        plain = {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(self).items()}
        return plain | {"stays": {k: round(v, 4) for k, v in self.stays.items()}, "left_out": list(self.left_out)}


@dataclass(frozen=True, kw_only=True)
class Moves:
    """Readings of the same samples, as they are and moved: bool (N, L) each, and the change of the pixels."""

    base: np.ndarray
    up: np.ndarray
    down: np.ndarray
    pixels: float


def measure(
    G: Generator,
    directions: Sequence[np.ndarray],
    labels: Sequence[str | None],
    reader: Reader | None,
    *,
    seeds: Sequence[int] = FRESH,
    amount: float = AMOUNT,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Effect]:
    """Measure what each of several directions does to fresh samples.

    Pictures are held a batch at a time. Readings are held of all samples: a byte for each sample and label as they are,
    and two more a direction; five directions, 40 labels and 1,000 samples are 0.4 MB.

    Args:
        G: the generator, in evaluation mode.
        directions: unit vectors (z_dim,), K of them.
        labels: which label each is about, or None.
        reader: what reads labels; without it the pixels alone are measured.
        seeds: of the samples, at least one.
        amount: how far they are moved, see ``move``.
        progress: called with (samples done, samples).

    Returns:
        K effects.
    """
    if not len(seeds):
        raise ConfigError("a direction's effect is measured on at least one sample")
    parts = list(_parts(G, directions, reader, seeds, amount, progress))
    return [
        _effect(_joined([part[k] for part in parts]), label, reader, len(seeds), amount)
        for k, label in enumerate(labels)
    ]


def _parts(
    G: Generator,
    directions: Sequence[np.ndarray],
    reader: Reader | None,
    seeds: Sequence[int],
    amount: float,
    progress: Callable[[int, int], None],
) -> Iterator[list[Moves]]:
    """Yield what every direction does to a batch of samples; each sample is made and read once as it is."""
    prior, z_dim = G.config.prior, G.config.z_dim

    def look(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        pixels = render(G, z)
        said = reader.read(pixels) > 0.5 if reader is not None else np.zeros((len(pixels), 0), bool)
        return pixels.astype(np.int16), said

    for start in range(0, len(seeds), BATCH):
        z = from_seeds(prior, seeds[start : start + BATCH], z_dim).numpy()
        base, said = look(z)
        found = []
        for direction in directions:
            (high, up), (low, down) = (look(moved(prior, z, direction, a)) for a in (amount, -amount))
            change = (np.abs(high - base).sum(dtype=np.int64) + np.abs(low - base).sum(dtype=np.int64)) / 2
            found.append(Moves(base=said, up=up, down=down, pixels=float(change) / base[0].size))
        yield found
        progress(start + len(z), len(seeds))


def _joined(parts: Sequence[Moves]) -> Moves:
    base, up, down = (np.concatenate([getattr(part, name) for part in parts]) for name in ("base", "up", "down"))
    return Moves(base=base, up=up, down=down, pixels=sum(part.pixels for part in parts) / len(base))


def _effect(moves: Moves, label: str | None, reader: Reader | None, samples: int, amount: float) -> Effect:
    if reader is None:
        return Effect(amount=amount, samples=samples, pixels=moves.pixels)
    backwards = False
    if label is None:
        label, backwards = most_flipped(moves, reader)
    if backwards:
        moves = Moves(base=moves.base, up=moves.down, down=moves.up, pixels=moves.pixels)
    i = reader.names.index(label)
    had = moves.base[:, i]
    gained, lost = moves.up[~had, i], ~moves.down[had, i]
    stays, left_out = what_stays(moves, i, reader)
    return Effect(
        amount=amount,
        samples=samples,
        pixels=moves.pixels,
        label=label,
        without=len(gained),
        gained=_share(gained),
        lost=_share(lost),
        flipped=_share(np.concatenate([gained, lost])),
        backwards=backwards,
        stays=stays,
        others_stay=float(np.mean(list(stays.values()))) if stays else None,
        left_out=left_out,
    )


def most_flipped(moves: Moves, reader: Reader) -> tuple[str, bool]:
    """Return which label flips most along a direction that was found without labels, and whether backwards.

    Flips are counted as the smaller of both kinds, so that a label that nearly all samples have already, or hardly
    any, does not win by one kind alone. Labels that are read near chance do not count where there are others.
    """
    names = [name for name in reader.names if _is_sure(reader, name)] or list(reader.names)
    scores: dict[tuple[str, bool], float] = {}
    for backwards, (up, down) in enumerate(((moves.up, moves.down), (moves.down, moves.up))):
        for name in names:
            i = reader.names.index(name)
            had = moves.base[:, i]
            scores[name, bool(backwards)] = min(_share(up[~had, i]) or 0.0, _share(~down[had, i]) or 0.0)
    return max(scores, key=scores.__getitem__)


def what_stays(moves: Moves, label: int, reader: Reader) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the share of samples of which each other label's reading stays, and the labels that are left out."""
    same = ((moves.up == moves.base).mean(0) + (moves.down == moves.base).mean(0)) / 2
    others = [i for i in range(len(reader.names)) if i != label]
    stays = {reader.names[i]: float(same[i]) for i in others if _is_sure(reader, reader.names[i])}
    return stays, tuple(reader.names[i] for i in others if not _is_sure(reader, reader.names[i]))


def _is_sure(reader: Reader, name: str) -> bool:
    """Tell whether a label is read better than near chance; one of which that was not measured is not."""
    return reader.accuracy.get(name, 0.0) >= NEAR_CHANCE


def _share(yes: np.ndarray) -> float | None:
    return float(yes.mean()) if len(yes) else None
