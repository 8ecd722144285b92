"""From a source to prepared pictures, with progress and with what there is to say of them. torch is not needed here."""

from pathlib import Path
from typing import TYPE_CHECKING

from dcgan.cli.progress import Progress
from dcgan.config import PicturesConfig
from dcgan.data.checkup import in_one_line
from dcgan.data.pictures import Pictures
from dcgan.data.prepare import default_cache, prepare_source
from dcgan.data.sources.source import Source

if TYPE_CHECKING:
    from dcgan.data.stream import Data

NAMED = 10  # files left out that are printed; all stand in the cache's manifest


def read_pictures(source: str, config: PicturesConfig, cache: Path | None) -> Pictures:
    """Prepare a source for a run, saying what was left out and what the check-up warns of.

    Raises:
        DataError: there is nothing to train on.
    """
    pictures, _ = prepared(source, config, cache)
    say_left_out(pictures)
    for warning in pictures.checkup.warnings:
        print(f"warning: {warning}")
    return pictures


def say_left_out(pictures: "Data") -> None:
    """Print the first few files that are left out, and how many more there are."""
    for name, why in pictures.left_out[:NAMED]:
        print(f"left out {in_one_line(name)}: {why}")
    if len(pictures.left_out) > NAMED:
        where = f": {pictures.folder / 'manifest.json'} names them all" if isinstance(pictures, Pictures) else ""
        print(f"left out {len(pictures.left_out) - NAMED:,} more{where}")


def prepared(source: str, config: PicturesConfig, cache: Path | None) -> tuple[Pictures, Source]:
    """Return a source's pictures, from the cache or made now with progress, and the source."""
    with Progress("preparing pictures") as progress:
        return prepare_source(source, config, cache or default_cache(), progress.count)
