"""What the benchmarks share: taking turns, memory, and how results are kept. Without torch, which not all of them need.

Machines are noisy and differ. So whatever is compared takes turns in one run, and what counts is the ratio of each
round, never a figure of another day.
"""

import json
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dcgan

RESULTS = Path(__file__).parent / "results"

Way = Callable[[int], float]
"""Takes so many steps and returns the seconds that one took."""


def processor() -> str:
    """Return the name of the processor."""
    found = []
    if (cpu := Path("/proc/cpuinfo")).exists():
        found = re.findall(r"model name\s*: (.+)", cpu.read_text())
    return found[0] if found else platform.processor() or platform.machine()


def write_result(path: Path | None, found: dict[str, Any], **versions: str) -> None:
    """Keep a result with the versions it was got with and the date. None: print it."""
    own = {"python": platform.python_version(), "torch": version("torch"), "dcgan": dcgan.__version__}
    result = {**found, "versions": {**own, **versions}, "date": datetime.now(UTC).date().isoformat()}
    text = json.dumps(result, indent=2)
    if path is None:
        return print(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")
    return None


# Time ---------------------------------------------------------------------------------------------------------------


def timed(make: Callable[[], Any]) -> float:
    started = time.perf_counter()
    make()
    return time.perf_counter() - started


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
