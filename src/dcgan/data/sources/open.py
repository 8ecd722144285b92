"""Which kind of source is this? To add a kind, write its ``open_...`` in a file of its own and give it a place here."""

import tarfile
import zipfile
from pathlib import Path

from dcgan.data.sources.archive import open_tar, open_zip
from dcgan.data.sources.arrays import open_digits, open_numpy
from dcgan.data.sources.cifar import is_cifar, open_cifar
from dcgan.data.sources.folder import open_folder
from dcgan.data.sources.hub import open_hub
from dcgan.data.sources.idx import is_idx_pictures, open_idx
from dcgan.data.sources.labels import attach_labels
from dcgan.data.sources.parquet import open_parquet, parquet_files
from dcgan.data.sources.shards import has_classes, is_pattern, open_shards, shard_paths, webdataset
from dcgan.data.sources.source import DAMAGE, Source, path_of
from dcgan.errors import DataError

KINDS = (
    "a folder, a zip or tar file or shards of them, .npy or .npz, IDX files (MNIST), CIFAR's batches, parquet, "
    "hub:owner/name, or digits"
)


def open_source(text: str, labels: Path | None = None) -> Source:
    """Open a source by what it is, with its labels.

    Args:
        text: a path, ``hub:owner/name`` or ``digits``.
        labels: a file that names the class or the attributes of every picture: StyleGAN's ``dataset.json``, a CSV, or
            a table as CelebA's. Without it, one that lies in the source is taken; then class subfolders.

    Raises:
        DataError: nothing is there, it is of no kind that can be read, or the labels belong to other pictures.
    """
    return attach_labels(_open(text), labels)


def _open(text: str) -> Source:
    if text.startswith("hub:"):
        return open_hub(text)
    path = path_of(text, f"there is no source of pictures at {text!r}")
    there = path.exists()
    if text == "digits" and not there:
        return open_digits()
    if is_pattern(text) and not there:
        paths = shard_paths(text)
        if paths:
            return open_shards(paths, text)
    if not there:
        raise DataError(f"there is no source of pictures at {text}: give {KINDS}")
    if is_cifar(path):
        return open_cifar(path)
    return _open_folder(path) if path.is_dir() else _open_file(path)


def _open_folder(path: Path) -> Source:
    try:
        idx = sorted(p for p in path.iterdir() if "idx3-ubyte" in p.name and is_idx_pictures(p))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    if idx:
        return open_idx(next((p for p in idx if p.name.startswith("train")), idx[-1]))
    tables = parquet_files(path)
    if tables:
        return open_parquet(tables, path)
    shards = shard_paths(str(path))
    return open_shards(shards, str(path.resolve())) if shards else open_folder(path)


def _open_file(path: Path) -> Source:
    if not path.is_file():
        raise DataError(f"{path} is a pipe or a device, not a source of pictures: give {KINDS}")
    if is_idx_pictures(path):
        return open_idx(path)
    suffix = path.suffix.lower()
    if suffix in (".npy", ".npz"):
        return open_numpy(path)
    if suffix == ".parquet":
        return open_parquet([path], path)
    try:
        if zipfile.is_zipfile(path) and not _is_plain_tar(path):  # a tar may end in a zip
            return open_zip(path)
        if tarfile.is_tarfile(path):
            source = open_tar(path)
            return webdataset(source) if has_classes(source) else source
    except DAMAGE as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} cannot be read ({error}): fetch it again") from error
    raise DataError(f"{path} is not a source of pictures: give {KINDS}")


def _is_plain_tar(path: Path) -> bool:
    with path.open("rb") as f:
        return f.read(512)[257:262] == b"ustar"
