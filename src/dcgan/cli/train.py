"""``dcgan train SOURCE``: from pictures to a run folder with a trained generator and its report."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import tyro

from dcgan.cli.arguments import parse
from dcgan.cli.launch import check_same_pictures, launch
from dcgan.cli.measuring import asked_metrics, evaluators_of, suite_of
from dcgan.cli.pictures import read_pictures, say_left_out
from dcgan.cli.several import together
from dcgan.clock import with_length
from dcgan.config import Config
from dcgan.data.pictures import Pictures
from dcgan.data.prepare import default_cache, labels_path
from dcgan.data.stream import Data, open_stream
from dcgan.errors import ConfigError, DataError
from dcgan.models.recipes import find, resolve_model
from dcgan.processes import Processes
from dcgan.serial import to_dict
from dcgan.training.device import choose_device
from dcgan.training.launches import check_state
from dcgan.training.loop import check_batch
from dcgan.training.run import Run, create_run, find_run, read_options

FIXED = (
    *("recipe", "size", "channels", "width", "z_dim", "prior"),
    *("pack", "batch", "order", "mirror", "stream", "hold_back", "seed"),
)


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """Train a generator on pictures: a folder, zip, tar, .npy, .npz, IDX (MNIST), CIFAR's batches, parquet,
    hub:owner/name, or `digits`. Any recipe fits any size."""

    source: Annotated[str | None, tyro.conf.Positional] = None
    """Where the pictures are. Class subfolders are labels. Not needed with --resume."""
    out: Path = Path("runs")
    """Where run folders are made."""
    resume: str | None = None
    """Go on with a run exactly where it stopped: its folder, or `latest`."""
    dry_run: bool = False
    """Print the resolved options and stop."""
    cache: Path | None = None
    """Where prepared pictures are kept; by default in the user's cache folder."""
    config: Annotated[Config, tyro.conf.arg(name="")]


def main(argv: list[str]) -> int:
    run, base, data = starting_point(argv)
    lengthless = replace(base, steps=None, kimg=None, epochs=None)
    arguments = parse(Arguments, argv, "dcgan train", default=Arguments(config=lengthless))
    config = arguments.config
    if (config.steps, config.kimg, config.epochs) == (None, None, None):
        config = with_length(config, steps=base.steps, kimg=base.kimg, epochs=base.epochs)
    source = arguments.source or data.get("source")
    if source is None:
        raise ConfigError("SOURCE is missing: give a folder, an archive or another source, as in `dcgan train digits`")
    if config.labels:
        config = replace(config, labels=str(labels_path(config)))
    resolve_model(config)  # refused here, before any picture is read
    choose_device(config.device)
    asked_metrics(config.metrics, decides=True)
    if run is not None:
        check_resumable(run, base, config)
    if arguments.dry_run:
        print(json.dumps({"source": source, "config": to_dict(config)}, indent=2))
        return 0
    if config.stream and arguments.cache is not None:
        raise ConfigError("--cache goes with pictures that are prepared: leave it out, or leave out --stream")
    with together(config.device) as processes:
        check_batch(config, processes)
        return train_on(source, config, run, data, arguments, processes)


def train_on(
    source: str, config: Config, run: Run | None, data: dict[str, Any], arguments: Arguments, processes: Processes
) -> int:
    """Read the pictures, make a run's folder where there is none yet, and train. Returns the exit code."""
    pictures = open_pictures(source, config, arguments.cache, processes)
    try:
        config = replace(config, channels=pictures.channels)
        if run is not None:
            check_same_pictures(data, pictures)
        if processes.from_first(pictures.digest) != pictures.digest:
            raise DataError(
                f"process {processes.rank} sees other pictures at {source} than the first: give all one set"
            )
        suite = suite_of(config, pictures, arguments.cache or default_cache(), processes)
        processes.wait()
        made = create_run(arguments.out, config.recipe, pictures.name) if run is None and processes.first else run
        made = processes.from_first(made)
        judges = evaluators_of(suite, made)
        return launch(config, resolve_model(config), pictures, source, made, processes, evaluators=judges)
    finally:
        if not isinstance(pictures, Pictures):
            pictures.close()
            say_left_out(pictures)


def open_pictures(source: str, config: Config, cache: Path | None, processes: Processes) -> Data:
    """Open a stream, or prepare the pictures: the first process does, and the others find them."""
    if config.stream:
        return open_stream(source, config, processes.rank, processes.world)
    if not processes.first:
        processes.wait()
    pictures = read_pictures(source, config, cache)
    if processes.first:
        processes.wait()
    return pictures


def starting_point(argv: list[str]) -> tuple[Run | None, Config, dict[str, Any]]:
    """Look ahead for --resume and --recipe, whose settings are the defaults of all other flags.

    Returns:
        The run to go on with, if any, its settings or the recipe's, and what the run knows of its data.
    """
    resume, recipe, out = (last_value(argv, flag) for flag in ("--resume", "--recipe", "--out"))
    if resume is not None:
        run = find_run(resume, Path(out or "runs"))
        return run, *read_options(run)
    return None, find(recipe or "modern").config, {}


def last_value(argv: list[str], flag: str) -> str | None:
    """Return the value of a flag, ``--flag value`` or ``--flag=value``; of several the last, as the parser does."""
    found = None
    for i, word in enumerate(argv):
        if word == flag:
            found = "".join(argv[i + 1 : i + 2])
        elif word.startswith(flag + "="):
            found = word.removeprefix(flag + "=")
    return found


def check_resumable(run: Run, before: Config, after: Config) -> None:
    """Refuse what would make another run of a resumed one.

    Raises:
        ConfigError: a setting changed that the weights depend on from the start.
        SnapshotError: the run had saved its state, but it is gone.
    """
    pairs = [(name.replace("_", "-"), getattr(before, name), getattr(after, name)) for name in FIXED]
    pairs.append(("objective.steps-D", before.objective.steps_D, after.objective.steps_D))
    pairs.append(("ema-kimg", before.ema_kimg > 0, after.ema_kimg > 0))
    for name in ("optim_G", "optim_D"):
        old, new = getattr(before, name), getattr(after, name)
        pairs.append((f"{name.replace('_', '-')}.name", (old.name, old.keras_eps), (new.name, new.keras_eps)))
    for flag, old, new in pairs:
        if old != new:
            raise ConfigError(f"--{flag} cannot change when a run is resumed (it is {old!r}): start a new run for that")
    check_state(run)
