"""The metrics by name. To add one, write its function and give it a row here."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dcgan.errors import check
from dcgan.metrics.collect import Statistics
from dcgan.metrics.frechet import frechet
from dcgan.metrics.kernel import kernel_distance, subset_size
from dcgan.metrics.modes import modes
from dcgan.metrics.nearest import nearest_error, two_sample
from dcgan.metrics.prdc import prdc
from dcgan.metrics.score import inception_score

NEIGHBOURS = 5
SPLITS = 10
SUBSETS = 100


@dataclass(frozen=True, kw_only=True)
class Reals:
    """The real side of a metric: what is compared with, and other real pictures, for the floor."""

    reference: Statistics
    floor: Statistics


Values = dict[str, float]
Judge = Callable[[Statistics, Reals], Values]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One way to judge pictures."""

    title: str
    gives: tuple[str, ...]
    """Names of its values."""
    judge: Judge
    """From the statistics of the pictures that are judged, and the real side, to values."""
    decides: bool
    """Whether it may decide which snapshot is the best: its first value is better the less it is."""
    classes: bool = False
    """Whether it needs an extractor that names classes."""
    labelled: bool = False
    """Whether it needs labels beside the features of any extractor: those of the extractor ``labels``."""
    settings: Callable[[int], dict[str, object]] = lambda count: {}
    """What belongs to every figure, where the smaller side has so many pictures whose features are kept."""
    higher: tuple[str, ...] = ()
    """Those of its values that are the better the more they are; all others the less."""
    own_reference: bool = False
    """Whether its floor judges the reference itself, and not the other real pictures."""

    def floor(self, reals: Reals, count: int) -> Values:
        """Return the same values for ``count`` real pictures: what a perfect generator would reach."""
        return self.judge(reals.reference.first(count) if self.own_reference else reals.floor, reals)


def _frechet(fake: Statistics, reals: Reals) -> Values:
    return {"frechet": frechet(fake.moments, reals.reference.moments)}


def _kernel(fake: Statistics, reals: Reals) -> Values:
    mean, deviation = kernel_distance(fake.features, reals.reference.features, subsets=SUBSETS)
    return {"kernel": mean, "kernel-sd": deviation}


def _prdc(fake: Statistics, reals: Reals) -> Values:
    count = min(len(fake.features), len(reals.reference.features))
    found = prdc(reals.reference.features[:count], fake.features[:count], k=min(NEIGHBOURS, count - 1))
    return {name: getattr(found, name) for name in ("precision", "recall", "density", "coverage")}


def _score(fake: Statistics, reals: Reals) -> Values:
    assert fake.probabilities is not None
    mean, deviation = inception_score(fake.probabilities, splits=min(SPLITS, len(fake.probabilities)))
    return {"score": mean, "score-sd": deviation}


def _modes(fake: Statistics, reals: Reals) -> Values:
    assert fake.named is not None
    found = modes(fake.named, fake.classes)
    return {"modes": found.found, "kl": found.kl, "top_share": found.top_share}


def _nearest(fake: Statistics, reals: Reals) -> Values:
    taught, labels = labelled(fake)
    tested, true = labelled(reals.floor)
    return {"nearest-error": nearest_error(taught, labels, tested, true)}


def labelled(found: Statistics) -> tuple[np.ndarray, np.ndarray]:
    """Return the features kept that have a label, and these: the true ones where known, else those that are read."""
    labels = found.named if found.labels is None or not (found.labels >= 0).any() else found.labels
    assert labels is not None
    labels = labels[: len(found.features)]
    return found.features[labels >= 0], labels[labels >= 0]


def _two_sample(fake: Statistics, reals: Reals) -> Values:
    count = min(len(fake.features), len(reals.reference.features))
    return {"two-sample": two_sample(reals.reference.features[:count], fake.features[:count])}


METRICS: dict[str, Metric] = {
    "frechet": Metric(
        title="Fréchet distance",
        gives=("frechet",),
        judge=_frechet,
        decides=True,
        settings=lambda count: {"covariance divisor": "N - 1"},
    ),
    "kernel": Metric(
        title="kernel distance",
        gives=("kernel", "kernel-sd"),
        judge=_kernel,
        decides=True,
        settings=lambda count: {
            "subsets": SUBSETS,
            "of": subset_size(count, count),
            "kernel": "(x.y / d + 1)^3, unbiased",
        },
    ),
    "prdc": Metric(
        title="precision, recall, density, coverage",
        gives=("precision", "recall", "density", "coverage"),
        judge=_prdc,
        decides=False,
        higher=("precision", "recall", "density", "coverage"),
        settings=lambda count: {"k": min(NEIGHBOURS, count - 1), "pictures of each side": count},
    ),
    "score": Metric(
        title="Inception score",
        gives=("score", "score-sd"),
        judge=_score,
        decides=False,
        higher=("score",),
        classes=True,
        settings=lambda count: {"splits": min(SPLITS, count)},
    ),
    "modes": Metric(
        title="modes and KL from even shares",
        gives=("modes", "kl", "top_share"),
        judge=_modes,
        decides=False,
        higher=("modes",),
        classes=True,
    ),
    "nearest": Metric(
        title="error of a 1-nearest-neighbour classifier trained on the pictures",
        gives=("nearest-error",),
        judge=_nearest,
        decides=True,
        labelled=True,
        own_reference=True,
    ),
    "two-sample": Metric(
        title="1-nearest-neighbour two-sample test, 0.5 where no difference is seen",
        gives=("two-sample",),
        judge=_two_sample,
        decides=False,
    ),
}


def find_metric(name: str) -> str:
    """Return the registered name of a metric, or of the one that gives a value of that name.

    Raises:
        ConfigError: there is none.
    """
    found = [known for known, metric in METRICS.items() if name == known or name in metric.gives]
    check(bool(found), f"--metrics knows {', '.join(METRICS)}, each with :EXTRACTOR", name)
    return found[0]


def is_better_higher(value: str) -> bool:
    """Whether a value, named as in ``metrics.jsonl``, such as ``coverage:labels``, is the better the more it is."""
    return any(value.partition(":")[0] in metric.higher for metric in METRICS.values())


def check_metrics(asked: list[tuple[str, str]], *, decides: bool) -> list[tuple[str, str]]:
    """Return pairs (metric, extractor) under their registered names.

    Args:
        asked: as ``parse.parse_metrics`` reads them.
        decides: whether the first one is to decide which snapshot is the best.

    Raises:
        ConfigError: a metric is not known, or cannot decide.
    """
    pairs = [(find_metric(name), extractor) for name, extractor in asked]
    if decides and pairs:
        able = [name for name, metric in METRICS.items() if metric.decides]
        check(
            pairs[0][0] in able, f"the first of --metrics decides what is best: one of {', '.join(able)}", asked[0][0]
        )
    return list(dict.fromkeys(pairs))
