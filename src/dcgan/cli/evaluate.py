"""``dcgan evaluate RUN``: how good a run's pictures are, at one moment or at all, beside real ones."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import torch
import tyro

from dcgan.api import load
from dcgan.cli.arguments import parse
from dcgan.cli.measuring import asked_metrics, facts_lines, open_with_progress
from dcgan.cli.origin import Origin, origin_of, real_pictures
from dcgan.cli.pictures import prepared, say_left_out
from dcgan.cli.speaker import is_alone
from dcgan.config import PicturesConfig
from dcgan.data.pictures import Pictures
from dcgan.data.prepare import default_cache
from dcgan.errors import ConfigError, DataError, SnapshotError, check
from dcgan.files import write_json
from dcgan.metrics.sides import Part, drawn, real_sides
from dcgan.metrics.suite import Suite, generated
from dcgan.report.quality import write_plot
from dcgan.training.device import choose_device
from dcgan.training.run import Run, find_snapshot

ALL = "frechet,kernel,prdc"
MOST = 10_000  # pictures judged by default


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """Judge generated pictures beside real ones: distances, precision and recall, modes, each with its floor."""

    run: Annotated[str, tyro.conf.Positional]
    """A run's folder, a snapshot's, or pictures made by anything: a folder, zip or .npy."""
    data: str | None = None
    """The real pictures; by default those that the run was trained on."""
    labels: str | None = None
    """A file of labels for --data, as for `dcgan train`; by default the run's own."""
    test: str | None = None
    """Other real pictures, never trained on, for the floor; by default those held back, or half of --data."""
    metrics: str = ALL
    """MEASURE:EXTRACTOR with commas between. Measures: frechet, kernel, prdc, score, modes, nearest, two-sample.
    Extractors: labels, random, pixels, self, inception, dinov2, a TorchScript or ONNX file; without one, what fits."""
    n: int | None = None
    """Pictures to generate; by default 10,000, or as many as there are real ones for the floor."""
    size: str | None = None
    """Side of finished pictures, where it is not 64."""
    seed: int = 0
    """Decides the z."""
    snapshot: str = "auto"
    """auto, best, latest, all, or numbers of kimg with commas between."""
    weights: Literal["averaged", "raw"] | None = None
    """Which generator; by default the averaged one where there is one."""
    out: Path | None = None
    """Where evaluation.json and evaluation.png go; by default the run's folder."""
    json: bool = False
    """Print JSON instead of the table."""
    cache: Path | None = None
    """Where prepared pictures and classifiers are kept; by default in the user's cache folder."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:1, mps."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is judged: snapshots, or finished pictures."""

    snapshots: list[Path]
    origin: Origin
    """What real pictures are made to, and which the run was trained on."""
    pictures: str | None = None
    """A source of finished pictures."""
    folder: Path | None = None
    """Where results go by default."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan evaluate")
    check(is_alone(), "dcgan evaluate is for one process: start it without a launcher", "several")
    check(arguments.n is None or arguments.n >= 4, "--n is at least 4", arguments.n)
    check(bool(asked_metrics(arguments.metrics)), "--metrics names what to measure", arguments.metrics)
    device = choose_device(arguments.device)
    subject = find_subject(arguments)
    if subject.pictures is None and arguments.size is not None:
        raise ConfigError("--size is for finished pictures: leave it out, since a run has its own")
    suite, made = open_all(arguments, subject, device)
    facts = {**suite.facts(), "seed": arguments.seed, "data": suite.sides.reference.pictures.name}
    floor = suite.floor()
    say: Callable[[str], None] = (lambda line: None) if arguments.json else partial(print, flush=True)
    for line in (*facts_lines(facts), header(floor), table_row("floor", floor)):
        say(line)
    found: dict[str, Any] = {"facts": facts, "floor": floor, "rows": []}
    folder, written = arguments.out or subject.folder, list[Path]()
    for row in judged(suite, subject, made, arguments, str(device)):
        found["rows"].append(row)
        say(table_row(row["name"], row["values"]))
        written = write(found, folder)  # what is there is kept, whatever comes
    say("written: " + ", ".join(map(str, written)) if written else "nothing is written without --out")
    if arguments.json:
        print(json.dumps(found, indent=2))
    return 0


def open_all(arguments: Arguments, subject: Subject, device: torch.device) -> tuple[Suite, Pictures | None]:
    """Read the real pictures, and finished ones if it is they that are judged, and open the extractors.

    Raises:
        UserError: pictures or an extractor cannot be had.
    """
    cache = arguments.cache or default_cache()
    made = finished_pictures(subject, cache)
    real, test = real_and_test(arguments, subject, made, cache)
    wanted = arguments.n or MOST
    wanted = wanted if made is None else min(wanted, len(made))
    trained = real.digest == subject.origin.digest
    sides = real_sides(real, subject.origin.hold_back if trained else 0.0, test, wanted, known=trained)
    count = wanted if arguments.n is not None else min(wanted, len(sides.floor))
    if not trained and made is None:
        sides.notes.append("these are not the pictures that it was trained on")
    D = load(subject.snapshots[-1], device=str(device)).D if subject.snapshots else None
    asked = asked_metrics(arguments.metrics)
    return open_with_progress(asked, sides, count=count, cache=cache, device=device, D=D), made


def find_subject(arguments: Arguments) -> Subject:
    """Find out what is to be judged, and on which real pictures.

    Raises:
        SnapshotError, DataError: there is no such thing, or no real pictures are named.
    """
    path = Path(arguments.run)
    run, origin = Run(path), origin_of(path, arguments.data)
    if origin is None:
        made = Origin(settings=PicturesConfig(size=arguments.size or "64"), source=None)
        return Subject(snapshots=[], origin=made, pictures=arguments.run)
    if run.options.is_file():
        return Subject(snapshots=chosen_snapshots(run, arguments.snapshot), origin=origin, folder=path)
    return Subject(snapshots=[path], origin=origin)


def chosen_snapshots(run: Run, which: str) -> list[Path]:
    """Return the snapshots that ``--snapshot`` names, by images seen.

    Raises:
        SnapshotError: there is no such snapshot.
    """
    if which == "all":
        found = list(run.list_snapshots().values())
        if not found:
            raise SnapshotError(f"{run.path} has no snapshot yet: let it train for longer, or give another folder")
        return found
    return [find_snapshot(run.path, part.strip()) for part in which.split(",")]


def finished_pictures(subject: Subject, cache: Path) -> Pictures | None:
    """Return the finished pictures that are judged, if it is such.

    Raises:
        DataError: they would have to be resized, which would change what is judged.
    """
    if subject.pictures is None:
        return None
    made, _ = prepared(subject.pictures, subject.origin.settings, cache)
    height, width = made.pixels.shape[1:3]
    others = (made.facts["height"] != height) | (made.facts["width"] != width)
    if others.any():
        first = made.facts[others][0]
        raise DataError(
            f"{subject.pictures} has pictures of {first['height']}x{first['width']}, and judging them at "
            f"{height}x{width} would change them: give their --size, and make all of one size"
        )
    return made


def real_and_test(
    arguments: Arguments, subject: Subject, made: Pictures | None, cache: Path
) -> tuple[Pictures, Pictures | None]:
    """Return the real pictures, and those of ``--test`` if it is given, as the run's own were made."""
    settings = subject.origin.settings
    settings = settings if made is None else replace(settings, channels=made.channels)
    origin = replace(subject.origin, settings=settings)
    real = real_pictures(origin, data=arguments.data, labels=arguments.labels, cache=cache)
    if not arguments.json:
        say_left_out(real)
    if arguments.test is None:
        return real, None
    test, _ = prepared(arguments.test, replace(settings, channels=real.channels, labels=None), cache)
    return real, test


