"""Claim: pictures are prepared faster than by a plain Pillow loop in one process, and by StyleGAN3's dataset_tool.py.

Ours reads, crops, resizes, checks up (perceptual hashes, repeats) and writes; the plain loop makes the same pixels and
nothing else. They take turns in one run; the ratio of each pair is what counts, since machines are noisy. Two sets:
small JPEGs (89x109, real faces, copied until there are enough) and 12-megapixel photographs (real rooms, enlarged, with
grain). Also measured: what decoding large JPEGs at a part of their size costs in quality, and peak memory.

Run: python benchmarks/prepare.py [--data DIR] [--stylegan3 dataset_tool.py] [--rounds 5] [--small]
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import PIL
from PIL import Image, ImageOps

import dcgan
from dcgan.data.cache import prepare
from dcgan.data.checkup import disk_bytes
from dcgan.data.examine import Measure
from dcgan.data.sources.open import open_source

PEAK = """
import resource, sys
from pathlib import Path
from dcgan.data.cache import prepare
from dcgan.data.examine import Measure
from dcgan.data.sources.open import open_source
prepare(open_source(sys.argv[1]), Measure(height=64, width=64, channels=3), root=Path(sys.argv[2]))
print(*(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
"""


def ours(folder: Path, side: int, work: Path, workers: int | None = None) -> np.ndarray:
    """Prepare from nothing, and return the pixels."""
    root = work / "cache"
    shutil.rmtree(root, ignore_errors=True)
    return prepare(
        open_source(str(folder)), Measure(height=side, width=side, channels=3), root=root, workers=workers
    ).pixels


def plain(folder: Path, side: int, work: Path) -> np.ndarray:
    """Do what a loop of ten lines does."""
    files = sorted(folder.iterdir())
    out = np.lib.format.open_memmap(work / "plain.npy", "w+", np.uint8, (len(files), side, side, 3))
    for i, file in enumerate(files):
        picture = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
        short = min(picture.size)
        left, top = (picture.width - short) / 2, (picture.height - short) / 2
        box = (left, top, left + short, top + short)
        out[i] = np.asarray(picture.resize((side, side), Image.Resampling.LANCZOS, box=box))
    out.flush()
    return out


def faces(data: Path, folder: Path, count: int) -> None:
    """Write so many files of small JPEGs."""
    folder.mkdir()
    with zipfile.ZipFile(data / "celeba-10k.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        for i in range(count):
            (folder / f"{i:06d}.jpg").write_bytes(archive.read(names[i % len(names)]))


def photographs(data: Path, folder: Path, count: int) -> None:
    """Write 4000x3000 JPEGs of quality 90: rooms, enlarged, with grain."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(data / "bedrooms-535.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        for i, name in enumerate(names[:count]):
            small = Image.open(BytesIO(archive.read(name))).convert("RGB")
            large = np.asarray(small.resize((4000, 3000), Image.Resampling.BICUBIC)).astype(np.int16)
            large += rng.integers(-6, 7, large.shape, np.int16)
            Image.fromarray(large.clip(0, 255).astype(np.uint8)).save(folder / f"{i:03d}.jpg", quality=90)


def in_turn(folder: Path, side: int, work: Path, rounds: int) -> dict[str, Any]:
    """Time both, in turn, and compare their pixels."""
    count = len(list(folder.iterdir()))
    times: dict[str, list[float]] = {"ours": [], "ours_one_process": [], "plain": []}
    for _ in range(rounds):
        for name, make in (("ours", ours), ("plain", plain), ("ours_one_process", lambda *a: ours(*a, workers=0))):
            times[name].append(timed(lambda make=make: make(folder, side, work)))  # type: ignore[misc]
    ratios = [p / o for p, o in zip(times["plain"], times["ours"], strict=True)]
    error = (ours(folder, side, work).astype(np.float32) - plain(folder, side, work)) ** 2
    psnr = 10 * np.log10(255**2 / np.maximum(error.mean((1, 2, 3)), 1e-3))
    return {
        "pictures": count,
        "side": side,
        "images_a_second": {name: round(count / statistics.median(t), 1) for name, t in times.items()},
        "times_plain": round(statistics.median(ratios), 3),
        "range": [round(min(ratios), 3), round(max(ratios), 3)],
        "psnr_mean": round(float(psnr.mean()), 1),
        "psnr_worst": round(float(psnr.min()), 1),
    }


def timed(make: Callable[[], Any]) -> float:
    started = time.perf_counter()
    make()
    return time.perf_counter() - started


def against_stylegan3(folder: Path, work: Path, tool: Path, rounds: int) -> dict[str, Any]:
    """Time both as commands, in turn."""
    count = len(list(folder.iterdir()))
    theirs = [sys.executable, tool, "--source", folder, "--dest", work / "theirs.zip"]
    theirs += ["--transform", "center-crop", "--resolution", "64x64"]
    mine = [sys.executable, "-m", "dcgan", "prepare", folder, "--channels", "3", "--no-time", "--cache", work / "mine"]
    pairs = []
    for _ in range(rounds):
        (work / "theirs.zip").unlink(missing_ok=True)
        shutil.rmtree(work / "mine", ignore_errors=True)
        pairs.append([timed(lambda c=c: subprocess.run(c, check=True, capture_output=True)) for c in (mine, theirs)])  # type: ignore[misc]
    return {
        "pictures": count,
        "images_a_second": {
            name: round(count / statistics.median(p[i] for p in pairs), 1)
            for i, name in enumerate(("ours", "stylegan3"))
        },
        "times_stylegan3": round(statistics.median(b / a for a, b in pairs), 2),
    }


def peak_memory(folder: Path, work: Path) -> dict[str, float]:
    """Return the peak resident memory in MB, of the process that writes and of the largest one that decodes."""
    shutil.rmtree(work / "peak", ignore_errors=True)
    command = [sys.executable, "-c", PEAK, folder, work / "peak"]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return {name: round(int(kb) / 1024, 1) for name, kb in zip(("writes", "decodes"), found, strict=True)}


def million(rate: float, cores: int, memory: dict[str, float]) -> dict[str, float]:
    """Work out a million pictures at 64x64x3 from what was measured; on 16 cores by arithmetic."""
    pictures = 1_000_000
    return {
        "disk_gb": round(disk_bytes(pictures, Measure(height=64, width=64, channels=3)) / 1e9, 2),
        "minutes_here": round(pictures / rate / 60, 1),
        "minutes_on_16_cores": round(pictures / rate / 60 * cores / 16, 1),
        "mb_a_picture_more": round((memory["writes_all"] - memory["writes_quarter"]) / memory["more_pictures"], 6),
    }


def measure(data: Path, work: Path, rounds: int, small: bool, tool: Path | None) -> dict[str, Any]:
    count = 400 if small else 40_000
    faces(data, work / "faces", count)
    faces(data, work / "quarter", count // 4)
    photographs(data, work / "photographs", 4 if small else 60)
    found: dict[str, Any] = {"faces": in_turn(work / "faces", 64, work, rounds)}
    for side in (64, 256):
        found[f"photographs_{side}"] = in_turn(work / "photographs", side, work, rounds)
    peaks = [peak_memory(work / name, work) for name in ("quarter", "faces")]
    found["peak_mb"] = {str(n): peak for n, peak in zip((count // 4, count), peaks, strict=True)}
    if tool is not None:
        found["stylegan3"] = against_stylegan3(work / "quarter", work, tool, min(rounds, 3))
    memory = {
        "writes_quarter": peaks[0]["writes"],
        "writes_all": peaks[1]["writes"],
        "more_pictures": count - count // 4,
    }
    found["a_million"] = million(found["faces"]["images_a_second"]["ours"], os.cpu_count() or 1, memory)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--stylegan3", type=Path, help="the project's dataset_tool.py")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="few pictures, only to see that it works")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "prepare.json")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        found = measure(arguments.data, Path(work), arguments.rounds, arguments.small, arguments.stylegan3)
    found["machine"] = {"processor": platform.machine(), "cores": os.cpu_count(), "system": platform.system()}
    found["versions"] = {"dcgan": dcgan.__version__, "Pillow": PIL.__version__, "numpy": np.__version__}
    found["versions"]["python"] = platform.python_version()
    found["date"] = datetime.now(UTC).date().isoformat()
    print(json.dumps(found, indent=2))
    if not arguments.small:
        arguments.out.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
