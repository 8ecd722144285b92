"""The real pictures that belong to a run or a snapshot: what they were made to, and where they were."""

from dataclasses import dataclass, replace
from pathlib import Path

from dcgan.cli.pictures import prepared
from dcgan.config import PicturesConfig
from dcgan.data.pictures import Pictures
from dcgan.errors import ConfigError, SnapshotError
from dcgan.models.snapshot import load_snapshot
from dcgan.training.run import Run, read_options


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What is known of the pictures that a model was trained on."""

    settings: PicturesConfig
    """What they were made to."""
    source: str | None
    """Where they were then; None where it is not known."""
    digest: str = ""
    """Of the pictures."""
    hold_back: float = 0.0
    """The share that was never trained on."""


def run_of(path: Path) -> Run | None:
    """Return the run that a folder is, or the one that has it as a snapshot, ``RUN/snapshots/000200``; None where there
    is none, as for a snapshot that was moved out of its run."""
    if Run(path).options.is_file():
        return Run(path)
    whole = path.resolve()
    above = Run(whole.parent.parent)
    is_snapshot = whole.parent == above.snapshots and (whole / "config.json").is_file()
    return above if is_snapshot and above.options.is_file() else None


def origin_of(path: Path, data: str | None) -> Origin | None:
    """Return what is known of the pictures that a run, or a snapshot, was trained on; None where it is neither.

    Of a snapshot that stands in its run it is what is known of the run.

    Args:
        path: a run's folder, or a snapshot's.
        data: the pictures that are to be taken instead, if any.

    Raises:
        ConfigError: they are not known, and no others are named.
        SnapshotError: the folder is damaged.
    """
    run = run_of(path)
    if run is not None:
        config, known = read_options(run)
        if config.stream and data is None:
            raise ConfigError(f"{path} was trained on a stream: give real pictures to compare with as --data")
        settings = replace(PicturesConfig(), **{name: getattr(config, name) for name in PicturesConfig.__annotations__})
        return Origin(
            settings=settings, source=known.get("source"), digest=str(known.get("digest")), hold_back=config.hold_back
        )
    if data is None:
        raise ConfigError(f"{path} is not in a run: give the real pictures to compare with as --data")
    return _of_snapshot(path) if (path / "config.json").is_file() else None


def known_origin(path: Path | str, data: str | None) -> Origin:
    """Return ``origin_of`` what a command was given as a run.

    Raises:
        SnapshotError: it is neither a run nor a snapshot, or damaged.
        ConfigError: its pictures are not known, and no others are named.
    """
    origin = origin_of(Path(path), data)
    if origin is None:
        raise SnapshotError(f"{path} is no run and no snapshot: give the folder that `dcgan train` made")
    return origin


def _of_snapshot(folder: Path) -> Origin:
    loaded = load_snapshot(folder)
    model, info = loaded.best_G.config, loaded.info
    share = info.get("held_back", 0) / max(info.get("pictures", 0) + info.get("held_back", 0), 1)
    settings = PicturesConfig(size=f"{model.height}x{model.width}", channels=model.channels)
    return Origin(settings=settings, source=None, digest=str(info.get("digest")), hold_back=share)


def real_pictures(origin: Origin, *, data: str | None, labels: str | None, cache: Path) -> Pictures:
    """Return real pictures as the model's own were made: its own, or others.

    Args:
        origin: of the model.
        data: other pictures; None: its own.
        labels: a file of labels; None: what the run had, or what lies in ``data``.
        cache: the folder below which prepared pictures are kept.

    Raises:
        UserError: they cannot be had.
    """
    source = data or origin.source
    if source is None:
        raise ConfigError("it is not known which pictures the run was trained on: name real pictures with --data")
    settings = origin.settings
    if data is not None or labels is not None:
        settings = replace(settings, labels=labels)
    return prepared(source, settings, cache)[0]
