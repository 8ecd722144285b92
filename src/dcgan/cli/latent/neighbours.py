"""``dcgan latent neighbours RUN``: are samples copies of training pictures? By pixels and by D's features."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dcgan.api import Model
from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, chosen, model_facts, open_model, vectors, write
from dcgan.cli.origin import origin_of, real_pictures
from dcgan.cli.progress import Progress
from dcgan.data.heldback import split
from dcgan.data.pictures import Pictures
from dcgan.data.prepare import default_cache
from dcgan.errors import DataError, SnapshotError, check
from dcgan.files import replacing, write_json
from dcgan.latent.frames import Frames, joined, no_z
from dcgan.latent.neighbours import Near, Read, Verdict, as_pixels, nearest, verdict
from dcgan.latent.render import frames_of
from dcgan.metrics.distances import nearest as search
from dcgan.metrics.extractors.own import open_self
from dcgan.metrics.sides import drawn
from dcgan.report.labelled import sheet, side_by_side, stacked, titled
from dcgan.report.latent_plots import neighbours_png


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared):
    """Memorised or not: the training pictures nearest to samples, and how near samples are to training pictures beside
    how near these are to each other."""

    seeds: str = "0-7"
    """Samples that are shown; as many, of all that are judged, are shown that are closest to a training picture."""
    n: int = 1000
    """Samples that are judged, seeds from 0 on; as many real pictures stand beside them."""
    k: int = 4
    """Neighbours that are shown."""
    data: str | None = None
    """The real pictures; by default those that the run was trained on."""
    cache: Path | None = None
    """Where prepared pictures are kept; by default in the user's cache folder."""
    json: bool = False
    """Print JSON instead of the table."""


@dataclass(frozen=True, kw_only=True)
class Reals:
    """The real pictures, and which of them are what."""

    pictures: Pictures
    known: bool
    """Whether these are the pictures that the model was trained on."""
    trained: np.ndarray
    """int64, ascending: rows that were trained on."""
    asked: np.ndarray
    """int64: some of them, whose distances to the others are measured."""
    held: np.ndarray
    """int64: rows that were never trained on, at most as many."""


