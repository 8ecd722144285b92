"""What classifying with D costs: the memory of reading features and of the SVM, and the SVM beside scikit-learn's.

Run: python benchmarks/probing.py [--many 60000]    writes results/probing.json; benchmarks/features.py writes the page

Memory is the peak of a process of its own above its imports: features of made-up pictures, read by the D of
``radford2015-32`` at a quarter of its width (7,168 numbers each) into a file, and five rounds of the SVM for ten
classes and three values of C. The SVM takes turns with ``LinearSVC`` (primal, as it is for more pictures than features,
one C) on the same made-up features; both are stopped as the command stops them, and their answers are compared.
"""

from __future__ import annotations

import argparse
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, in_turn, ratios, resident_mb, timed, write_result
from rates import machine
from worker import settle

from dcgan.models.discriminator import Discriminator
from dcgan.models.recipes import RECIPES, resolve_model
from dcgan.probes import linear
from dcgan.probes.features import Eye
from dcgan.probes.judge import predict_each
from dcgan.probes.linear import fit_each, scaling_of
from dcgan.probes.table import Table, mean_and_scale, write_table

CLASSES = 10
CS = (0.3, 1.0, 3.0)


class MadeUp:
    """Pictures that are nowhere: each is drawn when it is read."""

    shape = (32, 32, 3)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        return np.random.default_rng(int(rows[0])).integers(0, 256, (len(rows), *self.shape), np.uint8)


def network(width: float) -> Discriminator:
    """Return the D of ``radford2015-32`` at a share of its width."""
    return Discriminator(resolve_model(replace(RECIPES["radford2015-32"].config, width=width)))


def alone(count: int, width: float) -> dict[str, float]:
    """Read and fit so many pictures in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(read_and_fit, count, width).result()


def read_and_fit(count: int, width: float) -> dict[str, float]:
    settle()
    import scipy.optimize  # noqa: F401  (what is measured is not the imports)
    import sklearn.svm  # noqa: F401

    eye, rows, pixels = Eye(network(width)), np.arange(count), MadeUp()
    labels = np.random.default_rng(0).integers(0, CLASSES, count)
    eye.read(pixels[rows[:64]])
    linear.SMALL = 0
    before = resident_mb()
    with tempfile.TemporaryDirectory() as folder:

        def both() -> None:
            table = write_table(Path(folder) / "features", eye.read, pixels, rows)  # type: ignore[arg-type]
            scaling = scaling_of(*mean_and_scale(table, rows))
            fit_each(table, rows, labels, CLASSES, CS, scaling, rounds=5)

        seconds = timed(both)
    peak = max(0.0, resident_mb(peak=True) - before)
    return {"pictures": count, "numbers": sum(eye.widths), "seconds": round(seconds, 1), "peak_mb": round(peak)}


def beside(count: int, width: int, rounds: int) -> dict[str, Any]:
    """Time the SVM beside LinearSVC on the same features."""
    from sklearn.svm import LinearSVC

    rng, rows = np.random.default_rng(1), np.arange(count)
    labels = rng.integers(0, CLASSES, count)
    middles = rng.normal(size=(CLASSES, width)) * 0.15
    x = (middles[labels] + rng.normal(size=(count, width))).astype(np.float16)
    linear.SMALL = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features"
        path.write_bytes(x.tobytes())
        table = Table(path=path, count=count, width=width)
        scaling = scaling_of(*mean_and_scale(table, rows))
        scaled = scaling.apply(x).astype(np.float64)
        ours: list[np.ndarray] = []
        theirs: list[np.ndarray] = []

        def mine() -> None:
            ours[:] = predict_each(fit_each(table, rows, labels, CLASSES, [1.0], scaling), table, rows)

        def sklearn() -> None:
            theirs[:] = [LinearSVC(C=1.0, dual=False).fit(scaled, labels).predict(scaled)]

        ways = {"ours": lambda _: timed(mine), "sklearn": lambda _: timed(sklearn)}
        times = in_turn(ways, rounds, 1)
    return {
        "pictures": count,
        "numbers": width,
        "times_as_fast": ratios(times["sklearn"], times["ours"]),
        "same_answers": float((ours[0] == theirs[0]).mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--many", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tiny", action="store_true", help="small networks, only to see that it works")
    parser.add_argument("--out", type=Path, help="a JSON file; by default in results/, but not with --tiny")
    arguments = parser.parse_args()
    settle()
    width = 0.05 if arguments.tiny else 0.25
    found: dict[str, Any] = {
        "claim": "the memory of D's features under an SVM does not grow with the pictures",
        "machine": machine("cpu"),
        "memory": [alone(count, width) for count in (arguments.many // 10, arguments.many)],
        "svm": beside(*((200, 60) if arguments.tiny else (8_000, 2_000)), arguments.rounds),
    }
    print(found["memory"], found["svm"], sep="\n")
    write_result(arguments.out or (None if arguments.tiny else RESULTS / "probing.json"), found)


if __name__ == "__main__":
    main()
