"""Claim: the loop around the training steps costs under 5%.

``train`` runs on made-up pictures, with a stopwatch on each thing it does. What a tick takes (its median) is spread
over the steps between two ticks of the recipe's own rhythm, and stands beside the median step. In the run that is
measured the ticks come more often, so that each is seen several times. The first look at the run's health, which once
in a launch also reads the pictures that generated ones are compared with, stands apart. On a GPU the stopwatch waits
for every body to end; training does not, so there the shares are upper bounds.

Run: python benchmarks/loop.py [--rows NAME ...] [--steps 60] [--pictures 10000]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from common import RESULTS, write_result
from rates import NO_CUDA, machine, synchronise
from rivals import Case

from dcgan.clock import period_images, round_images, with_length
from dcgan.config import Config, ModelConfig
from dcgan.data.pictures import Pictures
from dcgan.models.recipes import RECIPES
from dcgan.training import loop, ticks
from dcgan.training.run import Run

ROWS = ("modern", "mnist-28", "celeba-32")
LOOKS = 4  # looks, previews and snapshots in the run that is measured

# What the loop does, by where it stands. The first three are done at every step, the others at the rhythm beside them.
BODIES = {
    "step": (loop, "train_step", ""),
    "data": (loop, "round_at", ""),
    "average": (loop, "average", ""),
    "finite": (ticks, "check_finite", "log"),
    "log": (ticks, "log", "log"),
    "look": (loop, "watch", "health"),
    "preview": (ticks, "preview", "preview"),
    "snapshot": (ticks, "snapshot", "snapshot"),
    "state": (loop, "save_state", "snapshot"),
}


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
    dense = replace(dense, ticks=replace(config.ticks, preview=often, snapshot=often, health=often))
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
        "first_look_ms": round(1000 * watch.seconds["look"][0], 1),
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


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", default=ROWS, choices=list(RECIPES), metavar="NAME")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--note", help="a sentence on how it was measured, kept with the result")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--tiny", action="store_true", help="small networks, only to see that it works")
    parser.add_argument("--out", type=Path, help="a JSON file; by default in results/, but not with --tiny")
    return choose_device(parser.parse_args())


def choose_device(arguments: argparse.Namespace) -> argparse.Namespace:
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
    found: dict[str, Any] = {
        "claim": "what the loop costs beside the bare step",
        "device": arguments.device,
        "machine": machine(arguments.device),
        "loop": [overhead(case_of(row, arguments), arguments.steps, arguments.pictures) for row in arguments.rows],
    }
    if arguments.note:
        found["note"] = arguments.note
    print("\n".join(f"{row['row']}: overhead {row['overhead']:.2%}" for row in found["loop"]))
    return write_result(out, found)


if __name__ == "__main__":
    main()
