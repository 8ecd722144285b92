"""What a run tells of itself, as plain values for the page: its curves, figures, health, directions and sheets."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dcgan.cli.latent.named import directions_folder, load_directions
from dcgan.cli.origin import run_of
from dcgan.export.content import Told
from dcgan.export.plain import short, shorts
from dcgan.export.shown import FRAMES
from dcgan.metrics.registry import is_better_higher
from dcgan.objectives import LABELLED
from dcgan.report.health import judge
from dcgan.report.record import Record, read_record, spread

POINTS = 400
CURVES = ("loss_D", "loss_G", "D_real", "D_fake")


def told_of(path: Path, reals: bool) -> Told:
    """Return what the run tells that a folder is, or is a snapshot of; directions alone where there is no run.

    Args:
        path: a run's folder, or a snapshot's.
        reals: whether real pictures may be shown.

    Raises:
        UserError: one of the run's files is damaged.
    """
    run, directions = run_of(path), tuple(load_directions(directions_folder(path)).values())
    if run is None:
        return Told(directions=directions)
    record = read_record(run.path)
    return Told(
        run=run.path.resolve().name,
        directions=directions,
        curves=curves(record),
        metrics=tuple(metrics(record)),
        health=health(record),
        frames=tuple((preview.nimg / 1000, preview.path) for preview in spread(record.previews, FRAMES)),
        averaged=bool(record.config.get("ema_kimg", 0)),
        reals=record.reals if reals else None,
    )


def curves(record: Record) -> dict[str, Any] | None:
    """Return the course of the losses and of D's opinions; None without statistics. Of more than ``POINTS`` rows each
    point is the mean of some that follow each other."""
    if not record.rows:
        return None
    parts = np.array_split(np.arange(len(record.rows)), min(len(record.rows), POINTS))
    there = [name for name in CURVES if any(name in row for row in record.rows)]
    objective = record.config.get("objective", {})
    return {
        "kimg": shorts(record.rows[part[-1]]["nimg"] / 1000 for part in parts),
        "columns": {name: [_mean(record.rows, name, part) for part in parts] for name in there},
        "opinions_are_probabilities": objective.get("loss", "bce") in LABELLED,  # as of probability_real
    }


def _mean(rows: Sequence[dict[str, Any]], name: str, part: np.ndarray) -> float | None:
    values = [rows[i].get(name) for i in part]
    known = [float(value) for value in values if isinstance(value, int | float) and math.isfinite(value)]
    return short(sum(known) / len(known)) if known else None


def metrics(record: Record) -> list[dict[str, Any]]:
    """Return every figure over the images seen, with its floor; the deviations that belong to some are left out."""
    rows, floors = [row for row in record.measured if row.get("values")], record.judges.get("floor", {})
    names = dict.fromkeys(name for row in rows for name in row["values"])
    return [
        {
            "name": name,
            "kimg": shorts(row["nimg"] / 1000 for row in rows if name in row["values"]),
            "value": shorts(row["values"][name] for row in rows if name in row["values"]),
            "floor": short(floors.get(name)),
            "better": "higher" if is_better_higher(name) else "lower",
        }
        for name in names
        if not name.partition(":")[0].endswith("-sd")
    ]


def health(record: Record) -> dict[str, Any] | None:
    """Return what troubles the run, and what troubled it; None where it was not looked at."""
    found = judge(record)
    if found is None:
        return None
    gone = [f"{text[:1].upper()}{text[1:]}." for text in found.gone]
    return {"ok": not found.now, "looks": found.looks, "now": found.now, "gone": gone}
