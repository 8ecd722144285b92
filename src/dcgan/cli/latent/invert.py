"""``dcgan latent invert RUN PICTURES``: the z of real pictures; ``--check``: how many z of generated ones come back."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import torch
import tyro
from PIL import Image

from dcgan.api import Model
from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, model_facts, open_model, write
from dcgan.cli.latent.encoder import NAME, load_encoder, save_encoder
from dcgan.cli.latent.given import Given, given_pictures
from dcgan.cli.progress import Progress
from dcgan.errors import SnapshotError, check
from dcgan.files import write_json
from dcgan.images import to_unit
from dcgan.latent.frames import Frames
from dcgan.latent.invert.encoder import Encoder, train_encoder, unexplained
from dcgan.latent.invert.find import Inversion, Settings, invert
from dcgan.latent.invert.measure import CLOSE, Recovery, recover
from dcgan.latent.perceptual import Space, perceptual
from dcgan.latent.render import frames_of, render
from dcgan.parse import parse_ints
from dcgan.report.labelled import sheet

PERCEPTUAL = 0.02
MOST = 16  # of the run's own pictures
SHOWN = 64  # pictures on a sheet
WORST = 16  # of a check


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared):
    """The z whose pictures are nearest to real ones. z.npy can then be used in arithmetic and walks, as
    file:out/invert/z.npy#0."""

    pictures: Annotated[tuple[str, ...], tyro.conf.Positional] = ()
    """Files, folders, archives or arrays, fitted as the run's own pictures were; without any, its own."""
    n: int | None = None
    """At most so many pictures, the first ones; by default 16 of the run's own, and all that are given."""
    seeds: str = "0"
    """Decides the starts, the pictures of --check, and the encoder."""
    steps: int = 100
    """Steps of Adam from each start."""
    starts: int = 4
    """Starts: what the encoder says, or 0, and others drawn from the prior."""
    rate: float = 0.03
    """Adam's rate at the beginning; it falls to 0."""
    finish: int = 20
    """Gauss-Newton steps at most, from the best."""
    perceptual: float | None = None
    """Weight of the distance in D's features beside the squared error of pixels; by default 0.02, with --check 0."""
    prior: float = 1.0
    """How much a z counts that is unlikely under a normal prior; 1 is the posterior, 0 leaves it out."""
    encoder: Literal["auto", "train", "use", "none"] = "auto"
    """A small network for a fast start: trained now and kept in the snapshot's folder, or the one that is there; auto
    uses it if there is one that fits."""
    encoder_steps: int = 1000
    """Steps of its training, on 64 generated pictures each."""
    check: int | None = None
    """Instead of real pictures: so many generated ones whose z is known. How many come back?"""
    rounded: bool = False
    """With --check: the pictures as they are in a file, rounded to 8 bits."""
    data: str | None = None
    """The run's own pictures, where they have moved."""
    cache: Path | None = None
    """Where prepared pictures are kept; by default in the user's cache folder."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent invert")
    settings = settings_of(arguments)
    model = open_model(arguments)
    given = None if arguments.check is not None else pictures_of(arguments, model)
    encoder = open_encoder(arguments, model)
    space = perceptual(model.D) if settings.perceptual > 0 else None
    if given is None:
        assert arguments.check is not None
        return report_check(arguments, settings, model, encoder, space)
    x = to_unit(torch.from_numpy(given.pixels)).contiguous()
    with Progress("inverting pictures") as progress:
        found = invert(model.G, x, settings, space=space, encoder=encoder, progress=progress.count)
    return report_real(arguments, model, given, found)


def settings_of(arguments: Arguments) -> Settings:
    """Return how to look, from the options.

    Raises:
        ConfigError: one is out of range, or does not go with another.
    """
    a = arguments
    check(a.n is None or a.n >= 1, "--n is at least 1", a.n)
    check(a.check is None or a.check >= 1, "--check is at least 1", a.check)
    check(a.check is None or not a.pictures, "--check makes its own pictures: give none beside it", a.pictures)
    check(a.data is None or not a.pictures, "--data is for when no pictures are named", a.data)
    check(a.check is not None or not a.rounded, "--rounded goes with --check", a.rounded)
    check(a.steps >= 0 and a.finish >= 0, "--steps and --finish are not negative", (a.steps, a.finish))
    check(a.starts >= 1, "--starts is at least 1", a.starts)
    check(0 < a.rate < 10, "--rate is above 0", a.rate)
    check(a.encoder_steps >= 1, "--encoder-steps is at least 1", a.encoder_steps)
    check(0 <= a.prior < 1e6, "--prior is not negative", a.prior)
    weight = a.perceptual if a.perceptual is not None else (PERCEPTUAL if a.check is None else 0.0)
    check(0 <= weight < 1e6, "--perceptual is not negative", weight)
    return Settings(
        steps=a.steps, starts=a.starts, rate=a.rate, finish=a.finish, perceptual=weight, prior=a.prior, seed=seed_of(a)
    )


def seed_of(arguments: Arguments) -> int:
    """Return the first of ``--seeds``."""
    return parse_ints(arguments.seeds, "--seeds")[0]


def pictures_of(arguments: Arguments, model: Model) -> Given:
    """Return the pictures whose z is looked for."""
    most = arguments.n if arguments.pictures or arguments.n is not None else MOST
    a = arguments
    return given_pictures(a.run, a.pictures, model.G.config, data=a.data, most=most, cache=a.cache)


def open_encoder(arguments: Arguments, model: Model) -> Encoder | None:
    """Return the encoder that the options ask for, trained now if they do.

    Raises:
        SnapshotError: there is none for this generator.
    """
    if arguments.encoder == "none":
        return None
    if arguments.encoder == "auto":
        return fitting_encoder(model)
    if arguments.encoder == "use":
        return load_encoder(model.path, model.G)
    started = time.monotonic()
    with Progress("training the encoder") as progress:
        encoder = train_encoder(
            model.G, steps=arguments.encoder_steps, seed=seed_of(arguments), progress=progress.count
        )
    file = save_encoder(model.path, encoder, model.G)
    left = unexplained(encoder, model.G, seed_of(arguments))
    print(
        f"an encoder that tells {1 - left:.1%} of z's variance in new pictures, trained in "
        f"{time.monotonic() - started:.0f} s: {file}"
    )
    return encoder


def fitting_encoder(model: Model) -> Encoder | None:
    """Return the encoder that is there; None where there is none, or one that does not fit, which is then said."""
    if not (model.path / NAME).is_file():
        return None
    try:
        return load_encoder(model.path, model.G)
    except SnapshotError as error:
        print(f"no encoder is used: {error}")
        return None


# Real pictures ------------------------------------------------------------------------------------------------------


def report_real(arguments: Arguments, model: Model, given: Given, found: Inversion) -> int:
    """Write and print what was found of real pictures."""
    what: list[dict[str, Any]] = [
        {"picture of": name, "mean squared error": float(error)}
        for name, error in zip(given.names, found.error, strict=True)
    ]
    frames = frames_of(model.G, found.z, what)
    facts = model_facts(model) | {"mean squared error": float(found.error.mean()), "pictures": len(given.names)}
    print(f"mean squared error of pixels in [-1, 1]: {errors(found.error)}")
    if found.quick_error is not None:
        facts["mean squared error, encoder alone"] = float(found.quick_error.mean())
        print(f"of the encoder alone: {errors(found.quick_error)}")
    out = write(arguments, "invert", frames, picture_of(model, given.pixels, frames, found), facts)
    print(f"written: {out / 'invert.png'}, {out / 'z.npy'}")
    return 0


def errors(values: np.ndarray) -> str:
    """Write errors as a mean and quartiles."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{values.mean():.5f} in the mean of {len(values):,} (quartiles {low:.5f}, {middle:.5f}, {high:.5f})"


