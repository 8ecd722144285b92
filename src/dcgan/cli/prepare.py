"""``dcgan prepare SOURCE``: the check-up of a source, its pictures made ready for training, and what fits them."""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import tyro

from dcgan.cli.arguments import parse
from dcgan.cli.pictures import NAMED, prepared
from dcgan.cli.speaker import is_first
from dcgan.clock import total_images
from dcgan.config import PicturesConfig
from dcgan.data.checkup import CheckUp, in_one_line, in_words, recommended_flags
from dcgan.data.pictures import Pictures
from dcgan.data.sheets import SHEETS, write_sheets
from dcgan.files import write_json


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """Check pictures up and make them ready: what is there, what is odd, what fits it, and how long that takes here.
    `dcgan train` does the same inside; what was prepared with the same options is found at once."""

    source: Annotated[str, tyro.conf.Positional]
    """A folder, zip, tar, .npy, .npz, IDX (MNIST), CIFAR's batches, parquet, hub:owner/name, or `digits`."""
    cache: Path | None = None
    """Where prepared pictures are kept; by default in the user's cache folder."""
    out: Path | None = None
    """Where checkup.json and the two sheets go; by default beside the prepared pictures."""
    json: bool = False
    """Print the check-up as JSON instead of words."""
    no_time: bool = False
    """Do not take the few training steps that tell how long the recommended run will take here."""
    pictures: Annotated[PicturesConfig, tyro.conf.arg(name="")] = field(default_factory=PicturesConfig)


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan prepare")
    if not is_first():  # it uses all processors by itself
        return 0
    pictures, source = prepared(arguments.source, arguments.pictures, arguments.cache)
    checked = pictures.checkup
    there = [p for p in (pictures.folder / name for name in SHEETS) if p.exists()] if arguments.out is None else []
    sheets = there or write_sheets(arguments.out or pictures.folder, pictures, source, checked)
    duration = {} if arguments.no_time else how_long(checked)
    plain = {**asdict(checked), **duration, "folder": str(pictures.folder)}
    if arguments.out is not None:
        write_json(arguments.out / "checkup.json", plain)
    if arguments.json:
        print(json.dumps(plain, ensure_ascii=False, indent=2))
        return 0
    print("\n".join(in_words(checked)))
    name_left_out(pictures)
    print(f"prepared   {pictures.pixels.nbytes / 1e6:,.1f} MB as {_shape(pictures)}: {pictures.folder}")
    print("look at    " + " ".join(str(path) for path in sheets))
    flags = recommended_flags(checked) + given_flags(arguments.pictures)
    print(f"recommended: dcgan train {quote(arguments.source)} {flags}{_in_words(duration)}")
    if "mirror" in checked.recommended:
        print(f"             and --mirror {checked.recommended['mirror']}")
    return 0


def given_flags(config: PicturesConfig) -> str:
    """Return those options that the recommendation does not decide, as they were given."""
    given = {"labels": config.labels, "limit": config.limit}
    said = "".join(f" --{name} {quote(str(value))}" for name, value in given.items() if value is not None)
    background = f" --background {quote(config.background)}" if config.background != "white" else ""
    return said + background + (" --dedupe" if config.dedupe else "")


def name_left_out(pictures: Pictures) -> None:
    """Print the first few files that are left out, and where the others are named."""
    for name, why in pictures.left_out[:NAMED]:
        print(f"           {in_one_line(name)}: {why}")
    if len(pictures.left_out) > NAMED:
        more = len(pictures.left_out) - NAMED
        print(f"           and {more:,} more: {pictures.folder / 'manifest.json'} names them all")


def how_long(checked: CheckUp) -> dict[str, Any]:
    """Measure the recommended run's rate here: images a second, its length in kimg, seconds for the whole."""
    from dcgan.models.recipes import find, resolve_model  # torch takes a second to load
    from dcgan.training.rehearse import images_a_second

    advice = checked.recommended
    config = replace(find(advice["recipe"]).config, size=advice["size"], channels=advice["channels"])
    rate = images_a_second(config, resolve_model(config))
    total = total_images(config, checked.pictures)
    return {"images_a_second": round(rate, 1), "kimg": total / 1000, "seconds": round(total / rate)}


def _in_words(duration: dict[str, Any]) -> str:
    if not duration:
        return ""
    time = timedelta(seconds=duration["seconds"])
    return f"\n             {time} here for its {duration['kimg']:g} kimg, at {duration['images_a_second']:.0f} img/s"


def _shape(pictures: Pictures) -> str:
    return "x".join(map(str, pictures.pixels.shape))
