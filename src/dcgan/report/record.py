"""What stands in a run's folder, as far as a report needs it. Nothing is recomputed and no model is loaded."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from dcgan.clock import total_images
from dcgan.config import Config
from dcgan.errors import ConfigError, SnapshotError
from dcgan.files import read_jsonl
from dcgan.serial import from_dict
from dcgan.training.run import KIMG, Run

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A sheet of the pictures of the run's fixed z, and the images seen when it was made."""

    nimg: int
    path: Path


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a run wrote. Parts that it has not written yet are empty."""

    path: Path
    config: dict[str, Any]
    data: dict[str, Any]
    launches: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    """The lines of stats.jsonl."""
    measured: list[dict[str, Any]]
    """The lines of metrics.jsonl."""
    judges: dict[str, Any]
    """What measured them, and the floor: metrics.json."""
    previews: list[Preview]
    """By images seen; the untrained generator's first."""
    looks: list[dict[str, Any]] = field(default_factory=list)
    """The lines of health.jsonl, the untrained generator's first."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """The lines of events.jsonl."""

    @property
    def reals(self) -> Path | None:
        path = self.path / "reals.png"
        return path if path.is_file() else None

    @property
    def nimg(self) -> int:
        """Images seen, as far as statistics and previews tell."""
        shown = self.previews[-1].nimg if self.previews else 0
        return max(shown, int(self.rows[-1]["nimg"]) if self.rows else 0)


def read_record(run: Path) -> Record:
    """Read a run's folder.

    The options are taken as they stand, so that a run of another version has its report too.

    Raises:
        SnapshotError: ``run`` is not a run's folder, or one of its files is damaged.
    """
    options = run / "options.json"
    if not options.is_file():
        raise SnapshotError(f"{run} is not a run: a folder with options.json is expected")
    try:
        values = json.loads(options.read_text(encoding="utf-8"))
        config, data = dict(values["config"]), dict(values["data"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise SnapshotError(f"{options} is damaged: {error}") from error
    return Record(
        path=run,
        config=config,
        data=data,
        launches=_lines(run / "launches.jsonl"),
        rows=[row for row in _lines(run / "stats.jsonl") if "nimg" in row],
        measured=[row for row in _lines(run / "metrics.jsonl") if "nimg" in row],
        judges=_judges(run / "metrics.json"),
        previews=find_previews(run),
        looks=_lines(run / "health.jsonl"),
        events=_lines(run / "events.jsonl"),
    )


def find_previews(run: Path) -> list[Preview]:
    """Return the sheets fakes_init.png and fakes<kimg>.png, by images seen."""
    found = []
    for path in run.glob("fakes*.png"):
        if match := re.fullmatch(rf"fakes(_init|{KIMG})\.png", path.name):
            found.append(Preview(nimg=0 if match[1] == "_init" else round(float(match[1]) * 1000), path=path))
    return sorted(found, key=lambda preview: preview.nimg)


def planned_images(record: Record) -> int | None:
    """Return the images that the run was to see; None where the options are not of this version."""
    try:
        config = from_dict(Config, record.config, "options.json")
        return total_images(config, int(record.data["pictures"]))
    except (ConfigError, KeyError, TypeError, ValueError):
        return None


def snapshots(record: Record) -> list[str]:
    """Return the names of the run's snapshots, the oldest first."""
    return [path.name for path in Run(record.path).list_snapshots().values()]


def spread(items: Sequence[T], most: int) -> list[T]:
    """Return at most ``most`` (2 or more) of the items, evenly chosen, the first and the last always among them."""
    if len(items) <= most:
        return list(items)
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]


def kimg_text(nimg: int) -> str:
    """Write images seen for a reader: 200000 -> "200 kimg", 6400 -> "6.4 kimg"."""
    text = f"{nimg / 1000:,.3f}".rstrip("0").rstrip(".")
    return f"{text} kimg"


def _judges(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
    except (OSError, TypeError, ValueError) as error:
        raise SnapshotError(f"{path} is damaged: {error}") from error


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        return read_jsonl(path)
    except ValueError as error:
        raise SnapshotError(f"{path} is damaged: {error}") from error