def picture_of(model: Model, real: np.ndarray, frames: Frames, found: Inversion) -> Image.Image:
    """Lay out each picture, what G makes of the z that was found, and what it makes of the encoder's."""
    columns = {"real": real[:SHOWN], "G(z)": frames.pixels[:SHOWN]}
    if found.quick is not None:
        columns["encoder"] = render(model.G, found.quick[:SHOWN])
    rows = np.stack(list(columns.values()), 1)
    count, kinds = rows.shape[:2]
    across = 1 if count < 4 else 4 if count > 16 else 2
    captions = [" "] * (count * kinds)
    captions[1::kinds] = [f"{error:.4f}" for error in found.error[:SHOWN]]
    heads = [*columns] * min(across, count)
    return sheet(rows.reshape(-1, *real.shape[1:]), len(heads), heads=heads, captions=captions)


# Generated pictures -------------------------------------------------------------------------------------------------


def report_check(
    arguments: Arguments, settings: Settings, model: Model, encoder: Encoder | None, space: Space | None
) -> int:
    """Invert generated pictures, write and print how many z came back."""
    assert arguments.check is not None
    started = time.monotonic()
    with Progress("inverting generated pictures") as progress:
        found = recover(
            model.G,
            arguments.check,
            settings,
            rounded=arguments.rounded,
            space=space,
            encoder=encoder,
            progress=progress.count,
        )
    seconds = time.monotonic() - started
    facts = model_facts(model) | check_facts(found, arguments.rounded, seconds)
    out = write(arguments, "invert", *worst(model, found), facts)
    write_json(out / "check.json", facts)
    low, middle, high = np.quantile(found.rms, [0.5, 0.9, 1.0])
    kind = "generated pictures, rounded to 8 bits" if arguments.rounded else "generated pictures"
    print(
        f"{found.share:.1%} of {arguments.check:,} {kind}: z is found within {CLOSE:g} by root mean square; "
        f"the difference is {low:.2g} in the median, {middle:.2g} for nine of ten, {high:.2g} at most"
    )
    print(f"mean squared error of pixels in [-1, 1]: {found.found.error.mean():.2g}; {seconds:.0f} s")
    print(f"written: {out / 'invert.png'}, {out / 'check.json'}")
    return 0


