"""``dcgan features name RUN``: name the clusters of G's own samples, so that ``label:NAME`` needs no hand-picking."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dcgan.api import Model
from dcgan.cli.arguments import parse
from dcgan.cli.features.pictures import PictureOptions, Side, open_labelled
from dcgan.cli.latent.common import Shared, model_facts, open_model, vectors, write
from dcgan.cli.latent.given_names import (
    OTHER,
    SIDE,
    Named,
    digest_of,
    in_an_expression,
    parse_names,
    place_of,
    save,
    settled_on,
)
from dcgan.cli.progress import Progress
from dcgan.data.order import permutation
from dcgan.errors import ConfigError, DataError, check
from dcgan.latent.frames import Frames
from dcgan.latent.readers import read_rows
from dcgan.latent.render import frames_of
from dcgan.models.discriminator import Discriminator
from dcgan.probes.clusters import Clusters, Namer, find_clusters, learn_names, named_clusters, squared_distances
from dcgan.probes.features import Eye
from dcgan.probes.standard import standard
from dcgan.report.labelled import sheet

SHOWN = 10
CHECKED = 2000


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared, PictureOptions):
    """Sort G's samples into clusters that look alike to D, and name them: by hand, or by a handful of labels. What is
    named can be wished for as label:NAME in `dcgan latent algebra` and the like."""

    clusters: int = 30
    """How many."""
    n: int = 2000
    """Samples that are sorted: seeds 0 to n - 1."""
    names: str | None = None
    """Names by hand: NAME=CLUSTERS with ; between them, such as "smiling=0,4;glasses=7". Look at the sheet first."""
    examples: str | None = None
    """Names by examples: NAME=SEEDS with ; between them."""
    labels_per_class: int | None = None
    """Names by so many labelled real pictures of each class, of --data or the run's own."""
    attribute: str | None = None
    """With --labels-per-class, of pictures with attributes: which one is told, yes or no."""
    seed: int = 0
    """Decides the clusters, and which labelled pictures are taken."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What was said of the names."""

    names: tuple[str, ...]
    kind: np.ndarray
    """int64 (k,): the name of each cluster; -1 where none were given."""
    namer: Namer | None
    how: str
    checked: str = ""
    """How good the names are, in words, where it could be measured."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan features name")
    check(arguments.clusters >= 2, "--clusters is at least 2", arguments.clusters)
    check(arguments.n >= 2 * arguments.clusters, "--n is at least twice --clusters", arguments.n)
    few = arguments.labels_per_class
    check(few is None or few >= 1, "--labels-per-class is at least 1", few)
    if sum(wish is not None for wish in (arguments.names, arguments.examples, few)) > 1:
        raise ConfigError("names come from --names, from --examples or from --labels-per-class: give one of them")
    path, model = place_of(arguments.run), open_model(arguments)
    labelled = None if few is None else open_labelled(arguments.run, arguments, arguments.attribute)
    frames = frames_of(model.G, vectors(model, range(arguments.n)), [{"seed": i} for i in range(arguments.n)])
    eye = settled_on(model, frames.pixels)
    with Progress("reading samples") as progress:
        features = read_rows(eye.read, frames.pixels, np.arange(arguments.n), progress.count)
    clusters = find_clusters(features, arguments.clusters, arguments.seed)
    places = clusters.place(features)
    told = tell(arguments, model, clusters, places, labelled, eye)
    for name in told.names:
        in_an_expression(name)  # or a sentence
    out = show(arguments, model, frames, clusters, places, told)
    if told.namer is not None:
        named = Named(
            clusters=clusters, namer=told.namer, names=told.names, n=arguments.n, digest=digest_of(model), how=told.how
        )
        save(path, named)
    print("\n".join(lines(told, clusters, out / "name.png", path)))
    return 0


def tell(
    arguments: Arguments,
    model: Model,
    clusters: Clusters,
    places: np.ndarray,
    labelled: tuple[Side, tuple[str, ...]] | None,
    eye: Eye,
) -> Told:
    """Name the clusters as the options say.

    Raises:
        UserError: a cluster or a seed that is named is not there, or there are too few names.
    """
    if arguments.names is not None:
        return by_hand(parse_names(arguments.names, "--names"), clusters, places)
    if arguments.examples is not None:
        return by_examples(parse_names(arguments.examples, "--examples"), model, clusters, places, eye)
    if labelled is not None:
        return by_pictures(arguments, model.D, clusters, places, *labelled)
    return Told(names=(), kind=np.full(len(clusters.centres), -1), namer=None, how="")


def by_hand(given: Sequence[tuple[str, list[int]]], clusters: Clusters, places: np.ndarray) -> Told:
    """Give clusters the names that stand beside their numbers; all the others are ``other``."""
    count = len(clusters.centres)
    names, kind = tuple(dict.fromkeys(name for name, _ in given)), np.full(count, -1)
    for name, numbers in given:
        for number in numbers:
            if not 0 <= number < count:
                raise ConfigError(f"--names: there are clusters 0 to {count - 1}, not {number}")
            if kind[number] >= 0 and names[kind[number]] != name:
                raise ConfigError(f"--names gives cluster {number} two names, {names[kind[number]]} and {name}")
            kind[number] = names.index(name)
    if (kind < 0).any():
        names = tuple(dict.fromkeys([*names, OTHER]))
        kind[kind < 0] = names.index(OTHER)
    if len(names) < 2:
        raise ConfigError("--names gives all clusters one name: then there is nothing to tell apart")
    labels = kind[squared_distances(places, clusters.centres).argmin(1)]
    for i, name in enumerate(names):
        if not (labels == i).any():
            raise ConfigError(f"--names: the clusters called {name} are empty: leave them out")
    return Told(names=names, kind=kind, namer=learn_names(places, labels, len(names)), how="by hand to clusters")


def by_examples(
    given: Sequence[tuple[str, list[int]]], model: Model, clusters: Clusters, places: np.ndarray, eye: Eye
) -> Told:
    """Learn names from the samples that are examples of them."""
    names = tuple(dict.fromkeys(name for name, _ in given))
    seeds = [seed for _, numbers in given for seed in numbers]
    labels = np.array([names.index(name) for name, numbers in given for _ in numbers])
    if len(names) < 2:
        raise ConfigError("--examples gives one name, which all would get: give a second one, such as other")
    pixels = frames_of(model.G, vectors(model, seeds), [{} for _ in seeds]).pixels
    namer = learn_names(clusters.place(eye.read(pixels)), labels, len(names))
    kind = named_clusters(clusters, places, namer)
    return Told(names=names, kind=kind, namer=namer, how=f"by {len(seeds)} samples")


def by_pictures(
    arguments: Arguments, D: Discriminator, clusters: Clusters, places: np.ndarray, side: Side, classes: tuple[str, ...]
) -> Told:
    """Learn names from a handful of labelled real pictures. Real ones are made standard by what is usual among real
    ones, labelled or not: D tells them from samples at a glance. How good the names are is measured on others."""
    eye, pixels = Eye(D, side=SIDE), side.pictures.pixels
    eye.settle(pixels, side.rows)
    examples, others = chosen_pictures(arguments, side, classes)
    usual = standard(read_rows(eye.read, pixels, side.rows[:CHECKED]))
    known = clusters.place(read_rows(eye.read, pixels, side.rows[np.concatenate([examples, others])]), *usual)
    namer = learn_names(known[: len(examples)], side.labels[examples], len(classes))
    right = namer.probabilities(known[len(examples) :]).argmax(1) == side.labels[others]
    return Told(
        names=classes,
        kind=named_clusters(clusters, places, namer),
        namer=namer,
        how=f"by {len(examples)} labelled pictures of {side.pictures.name}",
        checked=f"{right.mean():.1%} of {len(others):,} other labelled pictures get their own name"
        if len(others)
        else "",
    )


def chosen_pictures(arguments: Arguments, side: Side, classes: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return which of the labelled pictures are learnt from, and which are for checking: positions in ``side.rows``.

    Raises:
        DataError: there are none of a class.
    """
    order = permutation(len(side.rows), arguments.seed, "pictures that names are learnt from", 0)
    chosen = [order[side.labels[order] == k][: arguments.labels_per_class] for k in range(len(classes))]
    for name, rows in zip(classes, chosen, strict=True):
        if not len(rows):
            raise DataError(f"{side.pictures.name} has no picture of {name} to learn from: label one, or name by hand")
    examples = np.concatenate(chosen)
    known = np.flatnonzero(side.labels >= 0)
    return examples, np.setdiff1d(known, examples)[:CHECKED]


