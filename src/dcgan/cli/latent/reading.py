"""Which labels pictures have: what reads them, for every experiment that speaks of labels."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from dcgan.api import Model
from dcgan.cli.latent.given_names import load, place_of, settled_on
from dcgan.cli.origin import known_origin, real_pictures
from dcgan.cli.progress import Progress
from dcgan.data.pictures import Pictures
from dcgan.data.prepare import default_cache
from dcgan.errors import ConfigError, UserError
from dcgan.latent.reader import Reader
from dcgan.latent.readers import as_often, as_said, by_machines, read_rows
from dcgan.metrics.extractors.answers import Classes, answers_of
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.find import can_be_learnt
from dcgan.metrics.extractors.labels import open_labels
from dcgan.metrics.extractors.learning import divided
from dcgan.metrics.extractors.own import open_self
from dcgan.metrics.sides import drawn

MOST = 6_000  # real pictures that machines on D's features are made from, and that readings are tested on at most


@dataclass(frozen=True, kw_only=True)
class ReaderOptions:
    """What reads labels; the classes of a command's options inherit from it."""

    reader: Literal["auto", "labels", "self", "named", "none"] = "auto"
    """labels: a classifier learnt from the labelled pictures, kept in the cache; self: linear machines on D's features
    of them; named: the names that `dcgan features name` gave to clusters of samples; none; auto: labels where they can
    be learnt, else none."""
    data: str | None = None
    """The real pictures; by default those that the run was trained on."""
    labels: str | None = None
    """A file of labels for the real pictures, as for `dcgan train`; by default the run's own."""
    cache: Path | None = None
    """Where prepared pictures and classifiers are kept; by default in the user's cache folder."""


def open_reader(run: str | Path, model: Model, options: ReaderOptions) -> Reader | None:
    """Return what reads labels, learnt now where it is not in the cache; None where none is wanted or, with ``auto``,
    where none can be had: a sentence is then printed that says why.

    Args:
        run: the folder that the command was given, whose pictures are taken.
        model: decides the device; ``self`` reads with its D.
        options: which reader, and from what.

    Raises:
        UserError: a reader that is named cannot be had.
    """
    if options.reader == "none":
        return None
    if options.reader != "auto":
        return _open(run, model, options)
    try:
        reader = _open(run, model, options)
    except UserError as error:
        if options.data is not None or options.labels is not None:
            raise
        print(f"no labels are read: {error}")
        return None
    if reader is None:
        print("no labels are read: they cannot be learnt from these pictures well above chance")
    return reader


def needed_reader(run: str | Path, model: Model, options: ReaderOptions) -> Reader:
    """Return what reads labels, for an experiment that cannot do without.

    Raises:
        UserError: there is none.
    """
    reader = open_reader(run, model, options)
    if reader is None:
        raise ConfigError("nothing reads labels here: give labelled pictures with --data or --labels")
    return reader


def _open(run: str | Path, model: Model, options: ReaderOptions) -> Reader | None:
    if options.reader == "named":
        return named_reader(run, model)
    origin = known_origin(run, options.data)
    cache = options.cache or default_cache()
    pictures = real_pictures(origin, data=options.data, labels=options.labels, cache=cache)
    answers_of(pictures, "give labels with --labels, or labelled pictures with --data")  # or a sentence
    device = next(model.G.parameters()).device
    if options.reader == "self":
        return self_reader(pictures, model, device)
    with Progress("learning the labels") as progress:
        found = open_labels(pictures, cache=cache, device=device, progress=progress.count)
    if options.reader == "auto" and not can_be_learnt(found.facts):
        return None
    return labels_reader(found, pictures)


def named_reader(run: str | Path, model: Model) -> Reader:
    """Return the names of clusters of samples as a reader.

    Raises:
        SnapshotError: there are none, or they belong to another snapshot.
    """
    named = load(place_of(run), model)
    return named.reader(settled_on(model, model.sample(range(named.n))))


def labels_reader(extractor: Extractor, pictures: Pictures) -> Reader:
    """Return the extractor ``labels`` as a reader: attributes so that yes is said as often as it is true, classes as
    the extractor gives them. How good that is is measured on pictures that it never learnt from.

    Args:
        extractor: opened on ``pictures``.
        pictures: with their labels.
    """
    say, what = partial(_say, extractor), str(extractor.facts["what"])
    learnt, others = divided(answers_of(pictures).known)
    values, others = values_of(pictures), others[:MOST]
    said = read_rows(say, pictures.pixels, others)
    if extractor.classes:
        return as_said(extractor.classes, say, what, said, values[others])
    shares = [(known[known >= 0] == 1).mean() if (known >= 0).any() else 0.0 for known in values[learnt].T]
    return as_often(extractor.attributes, say, what, said, values[others], shares)


def _say(extractor: Extractor, pixels: np.ndarray) -> np.ndarray:
    reading = extractor.read(pixels)
    found = reading.answers if reading.probabilities is None else reading.probabilities
    assert found is not None
    return found


def self_reader(pictures: Pictures, model: Model, device: torch.device) -> Reader:
    """Return linear machines on D's features of labelled pictures as a reader.

    Raises:
        UserError: there are no labels, or too few.
    """
    answers, own = answers_of(pictures), open_self(model.D, device)

    def features(pixels: np.ndarray) -> np.ndarray:
        return own.read(pixels).features

    rows = np.sort(drawn(answers.known, MOST, "pictures for machines on D's features"))
    with Progress("reading pictures with D") as progress:
        known = read_rows(features, pictures.pixels, rows, progress.count)
    names = pictures.classes if isinstance(answers, Classes) else pictures.attributes
    whose, truth = "the run's own discriminator", values_of(pictures)[rows]
    with Progress("fitting machines to D's features") as progress:
        return by_machines(names, features, known, truth, whose, pictures.name, progress.count)


def values_of(pictures: Pictures) -> np.ndarray:
    """Return what is to be read in pictures, int8 (N, L): 1 yes, 0 no, -1 not known; a class is a yes-or-no question
    too."""
    answers = answers_of(pictures)
    if not isinstance(answers, Classes):
        return answers.values
    values = (answers.values[:, None] == np.arange(answers.outputs)).astype(np.int8)
    values[answers.values < 0] = -1
    return values