def check_facts(found: Recovery, rounded: bool, seconds: float) -> dict[str, Any]:
    """Return what a check found, as plain values."""
    return {
        "checked": len(found.z),
        "rounded": rounded,
        "recovered": found.share,
        "within": CLOSE,
        "root mean square of z's difference": {
            name: float(value)
            for name, value in zip(
                ("median", "90%", "99%", "most"), np.quantile(found.rms, [0.5, 0.9, 0.99, 1]), strict=True
            )
        },
        "mean squared error": float(found.found.error.mean()),
        "seconds": round(seconds, 1),
    }


def worst(model: Model, found: Recovery) -> tuple[Frames, Image.Image]:
    """Return the pictures that came back worst, and a sheet of them beside what they were."""
    places = np.argsort(-found.rms, kind="stable")[:WORST]
    what = [{"number": int(place), "difference of z": float(found.rms[place])} for place in places]
    frames = frames_of(model.G, found.found.z[places], what)
    both = np.stack([render(model.G, found.z[places]), frames.pixels], 1)
    across = min(4, len(places))
    captions = [" "] * (2 * len(places))
    captions[1::2] = [f"{found.rms[place]:.2g}" for place in places]
    title = f"the {len(places)} whose z came back worst: generated, and G of what was found"
    heads = ["G(z)", "found"] * across
    picture = sheet(both.reshape(-1, *both.shape[2:]), 2 * across, heads=heads, captions=captions, title=title)
    return frames, picture
