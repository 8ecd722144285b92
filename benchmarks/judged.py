"""The published systems and our default, judged on real data: the figures and pictures of docs/judged.md.

Run, for every run that is to be judged: dcgan evaluate RUN --snapshot all --metrics frechet:labels,...
Then: python benchmarks/judged.py RUN [RUN ...] [--out benchmarks/results/judged.json] [--images docs/images]
which gathers what the commands wrote, with the pictures of the best and of the last moment, and writes the page.
Without a RUN only the page is written, from the results that are there.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, write_result
from PIL import Image
from rates import machine
from table import DOCS, about, table

import dcgan
from dcgan.cli.measuring import facts_lines
from dcgan.images import enlarge, grid, to_image

SEEDS = range(64)
SIDE = 560  # of a sheet in the docs
HEAD = """# Judged on real data

Made by `python benchmarks/judged.py` from [benchmarks/results/judged.json](../benchmarks/results/judged.json); no
figure is typed by hand. What the measures are: [metrics](metrics.md); the command, and what "floor" means:
[judging a run](evaluate.md). The sheets show the first 64 seeds, the same z at the best moment and at the last; nothing
was picked.
"""


def judged(run: Path, images: Path) -> dict[str, Any]:
    """Return what is known of a run and of its quality, and draw its sheets."""
    options = json.loads((run / "options.json").read_text())
    found = json.loads((run / "evaluation.json").read_text())
    name = label(options)
    deciding = next(iter(found["floor"]))
    rows = [row for row in found["rows"] if row["nimg"]]
    best = min(rows, key=lambda row: row["values"][deciding])
    shutil.copy(run / "evaluation.png", images / f"judged-{name}.png")
    for moment, row in (("best", best), ("last", rows[-1])):
        sheet(run / "snapshots" / row["snapshot"], images / f"judged-{name}-{moment}.jpg")
    last = json.loads((run / "stats.jsonl").read_text().splitlines()[-1])
    return {
        "name": name,
        "recipe": options["config"]["recipe"],
        "data": options["data"]["name"],
        "pictures": options["data"]["pictures"],
        "size": options["config"]["size"],
        "deciding": deciding,
        "img_s": round(last["nimg"] / last["seconds"], 1),
        **found,
    }


def label(options: dict[str, Any]) -> str:
    return f"{options['config']['recipe']}-{options['data']['name']}-{options['config']['size']}"


def sheet(snapshot: Path, path: Path) -> None:
    """Draw the pictures of the first seeds: the same z at every moment of a run."""
    pixels: np.ndarray = grid(enlarge(dcgan.load(snapshot).sample(SEEDS), 64))
    picture = to_image(pixels).convert("RGB")
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    picture.save(path, quality=85)


def page(result: dict[str, Any]) -> str:
    """Return the text of docs/judged.md."""
    lines = [HEAD, about(result), *summary(result["runs"])]
    for run in result["runs"]:
        lines += chapter(run)
    return "\n".join(lines).rstrip() + "\n"


def extremes(run: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the best row and the last one, by the deciding value."""
    rows = [row for row in run["rows"] if row["nimg"]]
    return min(rows, key=lambda row: row["values"][run["deciding"]]), rows[-1]


def summary(runs: list[dict[str, Any]]) -> list[str]:
    rows = []
    for run in runs:
        (best, last), name = extremes(run), run["deciding"]
        figures = [f"{row['values'][name]:.4g} ({row['name']})" for row in (best, last)]
        rows.append((f"`{run['recipe']}`", f"{run['data']}, {run['pictures']:,}", run["size"], *figures,
                     f"{run['floor'][name]:.4g}", f"{best['values'][name] / run['floor'][name]:.1f}"))  # fmt: skip
    names = ", ".join(f"`{name}`" for name in dict.fromkeys(run["deciding"] for run in runs))
    head = ("recipe", "data", "size", "best", "last", "floor", "best over floor")
    return [f"\nAt a glance, by {names}:", *table(head, rows)]


def chapter(run: dict[str, Any]) -> list[str]:
    names = [name for name in run["floor"] if not name.partition(":")[0].endswith("-sd")]
    rows = [(row["name"], *(f"{row['values'][name]:.4g}" for name in names)) for row in run["rows"]]
    rows.append(("**floor**", *(f"{run['floor'][name]:.4g}" for name in names)))
    pictures = [f"![{what} moment](images/judged-{run['name']}-{what}.jpg)" for what in ("best", "last")]
    best, last = extremes(run)
    return [
        f"## `{run['recipe']}` on {run['data']} at {run['size']}",
        "",
        *(f"- {line}" for line in facts_lines(run["facts"])),
        *table(("", *names), rows),
        f"![Over kimg](images/judged-{run['name']}.png)",
        "",
        *table((f"best: {best['name']}", f"last: {last['name']}"), [pictures]),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="*", metavar="RUN")
    parser.add_argument("--images", type=Path, default=Path(__file__).parents[1] / "docs" / "images")
    parser.add_argument("--out", type=Path, default=RESULTS / "judged.json")
    parser.add_argument("--page", type=Path, default=DOCS / "judged.md")
    arguments = parser.parse_args()
    if arguments.runs:
        arguments.images.mkdir(parents=True, exist_ok=True)
        runs = [judged(run, arguments.images) for run in arguments.runs]
        write_result(arguments.out, {"claim": "distance over kimg", "machine": machine("cpu"), "runs": runs})
    arguments.page.write_text(page(json.loads(arguments.out.read_text())))
    print(arguments.page)


if __name__ == "__main__":
    main()
