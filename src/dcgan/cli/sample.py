"""``dcgan sample RUN``: separate pictures of seeds, and a grid of them."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import tyro

from dcgan.api import Model, load
from dcgan.cli.arguments import parse
from dcgan.cli.progress import Progress
from dcgan.cli.several import together
from dcgan.errors import ConfigError, check
from dcgan.images import enlarge, grid, save_png
from dcgan.latent.sample import stream
from dcgan.latent.write import write_pictures
from dcgan.parse import parse_ints
from dcgan.processes import Processes
from dcgan.training.device import choose_device

GRID = 100  # pictures in the grid at most


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """Make pictures from a trained generator."""

    run: Annotated[str, tyro.conf.Positional]
    """A run's folder, or a snapshot's."""
    seeds: str | None = None
    """Which pictures: numbers and ranges such as 0-31,40. A seed always gives the same picture."""
    n: int | None = None
    """How many pictures, seeds 0 to n - 1; 16 when neither is given."""
    mean: float = 0.0
    """Added to every number of z."""
    std: float = 1.0
    """Multiplies every number of z, before --mean is added."""
    trunc: float | None = None
    """Numbers of z beyond +-trunc are drawn again: safer pictures, less variety."""
    batch: int = 64
    """Pictures made at a time; changes speed and memory, never the pictures."""
    out: Path = Path("out")
    """A folder for separate PNGs and grid.png; a FILE.zip of PNGs; or a FILE.npy, uint8 (N, H, W, C)."""
    snapshot: str = "auto"
    """auto, best, latest, or a number of kimg."""
    weights: Literal["averaged", "raw"] | None = None
    """Which generator; by default the averaged one where there is one."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:1, mps."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan sample")
    check(arguments.batch >= 1, "--batch is at least 1", arguments.batch)
    seeds = chosen_seeds(arguments)
    with together(arguments.device) as processes:
        model, shown = make_pictures(arguments, seeds, processes)
    if not processes.first:
        return 0
    where = [arguments.out, _write_grid(arguments.out, shown)]
    print(f"{len(seeds):,} pictures of {model.path}: " + ", ".join(str(path) for path in where))
    return 0


def make_pictures(arguments: Arguments, seeds: Sequence[int], processes: Processes) -> tuple[Model, list[np.ndarray]]:
    """Write the pictures; return the model, and the first pictures for a grid. Of several processes each makes every
    so-manieth batch, and the first one writes them all.

    Raises:
        ConfigError: --std or --trunc is out of range.
    """
    device = str(choose_device(arguments.device, processes.local))
    model = load(arguments.run, snapshot=arguments.snapshot, weights=arguments.weights, device=device)
    how: dict[str, Any] = {
        "mean": arguments.mean,
        "std": arguments.std,
        "trunc": arguments.trunc,
        "batch": arguments.batch,
    }
    shown: list[np.ndarray] = []
    try:
        rounds = -(-len(seeds) // (arguments.batch * processes.world))
        parts = processes.gathered(stream(model.G, own_seeds(seeds, arguments.batch, processes), **how), rounds)
        with Progress("sampling") as progress:
            if processes.first:
                write_pictures(arguments.out, seeds, _watched(parts, shown, progress, len(seeds)))
            else:
                deque(parts, maxlen=0)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return model, shown


def own_seeds(seeds: Sequence[int], batch: int, processes: Processes) -> Sequence[int]:
    """Return this process's seeds: batches are dealt out in turn."""
    if processes.world == 1:
        return seeds
    starts = range(processes.rank * batch, len(seeds), processes.world * batch)
    return [seed for start in starts for seed in seeds[start : start + batch]]


def chosen_seeds(arguments: Arguments) -> Sequence[int]:
    """Return the seeds that ``--seeds`` or ``--n`` name.

    Raises:
        ConfigError: both are given, or they name nothing.
    """
    check(arguments.seeds is None or arguments.n is None, "give one of --seeds and --n", (arguments.seeds, arguments.n))
    if arguments.seeds is not None:
        return list(dict.fromkeys(parse_ints(arguments.seeds, "--seeds")))
    n = 16 if arguments.n is None else arguments.n
    check(n >= 1, "--n is at least 1", n)
    return range(n)


def _watched(
    parts: Iterator[np.ndarray], shown: list[np.ndarray], progress: Progress, total: int
) -> Iterator[np.ndarray]:
    """Pass batches on, showing progress and keeping the first pictures for the grid."""
    done = 0
    for part in parts:
        if done < GRID:
            shown.append(part[: GRID - done])
        done += len(part)
        progress.count(done, total)
        yield part


def _write_grid(out: Path, shown: list[np.ndarray]) -> Path:
    path = out.with_name(out.stem + "-grid.png") if out.suffix in (".zip", ".npy") else out / "grid.png"
    save_png(path, grid(enlarge(np.concatenate(shown), 64)))
    return path
