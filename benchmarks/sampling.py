"""Claim: sampling goes at the rate of a bare forward pass, in flat memory.

Seeds to a .npy file (draws, forward pass, bytes, writing) take turns with a bare forward pass of the same G, in the
same precision and batch. Peak memory: in processes of their own, few pictures and many.

Run: python benchmarks/sampling.py [--rows NAME ...] [--samples 1024] [--million [NAME]]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from common import RESULTS, in_turn, ratios, resident_mb, spread, write_result
from loop import ROWS, case_of, choose_device
from rates import NO_CUDA, clock, machine
from rivals import Case
from worker import settle

from dcgan.latent.sample import stream
from dcgan.latent.write import write_pictures
from dcgan.models.generator import Generator
from dcgan.models.recipes import RECIPES

BATCH = 64  # pictures that are sampled at a time
MILLION = 1_000_000


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


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", default=ROWS, choices=list(RECIPES), metavar="NAME")
    parser.add_argument("--samples", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5, help="turns of sampling")
    parser.add_argument("--million", nargs="?", const="mnist-28", choices=list(RECIPES), metavar="NAME",
                        help="really make a million pictures of a row; 64x64 in colour are 12 GB")  # fmt: skip
    parser.add_argument("--folder", type=Path, help="where sampled pictures are written; by default a temporary one")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--tiny", action="store_true", help="small networks, only to see that it works")
    parser.add_argument("--out", type=Path, help="a JSON file; by default in results/, but not with --tiny")
    return choose_device(parser.parse_args())


def main() -> None:
    arguments = parse()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        return print(NO_CUDA)
    file = "sampling-cuda.json" if arguments.device == "cuda" else "sampling.json"
    out = arguments.out or (None if arguments.tiny else RESULTS / file)
    found: dict[str, Any] = {
        "claim": "sampling beside a bare forward pass",
        "device": arguments.device,
        "machine": machine(arguments.device),
    }
    cases = [case_of(row, arguments) for row in arguments.rows]
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        found["sampling"] = [sampling(case, arguments.samples, arguments.rounds, Path(folder)) for case in cases]
        print("\n".join(f"{row['row']}: {row['img_s']}" for row in found["sampling"]))
        if arguments.million:
            million = alone(case_of(arguments.million, arguments), MILLION, Path(folder))
            found["million"] = {"row": arguments.million, **million}
    return write_result(out, found)


if __name__ == "__main__":
    main()
