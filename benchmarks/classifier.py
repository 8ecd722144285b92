"""Claim: the classifier behind the extractor ``labels`` learns what there is to learn in minutes. The table of
docs/extractors.md.

It is learnt anew, on one thread, for digits, for photographs and for faces with attributes.

Run: python benchmarks/classifier.py DATA (a folder with mnist/, cifar10-train.zip, celeba-10k.zip and
celeba-10k-attributes.txt), or without it to write the table again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from common import RESULTS, write_result
from rates import machine
from table import DOCS, about, between_marks, table

import dcgan
from dcgan.metrics.extractors.labels import open_labels

DATA: dict[str, tuple[str, dict[str, int], str | None]] = {
    "MNIST, 28x28": ("mnist", {"size": 28, "channels": 1}, None),
    "CIFAR-10, 32x32 (JPEG)": ("cifar10-train.zip", {"size": 32, "channels": 3}, None),
    "CelebA, 40 attributes, 32x32": ("celeba-10k.zip", {"size": 32, "channels": 3}, "celeba-10k-attributes.txt"),
}
HEAD = ("data", "learnt from", "right of the held-out", "updates", "processor time, one thread")


def measured(data: Path, source: str, settings: dict[str, int], labels: str | None) -> dict[str, Any]:
    """Learn the labels of a source. Returns the facts that are in the table, and the seconds of processor time."""
    with tempfile.TemporaryDirectory() as folder:
        pictures = dcgan.prepare(data / source, cache=folder, labels=data / labels if labels else None, **settings)
        started = time.process_time()
        found = open_labels(pictures, cache=Path(folder), device=torch.device("cpu"), progress=lambda done, total: None)
        seconds = time.process_time() - started
    kept = {name: found.facts[name] for name in ("trained_on", "held_out", "accuracy", "updates")}
    return kept | {"balanced": "attributes" in found.facts, "seconds": round(seconds, 1)}


def write_table(path: Path, result: dict[str, Any]) -> None:
    rows = []
    for name, row in result["rows"].items():
        right = f"{row['accuracy']:.2%} of {row['held_out']:,}"
        right += " (balanced; a coin: 50%)" if row["balanced"] else ""
        rows.append((name, f"{row['trained_on']:,}", right, f"{row['updates']:,}", f"{row['seconds']:.0f} s"))
    between_marks(path, "classifier.py", [*table(HEAD, rows), about(result)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--out", type=Path, default=RESULTS / "classifier.json")
    parser.add_argument("--page", type=Path, default=DOCS / "extractors.md")
    arguments = parser.parse_args()
    if arguments.data:
        torch.set_num_threads(1)
        rows = {}
        for name, (source, settings, labels) in DATA.items():
            rows[name] = measured(arguments.data, source, settings, labels)
            print(name, rows[name], flush=True)
        write_result(arguments.out, {"claim": "learning the labels", "machine": machine("cpu"), "rows": rows})
    write_table(arguments.page, json.loads(arguments.out.read_text()))
    print(arguments.page)


if __name__ == "__main__":
    main()
