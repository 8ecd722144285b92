"""``dcgan bench modes --stacked MNIST`` trains a run on Stacked MNIST; ``dcgan bench modes RUN --data MNIST`` judges
one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import torch
import tyro

from dcgan.api import Weights, load
from dcgan.cli.arguments import parse
from dcgan.cli.evaluate import chosen_snapshots
from dcgan.cli.launch import check_same_pictures, launch
from dcgan.cli.measuring import with_measures
from dcgan.cli.progress import Progress
from dcgan.cli.speaker import is_alone
from dcgan.cli.train import check_resumable, last_value
from dcgan.clock import with_length
from dcgan.config import Config
from dcgan.data.prepare import default_cache
from dcgan.errors import ConfigError, check
from dcgan.files import write_json
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.find import open_extractor
from dcgan.models.recipes import find, resolve_model
from dcgan.report.modes import write_counts
from dcgan.selftest.stacked import (
    SAMPLES,
    Digits,
    check_makes_stacks,
    evaluator,
    facts,
    judge_generator,
    make_stacks,
    read_digits,
)
from dcgan.selftest.tables import measured, measures, report_lines
from dcgan.training.device import choose_device
from dcgan.training.run import Run, create_run, find_run, read_lines, read_options

PROTOCOL = "stacked-dcgan"
LINES = {"DCGAN (VEEGAN)": (99.0, 3.40), "DCGAN (PacGAN)": (78.9, 4.50), "PacDCGAN2": (1000.0, 0.06)}


@dataclass(frozen=True, kw_only=True)
class Training:
    """Train on Stacked MNIST and count the modes on the way. The flags are those of `dcgan train`; pictures are always
    28x28x3, and --recipe is stacked-dcgan unless it is given."""

    stacked: Path | None = None
    """The folder of MNIST's IDX files. Not needed with --resume."""
    resume: str | None = None
    """Go on with a run: its folder, or `latest`."""
    n: int = SAMPLES
    """Pictures that are judged at every snapshot; 26,000 in the published protocol."""
    out: Path = Path("runs")
    """Where run folders are made."""
    cache: Path | None = None
    """Where the classifier is kept; by default in the user's cache folder."""
    config: Annotated[Config, tyro.conf.arg(name="")]


def train_on_stacks(argv: list[str]) -> int:
    """Train a run on Stacked MNIST, or go on with one. Returns the exit code."""
    run, base, data = starting_point(argv)
    default = Training(config=replace(base, steps=None, kimg=None, epochs=None))
    arguments = parse(Training, argv, "dcgan bench modes", default=default)
    config = checked(arguments, base)
    model, device = resolve_model(config), choose_device(config.device)
    if run is not None:
        check_resumable(run, base, config)
    source = arguments.stacked or data.get("source")
    if source is None:
        raise ConfigError("--stacked is missing: give the folder of MNIST's IDX files")
    digits = read_digits(Path(source))
    pictures = make_stacks(digits)
    if run is not None:
        check_same_pictures(data, pictures)
    reader = digit_reader(digits, arguments.cache, device)
    known = facts(digits, reader, arguments.n)
    run = run or create_run(arguments.out, config.recipe, pictures.name)
    judges = [with_measures(evaluator(reader, arguments.n), run, lambda: measures(known))]
    code = launch(config, model, pictures, str(source), run, evaluators=judges, again="dcgan bench modes")
    print("\n".join(report_lines(measured(read_lines(run.metrics)), known)))
    return code


def checked(arguments: Training, base: Config) -> Config:
    """Return the settings with their length, or ``base``'s where none is given.

    Raises:
        ConfigError: they do not go with stacks.
    """
    config = arguments.config
    check(is_alone(), "dcgan bench is for one process: start it without a launcher", "several")
    check(arguments.n >= 1, "--n is at least 1", arguments.n)
    check((config.size, config.channels) == ("28", 3), "stacks are 28x28x3", (config.size, config.channels))
    check(config.metrics == "none", "on stacks modes are counted: leave out --metrics", config.metrics)
    check(not config.stream, "stacks are made in memory: leave out --stream", config.stream)
    if (config.steps, config.kimg, config.epochs) == (None, None, None):
        return with_length(config, steps=base.steps, kimg=base.kimg, epochs=base.epochs)
    return config


def starting_point(argv: list[str]) -> tuple[Run | None, Config, dict[str, Any]]:
    """Look ahead for --resume and --recipe, whose settings are the defaults of the flags.

    Returns:
        The run to go on with, if any, its settings or the recipe's under the protocol, and what the run knows of its
        data.
    """
    resume, recipe, out = (last_value(argv, flag) for flag in ("--resume", "--recipe", "--out"))
    if resume is not None:
        run = find_run(resume, Path(out or "runs"))
        return run, *read_options(run)
    protocol = find(PROTOCOL).config
    settings = replace(find(recipe or PROTOCOL).config, size="28", channels=3, ticks=protocol.ticks, metrics="none")
    return None, with_length(settings, steps=None, kimg=None, epochs=protocol.epochs), {}


def digit_reader(digits: Digits, cache: Path | None, device: torch.device) -> Extractor:
    """Return the classifier of digits, from the cache or trained now with progress."""
    with Progress("learning the digits") as progress:
        return open_extractor(
            "labels",
            pictures=digits.train,
            D=None,
            cache=cache or default_cache(),
            device=device,
            progress=progress.count,
        )


def judge_run(
    path: str,
    mnist: Path,
    *,
    which: str,
    weights: Weights | None,
    count: int,
    out: Path,
    cache: Path | None,
    device: str,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Count the modes of a run's snapshots, write what was found into ``out``, and return it."""
    chosen = choose_device(device)
    folder = Path(path)
    snapshots = [folder] if (folder / "config.json").is_file() else chosen_snapshots(Run(folder), which)
    digits = read_digits(mnist)
    check_makes_stacks(load(snapshots[0]).G)  # before a classifier is trained for it
    reader = digit_reader(digits, cache, chosen)
    found: dict[str, Any] = {"facts": facts(digits, reader, count), "rows": []}
    for row in judged(snapshots, reader, count, weights, str(chosen)):
        say(f"{row['nimg'] / 1000:g} kimg: {row['modes']} modes, KL {row['kl']:.3f}")
        found["rows"].append(row)
    say("\n".join(["", *report_lines(found["rows"], found["facts"])]))
    write_json(out / "stacked.json", found)
    write_counts(out / "stacked.png", {folder.name: found["rows"]}, found["facts"]["floor"], LINES)
    say(f"written: {out / 'stacked.json'}, {out / 'stacked.png'}")
    return found


def judged(
    snapshots: list[Path], reader: Extractor, count: int, weights: Weights | None, device: str
) -> Iterator[dict[str, Any]]:
    """Yield nimg, modes and KL of every snapshot."""
    for snapshot in snapshots:
        model = load(snapshot, weights=weights, device=device)
        counted = judge_generator(model.G, reader, count)
        yield {
            "nimg": int(model.info.get("nimg", 0)),
            "modes": counted.found,
            "kl": round(counted.kl, 4),
            "top_share": round(counted.top_share, 4),
        }
