"""Claim: two processes with half a batch each cost little more than one with the whole batch, but for what they send.

Takes the same steps with one process and with two, in turn, each process on one thread, and measures by itself what
averaging the gradients takes. On a machine whose processes share one memory and few cores this bounds what is lost to
talking; what several machines would do is arithmetic on the bytes, and printed as such.

Run: python benchmarks/scale.py [--rounds 5] [--steps 6] [--rows modern pytorch]
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from common import RESULTS, spread, write_result
from rates import machine

from dcgan.cli.several import together
from dcgan.config import Config
from dcgan.models.recipes import find, resolve_model
from dcgan.processes import Processes
from dcgan.training.state import State, new_state
from dcgan.training.step import train_step

LINKS = {"1 Gbit/s": 0.125, "10 Gbit/s": 1.25, "100 Gbit/s": 12.5, "NVLink, 400 GB/s": 400.0}  # GB/s


def settings(row: str, tiny: bool, **changes: Any) -> Config:
    recipe = find(row)
    small = {"size": "16", "width": 0.1, "batch": 8} if tiny else {}
    return replace(recipe.config, channels=recipe.model.channels, **small, **changes)


def one_process(row: str, steps: int, sync_bn: bool, tiny: bool, processes: Processes) -> dict[str, float]:
    """Take steps of a recipe, and averages of gradients alone; return the seconds that one of each takes."""
    torch.set_num_threads(1)
    config = settings(row, tiny, sync_bn=sync_bn)
    state = new_state(config, resolve_model(config), processes)
    shape = (config.batch // processes.world, state.model.height, state.model.width, state.model.channels)
    pixels = torch.randint(256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))

    def step() -> None:
        train_step(state, pixels)
        state.nimg += config.batch
        state.pending.clear()

    return {"step": per_call(step, steps, processes), "average": averaging(state, processes)}


def averaging(state: State, processes: Processes) -> float:
    """Return the seconds a step spends on averaging the gradients of both networks."""
    gradients = [[torch.ones_like(p) for p in net.parameters()] for net in (state.G, state.D)]
    return per_call(lambda: [processes.average_(part) for part in gradients], 5, processes)


def per_call(call: Any, times: int, processes: Processes) -> float:
    call()
    processes.wait()
    started = time.perf_counter()
    for _ in range(times):
        call()
    processes.wait()
    return (time.perf_counter() - started) / times


def child(row: str, steps: int, sync_bn: bool, tiny: bool) -> None:
    with together("cpu") as processes:
        found = one_process(row, steps, sync_bn, tiny, processes)
        if processes.first:
            print(*found.values())


def start(row: str, steps: int, world: int, sync_bn: bool, tiny: bool) -> dict[str, float]:
    """Run so many processes and return what the first one measured."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = str(s.getsockname()[1])
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(world), "OMP_NUM_THREADS": "1"}
    command = [
        sys.executable,
        __file__,
        "--child",
        row,
        "--steps",
        str(steps),
        *(["--tiny"] if tiny else []),
        *([] if sync_bn else ["--apart"]),
    ]
    started = [
        subprocess.Popen(
            command,
            env={**os.environ, **shared, "RANK": str(r), "LOCAL_RANK": str(r)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for r in range(world)
    ]
    outputs = [process.communicate()[0] for process in started]
    assert not any(process.returncode for process in started), "a process has failed: see above"
    return dict(zip(("step", "average"), map(float, outputs[0].split()), strict=True))


def measure(row: str, rounds: int, steps: int, tiny: bool) -> dict[str, Any]:
    """Take turns, and compare round by round."""
    ways = {"one": (1, True), "two": (2, True), "two, statistics apart": (2, False)}
    times: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (world, sync_bn) in ways.items():
            times[name].append(start(row, steps, world, sync_bn, tiny))
    config = settings(row, tiny, device="cpu")
    state = new_state(config, resolve_model(config))
    megabytes = 4e-6 * sum(p.numel() for net in (state.G, state.D) for p in net.parameters())
    batch = config.batch
    return {
        "batch": batch,
        "img_s": {name: spread((batch / t["step"] for t in found), 1) for name, found in times.items()},
        "times_one": {
            name: spread(a["step"] / b["step"] for a, b in zip(times["one"], times[name], strict=True))
            for name in ways
            if name != "one"
        },
        "averaging_ms": spread((1000 * t["average"] for t in times["two"]), 1),
        "averaging_share": spread(t["average"] / t["step"] for t in times["two"]),
        "megabytes_a_step": round(megabytes, 1),
        "arithmetic_ms": {link: round(2 * megabytes / 1000 / rate * 1000, 2) for link, rate in LINKS.items()},
        "step_of_one_ms": round(1000 * statistics.median(t["step"] for t in times["one"]), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", default=["modern", "pytorch"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--tiny", action="store_true", help="small networks, only to see that it works")
    parser.add_argument("--child")
    parser.add_argument("--apart", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS / "scale.json")
    arguments = parser.parse_args()
    if arguments.child:
        return child(arguments.child, arguments.steps, not arguments.apart, arguments.tiny)
    rows = {row: measure(row, arguments.rounds, arguments.steps, arguments.tiny) for row in arguments.rows}
    claim = "one process with a whole batch beside two with half of it each, one thread a process"
    return write_result(arguments.out, {"claim": claim, "machine": machine(), "rows": rows})


if __name__ == "__main__":
    main()
