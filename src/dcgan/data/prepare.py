"""From settings to pictures: what ``dcgan prepare``, ``dcgan train`` and ``dcgan.prepare`` have in common."""

from pathlib import Path

from platformdirs import user_cache_path

from dcgan.config import PicturesConfig
from dcgan.data.cache import Progress, choose_channels, find, prepare
from dcgan.data.examine import Measure
from dcgan.data.pictures import Pictures
from dcgan.data.sources.hub import hub_place
from dcgan.data.sources.open import open_source
from dcgan.data.sources.shards import is_pattern
from dcgan.data.sources.source import Source, path_of
from dcgan.parse import parse_size


def default_cache() -> Path:
    """Return the folder of caches: the system's for the user's caches (``~/.cache/dcgan`` on Linux)."""
    return user_cache_path("dcgan", appauthor=False)


def prepare_source(
    text: str, config: PicturesConfig, root: Path, progress: Progress = lambda done, total: None
) -> tuple[Pictures, Source]:
    """Open a source and return its pictures as ``config`` wants them, and the source.

    Raises:
        DataError: there is no such source, it has no picture, or the cache below ``root`` cannot be written.
    """
    source = open_source(text, labels_path(config))
    channels = choose_channels(source, root) if config.channels == "auto" else config.channels
    measure = measure_of(config, channels)
    return prepare(source, measure, root=root, limit=config.limit, dedupe=config.dedupe, progress=progress), source


def find_prepared(text: str, config: PicturesConfig, root: Path) -> Pictures | None:
    """Return a source's pictures as ``prepare_source`` would where they are prepared already; else None, and where the
    network would have to be asked.

    Raises:
        DataError: there is no such source.
    """
    if text.startswith("hub:"):
        return None
    source = open_source(text, labels_path(config))
    channels = choose_channels(source, root) if config.channels == "auto" else config.channels
    return find(source, measure_of(config, channels), root=root, limit=config.limit, dedupe=config.dedupe)


def labels_path(config: PicturesConfig) -> Path | None:
    """Return where the labels are, as an absolute path; None where no table is given."""
    if config.labels is None:
        return None
    return path_of(config.labels, f"the labels {config.labels!r} cannot be read").resolve()


def absolute(source: str) -> str:
    """Return a source as it can be given from any folder: its path, pattern or ``hub:FOLDER`` made absolute."""
    if source.startswith("hub:"):
        place, split = hub_place(source)
        return f"hub:{Path(place).resolve()}:{split}" if Path(place).exists() else source
    path = path_of(source, f"there is no source of pictures at {source!r}")
    return str(path.resolve()) if path.exists() or is_pattern(source) else source


def measure_of(config: PicturesConfig, channels: int) -> Measure:
    """Return what pictures are made to."""
    height, width = parse_size(config.size)
    return Measure(height=height, width=width, channels=channels, crop=config.crop, background=config.background)
