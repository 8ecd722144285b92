"""``dcgan bench modes``: how many modes training covers, where they can be counted."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
import tyro

from dcgan.cli.arguments import parse
from dcgan.cli.bench_stacked import judge_run, train_on_stacks
from dcgan.cli.progress import Progress
from dcgan.cli.speaker import is_alone
from dcgan.errors import ConfigError, check
from dcgan.files import write_json
from dcgan.report.modes import write_points
from dcgan.selftest.gaussians import MIXTURES
from dcgan.selftest.points import Outcome, train_points
from dcgan.selftest.settings import failures, settings
from dcgan.selftest.tables import aligned, gaussian_published, gaussian_result, gaussian_table

TRAINS = ("--stacked", "--resume")


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """Count modes: small networks on mixtures of Gaussians, in a minute; with a RUN and --data, those of a run on
    Stacked MNIST; with --stacked MNIST, train such a run (dcgan bench modes --stacked mnist/ --help)."""

    run: Annotated[str | None, tyro.conf.Positional] = None
    """A run's folder, or a snapshot's, of a generator of Stacked MNIST; needs --data."""
    data: Path | None = None
    """The folder of MNIST's IDX files, from which a classifier learns the digits."""
    snapshot: str = "all"
    """Of a run: all, auto, best, latest, or numbers of kimg with commas between."""
    weights: Literal["averaged", "raw"] | None = None
    """Which generator of a run; by default the averaged one where there is one."""
    n: int = 26_000
    """Pictures of a run that are judged; 26,000 in the published protocol."""
    steps: int | None = None
    """Length of every training on Gaussians; by default each row's own."""
    seed: int = 0
    """Decides every random number of the Gaussians."""
    out: Path = Path("bench")
    """Where the results go: JSON and pictures."""
    json: bool = False
    """Print JSON instead of tables."""
    cache: Path | None = None
    """Where the classifier is kept; by default in the user's cache folder."""
    device: str = "auto"
    """On which a run is judged: auto, cpu, cuda, cuda:1, mps."""


def main(argv: list[str]) -> int:
    test, *rest = argv or [""]
    if test in ("-h", "--help"):
        rest = [test]
    elif test != "modes":
        raise ConfigError(f"dcgan bench takes the name of a self-test, modes, as its first word, not {test!r}")
    if any(word.partition("=")[0] in TRAINS for word in rest):
        return train_on_stacks(rest)
    arguments = parse(Arguments, rest, "dcgan bench modes")
    check(is_alone(), "dcgan bench is for one process: start it without a launcher", "several")
    check(arguments.n >= 1, "--n is at least 1", arguments.n)
    check(arguments.steps is None or arguments.steps >= 4, "--steps is at least 4", arguments.steps)
    say: Callable[[str], None] = (lambda line: None) if arguments.json else partial(print, flush=True)
    if arguments.run is None:
        if arguments.data is not None:
            raise ConfigError("--data goes with a RUN to judge; to train one on Stacked MNIST, give --stacked instead")
        return gaussians(arguments, say)
    if arguments.data is None:
        raise ConfigError("--data is missing: give the folder of MNIST's IDX files, from which the digits are learnt")
    found = judge_run(
        arguments.run,
        arguments.data,
        which=arguments.snapshot,
        weights=arguments.weights,
        count=arguments.n,
        out=arguments.out,
        cache=arguments.cache,
        device=arguments.device,
        say=say,
    )
    if arguments.json:
        print(json.dumps(found, indent=2))
    return 0


def gaussians(arguments: Arguments, say: Callable[[str], None]) -> int:
    """Train every row on every mixture; print and write what came of it. Returns 1 where the self-test failed."""
    outcomes = train_gaussians(arguments)
    found: dict[str, Any] = gaussian_result(outcomes)
    for name, of_mixture in found.items():
        say(f"{name}: {of_mixture['modes']} modes of standard deviation {of_mixture['std']:g}")
        say("\n".join(f"  {line}" for line in aligned(gaussian_table(of_mixture))) + "\n")
        say("\n".join(f"  {line}" for line in aligned(gaussian_published(name))) + "\n")
        rows = {o.setting.name: o.points for o in outcomes if o.mixture.name == name}
        write_points(arguments.out / f"modes-{name}.png", rows, MIXTURES[name]().centres)
    failed = failures(outcomes) if arguments.steps is None else []
    write_json(arguments.out / "modes.json", {"gaussians": found, "failures": failed})
    names = ("modes.json", *(f"modes-{name}.png" for name in found))
    say(f"written: {', '.join(str(arguments.out / name) for name in names)}")
    for sentence in failed:
        say(f"failed: {sentence}")
    if arguments.json:
        print(json.dumps({"gaussians": found, "failures": failed}, indent=2))
    return 1 if failed else 0


def train_gaussians(arguments: Arguments) -> list[Outcome]:
    """Train every row on every mixture, on one thread: the networks are too small for more."""
    pairs = [(make(), row) for make in MIXTURES.values() for row in settings(arguments.steps, arguments.seed)]
    threads, outcomes = torch.get_num_threads(), []
    torch.set_num_threads(1)
    try:
        with Progress("training") as progress:
            for pair in pairs:
                outcomes.append(train_points(*pair))
                progress.count(len(outcomes), len(pairs))
    finally:
        torch.set_num_threads(threads)
    return outcomes
