"""Pictures that a user gives, fitted as the run's own were: files, folders, archives, arrays."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dcgan.cli.origin import known_origin, real_pictures
from dcgan.cli.pictures import prepared, say_left_out
from dcgan.config import ModelConfig, PicturesConfig
from dcgan.data.examine import examine
from dcgan.data.pictures import Pictures
from dcgan.data.prepare import default_cache, measure_of
from dcgan.data.sources.folder import FileOpener
from dcgan.data.sources.source import PICTURE_ENDINGS, ending, printable
from dcgan.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Given:
    """Pictures, and what each is called."""

    pixels: np.ndarray
    """uint8 (N, H, W, C), as the model makes them."""
    names: list[str]


def given_pictures(
    run: str, texts: tuple[str, ...], model: ModelConfig, *, data: str | None, most: int | None, cache: Path | None
) -> Given:
    """Read pictures and fit them as those of a run were fitted (``dcgan prepare``).

    Args:
        run: its folder, or a snapshot's, of which only the size and the channels are known.
        texts: files, folders, archives, arrays; none: the run's own pictures.
        model: decides the size and the channels.
        data: where the run's own pictures are now; None: where they were.
        most: at most so many, the first ones.
        cache: where prepared pictures are kept; single files are read anew.

    Raises:
        UserError: they cannot be read, or none is left.
    """
    origin = known_origin(run, texts[0] if texts else data)
    size = f"{model.height}x{model.width}"
    settings = replace(origin.settings, size=size, channels=model.channels)
    if not texts:
        own = replace(origin, settings=settings)
        return _first(real_pictures(own, data=data, labels=None, cache=cache or default_cache()), most)
    settings = replace(settings, labels=None, limit=None, dedupe=False)
    parts = [_read(group, settings, cache or default_cache(), most) for group in _groups(texts)]
    together = Given(
        pixels=np.concatenate([part.pixels for part in parts]), names=[name for part in parts for name in part.names]
    )
    return together if most is None else Given(pixels=together.pixels[:most], names=together.names[:most])


def _groups(texts: tuple[str, ...]) -> list[list[str]]:
    """Divide what was given, in order: single pictures that follow each other together, everything else alone."""
    groups: list[list[str]] = []
    for text in texts:
        if _is_picture(text) and groups and _is_picture(groups[-1][0]):
            groups[-1].append(text)
        else:
            groups.append([text])
    return groups


def _is_picture(text: str) -> bool:
    return ending(text) in PICTURE_ENDINGS and not Path(text).expanduser().is_dir()


def _read(group: list[str], settings: PicturesConfig, cache: Path, most: int | None) -> Given:
    if _is_picture(group[0]):
        return _single(group[:most], settings)
    pictures = prepared(group[0], settings, cache)[0]
    say_left_out(pictures)
    return _first(pictures, most)


def _single(paths: list[str], settings: PicturesConfig) -> Given:
    """Read single files as a folder of them is read, but without a cache."""
    assert settings.channels != "auto"
    for text in paths:
        if not Path(text).expanduser().is_file():
            raise DataError(f"there is no picture at {text}: give files, folders, archives or arrays")
    keys = [str(Path(text).expanduser()) for text in paths]
    found = examine(FileOpener(), keys, measure_of(settings, settings.channels))
    for place, why in found.bad.items():
        raise DataError(f"{paths[place]} is no picture that can be read: it is {why}")
    return Given(pixels=found.pixels, names=[printable(Path(text).name) for text in paths])


def _first(pictures: Pictures, most: int | None) -> Given:
    count = len(pictures) if most is None else min(most, len(pictures))
    return Given(pixels=np.array(pictures.pixels[:count]), names=pictures.names[:count])
