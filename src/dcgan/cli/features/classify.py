"""``dcgan features classify RUN``: how much D knows of classes that nobody told it."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import tyro

from dcgan.api import Model, load
from dcgan.cli.arguments import parse
from dcgan.cli.evaluate import chosen_snapshots
from dcgan.cli.features.contenders import Contender, chosen_beside, contenders
from dcgan.cli.features.pictures import PictureOptions, Sides, open_sides
from dcgan.cli.features.tables import tables_of
from dcgan.cli.latent.common import kimg_of
from dcgan.cli.progress import Progress
from dcgan.errors import check
from dcgan.files import replacing, write_json
from dcgan.models.digest import weights_digest
from dcgan.parse import parse_floats, parse_ints
from dcgan.probes import supervised
from dcgan.probes.features import checked_layers
from dcgan.probes.judge import (
    CS,
    Parts,
    Verdict,
    confused,
    confusion,
    judge_all,
    judge_few,
    labels_drawn,
    parts_of_labels,
    share_right,
)
from dcgan.report.features_plots import classify_png
from dcgan.training.device import choose_device
from dcgan.training.run import Run


@dataclass(frozen=True, kw_only=True)
class Arguments(PictureOptions):
    """Put a linear SVM on D's features of labelled pictures, and on what they are to be better than. D has seen no
    labels; the SVM has."""

    run: Annotated[str, tyro.conf.Positional]
    """A run's folder, or a snapshot's."""
    test: str | None = None
    """Labelled pictures to test on; by default those that the run held back, or a sixth of --data."""
    test_labels: str | None = None
    """A file of labels for --test, as --labels is for --data."""
    attribute: str | None = None
    """Of pictures with attributes (CelebA): which one is told, yes or no."""
    labels_per_class: int | None = None
    """Learn from so many labels of each class, drawn again and again: with 100 and ten classes
    it is the 1,000-label protocol."""
    draws: int = 10
    """How often they are drawn."""
    beside: str = "untrained,pixels"
    """What else is judged: untrained (D as it began), pixels, kmeans (one layer of k-means), supervised (a network of
    D's shape taught with the same labels), with commas between them; or none. The last two take their time."""
    layers: str | None = None
    """Which of D's layers are read, such as 2-4; by default all but the verdict."""
    C: str | None = None
    """Numbers that the SVM's C is chosen from by validation; by default seven from 0.03 to 30."""
    limit: int | None = None
    """Pictures to learn from at most."""
    mirror: bool = False
    """Show the supervised network pictures mirrored, too; not for digits or letters."""
    snapshot: str = "auto"
    """auto, best, latest, all, or numbers of kimg with commas between them: how it grows with training."""
    seed: int = 0
    """Decides the draws, k-means and the supervised network; the untrained D has the run's own."""
    precision: Literal["fp32", "bf16"] = "fp32"
    """What D computes in; bf16 is faster where the hardware has it, and right to two digits."""
    out: Path = Path("out") / "classify"
    """A folder for classify.json and classify.png. The features lie there, too, while they are needed."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:1, mps."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the table."""

    name: str
    what: str
    numbers: int | None
    verdict: Verdict
    seconds: float
    kimg: float | None = None


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan features classify")
    Cs, layers, beside = checked(arguments)
    models = open_all(arguments)
    for model in models:
        checked_layers(model.D, layers)
    sides = open_sides(
        arguments.run,
        arguments,
        test=arguments.test,
        test_labels=arguments.test_labels,
        attribute=arguments.attribute,
        limit=arguments.limit,
    )
    parts = parts_of_labels(sides.learn.labels, sides.test.labels, len(sides.classes), arguments.seed)
    if arguments.labels_per_class is not None:
        labels_drawn(parts, arguments.labels_per_class, arguments.seed, "labels 0")  # or a sentence
    print("\n".join(about(sides, parts, arguments)), flush=True)
    rows = list[Row]()
    for row in judged(arguments, models, sides, parts, Cs, layers, beside):
        rows.append(row)
        print(line(row), flush=True)
        written = write(arguments, sides, parts, models, rows)  # what is there is kept, whatever comes
    longest = rows[len(models) - 1]
    for truth, said, times in confused(longest.verdict.confusion):
        print(f"{longest.name}: {sides.classes[truth]} called {sides.classes[said]} {times:,} times")
    print(f"written: {', '.join(map(str, written))}")
    return 0


def checked(arguments: Arguments) -> tuple[Sequence[float], list[int] | None, list[str]]:
    """Return the values of C, the layers and what is judged besides.

    Raises:
        ConfigError: an option is out of range.
    """
    check(arguments.draws >= 1, "--draws is at least 1", arguments.draws)
    few = arguments.labels_per_class
    check(few is None or few >= 1, "--labels-per-class is at least 1", few)
    check(arguments.test is not None or arguments.test_labels is None, "--test-labels is for --test", "none")
    check(arguments.limit is None or arguments.limit >= 1, "--limit is at least 1", arguments.limit)
    Cs = CS if arguments.C is None else parse_floats(arguments.C, "--C")
    check(min(Cs) > 0, "--C is above 0", min(Cs))
    layers = None if arguments.layers is None else parse_ints(arguments.layers, "--layers")
    return Cs, layers, chosen_beside(arguments.beside)


def open_all(arguments: Arguments) -> list[Model]:
    """Return the models of all snapshots that are asked for, in the order of training.

    Raises:
        UserError: one of them is not there.
    """
    device, run = str(choose_device(arguments.device)), Run(Path(arguments.run))
    if not run.options.is_file():
        return [load(arguments.run, snapshot=arguments.snapshot, device=device)]
    found = [load(path, device=device) for path in chosen_snapshots(run, arguments.snapshot)]
    return sorted(found, key=kimg_of)


def judged(
    arguments: Arguments,
    models: Sequence[Model],
    sides: Sides,
    parts: Parts,
    Cs: Sequence[float],
    layers: list[int] | None,
    beside: Sequence[str],
) -> Iterator[Row]:
    """Judge one after the other: features, then the supervised network."""
    for contender in contenders(
        models, sides, beside, layers=layers, seed=arguments.seed, bf16=arguments.precision == "bf16"
    ):
        yield judge(arguments, contender, sides, parts, Cs)
    if "supervised" in beside:
        yield judge_supervised(arguments, models[0], sides, parts)


def judge(arguments: Arguments, contender: Contender, sides: Sides, parts: Parts, Cs: Sequence[float]) -> Row:
    """Put linear machines on features."""
    began = time.monotonic()
    few = arguments.labels_per_class
    with (
        tables_of(sides, contender.read, contender.name, arguments.out) as (learn, test),
        Progress(f"{contender.name}: fitting") as progress,
    ):

        def told(what: str, done: int, total: int) -> None:
            progress.now(f"{contender.name}: fitting, {what}")
            progress.count(done, total)

        if few is None:
            verdict = judge_all(learn, test, parts, Cs, told)
        else:
            verdict = judge_few(learn, test, parts, few, arguments.draws, Cs, arguments.seed, told)
        width = learn.width
    return Row(
        name=contender.name,
        what=contender.what,
        numbers=width,
        verdict=verdict,
        seconds=time.monotonic() - began,
        kimg=contender.kimg,
    )


def judge_supervised(arguments: Arguments, model: Model, sides: Sides, parts: Parts) -> Row:
    """Teach a network of D's shape with the same labels, as often as they are drawn."""
    began, few = time.monotonic(), arguments.labels_per_class
    matrices = []
    for i in range(1 if few is None else arguments.draws):
        rows = parts.fitting if few is None else labels_drawn(parts, few, arguments.seed, f"labels {i}")
        with Progress("supervised network") as progress:
            matrices.append(_teach(arguments, model, sides, parts, rows, i, progress))
    verdict = Verdict(accuracies=tuple(map(share_right, matrices)), confusion=np.sum(matrices, axis=0), C=None)
    return Row(
        name="supervised network",
        what="D's layers with a logit a class, taught with the labels; the pass that is best on those for validation",
        numbers=None,
        verdict=verdict,
        seconds=time.monotonic() - began,
    )


def _teach(
    arguments: Arguments, model: Model, sides: Sides, parts: Parts, rows: np.ndarray, draw: int, progress: Progress
) -> np.ndarray:
    learn, test = sides.learn, sides.test
    labels = np.full(len(learn.pictures), -1)
    labels[learn.rows] = learn.labels
    taught = supervised.train(
        model.D.config,
        learn.pictures.pixels,
        labels,
        learn.rows[rows],
        classes=len(sides.classes),
        device=next(model.D.parameters()).device,
        seed=arguments.seed + draw,
        mirror=arguments.mirror,
        validation_rows=learn.rows[parts.validation],
        progress=progress.count,
    )
    return confusion(test.labels, taught.predict(test.pictures.pixels, test.rows), len(sides.classes))


# What is said --------------------------------------------------------------------------------------------------------


def about(sides: Sides, parts: Parts, arguments: Arguments) -> list[str]:
    """Say what is learnt from and tested on, and head the table."""
    few = arguments.labels_per_class
    learnt = (
        f"all {len(parts.all_rows):,} labels"
        if few is None
        else f"{few:,} labels of each of {len(sides.classes)} classes, drawn {arguments.draws} times"
    )
    return [
        f"learnt from {learnt} of {sides.learn.pictures.name} ({len(parts.validation):,} pictures choose C); "
        f"tested on {len(sides.test.rows):,} ({sides.how})",
        f"{'features':<22}{'numbers':>9}{'accuracy':>10}{'±':>8}{'C':>8}{'seconds':>9}",
    ]


def line(row: Row) -> str:
    """Write a line of the table: ± is the standard deviation over the draws, or of one the standard error."""
    found = row.verdict
    numbers = "-" if row.numbers is None else f"{row.numbers:,}"
    C = "-" if found.C is None else f"{found.C:g}"
    return f"{row.name:<22}{numbers:>9}{found.accuracy:>10.2%}{found.spread:>8.2%}{C:>8}{row.seconds:>9.0f}"


def write(arguments: Arguments, sides: Sides, parts: Parts, models: Sequence[Model], rows: Sequence[Row]) -> list[Path]:
    """Write all that was found so far. Returns the files."""
    paths = [arguments.out / "classify.json", arguments.out / "classify.png"]
    write_json(paths[0], facts(arguments, sides, parts, models) | {"rows": [as_json(row) for row in rows]})
    picture = classify_png(
        sides.classes,
        [(row.name, row.verdict) for row in rows],
        min(len(models), len(rows)) - 1,
        [(row.kimg, row.verdict) for row in rows if row.kimg is not None],
    )
    with replacing(paths[1], durable=False) as temporary:
        temporary.write_bytes(picture)
    return paths


def facts(arguments: Arguments, sides: Sides, parts: Parts, models: Sequence[Model]) -> dict[str, Any]:
    """Return what the figures depend on."""
    protocol: Literal["all", "few"] = "all" if arguments.labels_per_class is None else "few"
    return {
        "data": sides.learn.pictures.name,
        "digest": sides.learn.pictures.digest,
        "test": sides.test.pictures.name,
        "tested_on": sides.how,
        "classes": list(sides.classes),
        "protocol": protocol,
        "labels_per_class": arguments.labels_per_class,
        "draws": arguments.draws if protocol == "few" else 1,
        "fitting": len(parts.fitting),
        "validation": len(parts.validation),
        "tested": len(sides.test.rows),
        "seed": arguments.seed,
        "precision": arguments.precision,
        "mirror": arguments.mirror,
        "snapshots": {str(model.path): weights_digest(model.D) for model in models},
    }


def as_json(row: Row) -> dict[str, Any]:
    """Return a line of the table with all that belongs to it."""
    found = row.verdict
    return {
        "name": row.name,
        "what": row.what,
        "numbers": row.numbers,
        "kimg": row.kimg,
        "accuracy": found.accuracy,
        "spread": found.spread,
        "accuracies": list(found.accuracies),
        "C": found.C,
        "validation_by_C": {f"{C:g}": value for C, value in found.chosen_by.items()},
        "confusion": found.confusion.tolist(),
        "seconds": round(row.seconds, 1),
    }
