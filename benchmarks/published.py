"""Train the published systems on real data, one after another: the runs behind docs/published.md.

Run: python benchmarks/published.py DATA [--out runs] [--whole] [--only mnist-28 ...]

DATA is a folder with mnist/ (IDX files), celeba-10k.zip and anime-20k.zip. Without --whole each run has the length
shown in docs/published.md, made for a CPU; with it each has its recipe's own length, which wants a GPU.
"""

import argparse
import subprocess
import sys
from pathlib import Path

RUNS: dict[str, tuple[str, list[str]]] = {
    "mnist-28": ("mnist", ["--epochs", "10", "--ticks.snapshot", "5epochs"]),
    "celeba-32": ("celeba-10k.zip", ["--epochs", "60", "--ticks.preview", "4epochs", "--ticks.snapshot", "15epochs"]),
    "anime-conv": ("anime-20k.zip", ["--steps", "4000"]),
    "radford2015": ("celeba-10k.zip", ["--steps", "300", "--ticks.preview", "50steps", "--ticks.snapshot", "150steps"]),
    "anime-chollet": (
        "anime-20k.zip",
        ["--steps", "300", "--ticks.preview", "50steps", "--ticks.snapshot", "150steps"],
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", default="runs")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--only", nargs="+", choices=list(RUNS), default=list(RUNS))
    arguments = parser.parse_args()
    for recipe in arguments.only:
        source, short = RUNS[recipe]
        command = [sys.executable, "-m", "dcgan", "train", str(arguments.data / source), "--recipe", recipe]
        command += ["--out", arguments.out, *([] if arguments.whole else short)]
        print(" ".join(command), flush=True)
        if code := subprocess.call(command):
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
