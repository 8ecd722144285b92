"""Metrics that were asked for, ready to judge pictures: extractors opened, the real side read, the floor measured."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dcgan.data.pictures import Pictures
from dcgan.errors import ConfigError, UserError
from dcgan.images import to_pixels
from dcgan.metrics.collect import KEPT, Batch, Statistics, collect
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.find import can_be_learnt, open_extractor
from dcgan.metrics.extractors.learning import Progress
from dcgan.metrics.registry import METRICS, Reals
from dcgan.metrics.sides import BATCH, Sides
from dcgan.metrics.store import real_statistics
from dcgan.models.discriminator import Discriminator
from dcgan.models.generator import Generator
from dcgan.models.prior import draw_at
from dcgan.rng import key

AT_ONCE = 64  # pictures that G makes together
FEW = 10  # pictures a feature: with fewer, the Fréchet distance is much too high


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Metrics, each on an extractor, with the real side of every extractor."""

    asked: list[tuple[str, str]]
    """Pairs (metric, extractor)."""
    extractors: dict[str, Extractor]
    reals: dict[str, Reals]
    sides: Sides
    count: int
    """Pictures that are judged."""

    def judge(self, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the values of pictures, by names such as "frechet:labels"."""
        found = collect(self.extractors, batches)
        lend_names(found)
        return self._values(lambda metric, name: metric.judge(found[name], self.reals[name]))

    def floor(self) -> dict[str, float]:
        """Return the same values for real pictures: what a perfect generator would reach."""
        return self._values(lambda metric, name: metric.floor(self.reals[name], self.count))

    def _values(self, judge: Any) -> dict[str, float]:
        return {
            f"{value}:{name}": float(number)
            for asked, name in self.asked
            for value, number in judge(METRICS[asked], name).items()
        }

    def facts(self) -> dict[str, Any]:
        """Return what belongs beside every figure, as plain values."""
        compared = min(self.count, len(self.sides.reference), KEPT)
        settings = {metric: METRICS[metric].settings(compared) for metric, _ in self.asked}
        return {
            "metrics": [f"{metric}:{name}" for metric, name in self.asked],
            "settings": {metric: found for metric, found in settings.items() if found},
            "extractors": {name: {"dim": e.dim, "key": e.key, **e.facts} for name, e in self.extractors.items()},
            "generated": self.count,
            "reference": len(self.sides.reference),
            "floor": len(self.sides.floor),
            "labels": self._who_named(),
            "split": self.sides.how,
            "warnings": self.warnings(),
        }

    def _who_named(self) -> str | None:
        used = any(METRICS[metric].labelled for metric, _ in self.asked)
        return "the pictures' own where they have some, else as the extractor labels reads them" if used else None

    def warnings(self) -> list[str]:
        """Return sentences about figures that mislead."""
        said = list(self.sides.notes)
        floor = len(self.sides.floor)
        if floor < self.count:
            said.append(
                f"the floor is measured with {floor:,} real pictures, fewer than the {self.count:,} generated: too high"
            )
        for metric, name in self.asked:
            least = min(self.count, len(self.sides.reference))
            dim = self.extractors[name].dim
            if metric == "frechet" and least < FEW * dim:
                said.append(
                    f"frechet:{name} of {least:,} pictures with {dim:,} features is far too high: compare it with the "
                    f"floor only, or take kernel:{name}, which is right for any number"
                )
        return said


def open_suite(
    asked: Sequence[tuple[str, str]],
    sides: Sides,
    *,
    count: int,
    cache: Path,
    device: torch.device,
    D: Discriminator | None = None,
    progress: Progress = lambda done, total: None,
) -> Suite:
    """Open the extractors that are asked for, and read the real pictures.

    Args:
        asked: pairs (metric, extractor) as ``registry.check_metrics`` returns them; "auto" is the classifier of the
            pictures' labels where it can be learnt, else ``random``.
        sides: the real pictures.
        count: pictures that will be judged.
        cache: the folder that keeps classifiers and the statistics of real pictures.
        device: where extractors read.
        D: the discriminator that the extractor ``self`` reads with.
        progress: called while a classifier is trained, and while real pictures are read.

    Raises:
        UserError: an extractor cannot be had, or is not one that a metric can use.
    """
    opener = Opener(pictures=sides.reference.pictures, D=D, cache=cache, device=device, progress=progress)
    pairs = [(metric, opener.open_for(metric, name)) for metric, name in asked]
    reals = read_reals(opener.opened, sides, cache, progress)
    return Suite(asked=list(dict.fromkeys(pairs)), extractors=opener.opened, reals=reals, sides=sides, count=count)


class Opener:
    """Opens extractors, each once.

    Args:
        given: what ``open_extractor`` is given beside the name.
    """

    def __init__(self, **given: Any) -> None:
        self.given = given
        self.opened: dict[str, Extractor] = {}

    def open_for(self, metric: str, name: str) -> str:
        """Open what a metric reads with, and ``labels`` where it needs names too. Returns the name of the first.

        Raises:
            UserError: an extractor cannot be had, or is not one that the metric can use.
        """
        chosen = self.choose(metric) if name == "auto" else name
        for needed in (chosen, "labels") if METRICS[metric].labelled else (chosen,):
            if needed not in self.opened:
                self.opened[needed] = open_extractor(needed, **self.given)
        check_classes(metric, self.opened[needed])
        return chosen

    def choose(self, metric: str) -> str:
        """Return which extractor "auto" is for a metric."""
        if METRICS[metric].labelled:
            return "pixels"
        return "labels" if METRICS[metric].classes else self.fitting

    @cached_property
    def fitting(self) -> str:
        """The extractor that suits the pictures: ``labels``, then opened, where there are labels that can be learnt."""
        if not has_labels(self.given["pictures"]):
            return "random"
        try:
            found = open_extractor("labels", **self.given)
        except UserError:  # too few of a kind, or no place to keep what is learnt: nobody has asked for it
            return "random"
        if not can_be_learnt(found.facts):
            return "random"
        self.opened["labels"] = found
        return "labels"


def read_reals(extractors: dict[str, Extractor], sides: Sides, cache: Path, progress: Progress) -> dict[str, Reals]:
    """Read the real pictures of both sides with every extractor, or take what is kept of them."""
    reference, floor = (
        {name: real_statistics(extractor, part, cache, progress) for name, extractor in extractors.items()}
        for part in (sides.reference, sides.floor)
    )
    lend_names(reference)
    lend_names(floor)
    return {name: Reals(reference=reference[name], floor=floor[name]) for name in extractors}


def has_labels(pictures: Pictures) -> bool:
    """Whether there is something to learn: two classes of ten pictures or more, or attributes."""
    known = pictures.labels[pictures.labels >= 0]
    return bool((np.bincount(known, minlength=1) >= 10).sum() >= 2) or pictures.values is not None


def check_classes(metric: str, extractor: Extractor) -> None:
    """Refuse a metric of classes on an extractor that names none.

    Raises:
        ConfigError: says which to take.
    """
    if (METRICS[metric].classes or METRICS[metric].labelled) and not extractor.classes:
        raise ConfigError(
            f"{metric} needs classes, and {extractor.name} names none: take {metric}:labels on pictures with class "
            "labels, or leave it out"
        )


def lend_names(found: dict[str, Statistics]) -> None:
    """Give every extractor's statistics the classes that the extractor ``labels`` has read of the same pictures."""
    if "labels" in found:
        for other in found.values():
            other.named = found["labels"].named if other.named is None else other.named


def generated(G: Generator, count: int, seed: int = 0) -> Iterator[Batch]:
    """Yield ``count`` pictures of G, uint8 (at most BATCH, H, W, C) at a time, of addressed z that nothing else uses.

    Args:
        G: the generator, in evaluation mode.
        count: how many.
        seed: decides the z.
    """
    device = next(G.parameters()).device
    for start in range(0, count, BATCH):
        z = draw_at(G.config.prior, BATCH, G.config.z_dim, key(seed, "metrics", start))[: count - start].to(device)
        with torch.inference_mode():
            pixels = np.concatenate([to_pixels(G.forward(part)) for part in z.split(AT_ONCE)])
        yield pixels, None  # outside: a mode that is on while a generator waits is on for its caller too
