"""Claim: a 1-nearest-neighbour classifier of MNIST's pixels errs less often the more digits it has seen. The table of
docs/metrics.md, beside which the same test of generated digits is to be read.

Run: python benchmarks/nearest.py MNIST (a folder of its IDX files), or without it to write the table again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, write_result
from rates import machine
from table import DOCS, about, between_marks, table

import dcgan
from dcgan.metrics.nearest import nearest_error

COUNTS = (60_000, 10_000, 2_000)
HEAD = ("training digits, the first", "test digits", "named wrongly")


def digits(folder: Path, part: str, cache: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels uint8 (N, 784) and the labels of a part of MNIST, all of them in the order of the file."""
    file = next(folder.glob(f"{part}-images*"))
    found = dcgan.prepare(file, cache=cache, size=28, channels=1, dedupe=False)
    return np.array(found.pixels).reshape(len(found), -1), np.array(found.labels)


def measured(folder: Path) -> dict[str, list[float]]:
    """Return, for every number of training digits, that of the test digits and the share named wrongly."""
    with tempfile.TemporaryDirectory() as cache:
        (train, names), (test, true) = (digits(folder, part, cache) for part in ("train", "t10k"))
    rows = {}
    for count in COUNTS:
        rows[f"{count:,}"] = [len(test), nearest_error(train[:count], names[:count], test, true)]
        print(count, rows[f"{count:,}"], flush=True)
    return rows


def write_table(path: Path, result: dict[str, Any]) -> None:
    rows = [(count, f"{tested:,}", f"{wrong:.2%}") for count, (tested, wrong) in result["rows"].items()]
    between_marks(path, "nearest.py", [*table(HEAD, rows), about(result)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mnist", type=Path, nargs="?")
    parser.add_argument("--out", type=Path, default=RESULTS / "nearest.json")
    parser.add_argument("--page", type=Path, default=DOCS / "metrics.md")
    arguments = parser.parse_args()
    if arguments.mnist:
        rows = measured(arguments.mnist)
        write_result(arguments.out, {"claim": "the nearest digit", "machine": machine("cpu"), "rows": rows})
    write_table(arguments.page, json.loads(arguments.out.read_text()))
    print(arguments.page)


if __name__ == "__main__":
    main()
