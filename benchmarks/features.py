"""Write the tables of docs/features.md from what ``dcgan features classify`` has measured.

Run: python benchmarks/features.py --add cifar=out/classify/classify.json    keeps a result in results/features.json
     python benchmarks/features.py                                           writes the page anew

The commands stand in docs/features.md, above each table. Longer trained on a GPU:

     dcgan train cifar10-train.zip --recipe radford2015-32 --mirror --metrics none --epochs 200
     dcgan features classify runs/00000-radford2015-32-cifar10-train --test cifar10-test.zip --snapshot all
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from common import RESULTS
from table import END, about, table

ROOT = Path(__file__).parents[1]
KEPT = RESULTS / "features.json"
PAPER = {
    "all": [
        ("the paper's D, trained on ImageNet-1k", 28_672, "82.8%"),
        ("k-means, one layer, 4,800 centroids (the paper's table)", None, "80.6%"),
        ("k-means, several layers (the paper's table)", None, "82.0%"),
    ]
}
"""Published figures on CIFAR-10, Radford and others, arXiv 1511.06434, table 1."""


def add(name: str, path: Path) -> None:
    """Keep a classify.json under a name; rows of the same protocol are joined to those that are there."""
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    found = json.loads(path.read_text())
    found.pop("snapshots")
    for row in found["rows"]:
        row.pop("validation_by_C")
        row.pop("confusion")
    old, names = kept.get(name, {"rows": []}), {row["name"] for row in found["rows"]}
    for fact in ("digest", "protocol", "labels_per_class", "draws", "fitting", "tested"):
        assert fact not in old or old[fact] == found[fact], f"{path} and what is kept as {name} differ in {fact}"
    found["rows"] += [row for row in old["rows"] if row["name"] not in names]
    kept[name] = found
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")


def of(name: str, found: dict[str, Any]) -> list[str]:
    """Return the table of a result."""
    rows: list[tuple[object, ...]] = [
        (
            row["name"],
            "" if row["numbers"] is None else f"{row['numbers']:,}",
            f"{row['accuracy']:.2%} ± {row['spread']:.2%}",
            row["C"] or "",
        )
        for row in ordered(found["rows"])
    ]
    if name == "cifar":
        rows += [(what, "" if width is None else f"{width:,}", value, "") for what, width, value in PAPER["all"]]
    few = found["labels_per_class"]
    learnt = (
        f"all {found['fitting'] + found['validation']:,} labels"
        if few is None
        else f"{few} labels of each class, drawn {found['draws']} times"
    )
    said = f"Learnt from {learnt} of {found['data']}; tested on {found['tested']:,} pictures."
    kind = "standard error" if few is None else "standard deviation over the draws"
    return [*table(("features", "numbers", "right", "C"), rows), f"{said} ± is the {kind}."]


def cost() -> list[str]:
    """Return what benchmarks/probing.py has measured, in words."""
    found = json.loads((RESULTS / "probing.json").read_text())
    few, many, svm = *found["memory"], found["svm"]
    fast = svm["times_as_fast"]
    return [
        "",
        f"Reading {many['numbers']:,} features of {few['pictures']:,} pictures and fitting ten classes takes "
        f"{few['peak_mb']:g} MB above the imports, of {many['pictures']:,} pictures {many['peak_mb']:g} MB.",
        f"The SVM beside `LinearSVC` on {svm['pictures']:,} made-up pictures of {svm['numbers']:,} features, one C: "
        f"{fast['median']:g} times as fast ({fast['min']:g} to {fast['max']:g}), {svm['same_answers']:.1%} of the "
        "answers the same.",
        about(found),
        "",
    ]


def ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with D first, by training, then the others, the best first."""
    trained = [row for row in rows if row["name"].startswith("D,")]
    others = [row for row in rows if not row["name"].startswith("D,")]
    return sorted(trained, key=lambda row: row["kimg"]) + sorted(others, key=lambda row: -row["accuracy"])


def written(page: str, kept: dict[str, Any]) -> str:
    """Return the page with every table as it was last measured."""
    parts = {f"table {name}": of(name, found) for name, found in kept.items()} | {"cost of features": cost()}
    for name, lines in parts.items():
        before, mark, rest = page.partition(f"<!-- {name} -->")
        assert mark, f"docs/features.md has no mark of {name}"
        page = "\n".join([before + mark, *lines, END]) + rest.partition(END)[2]
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--add", nargs="*", default=[], metavar="NAME=classify.json")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "features.md")
    arguments = parser.parse_args()
    for word in arguments.add:
        name, path = word.split("=", 1)
        add(name, Path(path))
    page = (ROOT / "docs" / "features.md").read_text()
    arguments.out.write_text(written(page, json.loads(KEPT.read_text())))


if __name__ == "__main__":
    main()