# What is shown -------------------------------------------------------------------------------------------------------


def show(
    arguments: Arguments, model: Model, frames: Frames, clusters: Clusters, places: np.ndarray, told: Told
) -> Path:
    """Write the sheet: a row a cluster, its samples that lie nearest to the centre first."""
    away = squared_distances(places, clusters.centres)
    whose = away.argmin(1)
    count, columns = len(clusters.centres), min(SHOWN, int(np.bincount(whose).max()))
    order = np.argsort(told.kind, kind="stable") if told.names else np.arange(count)
    pixels, captions, titles, rows = list[np.ndarray](), list[str](), list[str](), list[int]()
    blank = np.full_like(frames.pixels[0], 255)
    for k in order:
        nearest = np.argsort(np.where(whose == k, away[:, k], np.inf), kind="stable")[:columns]
        mine = nearest[whose[nearest] == k]
        missing = columns - len(mine)
        pixels += [*frames.pixels[mine], *[blank] * missing]
        captions += [*map(str, mine), *[""] * missing]
        titles.append(title(int(k), int((whose == k).sum()), told))
        rows += map(int, mine)
    picture = sheet(
        np.stack(pixels), columns, names=titles, captions=captions, title="clusters of samples; below: seeds"
    )
    shown = Frames(
        pixels=frames.pixels[rows],
        z=frames.z[rows],
        what=[
            {"seed": row, "cluster": int(whose[row]), "name": name_of_cluster(told, int(whose[row]))} for row in rows
        ],
    )
    facts = model_facts(model) | {
        "samples": len(frames),
        "clusters": [
            {"cluster": k, "samples": int((whose == k).sum()), "name": name_of_cluster(told, k)} for k in range(count)
        ],
        "how": told.how,
        "checked": told.checked,
    }
    return write(arguments, "name", shown, picture, facts)


