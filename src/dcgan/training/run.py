"""A run's folder: where everything stands in it, and which snapshots stay."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcgan.config import Config
from dcgan.errors import DiskError, SnapshotError
from dcgan.files import read_jsonl
from dcgan.serial import from_dict

KIMG = r"\d+(?:\.\d+)?"  # as in the names of previews and snapshots


@dataclass(frozen=True)
class Run:
    """``runs/00000-<recipe>-<data>/`` and the names of what is in it."""

    path: Path

    @property
    def options(self) -> Path:
        return self.path / "options.json"

    @property
    def launches(self) -> Path:
        return self.path / "launches.jsonl"

    @property
    def stats(self) -> Path:
        return self.path / "stats.jsonl"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def measures(self) -> Path:
        return self.path / "metrics.json"

    @property
    def health(self) -> Path:
        return self.path / "health.jsonl"

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def attempts(self) -> Path:
        return self.path / "attempts"

    @property
    def best(self) -> Path:
        return self.path / "best.safetensors"

    @property
    def state(self) -> Path:
        return self.path / "state.safetensors"

    @property
    def lock(self) -> Path:
        return self.path / ".lock"

    @property
    def snapshots(self) -> Path:
        return self.path / "snapshots"

    def snapshot(self, nimg: int) -> Path:
        return self.snapshots / kimg_name(nimg)

    def list_snapshots(self) -> dict[int, Path]:
        """Return the whole snapshots by images seen, the oldest first."""
        found = {nimg: p for p in self.snapshots.glob("[0-9]*") if (nimg := parse_kimg_name(p.name)) is not None}
        return {nimg: found[nimg] for nimg in sorted(found) if (found[nimg] / "config.json").is_file()}

    def list_previews(self) -> dict[int, Path]:
        """Return the pictures of the fixed z by images seen, the oldest first; without those of the untrained G."""
        found = {parse_kimg_name(p.stem.removeprefix("fakes")): p for p in self.path.glob("fakes[0-9]*.png")}
        return {nimg: found[nimg] for nimg in sorted(n for n in found if n is not None)}

    def fakes(self, nimg: int) -> Path:
        return self.path / ("fakes_init.png" if nimg == 0 else f"fakes{kimg_name(nimg)}.png")


def kimg_name(nimg: int) -> str:
    """Write images seen as thousands: 200000 -> "000200", 6400 -> "000006.400"."""
    return f"{nimg // 1000:06d}" if nimg % 1000 == 0 else f"{nimg / 1000:010.3f}"


def parse_kimg_name(name: str) -> int | None:
    """Read what ``kimg_name`` wrote as images seen; None for any other name."""
    return round(float(name) * 1000) if re.fullmatch(KIMG, name) else None


def create_run(out: Path, recipe: str, data: str) -> Run:
    """Make the next numbered folder below ``out``.

    Raises:
        DiskError: it cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        return _next_run(out, recipe, data)
    except OSError as error:
        raise DiskError(f"no run can be made in {out} ({error.strerror}): give another folder with --out") from error


def _next_run(out: Path, recipe: str, data: str) -> Run:
    label = re.sub(r"[^\w.-]+", "-", data).strip("-.") or "data"
    number = 1 + max((int(m[1]) for p in out.iterdir() if (m := re.match(r"(\d{5})-", p.name))), default=-1)
    while True:
        try:
            path = out / f"{number:05d}-{recipe}-{label}"
            path.mkdir()
            return Run(path)
        except FileExistsError:
            number += 1


def find_run(text: str, out: Path) -> Run:
    """Return the run that ``--resume`` names: a folder, or ``latest``, the newest below ``out``.

    Raises:
        SnapshotError: there is none.
    """
    if text != "latest":
        run = Run(Path(text))
        if not run.options.is_file():
            raise SnapshotError(f"{text} is not a run: a folder with options.json is expected")
        return run
    runs = sorted(p for p in out.glob("[0-9][0-9][0-9][0-9][0-9]-*") if (p / "options.json").is_file())
    if not runs:
        raise SnapshotError(f"there is no run below {out}: name one, or give its folder with --out")
    return Run(runs[-1])


