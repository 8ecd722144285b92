"""Train the published systems on real data, one after another: the runs behind docs/published.md.

Run: python benchmarks/published.py DATA [--out runs] [--whole] [--only mnist-28 ...]
Then: python benchmarks/published.py --collect RUN [RUN ...], which gathers what they wrote (results/published.json)

DATA is a folder with mnist/ (IDX files), celeba-10k.zip and anime-20k.zip. Without --whole each run has the length
shown in docs/published.md, made for a CPU; with it each has its recipe's own length, which wants a GPU.
"""

import argparse
import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RUNS: dict[str, tuple[str, list[str]]] = {
    "mnist-28": ("mnist", ["--epochs", "22", "--ticks.snapshot", "5epochs"]),
    "celeba-32": ("celeba-10k.zip", ["--epochs", "40", "--ticks.preview", "2epochs", "--ticks.snapshot", "10epochs"]),
    "anime-conv": ("anime-20k.zip", ["--steps", "3012"]),
    "radford2015": ("celeba-10k.zip", ["--steps", "300", "--ticks.preview", "50steps", "--ticks.snapshot", "150steps"]),
    "anime-chollet": (
        "anime-20k.zip",
        ["--steps", "300", "--ticks.preview", "50steps", "--ticks.snapshot", "150steps"],
    ),
}


def collect(runs: list[Path]) -> int:
    """Write what the runs say of themselves: length, time, last losses."""
    machine = f"{platform.machine()}, {platform.system()}"
    results = {"date": datetime.now(UTC).date().isoformat(), "machine": machine, "runs": [summary(run) for run in runs]}
    path = Path(__file__).parent / "results" / "published.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=2) + "\n")
    print(path)
    return 0


def summary(run: Path) -> dict[str, Any]:
    options = json.loads((run / "options.json").read_text())
    launch = json.loads((run / "launches.jsonl").read_text().splitlines()[-1])
    last = json.loads((run / "stats.jsonl").read_text().splitlines()[-1])
    return {
        "run": run.name,
        "recipe": options["config"]["recipe"],
        "data": options["data"]["name"],
        "pictures": options["data"]["pictures"],
        "torch": launch["torch"],
        "img_s": round(last["nimg"] / last["seconds"], 1),
        **{name: round(value, 4) for name, value in last.items() if isinstance(value, (int, float))},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--collect", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--out", default="runs")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--only", nargs="+", choices=list(RUNS), default=list(RUNS))
    arguments = parser.parse_args()
    if arguments.collect:
        return collect(arguments.collect)
    if arguments.data is None:
        parser.error("DATA is missing")
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
