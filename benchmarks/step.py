"""Claim: a training step runs near the machine's matrix rate, and several times as fast as pytorch/examples and Keras.

Each way of taking a step has a process of its own; they see the same made-up pictures and take turns in one run. The
floating-point operations of a step are counted, the machine's matrix rate is measured in every round, and the share of
the limit is the one over the other.

Run: python benchmarks/step.py [--rows all|NAME ...] [--rounds 7] [--examples main.py] [--keras] [--agree]
     python benchmarks/step.py --device cuda [--whole]    batches 64 to 2,048, and how long whole trainings take
Then: python benchmarks/table.py, which writes docs/speed.md

--examples is pytorch/examples' dcgan/main.py, which the user has; without it a plain writing of ours stands in.
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from agree import agreement
from common import RESULTS, Way, in_turn, ratios, spread, write_result
from rates import DTYPES, NO_CUDA, best_size, clock, machine, product_seconds
from rivals import KERAS_BORN, TINY_BATCH, Case, pixels_of
from torch.utils.flop_counter import FlopCounterMode
from worker import Worker

from dcgan.clock import round_images
from dcgan.data.feed import feed_of
from dcgan.data.pictures import Pictures
from dcgan.data.ready import ready
from dcgan.models.recipes import RECIPES
from dcgan.training import loop
from dcgan.training.compiled import compile_nets
from dcgan.training.device import choose_device, choose_precision
from dcgan.training.state import new_state
from dcgan.training.step import train_step

GPU_BATCHES = (64, 128, 256, 512, 1024, 2048)


def cases_of(row: str, batch: int, arguments: argparse.Namespace) -> dict[str, Case]:
    """Return the ways of taking a step of a row that are compared."""
    base = Case(kind="ours", row=row, batch=batch, device=arguments.device, tiny=arguments.tiny)
    mine = replace(base, compile=arguments.compile)
    best = choose_precision("auto", choose_device(arguments.device))
    cases = {precision: replace(mine, precision=precision) for precision in dict.fromkeys((best, "fp32"))}
    if row == "pytorch":
        kind = "examples" if arguments.examples else "plain"
        cases[kind] = replace(base, kind=kind, examples=arguments.examples)
    if row in KERAS_BORN and arguments.keras:
        cases["keras"] = replace(base, kind="keras")
    return cases


def measure(row: str, batch: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """Time the ways of taking a step of a row, in turn with the machine's matrix rate."""
    cases = cases_of(row, batch, arguments)
    flops = flops_of_image(replace(cases["fp32"], device="cpu", batch=TINY_BATCH, compile="off"))
    workers = {name: Worker(case) for name, case in cases.items()}
    faults = {name: fault for name, worker in workers.items() if (fault := worker.ready())}
    for name in faults:
        del workers[name]
    products = products_of([name for name in workers if name in DTYPES], arguments.device, arguments.tiny)
    times = in_turn({**products, **workers}, arguments.rounds, arguments.steps)
    images = round_images(cases["fp32"].config)
    return {
        "row": row,
        "batch": batch,
        "size": f"{cases['fp32'].model.height}x{cases['fp32'].model.width}",
        "gflop_an_image": round(flops / 1e9, 4),
        "ways": {name: figures(name, times, images, flops) for name in workers},
        "times_as_fast": {
            f"{mine}/{other}": ratios(times[other], times[mine])
            for mine in workers if mine in DTYPES for other in workers if other not in DTYPES
        },
        "peak_mb": {name: round(worker.close()) for name, worker in workers.items()},
        **({"faults": faults} if faults else {}),
    }  # fmt: skip


def products_of(precisions: Sequence[str], device: str, tiny: bool) -> dict[str, Way]:
    """Return, for each precision, a way that measures the seconds of a floating-point operation at its best."""

    def product(dtype: torch.dtype) -> Way:
        size = (256, 256, 256) if tiny else best_size(device, dtype)
        return lambda count: product_seconds(device, dtype, size)

    return {f"product_{name}": product(DTYPES[name]) for name in precisions}


def figures(name: str, times: dict[str, list[float]], images: int, flops: float) -> dict[str, Any]:
    """Return the figures of one way; the share of the limit is ours, and that of the others against float32's."""
    products = times.get(f"product_{name}") or times["product_fp32"]
    pairs = zip(times[name], products, strict=True)
    return {
        "ms": spread((1000 * seconds for seconds in times[name]), 2),
        "img_s": spread((images / seconds for seconds in times[name]), 1),
        "gflop_s": spread((images * flops / seconds / 1e9 for seconds in times[name]), 1),
        "matrix_gflop_s": spread((1e-9 / seconds for seconds in products), 1),
        "share": spread(images * flops * product / seconds for seconds, product in pairs),
    }


def flops_of_image(case: Case) -> float:
    """Count the floating-point operations of a round, over its images: products of matrices and convolutions alone."""
    state = new_state(case.config, case.model)
    with FlopCounterMode(display=False) as counter:
        train_step(state, pixels_of(case))
    return counter.get_total_flops() / round_images(case.config)


# How long do whole trainings take? ----------------------------------------------------------------------------------


