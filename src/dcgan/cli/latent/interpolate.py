"""``dcgan latent interpolate RUN``: a walk through key frames, as a grid, a GIF and an mp4."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro
from PIL import Image

from dcgan.cli.arguments import parse
from dcgan.cli.latent.common import Shared, model_facts, open_model, vectors, write
from dcgan.cli.latent.words import WordOptions, key_frames, scope_of
from dcgan.errors import check
from dcgan.images import enlarge, save_gif
from dcgan.latent.frames import Frames
from dcgan.latent.interpolate import interpolate
from dcgan.latent.path import Ease
from dcgan.parse import parse_ints
from dcgan.report.labelled import sheet
from dcgan.report.video import find_av, save_mp4

SHOWN = 128  # pixels of the shorter side of a film, at least


@dataclass(frozen=True, kw_only=True)
class Arguments(Shared, WordOptions):
    """A walk through key frames: along an arc where z is Gaussian, straight where it is uniform."""

    seeds: str = "0-8"
    """The key frames, in order."""
    keys: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """Key frames as expressions instead of seeds, once for each: --keys seed:3 --keys "file:out/invert/z.npy#2"."""
    steps: int = 9
    """Steps from a key frame to the next."""
    ease: Ease = "none"
    """smooth: slowly away from a key frame and slowly up to the next."""
    loop: bool = False
    """Go back to the first one, so that the film has no end."""
    ms: int = 80
    """Milliseconds a picture of the film is shown."""
    mp4: bool = False
    """Write interpolate.mp4 too (needs the package av: pip install "dcgan[video]")."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan latent interpolate")
    check(1 <= arguments.steps <= 10_000, "--steps is between 1 and 10000", arguments.steps)
    check(20 <= arguments.ms <= 10_000, "--ms is between 20 and 10000", arguments.ms)
    if arguments.mp4:
        find_av()  # before anything is made
    model = open_model(arguments)
    if arguments.keys:
        keys = key_frames(list(arguments.keys), scope_of(arguments.run, model, arguments))
    else:
        keys = vectors(model, parse_ints(arguments.seeds, "--seeds"))
    frames = interpolate(model.G, keys, arguments.steps, ease=arguments.ease, loop=arguments.loop)
    facts = model_facts(model) | {"steps": arguments.steps, "ease": arguments.ease, "loop": arguments.loop}
    out = write(arguments, "interpolate", frames, grid_of(frames, arguments.steps, arguments.loop), facts)
    films = save_films(out / "interpolate", frames.pixels, arguments.ms, arguments.mp4)
    print(f"{len(frames)} pictures through {len(keys)} key frames: {out / 'interpolate.png'}, {', '.join(films)}")
    return 0


def grid_of(frames: Frames, steps: int, loop: bool) -> Image.Image:
    """Lay a walk out with a row from each key frame to the next, both included."""
    pixels = np.concatenate([frames.pixels, frames.pixels[:1]]) if loop else frames.pixels
    rows = [pixels[i : i + steps + 1] for i in range(0, len(pixels) - 1, steps)]
    return sheet(np.concatenate(rows), steps + 1)


def save_films(path: Path, pixels: np.ndarray, ms: int, mp4: bool) -> list[str]:
    """Write a GIF, and an mp4 if it is wanted; return their names."""
    large = enlarge(pixels, SHOWN)
    save_gif(path.with_suffix(".gif"), list(large), ms=ms, hold=ms)
    if not mp4:
        return [str(path.with_suffix(".gif"))]
    save_mp4(path.with_suffix(".mp4"), large, 1000 / ms)
    return [str(path.with_suffix(".gif")), str(path.with_suffix(".mp4"))]
