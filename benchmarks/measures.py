"""Claim: prdc takes half the time and a tenth of the memory of scikit-learn's matrices; the others, what peers take.

Every way runs alone in a process of its own, one after another, so that its peak of memory is its own; what counts is
the ratio of each round. Seconds are of processor time: with one thread that is what a quiet machine takes. Ours reckons
in float64 throughout; the others as they do it, on float32 features. Precision, recall, density and coverage of
10,000 x 10,000 rows of 128; the kernel distance of the same, 100 subsets of 1,000; the Fréchet distance at d = 2048,
from moments. torch-fidelity takes part where it is installed; its precision and recall come without density and
coverage.

Run: OMP_NUM_THREADS=1 python benchmarks/measures.py [--rounds 3] [--fidelity FOLDER] [--out FILE]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, processor, ratios, resident_mb, spread, write_result

Run = Callable[[], Any]
SIZES = {"rows": 10_000, "dim": 128, "frechet_rows": 10_000, "frechet_dim": 2048, "subsets": 100, "size": 1000}
TINY = {"rows": 200, "dim": 8, "frechet_rows": 100, "frechet_dim": 16, "subsets": 3, "size": 50}
K = 5
PEERS = ("torch_fidelity", "torchmetrics", "scikit-learn", "scipy", "numpy")


def features(rows: int, dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw features of reals and of slightly worse fakes, float32; their axes fall off as those of networks do."""
    draw = np.random.default_rng(0)
    scales = (1 + np.arange(dim)) ** -0.5
    real, fake = (draw.normal(size=(rows, dim)) * scales for _ in range(2))
    return real.astype(np.float32), (0.9 * fake + 0.1).astype(np.float32)


# Precision, recall, density, coverage -------------------------------------------------------------------------------


def prdc_ours(real: np.ndarray, fake: np.ndarray) -> Run:
    from dcgan.metrics.prdc import prdc

    return lambda: vars(prdc(real, fake, K))


def prdc_sklearn(real: np.ndarray, fake: np.ndarray) -> Run:
    """All distances at once, as the first implementations have it."""
    from sklearn.metrics import pairwise_distances

    def run() -> dict[str, float]:
        reach = [np.partition(pairwise_distances(x), K, axis=1)[:, K] for x in (real, fake)]
        between = pairwise_distances(real, fake)
        inside = between <= reach[0][:, None]
        return {
            "precision": float(inside.any(0).mean()),
            "recall": float((between <= reach[1]).any(1).mean()),
            "density": float(inside.sum(0).mean() / K),
            "coverage": float((between.min(1) <= reach[0]).mean()),
        }

    return run


def prdc_fidelity(real: np.ndarray, fake: np.ndarray) -> Run:
    import torch
    from torch_fidelity.metric_prc import prc_features_to_metric

    given = [torch.from_numpy(x) for x in (fake, real)]
    return lambda: prc_features_to_metric(*given, prc_neighborhood=K, verbose=False, save_cpu_ram=True)


# The kernel distance ------------------------------------------------------------------------------------------------


def kernel_ours(real: np.ndarray, fake: np.ndarray, subsets: int, size: int) -> Run:
    from dcgan.metrics.kernel import kernel_distance

    return lambda: kernel_distance(real, fake, subsets=subsets, size=size)[0]


def kernel_torchmetrics(real: np.ndarray, fake: np.ndarray, subsets: int, size: int) -> Run:
    import torch
    from torchmetrics.image.kid import poly_mmd

    a, b = torch.from_numpy(real), torch.from_numpy(fake)
    torch.manual_seed(0)

    def run() -> float:
        return statistics.mean(
            poly_mmd(a[torch.randperm(len(a))[:size]], b[torch.randperm(len(b))[:size]]).item() for _ in range(subsets)
        )

    return run


def kernel_fidelity(real: np.ndarray, fake: np.ndarray, subsets: int, size: int) -> Run:
    import torch
    from torch_fidelity.metric_kid import kid_features_to_metric

    given = [torch.from_numpy(x) for x in (real, fake)]
    options = {"kid_subsets": subsets, "kid_subset_size": size, "verbose": False}
    return lambda: kid_features_to_metric(*given, **options)["kernel_inception_distance_mean"]


# The Fréchet distance -----------------------------------------------------------------------------------------------


def frechet_ours(real: np.ndarray, fake: np.ndarray) -> Run:
    from dcgan.metrics.frechet import frechet
    from dcgan.metrics.moments import Moments

    moments = [Moments.of(x) for x in (real, fake)]
    return lambda: frechet(*moments)