def judged(
    suite: Suite, subject: Subject, made: Pictures | None, arguments: Arguments, device: str
) -> Iterator[dict[str, Any]]:
    """Yield a row for each snapshot, or one for finished pictures: its name, where it is, and the values."""
    if made is not None:
        rows = drawn(np.arange(len(made)), suite.count, "finished")
        part = Part(pictures=made, rows=rows, classes=suite.sides.reference.classes)
        yield {"name": made.name, "nimg": None, "values": suite.judge(part.batches())}
        return
    for folder in subject.snapshots:
        model, started = load(folder, weights=arguments.weights, device=device), time.monotonic()
        values = suite.judge(generated(model.G, suite.count, seed=arguments.seed))
        nimg = int(model.info.get("nimg", 0))
        yield {
            "name": f"{nimg / 1000:g} kimg",
            "nimg": nimg,
            "snapshot": folder.name,
            "seconds": round(time.monotonic() - started, 2),
            "values": values,
        }


def write(found: dict[str, Any], folder: Path | None) -> list[Path]:
    """Write the results, with a plot over kimg where there are several moments. Returns the files."""
    if folder is None:
        return []
    table, plot = folder / "evaluation.json", folder / "evaluation.png"
    write_json(table, found)
    if write_plot(found, plot):
        return [table, plot]
    plot.unlink(missing_ok=True)
    return [table]


def header(names: Iterable[str]) -> str:
    """Return the table's first line."""
    return " " * 14 + "".join(f"{name:>{max(12, len(name) + 2)}}" for name in names)


def table_row(name: str, values: dict[str, float]) -> str:
    """Return one line of the table."""
    return f"{name:<14}" + "".join(f"{figure(value):>{max(12, len(n) + 2)}}" for n, value in values.items())


def figure(value: float) -> str:
    """Write a value with four digits."""
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