@dataclass(frozen=True, kw_only=True)
class Space:
    """What pictures are compared by."""

    name: str
    read: Read
    scale: float
    """Distances are divided by it."""
    unit: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found in a space; distances in its unit."""

    space: Space
    near: Near
    """The neighbours of all samples."""
    verdict: Verdict


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent neighbours")
    check(arguments.n >= 10, "--n is at least 10", arguments.n)
    check(1 <= arguments.k <= 100, "--k is between 1 and 100", arguments.k)
    asked = chosen(arguments.seeds)
    model = open_model(arguments)
    reals = open_reals(arguments)
    seeds = [*range(arguments.n), *(seed for seed in asked if seed >= arguments.n)]
    samples = frames_of(model.G, vectors(model, seeds), [{"seed": seed} for seed in seeds])
    found = list(compared(samples.pixels, reals, spaces_of(model), arguments))
    facts = facts_of(model, reals, found, arguments)
    out = show(arguments, samples, reals, found, [seeds.index(seed) for seed in asked], facts)
    if arguments.json:
        print(json.dumps(facts, indent=2))
    else:
        print("\n".join([*lines_of(facts), f"written: {out / 'neighbours.png'}, {out / 'distances.png'}"]))
    return 0


def open_reals(arguments: Arguments) -> Reals:
    """Return the real pictures, told apart.

    Raises:
        UserError: they cannot be had, or are too few.
    """
    origin = origin_of(Path(arguments.run), arguments.data)
    if origin is None:
        raise SnapshotError(f"{arguments.run} is no run and no snapshot: give the folder that `dcgan train` made")
    pictures = real_pictures(origin, data=arguments.data, labels=None, cache=arguments.cache or default_cache())
    known = pictures.digest == origin.digest
    trained, held = split(len(pictures), origin.hold_back if known else 0.0)
    if len(trained) < arguments.k + 2:
        raise DataError(f"{pictures.name} has {len(trained)} pictures: --k {arguments.k} needs {arguments.k + 2}")
    return Reals(
        pictures=pictures,
        known=known,
        trained=trained,
        asked=drawn(trained, arguments.n, "pictures beside others"),
        held=drawn(held, arguments.n, "pictures held back, beside others"),
    )


def spaces_of(model: Model) -> list[Space]:
    """Return what pictures are compared by, pixels first."""
    own, config = open_self(model.D, next(model.D.parameters()).device), model.G.config
    numbers = config.height * config.width * config.channels
    return [
        Space(name="pixels", read=as_pixels, scale=numbers**0.5, unit="root mean square, in steps of 0 to 255"),
        Space(name="D's features", read=lambda p: own.read(p).features, scale=own.dim**0.5, unit="root mean square"),
    ]


def compared(samples: np.ndarray, reals: Reals, spaces: list[Space], arguments: Arguments) -> Iterator[Found]:
    """Yield what is found in each space. Which real pictures are exact copies is decided in the first, by pixels."""
    copies: np.ndarray | None = None
    others = reals.pictures.pixels[np.concatenate([reals.asked, reals.held])]
    own = np.concatenate([np.full(len(samples), -1), reals.asked, np.full(len(reals.held), -1)])
    ends = np.cumsum([len(samples), len(reals.asked), len(reals.held)]).tolist()
    for space in spaces:
        with Progress(f"comparing by {space.name}") as progress:
            queries = np.concatenate([space.read(samples), space.read(others)])
            near = nearest(
                queries,
                reals.pictures.pixels,
                reals.trained,
                arguments.k,
                read=space.read,
                search=search,
                own=own,
                progress=progress.count,
            )
        near = Near(distances=near.distances / space.scale, rows=near.rows)
        between = near.part(ends[0], ends[1])
        copies = between.distances[:, 0] == 0 if copies is None else copies
        judged = verdict(near.part(0, arguments.n), between, copies, near.part(ends[1], ends[2]))
        yield Found(space=space, near=near.part(0, ends[0]), verdict=judged)


# What is said -------------------------------------------------------------------------------------------------------


def facts_of(model: Model, reals: Reals, found: list[Found], arguments: Arguments) -> dict[str, Any]:
    """Return the figures as plain values."""
    return model_facts(model) | {
        "samples": arguments.n,
        "data": reals.pictures.name,
        "trained on": reals.known,
        "training pictures": len(reals.trained),
        "real pictures beside": len(reals.asked),
        "exact copies among these": found[0].verdict.copies,
        "held back": len(reals.held),
        "spaces": {one.space.name: figures(one) for one in found},
    }


def figures(found: Found) -> dict[str, Any]:
    """Return what is said of one space; what there is not is None."""
    judged = found.verdict
    values = {
        "samples: median distance": float(np.median(judged.samples)),
        "samples: smallest distance": float(judged.samples.min()),
        "real: median distance": float(np.median(judged.real)) if len(judged.real) else float("nan"),
        "held back: median distance": float(np.median(judged.held)) if len(judged.held) else float("nan"),
        "closest 1% of real": judged.close,
        "share of samples closer": judged.share,
        "share of held back closer": judged.share_held,
        "samples nearer than real": judged.nearer,
    }
    return {"unit": found.space.unit} | {name: None if np.isnan(v) else v for name, v in values.items()}


def lines_of(facts: dict[str, Any]) -> list[str]:
    """Return what is printed."""
    kind = "training pictures" if facts["trained on"] else "real pictures (not those that it was trained on)"
    lines = [f"{facts['samples']:,} samples, {facts['kimg']:g} kimg, beside {facts['training pictures']:,} {kind}"]
    lines.append("median distance to the nearest of them; share that is closer than the closest 1% of real ones;")
    lines.append("how often a sample is nearer than a real one (50%: alike; more: copies, or merely smoother)")
    if facts["exact copies among these"]:
        copies = f"{facts['exact copies among these']:,} of {facts['real pictures beside']:,}"
        lines.append(f"{copies} real pictures have an exact copy among the others; they are left out")
    heads = ("samples", "real", "held back", "closest 1%", "samples closer", "held closer", "sample nearer")
    lines.append(f"{'':14}" + "".join(f"{head:>16}" for head in heads))
    for name, row in facts["spaces"].items():
        distances = [row[f"{kind}: median distance"] for kind in ("samples", "real", "held back")]
        cells = [_number(value) for value in (*distances, row["closest 1% of real"])]
        shares = ("share of samples closer", "share of held back closer", "samples nearer than real")
        cells += [_share(row[share]) for share in shares]
        lines.append(f"{name:14}" + "".join(f"{cell:>16}" for cell in cells))
    return lines


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


# What is shown ------------------------------------------------------------------------------------------------------


def show(
    arguments: Arguments, samples: Frames, reals: Reals, found: list[Found], asked: list[int], facts: dict[str, Any]
) -> Path:
    """Write the sheet, the plot and the figures. ``asked``: places among the samples."""
    groups = {"samples as they come": asked}
    for one in found:
        closest = np.argsort(one.verdict.samples, kind="stable")[: len(asked)]
        groups[f"the closest of {arguments.n:,} by {one.space.name}"] = closest.tolist()
    sheets = [titled(group_sheet(places, samples, reals, found), title) for title, places in groups.items()]
    names = reals.pictures.names
    parts = [_frames(place, samples, reals, found, names) for places in groups.values() for place in places]
    out = write(arguments, "neighbours", joined(parts), stacked(sheets), facts)
    write_json(out / "neighbours.json", facts)
    plot = neighbours_png(
        {one.space.name: one.verdict for one in found}, {one.space.name: one.space.unit for one in found}
    )
    with replacing(out / "distances.png") as temporary:
        temporary.write_bytes(plot)
    return out


def group_sheet(places: list[int], samples: Frames, reals: Reals, found: list[Found]) -> Image.Image:
    """Lay samples out, each with its neighbours by pixels and by features to the right of it."""
    names = [f"seed {samples.what[place]['seed']}" for place in places]
    columns = [sheet(samples.pixels[places], 1, names=names, captions=[" "] * len(places), title="sample")]
    for one in found:
        rows, distances = one.near.rows[places], one.near.distances[places]
        captions = [f"{value:.3g}" for value in distances.ravel()]
        neighbours = sheet(
            reals.pictures.pixels[rows.ravel()], rows.shape[1], captions=captions, title=f"nearest by {one.space.name}"
        )
        columns.append(neighbours)
    return side_by_side(columns)


def _frames(place: int, samples: Frames, reals: Reals, found: list[Found], names: list[str]) -> Frames:
    """Return a sample and its neighbours."""
    own = Frames(pixels=samples.pixels[[place]], z=samples.z[[place]], what=[samples.what[place]])
    parts = [own]
    for one in found:
        rows = one.near.rows[place]
        what = [
            samples.what[place]
            | {"neighbour": i + 1, "by": one.space.name, "real": names[row], "distance": float(distance)}
            for i, (row, distance) in enumerate(zip(rows, one.near.distances[place], strict=True))
        ]
        parts.append(Frames(pixels=reals.pictures.pixels[rows], z=no_z(len(rows), samples.z.shape[1]), what=what))
    return joined(parts)
