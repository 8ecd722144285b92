"""Claim: pictures are prepared faster than by a plain Pillow loop in one process, and by StyleGAN3's dataset_tool.py.

Ours reads, crops, resizes, checks up (perceptual hashes, repeats) and writes; the plain loop makes the same pixels and
nothing else. They take turns in one run; the ratio of each pair is what counts, since machines are noisy. Two sets:
small JPEGs (89x109: real faces, and the same turned) and 12-megapixel photographs (real rooms, enlarged, with
grain). Also measured: what decoding large JPEGs at a part of their size costs in quality, and peak memory (on Linux).

Run: python benchmarks/prepare.py [--data DIR] [--stylegan3 dataset_tool.py] [--rounds 5] [--small]
"""

import argparse
import importlib.util
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import PIL
from common import RESULTS, processor, spread, timed, write_result
from PIL import Image, ImageOps

from dcgan.data.cache import prepare
from dcgan.data.examine import Measure
from dcgan.data.sources.open import open_source

PREPARE = """
import sys
from pathlib import Path
from dcgan.data.cache import prepare
from dcgan.data.examine import Measure
from dcgan.data.sources.open import open_source
prepare(open_source(sys.argv[1]), Measure(height=64, width=64, channels=3), root=Path(sys.argv[2]))
"""
MILLION = 1_000_000


def ours(source: Path, side: int, work: Path, workers: int | None = None, limit: int | None = None) -> np.ndarray:
    """Prepare from nothing, and return the pixels."""
    root = work / "cache"
    shutil.rmtree(root, ignore_errors=True)
    wanted = Measure(height=side, width=side, channels=3)
    return prepare(open_source(str(source)), wanted, root=root, workers=workers, limit=limit).pixels


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
    out.flush()  # ours is on the disk too when it says that it is done
    return out


def in_turn(folder: Path, side: int, work: Path, rounds: int, packed: Path | None = None) -> dict[str, Any]:
    """Time both, in turn, and compare their pixels; ``packed``: also time a zip of some of the same files."""
    count = len(list(folder.iterdir()))
    ways = {
        "ours": (count, lambda: ours(folder, side, work)),
        "plain": (count, lambda: plain(folder, side, work)),
        "ours_one_process": (count, lambda: ours(folder, side, work, workers=0)),
    }
    if packed is not None:
        some = min(count, 10_000)
        ways["ours_from_zip"] = (some, lambda: ours(packed, side, work, limit=some))
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (_, make) in ways.items():
            times[name].append(timed(make))
    return {
        "pictures": count,
        "side": side,
        "images_a_second": {name: round(ways[name][0] / statistics.median(t), 1) for name, t in times.items()},
        **ratios(times["plain"], times["ours"]),
        **likeness(ours(folder, side, work), plain(folder, side, work)),
    }


def ratios(theirs: list[float], mine: list[float]) -> dict[str, Any]:
    """Return how many times as fast ours is, the median of the rounds and their range."""
    found = spread(a / b for a, b in zip(theirs, mine, strict=True))
    return {"times": found["median"], "range": [found["min"], found["max"]]}


def likeness(mine: np.ndarray, theirs: np.ndarray) -> dict[str, Any]:
    """Count the pictures that are equal, and give the PSNR of the others in dB."""
    pairs = zip(mine, theirs, strict=True)
    errors = np.array([np.mean((a.astype(np.float32) - b) ** 2) for a, b in pairs])
    psnr = 10 * np.log10(255**2 / errors[errors > 0])
    some = {"psnr_mean": round(float(psnr.mean()), 1), "psnr_worst": round(float(psnr.min()), 1)} if len(psnr) else {}
    return {"equal": int((errors == 0).sum()), **some}


def pictures_in(packed: Path) -> Iterator[bytes]:
    """Yield a zip's JPEGs, in the order of their names, over and over."""
    with zipfile.ZipFile(packed) as archive:
        yield from (archive.read(name) for name in cycle(sorted(n for n in archive.namelist() if n.endswith(".jpg"))))


