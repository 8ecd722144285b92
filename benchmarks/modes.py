"""How many modes are covered: the figures and pictures behind docs/modes.md, and the page itself. No figure is typed.

Run: python benchmarks/modes.py --gaussians                      trains on the ring and the grid, minutes
     python benchmarks/modes.py --mnist MNIST --run RUN ...      judges all snapshots of runs on Stacked MNIST
     python benchmarks/modes.py --page                           writes the page again, measures nothing

What is not measured stays as it is in results/modes.json, and a snapshot that had been judged by the same classifier is
not judged again: as a run goes on, the same command adds what is new.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from common import RESULTS, processor, write_result
from table import Result, read, table

from dcgan.api import load
from dcgan.cli.bench_stacked import LINES, digit_reader, judged
from dcgan.images import grid, save_png
from dcgan.report.modes import write_counts, write_points
from dcgan.selftest.gaussians import MIXTURES
from dcgan.selftest.points import train_points
from dcgan.selftest.settings import GOOD, LEAST, covers, settings
from dcgan.selftest.stacked import SAMPLES, facts, read_digits
from dcgan.selftest.tables import gaussian_published, gaussian_result, gaussian_table, stacked_published, stacked_table
from dcgan.training.run import Run, parse_kimg_name, read_lines, read_options

DOCS = Path(__file__).parents[1] / "docs"
SHEET = 8  # pictures a row and a column

HEAD = """# Modes

A generator that makes beautiful pictures of a few kinds and none of the others has lost modes. Where the modes are
known they can be counted, so this is a test of training itself:

```
dcgan bench modes                                      # Gaussians in the plane: a minute or two, no data needed
dcgan bench modes --stacked mnist/                     # train on Stacked MNIST by the published protocol
dcgan bench modes RUN --data mnist/                    # count the modes of a run's snapshots
```

This page is written by `python benchmarks/modes.py` from [modes.json](../benchmarks/results/modes.json); none of its
figures is typed by hand.
"""

GAUSSIANS = """
## Gaussians

