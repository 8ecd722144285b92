"""Claim: a frame of an interpolation costs about what G's forward pass costs, and averages run in flat memory.

A walk (its vectors, its pictures, as uint8) takes turns with a bare forward pass of the same G over as many vectors, in
the same batches. The average face of many samples takes turns with it too; its peak memory is that of processes of
their own, with a tenth of the samples and with all.

Run: python benchmarks/latent.py [--rows NAME ...] [--frames 1024] [--many 10000] [--rounds 5]
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common import RESULTS, in_turn, ratios, resident_mb, spread, timed, write_result
from rates import machine
from rivals import Case
from worker import settle

from dcgan.latent.interpolate import interpolate
from dcgan.latent.means import average
from dcgan.latent.render import BATCH
from dcgan.models.generator import Generator
from dcgan.models.recipes import RECIPES

ROWS = ("pytorch", "celeba-32", "mnist-28")


def generator(case: Case) -> Generator:
    return Generator(case.model, 0).eval().requires_grad_(False)


def measured(case: Case, frames: int, rounds: int) -> dict[str, Any]:
    """Time a walk, an average and a bare forward pass of as many pictures, in turn."""
    G = generator(case)
    steps = 64
    keys = np.random.default_rng(0).normal(size=(frames // steps, case.model.z_dim))
    z = torch.randn(BATCH, case.model.z_dim)

    @torch.inference_mode()
    def forward() -> None:
        for _ in range(frames // BATCH):
            G(z)

    ways = {
        "walk": lambda _: timed(lambda: interpolate(G, keys, steps, loop=True)),
        "average": lambda _: timed(lambda: average(G, frames, 0.0, 1.0)),
        "forward": lambda _: timed(forward),
    }
    times = in_turn(ways, rounds, 1)
    return {
        "row": case.row,
        "frames": frames,
        "seconds": {name: spread(found) for name, found in times.items()},
        "walk_in_forwards": ratios(times["walk"], times["forward"]),
        "average_in_forwards": ratios(times["average"], times["forward"]),
    }


def alone(case: Case, count: int) -> dict[str, float]:
    """Average so many samples in a process of its own: its peak memory above the imports'."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(average_alone, case, count).result()


def average_alone(case: Case, count: int) -> dict[str, float]:
    settle()
    G = generator(case)
    before = resident_mb()
    seconds = timed(lambda: average(G, count, 0.0, 1.0))
    peak = max(0.0, resident_mb(peak=True) - before)
    return {"samples": count, "seconds": round(seconds, 2), "img_s": round(count / seconds, 1), "peak_mb": round(peak)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", default=ROWS, choices=list(RECIPES), metavar="NAME")
    parser.add_argument("--frames", type=int, default=1024)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tiny", action="store_true", help="small networks, only to see that it works")
    parser.add_argument("--out", type=Path, help="a JSON file; by default in results/, but not with --tiny")
    arguments = parser.parse_args()
    cases = [Case(kind="ours", row=row, batch=RECIPES[row].config.batch, tiny=arguments.tiny) for row in arguments.rows]
    found: dict[str, Any] = {
        "claim": "what a frame of a walk costs beside G alone, and the memory of an average",
        "machine": machine("cpu"),
        "rows": [measured(case, arguments.frames, arguments.rounds) for case in cases],
        "memory": [alone(cases[-1], count) for count in (arguments.many // 10, arguments.many)],
    }
    for row in found["rows"]:
        print(f"{row['row']}: walk {row['walk_in_forwards']}, average {row['average_in_forwards']}")
    print(found["memory"])
    write_result(arguments.out or (None if arguments.tiny else RESULTS / "latent.json"), found)


if __name__ == "__main__":
    main()
