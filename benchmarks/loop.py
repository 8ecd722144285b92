"""Claim: the loop around the training steps costs under 5%, and sampling goes at the rate of a bare forward pass.

The loop: ``train`` runs on made-up pictures, with a stopwatch on each thing it does. What a tick takes (its median) is
spread over the steps between two ticks of the recipe's own rhythm, and stands beside the median step. In the run that
is measured the ticks come more often, so that each is seen several times. On a GPU the stopwatch waits for every body
to end; training does not, so there the shares are upper bounds.

Sampling: seeds to a .npy file (draws, forward pass, bytes, writing) in turn with a bare forward pass of the same G, in
the same precision and batch. Peak memory: in processes of their own, few pictures and many.

Run: python benchmarks/loop.py [--rows NAME ...] [--steps 60] [--pictures 10000] [--samples 1024] [--million [NAME]]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from common import RESULTS, in_turn, ratios, resident_mb, spread, write_result
from rates import NO_CUDA, clock, machine, synchronise
from rivals import Case
from worker import settle

from dcgan.clock import period_images, round_images, with_length
from dcgan.config import Config, ModelConfig
from dcgan.data.pictures import Pictures
from dcgan.latent.sample import stream
from dcgan.latent.write import write_pictures
from dcgan.models.generator import Generator
from dcgan.models.recipes import RECIPES
from dcgan.training import loop, ticks
from dcgan.training.run import Run

ROWS = ("modern", "mnist-28", "celeba-32")
LOOKS = 4  # previews and snapshots in the run that is measured
BATCH = 64  # pictures that are sampled at a time
MILLION = 1_000_000

# What the loop does, by where it stands. The first three are done at every step, the others at the rhythm beside them.
BODIES = {
    "step": (loop, "train_step", ""),
    "data": (loop, "round_at", ""),
    "average": (loop, "average", ""),
    "health": (ticks, "check_finite", "log"),
    "log": (ticks, "log", "log"),
    "preview": (ticks, "preview", "preview"),
    "snapshot": (ticks, "snapshot", "snapshot"),
    "state": (loop, "save_state", "snapshot"),
}


# The loop -----------------------------------------------------------------------------------------------------------


class Stopwatch:
    """Keeps the seconds of everything that the loop does, and when it began with the first step."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.started = 0.0

    def on(self, name: str, body: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            self.started = self.started or started
            result = body(*args, **kwargs)
            synchronise(self.device)
            self.seconds[name].append(time.perf_counter() - started)
            return result

        return timed

    def after(self, begin: Callable[..., None]) -> Callable[..., None]:
        def timed(*args: Any) -> None:
            begin(*args)
            self.seconds.clear()
            self.started = 0.0

        return timed

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Put itself between the loop and what it calls."""
        patches = [patch.object(m, name, self.on(key, getattr(m, name))) for key, (m, name, _) in BODIES.items()]
        patches.append(patch.object(loop, "begin", self.after(loop.begin)))
        for each in patches:
            each.start()
        try:
            yield
        finally:
            for each in patches:
                each.stop()


def overhead(case: Case, steps: int, count: int) -> dict[str, Any]:
    """Run the loop with a stopwatch. Returns the share of each thing in the time of the bare step."""
    config, model = case.config, case.model
    often = f"{max(1, steps // LOOKS)}steps"
    dense = with_length(config, steps=steps, kimg=None, epochs=None)
    dense = replace(dense, ticks=replace(config.ticks, preview=often, snapshot=often))
    watch = Stopwatch(case.device)
    with tempfile.TemporaryDirectory() as folder, watch.attached():
        data = {"name": "noise", "source": "made up", "pictures": count}
        loop.train(dense, model, pictures(model, count), Run(Path(folder)), data=data)
        whole = time.perf_counter() - watch.started
    bare = statistics.median(watch.seconds["step"])
    found = {name: statistics.median(times) for name, times in watch.seconds.items() if name != "step"}
    shares = {name: seconds / steps_between(name, config, count, bare) / bare for name, seconds in found.items()}
    rest = whole - sum(map(sum, watch.seconds.values()))
    shares["rest"] = rest / steps / bare
    return {
        "row": case.row,
        "batch": case.batch,
        "precision": case.precision,
        "pictures": count,
        "steps": steps,
        "step_ms": round(1000 * bare, 2),
        "ms": {name: round(1000 * seconds, 3) for name, seconds in found.items()},
        "every_steps": {name: round(steps_between(name, config, count, bare)) for name in found},
        "share": {name: round(share, 5) for name, share in shares.items()},
        "overhead": round(sum(shares.values()), 5),
    }


def steps_between(name: str, config: Config, count: int, step_seconds: float) -> float:
    """Return how many steps lie between two times that the loop does something, at the recipe's own rhythm."""
    rhythm = BODIES[name][2]
    if not rhythm:
        return 1
    steps = period_images(getattr(config.ticks, rhythm), round_images(config), count) / round_images(config)
    return min(steps, max(1, loop.SAVE_SECONDS / step_seconds)) if name == "state" else steps


def pictures(model: ModelConfig, count: int) -> Pictures:
    """Return made-up pictures in memory."""
    shape = (count, model.height, model.width, model.channels)
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    return Pictures(name="noise", pixels=pixels, labels=np.full(count, -1), classes=())


# Sampling -----------------------------------------------------------------------------------------------------------


def sampling(case: Case, samples: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Time seeds to a file beside a bare forward pass, and take the peak memory of few and of four times as many."""
    G, count = generator(case), max(1, samples // BATCH) * BATCH
    z = torch.randn(BATCH, case.model.z_dim).to(case.device)

    @torch.inference_mode()
    def forward() -> None:
        for _ in range(count // BATCH):
            G(z)

    ways = {
        "to_a_file": clock(lambda: make_file(G, count, folder / "some.npy"), case.device),
        "forward": clock(forward, case.device),
    }
    in_turn(ways, 1, 1)
    times = in_turn(ways, rounds, 1)
    return {
        "row": case.row,
        "batch": BATCH,
        "samples": count,
        "img_s": {name: spread((count / t for t in found), 1) for name, found in times.items()},
        "of_forward": ratios(times["forward"], times["to_a_file"]),
        "alone": [alone(case, n, folder) for n in (count, 4 * count)],
    }


def make_file(G: Generator, count: int, file: Path) -> None:
    write_pictures(file, range(count), stream(G, range(count), batch=BATCH))


def generator(case: Case) -> Generator:
    """Return an untrained G as ``dcgan.load`` returns a trained one."""
    return Generator(case.model, 0).eval().requires_grad_(False).to(case.device)


def alone(case: Case, count: int, folder: Path) -> dict[str, float]:
    """Make so many pictures in a process of its own: its time and its peak memory above the imports'."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(make_alone, case, count, folder).result()


def make_alone(case: Case, count: int, folder: Path) -> dict[str, float]:
    settle()
    before = resident_mb()
    G, started = generator(case), time.perf_counter()
    make_file(G, count, folder / "alone.npy")
    seconds = time.perf_counter() - started
    (folder / "alone.npy").unlink()
    peak = resident_mb(peak=True) - before
    return {"pictures": count, "seconds": round(seconds, 2), "img_s": round(count / seconds, 1), "peak_mb": round(peak)}


# The command --------------------------------------------------------------------------------------------------------


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", default=ROWS, choices=list(RECIPES), metavar="NAME")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--samples", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5, help="turns of sampling")
    parser.add_argument("--million", nargs="?", const="mnist-28", choices=list(RECIPES), metavar="NAME",
                        help="really make a million pictures of a row; 64x64 in colour are 12 GB")  # fmt: skip
    parser.add_argument("--folder", type=Path, help="where sampled pictures are written; by default a temporary one")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--tiny", action="store_true", help="small networks, only to see that it works")
    parser.add_argument("--out", type=Path, help="a JSON file; by default in results/, but not with --tiny")
    arguments = parser.parse_args()
    if arguments.device == "auto":
        arguments.device = "cuda" if torch.cuda.is_available() else "cpu"
    return arguments


def case_of(row: str, arguments: argparse.Namespace) -> Case:
    case = Case(kind="ours", row=row, batch=RECIPES[row].config.batch, device=arguments.device, tiny=arguments.tiny)
    return replace(case, precision="auto")


def main() -> None:
    arguments = parse()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        return print(NO_CUDA)
    file = "loop-cuda.json" if arguments.device == "cuda" else "loop.json"
    out = arguments.out or (None if arguments.tiny else RESULTS / file)
    cases = [case_of(row, arguments) for row in arguments.rows]
    found: dict[str, Any] = {
        "claim": "what the loop costs beside the bare step, and sampling beside a bare forward pass",
        "device": arguments.device,
        "machine": machine(arguments.device),
        "loop": [overhead(case, arguments.steps, arguments.pictures) for case in cases],
    }
    print("\n".join(f"{row['row']}: overhead {row['overhead']:.2%}" for row in found["loop"]))
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        found["sampling"] = [sampling(case, arguments.samples, arguments.rounds, Path(folder)) for case in cases]
        print("\n".join(f"{row['row']}: {row['img_s']}" for row in found["sampling"]))
        if arguments.million:
            million = alone(case_of(arguments.million, arguments), MILLION, Path(folder))
            found["million"] = {"row": arguments.million, **million}
    return write_result(out, found)


if __name__ == "__main__":
    main()