def lengths(arguments: argparse.Namespace) -> dict[str, Any]:
    """Time the steps of whole trainings, with their data and averaging: an epoch of digits, 30,000 steps of anime."""
    found = {"mnist-28, an epoch of 60,000": round(training_seconds("mnist-28", 60_000 // 256, arguments), 2)}
    per_step = training_seconds("anime-chollet", 500, arguments) / 500
    found["anime-chollet, 30,000 steps, from 500"] = round(30_000 * per_step, 1)
    if arguments.whole:
        found["anime-chollet, 30,000 steps"] = round(training_seconds("anime-chollet", 30_000, arguments), 1)
    return found


def training_seconds(row: str, steps: int, arguments: argparse.Namespace) -> float:
    """Return the seconds that so many rounds take on made-up pictures, after a few that are not counted."""
    base = Case(kind="ours", row=row, batch=RECIPES[row].config.batch, device=arguments.device, precision="auto")
    case = replace(base, compile=arguments.compile)
    model, config = case.model, case.config
    shape = (60_000 if row == "mnist-28" else 20_000, model.height, model.width, model.channels)
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    pictures = Pictures(name="noise", pixels=pixels, labels=np.full(len(pixels), -1), classes=())
    state = new_state(config, model)
    compile_nets(state)
    feed = ready(feed_of(pictures, config, 0, 1), state.device)

    def step() -> None:
        loop.advance(state, feed)
        state.pending.clear()

    way = clock(step, arguments.device)
    way(5)
    return way(steps) * steps


# The command --------------------------------------------------------------------------------------------------------


def batches_of(row: str, arguments: argparse.Namespace) -> list[int]:
    own = RECIPES[row].config.batch
    if arguments.tiny:
        return [TINY_BATCH]
    if arguments.batches:
        return list(arguments.batches)
    return sorted({own, *GPU_BATCHES}) if arguments.device == "cuda" else [own]


def keras_version(wanted: bool) -> dict[str, str]:
    """Return Keras's version where it is wanted and installed, else say so."""
    if wanted and importlib.util.find_spec("keras") is None:
        print("Keras is left out: it is not installed.")
    return {"keras": version("keras")} if wanted and importlib.util.find_spec("keras") else {}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", default=["all"], choices=["all", *RECIPES], metavar="NAME")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=3, help="steps a turn")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--batches", type=int, nargs="+", help="in place of each row's own")
    parser.add_argument("--examples", type=Path, help="pytorch/examples' dcgan/main.py")
    parser.add_argument("--keras", action="store_true", help="also time Keras, for the rows that come from it")
    parser.add_argument("--agree", action="store_true", help="also compare the losses of the first 20 steps")
    parser.add_argument("--compile", default="off", choices=["off", "on", "graphs"], help="how ours is compiled")
    parser.add_argument("--whole", action="store_true", help="on a GPU: really take anime-chollet's 30,000 steps")
    parser.add_argument("--tiny", action="store_true", help="small networks, only to see that it works")
    parser.add_argument("--out", type=Path, help="a JSON file; by default in results/, but not with --tiny")
    arguments = parser.parse_args()
    if arguments.device == "auto":
        arguments.device = "cuda" if torch.cuda.is_available() else "cpu"
    arguments.rows = list(RECIPES) if "all" in arguments.rows else arguments.rows
    return arguments


def main() -> None:
    arguments = parse()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        return print(NO_CUDA)
    versions = keras_version(arguments.keras)
    arguments.keras = bool(versions)
    file = "step-cuda.json" if arguments.device == "cuda" else "step.json"
    out = arguments.out or (None if arguments.tiny else RESULTS / file)
    found: dict[str, Any] = {
        "claim": "a training step, its share of the machine's matrix rate, and the same step elsewhere",
        "device": arguments.device,
        "machine": machine(arguments.device),
        "compile": arguments.compile,
        "rounds": arguments.rounds,
        "steps_a_turn": arguments.steps,
        "examples": "its own main.py" if arguments.examples else "not given: a plain writing of ours stands in",
    }
    if arguments.agree:
        found["agreement"] = agreement(arguments.examples, arguments.tiny)
    found["rows"] = []
    for row, batch in [(name, batch) for name in arguments.rows for batch in batches_of(name, arguments)]:
        found["rows"].append(measure(row, batch, arguments))
        print(line(found["rows"][-1]), flush=True)
        write_result(out, found, **versions)  # a run that is cut short keeps its rows
    if arguments.device == "cuda" and not arguments.tiny:
        found["seconds"] = lengths(arguments)
        write_result(out, found, **versions)
    elif arguments.device == "cpu":
        print(NO_CUDA if not torch.cuda.is_available() else "for the GPU's part: --device cuda")


def line(row: dict[str, Any]) -> str:
    """Return what was found of a row in one line."""
    rates = ", ".join(f"{name} {way['img_s']['median']} img/s" for name, way in row["ways"].items())
    times = ", ".join(f"{pair} {found['median']}" for pair, found in row["times_as_fast"].items())
    shares = ", ".join(f"{name} {way['share']['median']:.0%}" for name, way in row["ways"].items())
    return f"{row['row']}, batch {row['batch']}: {rates}; share {shares}; times as fast {times or '-'}"


if __name__ == "__main__":
    main()