def name_of_cluster(told: Told, k: int) -> str | None:
    """Return a cluster's name, if it has one."""
    return told.names[told.kind[k]] if told.kind[k] >= 0 else None


def title(k: int, size: int, told: Told) -> str:
    """Write what stands beside a cluster's row."""
    name = name_of_cluster(told, k)
    return f"{k}: {size}" if name is None else f"{k}: {name} ({size})"


def lines(told: Told, clusters: Clusters, sheet_path: Path, path: Path) -> list[str]:
    """Say what was done."""
    count = len(clusters.centres)
    if not told.names:
        return [
            f"{count} clusters: {sheet_path}",
            'name them with --names "NAME=0,4;OTHER=7", with --examples "NAME=SEEDS;OTHER=SEEDS" or with '
            "--labels-per-class 5 and labelled pictures",
        ]
    found = Counter(name for k in range(count) if (name := name_of_cluster(told, k)) is not None)
    missing = [name for name in told.names if name not in found]
    said = [f"{sum(found.values())} of {count} clusters named {told.how}: "]
    said[0] += ", ".join(f"{name} {times}" for name, times in found.items())
    said += [told.checked] * bool(told.checked)
    said += [f"no cluster is of {', '.join(missing)}: take more --clusters"] * bool(missing)
    example = next(iter(found))
    return [
        *said,
        f"sheet: {sheet_path}; kept in {path}",
        f'to be wished for: dcgan latent algebra RUN "mean(label:{in_an_expression(example)})" --reader named',
    ]