A ring of 8 and a grid of 25 Gaussians, as in PacGAN ([1712.04086](https://arxiv.org/abs/1712.04086)) and its released
code, after VEEGAN ([1705.07761](https://arxiv.org/abs/1705.07761)). Of 2,500 samples those within three standard
deviations of a mode's centre are of high quality; a mode is found when such a sample falls to it; KL is that of the
modes of the samples of high quality against equal shares.

The networks are small perceptrons, three hidden layers of 64, and D sees a point also through 16 waves of different
length, so that it learns in seconds what is as fine as a mode. Everything else is the package's own: the step, the
losses, the penalties, packing, z. **Read modes and quality together**: noise over the whole square, the last row, finds
most modes of the grid by accident.

What this is to show, and what the command ends with code 1 for if it does not: a G that cannot see z (the first row) is
told for the collapse that it is, and R3GAN's objective ([2501.05441](https://arxiv.org/abs/2501.05441): relativistic
pairs, R1 and R2) finds nearly all modes. That a loss collapses here, within seconds and without a penalty, does not
mean that it does so on pictures. The published rows had 400,000 steps and wider networks: they are there for the size
of the figures, not to compare with.
"""

STACKED = """
## Stacked MNIST

Three digits of MNIST, one in each colour, make 1,000 modes. The protocol of VEEGAN and PacGAN, as PacGAN's released
code has it: 128,000 fixed stacks of digits drawn from all 70,000; z ~ U(-1, 1), 100 numbers; 5x5 kernels, four layers,
widths from 64; Adam 2e-4, beta1 0.5, batch 64, 50 epochs; 26,000 pictures made with BatchNorm's running statistics; a
classifier that is right on 99% of digits names each colour by itself; modes are the different names, KL is
sum p ln(1000 p).

The recipe `stacked-dcgan` is that network. It deviates (`dcgan recipes stacked-dcgan`): G's maps have sides of 2, 4, 8,
16 and 32, and the middle 28 are the picture, where PacGAN's have 2, 4, 7, 14 and 28; G is updated once a round, there
twice on the same z; pictures are in [-1, 1], there in [0, 1] although G ends in tanh; each epoch has its own order,
there all have one; G's first BatchNorm has statistics for each number, there for each map.

Any recipe and any setting of `dcgan train` can be put to the test, and the run is like any other: its folder, its page
with modes over time, `--resume`:

```
dcgan bench modes --stacked mnist/ --pack 2
dcgan bench modes --stacked mnist/ --recipe modern --epochs 10
dcgan bench modes --resume latest
```
"""


def gaussians(out: Path, steps: int | None) -> Result:
    """Train every row on every mixture, and draw what came of it."""
    torch.set_num_threads(1)
    outcomes = [train_points(make(), row) for make in MIXTURES.values() for row in settings(steps)]
    for name, make in MIXTURES.items():
        rows = {outcome.setting.name: outcome.points for outcome in outcomes if outcome.mixture.name == name}
        write_points(out / f"modes-{name}.png", rows, make().centres)
    return gaussian_result(outcomes)


def stacked(runs: list[Path], mnist: Path, cache: Path | None, out: Path, before: Result) -> Result:
    """Judge the snapshots of runs that have not been judged yet, and draw modes over kimg and a sheet of samples."""
    digits = read_digits(mnist)
    reader = digit_reader(digits, cache, torch.device("cpu"))
    known = facts(digits, reader) | {"reader": reader.key}
    kept = before.get("runs", {}) if before.get("facts", {}).get("reader") == reader.key else {}
    found = dict(kept)
    for path in runs:
        config, _ = read_options(Run(path))
        rows = {row["nimg"]: row for row in kept.get(path.name, {}).get("rows", [])}
        new = [folder for nimg, folder in Run(path).list_snapshots().items() if nimg not in rows]
        for row in judged(new, reader, SAMPLES, None, "cpu"):
            rows[row["nimg"]] = row
            print(path.name, row, flush=True)
        found[path.name] = {"recipe": config.recipe, **last_line(path), "rows": [rows[nimg] for nimg in sorted(rows)]}
        model = load(path, snapshot="latest")
        save_png(out / f"modes-sheet-{path.name}.png", grid(model.sample(range(SHEET**2)), SHEET))
    write_counts(out / "modes-counts.png", {n: r["rows"] for n, r in found.items()}, known["floor"], LINES)
    return {"facts": known, "runs": found}


def last_line(path: Path) -> Result:
    """Return how far a run's last snapshot is, and how fast it got there."""
    nimg = max(n for folder in Run(path).snapshots.iterdir() if (n := parse_kimg_name(folder.name)) is not None)
    rows = [row for row in read_lines(Run(path).stats) if row["nimg"] <= nimg]
    last = rows[-1] if rows else {"nimg": nimg, "seconds": 0.0, "epoch": 0.0}
    return {"kimg": nimg / 1000, "epoch": last["epoch"], "hours": round(last["seconds"] / 3600, 2)}


def page(result: Result) -> str:
    """Return the text of docs/modes.md."""
    parts = [HEAD]
    if found := result.get("gaussians"):
        parts.append(GAUSSIANS)
        for name, of_mixture in found.items():
            head, *rows = gaussian_table(of_mixture)
            title = (
                f"\n### {name.capitalize()}: {of_mixture['modes']} modes of standard deviation {of_mixture['std']:g}\n"
            )
            parts += [title, *table(head, rows), *table(*split(gaussian_published(name)))]
            parts.append(covering(name, of_mixture))
            parts.append(f"![Points over training, {name}](images/modes-{name}.png)\n")
    if found := result.get("stacked"):
        parts += [STACKED, *stacked_lines(found)]
    text = "\n".join(parts)
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.rstrip() + "\n"


def covering(name: str, found: Result) -> str:
    """Say which rows cover the modes."""
    good = [f"`{row['name']}`" for row in found["rows"] if covers(name, row["found"], row["good"])]
    rule = f"{LEAST[name]} modes or more, and {GOOD:.0%} or more of high quality"
    return f"Covered, that is {rule}, by: {', '.join(good) or 'none'}.\n"


def stacked_lines(found: Result) -> list[str]:
    known = found["facts"]
    right, count = known["classifier"]["test_accuracy"], known["classifier"]["test_digits"]
    lines = [
        f"Here the classifier names {right:.2%} of {count:,} test digits rightly. A perfect sampler of the same digits"
        f" would find {known['floor']['modes']:,} modes at a KL of {known['floor']['kl']:.3f}.\n",
        "![Modes over training](images/modes-counts.png)\n",
    ]
    for name, run in found["runs"].items():
        lines.append(f"### `{name}`\n")
        lines.append(
            f"Recipe `{run['recipe']}`, {run['kimg']:g} kimg ({run['epoch']:.2f} epochs), {run['hours']} hours."
        )
        lines += [*table(*split(stacked_table(thinned(run["rows"]), known["floor"])))]
        lines.append(f"![Samples of {name}, seeds 0 to {SHEET**2 - 1}](images/modes-sheet-{name}.png)\n")
    return [*lines, "### Published\n", *table(*split(stacked_published()))]


def thinned(rows: list[dict[str, Any]], most: int = 24) -> list[dict[str, Any]]:
    """Return at most so many rows, evenly spread, with the last."""
    stride = -(-len(rows) // most)
    return rows[(len(rows) - 1) % stride :: stride] if rows else []


def split(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    return rows[0], rows[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gaussians", action="store_true")
    parser.add_argument("--run", type=Path, nargs="+", default=[])
    parser.add_argument("--mnist", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--tiny", action="store_true", help="a few steps, to see that it runs")
    parser.add_argument("--out", type=Path, default=RESULTS / "modes.json")
    parser.add_argument("--docs", type=Path, default=DOCS)
    arguments = parser.parse_args()
    if arguments.run and arguments.mnist is None:
        parser.error("--run needs --mnist, from which the digits are learnt")
    result, images = read(arguments.out.parent, arguments.out.name) or {}, arguments.docs / "images"
    if arguments.gaussians:
        result["gaussians"] = gaussians(images, 8 if arguments.tiny else None)
    if arguments.run:
        runs = [path.resolve() for path in arguments.run]
        result["stacked"] = stacked(runs, arguments.mnist, arguments.cache, images, result.get("stacked", {}))
    if arguments.gaussians or arguments.run:
        measured = {name: result[name] for name in ("gaussians", "stacked") if name in result}
        write_result(arguments.out, {**measured, "machine": {"processor": processor()}})
    (arguments.docs / "modes.md").write_text(page(json.loads(arguments.out.read_text())))
    print(arguments.docs / "modes.md")


if __name__ == "__main__":
    main()
