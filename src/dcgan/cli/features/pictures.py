"""Labelled pictures to learn from and to test on, as a model's own were made."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dcgan.cli.origin import Origin, known_origin, real_pictures
from dcgan.cli.pictures import say_left_out
from dcgan.data.heldback import split
from dcgan.data.pictures import Pictures
from dcgan.data.prepare import default_cache
from dcgan.errors import ConfigError, DataError
from dcgan.metrics.sides import drawn

TESTED = 1 / 6
"""The share of the pictures that is tested on, where nothing else is."""
FEWEST = 20


@dataclass(frozen=True, kw_only=True)
class PictureOptions:
    """Which pictures; the classes of a command's options inherit from it."""

    data: str | None = None
    """Pictures; by default those that the run was trained on."""
    labels: str | None = None
    """A file of labels for --data, as for `dcgan train`; by default what lies in it, or the run's own."""
    cache: Path | None = None
    """Where prepared pictures are kept; by default in the user's cache folder."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """Pictures that are learnt from, or tested on."""

    pictures: Pictures
    rows: np.ndarray
    """int64: which of them, in a random order."""
    labels: np.ndarray
    """int64 (len(rows),): the class of each, -1 where it is not known."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """What is learnt from and what is tested on."""

    learn: Side
    test: Side
    classes: tuple[str, ...]
    how: str
    """Where the test pictures come from, in words."""


def open_pictures(run: str, options: PictureOptions) -> tuple[Pictures, Origin]:
    """Return the pictures that a command names, made as the run's own were, and what is known of the run's.

    Raises:
        UserError: they cannot be had.
    """
    origin = known_origin(run, options.data)
    cache = options.cache or default_cache()
    pictures = real_pictures(origin, data=options.data, labels=options.labels, cache=cache)
    say_left_out(pictures)
    return pictures, origin


def open_labelled(run: str, options: PictureOptions, attribute: str | None) -> tuple[Side, tuple[str, ...]]:
    """Return all pictures, in a random order, with their labels as far as they have any, and the classes.

    Raises:
        UserError: they cannot be had, or have no labels.
    """
    pictures, _ = open_pictures(run, options)
    classes = classes_of(pictures, attribute)
    rows = drawn(np.arange(len(pictures)), len(pictures), "pictures that names are learnt from")
    return Side(pictures=pictures, rows=rows, labels=labels_of(pictures, classes, attribute)[rows]), classes


def open_sides(
    run: str,
    options: PictureOptions,
    *,
    test: str | None,
    test_labels: str | None,
    attribute: str | None,
    limit: int | None,
) -> Sides:
    """Return labelled pictures to learn from, and others to test on.

    Args:
        run: the folder that the command was given.
        options: which pictures.
        test: a source to test on; None: what the run held back, or else a sixth of the pictures.
        test_labels: a file of labels for it.
        attribute: of pictures with attributes: the one that is told, yes or no.
        limit: pictures to learn from at most.

    Raises:
        UserError: they cannot be had, have no labels, or are too few.
    """
    pictures, origin = open_pictures(run, options)
    classes = classes_of(pictures, attribute)
    labels = labels_of(pictures, classes, attribute)
    if test is not None:
        whole = replace(origin, settings=replace(origin.settings, limit=None, dedupe=False))
        other = real_pictures(whole, data=test, labels=test_labels, cache=options.cache or default_cache())
        learn, rest, how = np.arange(len(pictures)), np.arange(len(other)), f"{other.name}"
        tested = labels_of(other, classes, attribute)
    else:
        held_back = origin.hold_back if pictures.digest == origin.digest else 0.0
        learn, rest = split(len(pictures), held_back or TESTED)
        how = "held back by the run" if held_back else "a sixth of the pictures, set apart"
        other, tested = pictures, labels
    learn = drawn(learn[labels[learn] >= 0], limit or len(learn), "pictures that a machine learns from")
    rest = rest[tested[rest] >= 0]
    sides = Sides(
        learn=Side(pictures=pictures, rows=learn, labels=labels[learn]),
        test=Side(pictures=other, rows=rest, labels=tested[rest]),
        classes=classes,
        how=how,
    )
    check_enough(sides)
    return sides


def classes_of(pictures: Pictures, attribute: str | None) -> tuple[str, ...]:
    """Return the names of the classes that pictures are sorted into.

    Raises:
        ConfigError: there are none, or no such attribute.
    """
    if attribute is not None:
        if attribute not in pictures.attributes:
            has = f"it has {', '.join(pictures.attributes)}" if pictures.attributes else "it has none"
            raise ConfigError(f"{pictures.name} has no attribute {attribute!r}: {has}")
        return (f"not {attribute}", attribute)
    if pictures.classes:
        return pictures.classes
    if pictures.attributes:
        raise ConfigError(
            f"{pictures.name} has attributes, not classes: say which one is to be told with --attribute, such as "
            f"{pictures.attributes[0]}"
        )
    raise ConfigError(f"{pictures.name} has no labels: give labelled pictures with --data, or a file with --labels")


def labels_of(pictures: Pictures, classes: tuple[str, ...], attribute: str | None) -> np.ndarray:
    """Return the class of every picture as an index into ``classes``, int64 (N,), -1 where it is not known.

    Raises:
        DataError: pictures have classes that are not among them.
    """
    if attribute is not None:
        if attribute not in pictures.attributes:
            raise DataError(f"{pictures.name} has no attribute {attribute!r}: test on pictures that have it")
        assert pictures.values is not None
        return pictures.values[:, pictures.attributes.index(attribute)].astype(np.int64)
    if not pictures.classes:
        raise DataError(f"{pictures.name} has no classes: test on pictures that are labelled like those of --data")
    strange = sorted(set(pictures.classes) - set(classes))
    if strange:
        raise DataError(
            f"{pictures.name} has classes that are not among those learnt ({', '.join(strange[:5])}): test on pictures "
            "that are labelled like those of --data"
        )
    index = np.array([classes.index(name) for name in pictures.classes], np.int64)
    return np.where(pictures.labels >= 0, index[pictures.labels], -1)


def check_enough(sides: Sides) -> None:
    """Check that there is something to learn and to test on.

    Raises:
        DataError: there is not.
    """
    for side, word in ((sides.learn, "to learn from"), (sides.test, "to test on")):
        if len(side.rows) < FEWEST:
            raise DataError(
                f"{side.pictures.name} has {len(side.rows)} labelled pictures {word}: at least {FEWEST} are needed, "
                "so give more, or others with --data and --test"
            )
    if len(np.unique(sides.learn.labels)) < 2:
        raise DataError(f"all pictures of {sides.learn.pictures.name} are of one class, so nothing can be learnt")
