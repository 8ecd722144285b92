"""``dcgan latent invert RUN PICTURES``: the z of real pictures; ``--check``: how many z of generated ones come back."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import torch
import tyro

from dcgan.api import Model
from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, first_of, open_model
from dcgan.cli.latent.encoder import NAME, load_encoder, save_encoder
from dcgan.cli.latent.given import Given, given_pictures
from dcgan.cli.latent.inverted import report_check, report_real
from dcgan.cli.progress import Progress
from dcgan.errors import SnapshotError, check
from dcgan.images import to_unit
from dcgan.latent.invert.encoder import Encoder, train_encoder, unexplained
from dcgan.latent.invert.find import Settings, invert
from dcgan.latent.invert.measure import recover
from dcgan.latent.perceptual import Space, perceptual

PERCEPTUAL = 0.02
MOST = 16  # of the run's own pictures


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
        return check_z(arguments, settings, model, encoder, space)
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
        steps=a.steps,
        starts=a.starts,
        rate=a.rate,
        finish=a.finish,
        perceptual=weight,
        prior=a.prior,
        seed=first_of(a.seeds),
    )


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
            model.G, steps=arguments.encoder_steps, seed=first_of(arguments.seeds), progress=progress.count
        )
    file = save_encoder(model.path, encoder, model.G)
    left = unexplained(encoder, model.G, first_of(arguments.seeds))
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


def check_z(
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
    return report_check(arguments, model, found, rounded=arguments.rounded, seconds=time.monotonic() - started)