FACES = 10_000  # of them are real
TURNS = (
    None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_180,
)  # fmt: skip


def faces(packed: Path, folder: Path, count: int) -> None:
    """Write so many files of small JPEGs: first as they are, then mirrored, upside down, and both, encoded again."""
    folder.mkdir()
    for i, data in enumerate(islice(pictures_in(packed), count)):
        turn = TURNS[i // FACES % len(TURNS)]
        if turn is None:
            (folder / f"{i:06d}.jpg").write_bytes(data)
        else:
            Image.open(BytesIO(data)).transpose(turn).save(folder / f"{i:06d}.jpg", quality=90)


def photographs(packed: Path, folder: Path, count: int) -> None:
    """Write 4000x3000 JPEGs of quality 90: rooms, enlarged, with grain."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i, data in enumerate(islice(pictures_in(packed), count)):
        large = Image.open(BytesIO(data)).convert("RGB").resize((4000, 3000), Image.Resampling.BICUBIC)
        grainy = np.asarray(large).astype(np.int16) + rng.integers(-6, 7, (3000, 4000, 3), np.int16)
        Image.fromarray(grainy.clip(0, 255).astype(np.uint8)).save(folder / f"{i:03d}.jpg", quality=90)


def against_stylegan3(folder: Path, work: Path, tool: Path, rounds: int) -> dict[str, Any]:
    """Time both as commands, in turn; start-up included."""
    count = len(list(folder.iterdir()))
    theirs = [sys.executable, tool, "--source", folder, "--dest", work / "theirs.zip"]
    theirs += ["--transform", "center-crop", "--resolution", "64x64"]
    mine = [sys.executable, "-m", "dcgan", "prepare", folder, "--size", "64", "--channels", "3", "--no-time"]
    mine += ["--cache", work / "mine"]
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        (work / "theirs.zip").unlink(missing_ok=True)
        shutil.rmtree(work / "mine", ignore_errors=True)
        for command, seconds in zip((mine, theirs), times, strict=True):
            seconds.append(timed(lambda c=command: subprocess.run(c, check=True, capture_output=True)))  # type: ignore[misc]
    rates = {name: round(count / statistics.median(t), 1) for name, t in zip(("ours", "stylegan3"), times, strict=True)}
    return {"pictures": count, "images_a_second": rates, **ratios(times[1], times[0])}


def peak_memory(folder: Path, work: Path) -> dict[str, float]:
    """Return the peak memory in MB of a process that prepares and of those it starts, together, as Linux tells it.

    own: what they have allocated, sampled. resident: the sum of each one's peak, with libraries (counted in each) and
    pages of mapped files. Not by getrusage: what a process is started with there is the peak of the one that starts it.
    """
    shutil.rmtree(work / "peak", ignore_errors=True)
    own, peaks = 0, {}
    with subprocess.Popen([sys.executable, "-c", PREPARE, folder, work / "peak"]) as process:
        while process.poll() is None:
            found = []
            for pid in (process.pid, *children(process.pid)):
                with suppress(OSError, KeyError):  # it has just ended
                    kb = dict(re.findall(r"(\w+):\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text()))
                    found.append(int(kb["RssAnon"]))
                    peaks[pid] = int(kb["VmHWM"])
            own = max(own, sum(found))
            time.sleep(0.02)
    assert process.returncode == 0
    return {"own": round(own / 1024, 1), "resident": round(sum(peaks.values()) / 1024, 1)}


def children(pid: int) -> list[int]:
    with suppress(OSError):
        tasks = [task / "children" for task in Path(f"/proc/{pid}/task").iterdir()]
        return [int(child) for task in tasks for child in task.read_text().split()]
    return []


def million(rate: float, bytes_each: float, peaks: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Work out a million pictures at 64x64x3 from what was measured; on 16 cores by arithmetic, not measured."""
    minutes = MILLION / rate / 60
    found: dict[str, Any] = {
        "disk_gb": round(bytes_each * MILLION / 1e9, 2),
        "minutes_here": round(minutes, 1),
        "minutes_on_16_cores_by_arithmetic": round(minutes * (os.cpu_count() or 1) / 16, 1),
    }
    if peaks:
        (few, less), (many, more) = ((int(n), peak["own"]) for n, peak in peaks.items())
        found["memory_mb"] = round(less + (MILLION - few) * max(0.0, more - less) / (many - few))
    return found


def measure(data: Path, work: Path, rounds: int, small: bool, tool: Path | None) -> dict[str, Any]:
    count = 400 if small else 40_000
    faces(data / "celeba-10k.zip", work / "faces", count)
    faces(data / "celeba-10k.zip", work / "quarter", count // 4)
    photographs(data / "bedrooms-535.zip", work / "photographs", 4 if small else 60)
    found: dict[str, Any] = {"faces": in_turn(work / "faces", 64, work, rounds, data / "celeba-10k.zip")}
    kept = sum(f.stat().st_size for f in (work / "cache").rglob("*") if f.is_file()) / count
    for side in (64, 256):
        found[f"photographs_{side}"] = in_turn(work / "photographs", side, work, rounds)
    if tool is not None and (missing := [name for name in ("click", "tqdm") if importlib.util.find_spec(name) is None]):
        print(f"StyleGAN3's dataset_tool.py is left out: it needs {' and '.join(missing)}, which this Python lacks.")
    elif tool is not None:
        found["stylegan3"] = against_stylegan3(work / "quarter", work, tool, rounds)
    peaks: dict[str, dict[str, float]] = {}
    if sys.platform == "linux":
        peaks = {str(n): peak_memory(work / name, work) for n, name in ((count // 4, "quarter"), (count, "faces"))}
        found["peak_mb"] = peaks
    found["bytes_a_picture"] = round(kept, 1)
    found["a_million"] = million(found["faces"]["images_a_second"]["ours"], kept, peaks)
    return found


def claim(found: dict[str, Any]) -> str:
    rival = f", and {found['stylegan3']['times']} times StyleGAN3's dataset_tool.py" if "stylegan3" in found else ""
    what = "Preparing small JPEGs (read, crop to the middle, resize with Lanczos, check up, write a uint8 array)"
    than = "as fast as a plain one-process Pillow loop that makes the same pixels"
    return f"{what} is {found['faces']['times']} times {than}{rival}"


def table(found: dict[str, Any]) -> list[str]:
    lines = []
    for name in ("faces", "photographs_64", "photographs_256", "stylegan3"):
        if row := dict(found.get(name, {})):
            rates = ", ".join(f"{way} {rate:,}" for way, rate in row.pop("images_a_second").items())
            lines.append(f"{name:<16}img/s: {rates}")
            lines.append(" " * 16 + ", ".join(f"{k} {v}" for k, v in row.items()))
    lines += [f"{n:>9} pictures: peak MB {peak}" for n, peak in found.get("peak_mb", {}).items()]
    return [*lines, "a million: " + ", ".join(f"{k} {v}" for k, v in found["a_million"].items()), claim(found)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--stylegan3", type=Path, help="that project's dataset_tool.py")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="few pictures, only to see that it works")
    parser.add_argument("--out", type=Path, default=RESULTS / "prepare.json")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        found = measure(arguments.data, Path(work), arguments.rounds, arguments.small, arguments.stylegan3)
    machine = {"processor": processor(), "cores": os.cpu_count()}
    result = {"claim": claim(found), **found, "rounds": arguments.rounds, "machine": machine}
    print("\n".join(table(found)))
    if not arguments.small:
        write_result(arguments.out, result, Pillow=PIL.__version__, numpy=np.__version__)


if __name__ == "__main__":
    main()
