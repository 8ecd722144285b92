"""``dcgan train SOURCE``: from pictures to a run folder with a trained generator and its report."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import tyro

from dcgan.cli.arguments import parse
from dcgan.cli.progress import Progress
from dcgan.config import Config, ModelConfig, total_images, with_length
from dcgan.data.cache import Pictures, prepare
from dcgan.data.sources import open_source
from dcgan.errors import ConfigError
from dcgan.files import read_jsonl
from dcgan.models.recipes import find, resolve_model
from dcgan.parse import parse_size
from dcgan.report.write import write_report
from dcgan.serial import to_dict
from dcgan.training.device import choose_device
from dcgan.training.loop import train
from dcgan.training.run import Run, create_run, find_run, read_options

FIXED = ("recipe", "size", "channels", "width", "z_dim", "prior", "batch", "order", "seed")


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """Train a generator on pictures: a folder, a zip file, IDX files, or `digits`. Any recipe fits any size."""

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
    run, base, data = _start(argv)
    lengthless = replace(base, steps=None, kimg=None, epochs=None)
    arguments = parse(Arguments, argv, "dcgan train", default=Arguments(config=lengthless))
    config = with_length(base, **{name: getattr(arguments.config, name) for name in ("steps", "kimg", "epochs")})
    config = replace(arguments.config, steps=config.steps, kimg=config.kimg, epochs=config.epochs)
    if run is not None:
        _check_fixed(base, config)
    source = arguments.source or data.get("source")
    if source is None:
        raise ConfigError(
            "SOURCE is missing: give a folder, a zip file, IDX files or `digits`, as in `dcgan train digits`"
        )
    model = resolve_model(config)
    choose_device(config.device)
    if arguments.dry_run:
        print(json.dumps({"source": source, "config": to_dict(config)}, indent=2))
        return 0
    pictures = read_pictures(source, config, arguments.cache)
    run = run or create_run(arguments.out, config.recipe, pictures.name)
    return train_and_report(config, model, pictures, source, run)


def read_pictures(source: str, config: Config, cache: Path | None) -> Pictures:
    """Prepare a source for a run, saying what was left out.

    Raises:
        DataError: there is nothing to train on.
    """
    height, width = parse_size(config.size)
    with Progress("preparing pictures") as progress:
        pictures = prepare(
            open_source(source),
            height=height,
            width=width,
            channels=config.channels,
            root=cache or default_cache(),
            progress=progress.count,
        )
    for name, why in pictures.left_out[:10]:
        print(f"left out {name}: {why}")
    if len(pictures.left_out) > 10:
        print(f"left out {len(pictures.left_out) - 10} more")
    return pictures


def default_cache() -> Path:
    """Return the folder of prepared pictures: ``$XDG_CACHE_HOME/dcgan``, or ``~/.cache/dcgan``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dcgan"


def train_and_report(config: Config, model: ModelConfig, pictures: Pictures, source: str, run: Run) -> int:
    """Train in ``run``, write its report, say where things are. Returns the exit code."""
    place = Path(source).expanduser()
    data = {
        "name": pictures.name,
        "source": str(place.resolve()) if place.exists() else source,
        "pictures": len(pictures),
        "classes": list(pictures.classes),
    }
    total = total_images(config, len(pictures))
    print(
        f"{run.path}: {config.recipe} at {config.size}, {len(pictures):,} pictures, to {total / 1000:g} kimg",
        flush=True,
    )
    try:
        with Progress("training") as progress, stopping() as received:
            state = train(
                config,
                model,
                pictures,
                run,
                data=data,
                listen=lambda row: progress.statistics(row, total),
                stop=lambda: bool(received),
            )
    finally:
        made = write_report(run.path)
    if read_jsonl(run.launches)[-1]["nimg"] >= total:
        print(f"the run had already reached {total / 1000:g} kimg: give a longer --kimg, --steps or --epochs to go on")
    if state.nimg < total and received:
        print(
            f"stopped at {state.nimg / 1000:g} kimg, everything is saved; go on with: dcgan train --resume {run.path}"
        )
        return 128 + received[0]
    print("\n".join(["done:", *(f"  {path}" for path in made)]))
    print(f"pictures of it: dcgan sample {run.path} --seeds 0-63")
    return 0


@contextmanager
def stopping() -> Iterator[list[int]]:
    """Yield a list that receives the number of the first Ctrl-C or SIGTERM; a second one interrupts at once."""
    received: list[int] = []

    def note(number: int, frame: Any) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)

    previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _start(argv: list[str]) -> tuple[Run | None, Config, dict[str, Any]]:
    """Look ahead for --resume and --recipe, whose settings are the defaults of all other flags."""
    known = {name: _value(argv, f"--{name}") for name in ("resume", "recipe", "out")}
    if known["resume"]:
        run = find_run(known["resume"], Path(known["out"] or "runs"))
        return run, *read_options(run)
    return None, find(known["recipe"] or "modern").config, {}


def _value(argv: list[str], flag: str) -> str | None:
    for i, word in enumerate(argv):
        if word.startswith(flag + "="):
            return word.removeprefix(flag + "=")
        if word == flag and i + 1 < len(argv):
            return argv[i + 1]
    return None


def _check_fixed(before: Config, after: Config) -> None:
    changed = [name for name in FIXED if getattr(before, name) != getattr(after, name)]
    changed += ["ema_kimg"] if bool(before.ema_kimg) != bool(after.ema_kimg) else []
    if changed:
        flag, value = changed[0].replace("_", "-"), getattr(before, changed[0])
        raise ConfigError(f"--{flag} cannot change when a run is resumed (it is {value!r}): start a new run for that")
