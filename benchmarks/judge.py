"""Claim: measuring costs a few percent of training, pictures are generated at G's own speed, and memory is flat.

A measurement is what `--metrics auto` does at a tick on pictures without labels: generate, read, compare. Its seconds
stand beside those of the training between two ticks, at the recipe's own rhythm and the rate of its steps, measured
here too. Generating alone takes turns with a bare forward pass of the same G. Peak memory is that of processes of
their own, with few pictures and with many.

Run: python benchmarks/judge.py [--rows NAME ...] [--samples 5000] [--many 50000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import tempfile
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common import RESULTS, in_turn, ratios, resident_mb, spread, timed, write_result
from rates import machine
from rivals import Case
from worker import settle

from dcgan.clock import period_images, round_images
from dcgan.data.pictures import Pictures
from dcgan.metrics.sides import real_sides
from dcgan.metrics.suite import AT_ONCE, Suite, generated, open_suite
from dcgan.models.generator import Generator
from dcgan.models.recipes import RECIPES
from dcgan.training.rehearse import images_a_second

ROWS = ("modern", "celeba-32", "mnist-28")
ASKED = [("frechet", "random")]


def pictures(case: Case, count: int) -> Pictures:
    """Return made-up pictures in memory."""
    shape = (count, case.model.height, case.model.width, case.model.channels)
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    return Pictures(name="noise", pixels=pixels, labels=np.full(count, -1), classes=(), digest=str(shape))


def suite(case: Case, samples: int, folder: Path) -> Suite:
    sides = real_sides(pictures(case, 1000), 0.0, None, 500)
    return open_suite(ASKED, sides, count=samples, cache=folder, device=torch.device("cpu"))


def generator(case: Case) -> Generator:
    return Generator(case.model, 0).eval().requires_grad_(False)


def measured(case: Case, samples: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Time a whole measurement, generating alone and a bare forward pass, in turn."""
    G, judging = generator(case), suite(case, samples, folder)
    z = torch.randn(AT_ONCE, case.model.z_dim)

    @torch.inference_mode()
    def forward() -> None:
        for _ in range(-(-samples // AT_ONCE)):
            G(z)

    ways = {
        "measure": lambda _: timed(lambda: judging.judge(generated(G, samples))),
        "generate": lambda _: timed(lambda: deque(generated(G, samples), maxlen=0)),
        "forward": lambda _: timed(forward),
    }
    times = in_turn(ways, rounds, 1)
    config = case.config
    rate = images_a_second(config, case.model)
    between = period_images(config.ticks.snapshot, round_images(config), 10_000) / rate
    return {
        "row": case.row,
        "samples": samples,
        "seconds": {name: spread(found) for name, found in times.items()},
        "generating_of_forward": ratios(times["forward"], times["generate"]),
        "training_seconds_between": round(between, 2),
        "share_of_training": spread((seconds / between for seconds in times["measure"]), 4),
    }


def alone(case: Case, count: int, folder: Path) -> dict[str, float]:
    """Measure so many pictures in a process of its own: its peak memory above the imports'."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(judge_alone, case, count, folder).result()


def judge_alone(case: Case, count: int, folder: Path) -> dict[str, float]:
    settle()
    judging, G = suite(case, count, folder), generator(case)
    before = resident_mb()
    seconds = timed(lambda: judging.judge(generated(G, count)))
    peak = max(0.0, resident_mb(peak=True) - before)
    return {"pictures": count, "seconds": round(seconds, 2), "img_s": round(count / seconds, 1), "peak_mb": round(peak)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", default=ROWS, choices=list(RECIPES), metavar="NAME")
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--many", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tiny", action="store_true", help="small networks, only to see that it works")
    parser.add_argument("--out", type=Path, help="a JSON file; by default in results/, but not with --tiny")
    arguments = parser.parse_args()
    cases = [Case(kind="ours", row=row, batch=RECIPES[row].config.batch, tiny=arguments.tiny) for row in arguments.rows]
    cases = [replace(case, precision="auto") for case in cases]
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, Any] = {
            "claim": "what a measurement costs beside training, and its memory",
            "machine": machine("cpu"),
            "rows": [measured(case, arguments.samples, arguments.rounds, Path(folder)) for case in cases],
            "memory": [alone(cases[-1], count, Path(folder)) for count in (arguments.many // 10, arguments.many)],
        }
    for row in found["rows"]:
        print(f"{row['row']}: {row['share_of_training']['median']:.2%} of training, {row['generating_of_forward']}")
    return write_result(arguments.out or (None if arguments.tiny else RESULTS / "judge.json"), found)


if __name__ == "__main__":
    main()
