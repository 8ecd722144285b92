"""What the benchmarks share: facts about the machine, its matrix rate, taking turns, memory, and how results are kept.

Machines are noisy and differ. So whatever is compared takes turns in one run, and what counts is the ratio of each
round, never a figure of another day.
"""

import json
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

import dcgan

RESULTS = Path(__file__).parent / "results"
NO_CUDA = "there is no CUDA device here: this part waits for one"
SIZES = ((1024, 1024, 1024), (2048, 2048, 2048), (4096, 2048, 1024))
LARGE = ((4096, 4096, 4096), (8192, 8192, 8192))  # also on a GPU, which smaller ones do not fill
DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}

Way = Callable[[int], float]
"""Takes so many steps and returns the seconds that one took."""


def processor() -> str:
    """Return the name of the processor."""
    found = []
    if (cpu := Path("/proc/cpuinfo")).exists():
        found = re.findall(r"model name\s*: (.+)", cpu.read_text())
    return found[0] if found else platform.processor() or platform.machine()


def machine(device: str = "cpu") -> dict[str, Any]:
    """Return what is to be known of the machine."""
    facts: dict[str, Any] = {
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "bf16": bool(torch.cpu._is_avx512_bf16_supported()),
    }
    return facts | ({"gpu": torch.cuda.get_device_name()} if device == "cuda" else {})


def write_result(path: Path | None, found: dict[str, Any], **versions: str) -> None:
    """Keep a result with the versions it was got with and the date. None: print it."""
    own = {"python": platform.python_version(), "torch": torch.__version__, "dcgan": dcgan.__version__}
    result = {**found, "versions": {**own, **versions}, "date": datetime.now(UTC).date().isoformat()}
    text = json.dumps(result, indent=2)
    if path is None:
        return print(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")
    return None


# Time ---------------------------------------------------------------------------------------------------------------


def synchronise(device: str) -> None:
    """Wait until the device has done what it was told."""
    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()


def timed(make: Callable[[], Any]) -> float:
    started = time.perf_counter()
    make()
    return time.perf_counter() - started


def clock(step: Callable[[], Any], device: str = "cpu") -> Way:
    """Make a way of a step."""

    def way(count: int) -> float:
        synchronise(device)
        started = time.perf_counter()
        for _ in range(count):
            step()
        synchronise(device)
        return (time.perf_counter() - started) / count

    return way


def in_turn(ways: Mapping[str, Way], rounds: int, each: int) -> dict[str, list[float]]:
    """Let every way take ``each`` steps, one way after another, ``rounds`` times. Returns each round's seconds."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            times[name].append(way(each))
    return times


def spread(values: Iterable[float], digits: int = 3) -> dict[str, float]:
    """Return the median of the rounds and their range."""
    found = sorted(values)
    named = {"min": found[0], "median": statistics.median(found), "max": found[-1]}
    return {name: round(value, digits) for name, value in named.items()}


def ratios(theirs: list[float], mine: list[float]) -> dict[str, float]:
    """Return how many times as fast mine is, round by round."""
    return spread(a / b for a, b in zip(theirs, mine, strict=True))


# The limit ----------------------------------------------------------------------------------------------------------


def product_seconds(device: str, dtype: torch.dtype, size: tuple[int, int, int], repeats: int = 3) -> float:
    """Return the seconds that a floating-point operation takes in a product of matrices, the best of some tries."""
    rows, inner, columns = size
    a, b = torch.randn(rows, inner).to(device, dtype), torch.randn(inner, columns).to(device, dtype)
    out = torch.empty(rows, columns, device=device, dtype=dtype)
    way = clock(lambda: torch.mm(a, b, out=out), device)
    way(1)
    return min(way(20 if device == "cuda" else 1) for _ in range(repeats)) / (2 * rows * inner * columns)


def best_size(device: str, dtype: torch.dtype) -> tuple[int, int, int]:
    """Return the size of the matrices whose product runs at the highest rate here."""
    sizes = SIZES + LARGE if device == "cuda" else SIZES
    return min(sizes, key=lambda size: product_seconds(device, dtype, size))


def matrix_rate(device: str, dtype: torch.dtype) -> float:
    """Return the machine's matrix rate in GFLOP/s: the best of several large products."""
    return 1e-9 / product_seconds(device, dtype, best_size(device, dtype))


# Memory -------------------------------------------------------------------------------------------------------------


def resident_mb(peak: bool = False) -> float:
    """Return what this process holds in memory, or the most it ever held; 0 where it cannot be told.

    On Linux as the kernel tells it, since getrusage there starts with the peak of the process that started this one.
    """
    if (status := Path("/proc/self/status")).exists():
        found = re.search(rf"{'VmHWM' if peak else 'VmRSS'}:\s+(\d+) kB", status.read_text())
        return int(found[1]) / 1024 if found else 0.0
    if sys.platform == "win32":
        return 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
