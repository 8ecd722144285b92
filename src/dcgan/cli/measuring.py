"""From ``--metrics`` to a suite that is ready, with progress and with what there is to say of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from dcgan.cli.progress import Progress
from dcgan.config import Config
from dcgan.data.pictures import Pictures
from dcgan.data.stream import Data
from dcgan.errors import ConfigError
from dcgan.files import write_json
from dcgan.metrics.registry import check_metrics
from dcgan.metrics.sides import Sides, real_sides
from dcgan.metrics.suite import Suite, generated, open_suite
from dcgan.models.discriminator import Discriminator
from dcgan.models.generator import Generator
from dcgan.parse import parse_metrics
from dcgan.processes import Processes
from dcgan.training.device import choose_device
from dcgan.training.run import Run
from dcgan.training.ticks import Evaluator

COMPARED = 10_000  # real pictures, at most, that a run's own measurements compare with: it is to begin soon
FEWEST = 100  # pictures of which quality is measured without being asked for


def asked_metrics(text: str, *, decides: bool = False) -> list[tuple[str, str]]:
    """Read ``--metrics``, before anything is done for it.

    Raises:
        ConfigError: a metric is not known, or cannot be the one that decides what is best.
    """
    return check_metrics(parse_metrics(text), decides=decides)


def open_with_progress(
    asked: list[tuple[str, str]],
    sides: Sides,
    *,
    count: int,
    cache: Path,
    device: torch.device,
    D: Discriminator | None = None,
) -> Suite:
    """Open a suite, showing how far it is: a classifier may have to be trained, real pictures to be read.

    Raises:
        UserError: an extractor cannot be had.
    """
    with Progress("getting ready to measure") as progress:
        return open_suite(asked, sides, count=count, cache=cache, device=device, D=D, progress=progress.count)


def evaluators_of(suite: Suite | None, run: Run) -> list[Evaluator]:
    """Return what ``train`` calls with the generator: it yields the suite's values, always of the same z. Nothing
    without a suite."""
    if suite is None:
        return []

    def evaluate(G: Generator) -> Iterator[tuple[str, float]]:
        yield from suite.judge(generated(G, suite.count)).items()

    return [with_measures(evaluate, run, lambda: describe_suite(suite))]


def with_measures(evaluate: Evaluator, run: Run, describe: Callable[[], dict[str, Any]]) -> Evaluator:
    """Return an evaluator that first of all, once, writes what belongs to its values into the run's folder.

    It does so when it is called, inside the training: a run that cannot begin, or that another process is training, is
    left as it is.
    """
    written: list[bool] = []

    def evaluate_described(G: Generator) -> Iterator[tuple[str, float]]:
        if not written:
            write_json(run.measures, describe())
            written.append(True)
        yield from evaluate(G)

    return evaluate_described


def suite_of(config: Config, pictures: Data, cache: Path, processes: Processes) -> Suite | None:
    """Return what ``--metrics`` asks for, ready to judge; None where nothing is measured, or not by this process.

    Raises:
        ConfigError: a metric does not fit the pictures, or cannot be had while D is being trained.
    """
    asked = asked_metrics(config.metrics, decides=True)
    few = not isinstance(pictures, Pictures) or len(pictures) < FEWEST
    if not asked or (config.metrics == "auto" and few):
        return None
    if not isinstance(pictures, Pictures):
        raise ConfigError("--metrics needs pictures that are prepared: with --stream give --metrics none")
    if any(name == "self" for _, name in asked):
        raise ConfigError("D changes while it is trained: the extractor self is for `dcgan evaluate`, not for training")
    if not processes.first:
        return None
    sides = real_sides(pictures, config.hold_back, None, config.ticks.metrics_n, most=COMPARED)
    count = min(config.ticks.metrics_n, len(sides.floor))
    device = choose_device(config.device, processes.local)
    return open_with_progress(asked, sides, count=count, cache=cache, device=device)


def describe_suite(suite: Suite) -> dict[str, Any]:
    """Return what a run keeps of its measures: facts, the floor, and the facts as lines to be read."""
    facts = {**suite.facts(), "seed": 0}
    return {"facts": facts, "floor": suite.floor(), "lines": facts_lines(facts)}


def facts_lines(facts: dict[str, Any]) -> list[str]:
    """Write what belongs beside the figures as lines for a reader."""
    lines = [
        f"{facts['generated']:,} generated against {facts['reference']:,} real pictures, seed {facts['seed']}; floor: "
        f"{facts['floor']:,} other real pictures ({facts['split']})"
    ]
    for name, extractor in facts["extractors"].items():
        said = extractor.get("what", "")
        lines.append(f"{name}: {said}, {extractor['dim']:,} features")
    for metric, settings in facts["settings"].items():
        lines.append(f"{metric}: " + ", ".join(f"{name} {value}" for name, value in settings.items()))
    return lines + [f"warning: {sentence}" for sentence in facts["warnings"]]