def frechet_torchmetrics(real: np.ndarray, fake: np.ndarray) -> Run:
    import torch
    from torchmetrics.image.fid import _compute_fid

    found = [torch.from_numpy(part) for x in (real, fake) for part in _moments(x)]
    return lambda: _compute_fid(*found).item()


def frechet_sqrtm(real: np.ndarray, fake: np.ndarray) -> Run:
    """By the root of the product, as pytorch-fid has it."""
    from scipy.linalg import sqrtm

    (mean_a, cov_a), (mean_b, cov_b) = _moments(real), _moments(fake)
    apart = np.square(mean_a - mean_b).sum() + np.trace(cov_a) + np.trace(cov_b)
    return lambda: float(apart - 2 * np.trace(sqrtm(cov_a @ cov_b)).real)


def _moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return x.mean(0, dtype=np.float64), np.cov(x, rowvar=False, dtype=np.float64)


WAYS: dict[str, dict[str, Callable[..., Run]]] = {
    "prdc": {"ours": prdc_ours, "sklearn": prdc_sklearn, "torch_fidelity": prdc_fidelity},
    "kernel": {"ours": kernel_ours, "torchmetrics": kernel_torchmetrics, "torch_fidelity": kernel_fidelity},
    "frechet": {"ours": frechet_ours, "torchmetrics": frechet_torchmetrics, "scipy_sqrtm": frechet_sqrtm},
}


def alone(measure: str, way: str, sizes: dict[str, int]) -> dict[str, Any]:
    """Take one measure once, in this process."""
    from threadpoolctl import threadpool_info

    prefix = "frechet_" if measure == "frechet" else ""
    given = features(sizes[f"{prefix}rows"], sizes[f"{prefix}dim"])
    more = {name: sizes[name] for name in ("subsets", "size")} if measure == "kernel" else {}
    run = WAYS[measure][way](*given, **more)
    before = resident_mb()
    started = time.process_time()
    value = run()
    seconds = time.process_time() - started
    more_mb = max(resident_mb(peak=True) - before, 0)
    threads = max((pool["num_threads"] for pool in threadpool_info()), default=1)
    return {"seconds": seconds, "more_mb": more_mb, "value": value, "threads": threads}


def compare(measure: str, rounds: int, tiny: bool, fidelity: str) -> dict[str, Any]:
    """Let all ways of a measure take turns."""
    elsewhere = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), fidelity)))}
    ways = [way for way in WAYS[measure] if way != "torch_fidelity" or has("torch_fidelity", elsewhere)]
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            command = [sys.executable, __file__, "--alone", measure, way, *(["--tiny"] if tiny else [])]
            places = elsewhere if way == "torch_fidelity" else None
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=places)
            found[way].append(json.loads(done.stdout.splitlines()[-1]))
    seconds = {way: [one["seconds"] for one in all_] for way, all_ in found.items()}
    return {
        "seconds": {way: spread(times) for way, times in seconds.items()},
        "more_mb": {way: spread((one["more_mb"] for one in all_), 1) for way, all_ in found.items()},
        "times_as_fast": {way: ratios(times, seconds["ours"]) for way, times in seconds.items() if way != "ours"},
        "values": {way: all_[0]["value"] for way, all_ in found.items()},
        "threads": found["ours"][0]["threads"],
    }


def has(name: str, environment: dict[str, str]) -> bool:
    """Tell whether a library can be imported; torch-fidelity cannot without torchvision."""
    command = [sys.executable, "-c", f"import {name}"]
    return subprocess.run(command, capture_output=True, env=environment).returncode == 0


def versions() -> dict[str, str]:
    """Return the versions of the libraries that are there."""
    found = {}
    for name in PEERS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def main() -> None:
    """Compare all measures, or take one alone."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS / "measures.json")
    parser.add_argument("--alone", nargs=2, metavar=("MEASURE", "WAY"))
    parser.add_argument("--fidelity", default="", metavar="FOLDER", help="where torch-fidelity lies, if apart")
    options = parser.parse_args()
    sizes = TINY if options.tiny else SIZES
    if options.alone:
        return print(json.dumps(alone(*options.alone, sizes)))
    machine = {"processor": processor(), "cores": os.cpu_count()}
    found = {measure: compare(measure, options.rounds, options.tiny, options.fidelity) for measure in WAYS}
    write_result(options.out, {"machine": machine, "sizes": sizes, "k": K, **found}, **versions())
    return None


if __name__ == "__main__":
    main()
