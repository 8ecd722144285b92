"""From settings to pictures: what ``dcgan prepare``, ``dcgan train`` and ``dcgan.prepare`` have in common."""

from pathlib import Path

from dcgan.config import PicturesConfig
from dcgan.data.cache import Progress, choose_channels, prepare
from dcgan.data.examine import Measure
from dcgan.data.pictures import Pictures
from dcgan.data.sources.open import open_source
from dcgan.data.sources.source import Source
from dcgan.parse import parse_size


def default_cache(place: str | None = None) -> Path:
    """Return the folder of caches: ``dcgan`` below ``place`` (``$XDG_CACHE_HOME``), or ``~/.cache/dcgan``."""
    return Path(place or Path.home() / ".cache") / "dcgan"


def prepare_source(
    text: str, config: PicturesConfig, root: Path, progress: Progress = lambda done, total: None
) -> tuple[Pictures, Source]:
    """Open a source and return its pictures as ``config`` wants them, and the source.

    Raises:
        DataError: there is no such source, it has no picture, or the cache below ``root`` cannot be written.
    """
    source = open_source(text, Path(config.labels).expanduser() if config.labels else None)
    height, width = parse_size(config.size)
    channels = choose_channels(source, root) if config.channels == "auto" else config.channels
    measure = Measure(height=height, width=width, channels=channels, crop=config.crop, background=config.background)
    return prepare(source, measure, root=root, limit=config.limit, dedupe=config.dedupe, progress=progress), source