def read_options(run: Run) -> tuple[Config, dict[str, Any]]:
    """Return a run's settings, and what is known of its data: source, name, pictures, classes.

    Raises:
        SnapshotError: the file is damaged.
    """
    try:
        options = json.loads(run.options.read_text(encoding="utf-8"))
        return from_dict(Config, options["config"], "options.json"), options["data"]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise SnapshotError(f"{run.options} is damaged, or of another version of dcgan: {error}") from error


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of one of a run's files; none where it is missing.

    Raises:
        SnapshotError: the file is damaged.
    """
    try:
        return read_jsonl(path)
    except ValueError as error:
        raise SnapshotError(f"{path} is damaged ({error}): mend it, or remove it to go on without it") from error


def snapshots_to_keep(nimgs: list[int], period: int, keep: int) -> set[int]:
    """Return which snapshots stay.

    Those stay whose number (nimg // period) is a multiple of a power of two, the smallest for which at most ``keep``
    remain; of several with one number the first. The newest always stays.
    """
    if not nimgs:
        return set()
    first: dict[int, int] = {}
    for nimg in sorted(nimgs):
        first.setdefault(nimg // period, nimg)
    stride = 1
    while max(first) // stride + 1 > keep:
        stride *= 2
    return {nimg for number, nimg in first.items() if number % stride == 0} | {max(nimgs)}


def deciding(path: Path) -> list[tuple[int, float]]:
    """Return (images seen, value) of every line of ``metrics.jsonl`` that has the value that decides what is best: the
    first one of the newest line. Where other things were measured earlier, these do not count."""
    rows = [row for row in read_lines(Run(path).metrics) if row["values"]]
    if not rows:
        return []
    name = next(iter(rows[-1]["values"]))
    return [(row["nimg"], row["values"][name]) for row in rows if name in row["values"]]


def best_measured(path: Path, nimgs: set[int]) -> int | None:
    """Return which of the snapshots at ``nimgs`` has the lowest value that decides, if any has one (``deciding``)."""
    found = [(value, nimg) for nimg, value in deciding(path) if nimg in nimgs]
    return min(found)[1] if found else None


def find_snapshot(path: Path, which: str = "auto") -> Path:
    """Return the folder of a snapshot.

    Args:
        path: a run's folder, or a snapshot's own.
        which: of a run: latest; best, by what the run measured; a number of kimg, or its whole part; auto: best if
            there is one, else latest.

    Raises:
        SnapshotError: there is none.
    """
    if (path / "config.json").is_file():
        if which != "auto":
            raise SnapshotError(f"{path} is one snapshot, so there is no {which!r} of it: leave out --snapshot")
        return path
    if not path.is_dir():
        raise SnapshotError(f"there is no run or snapshot at {path}: give the folder that `dcgan train` made")
    there = Run(path).list_snapshots()
    if not there:
        raise SnapshotError(f"{path} has no snapshot yet: let it train for longer, or give another folder")
    best = best_measured(path, set(there))
    if which == "best" and best is None:
        raise SnapshotError(f"{path} has measured no quality, so it has no best snapshot: take --snapshot latest")
    if which in ("best", "auto") and best is not None:
        return there[best]
    if which in ("latest", "auto"):
        return there[max(there)]
    named = _of_kimg(there, which)
    if named is None:
        names = ", ".join(f"{nimg / 1000:g}" for nimg in there)
        raise SnapshotError(f"{path} has no snapshot {which!r}: it has {names} (kimg)")
    return named


def _of_kimg(there: dict[int, Path], which: str) -> Path | None:
    """Return the snapshot of exactly that kimg; else, of a whole number, the only one within that thousand: 40 is
    40.064 where there is no other."""
    try:
        nimg = round(float(which) * 1000)
    except (ValueError, OverflowError):
        return None
    within = [path for at, path in there.items() if nimg <= at < nimg + 1000 and nimg % 1000 == 0]
    return there.get(nimg) or (within[0] if len(within) == 1 else None)
