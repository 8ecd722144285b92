"""Writing a stream of pictures as a folder, a zip or an array, a batch at a time."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from dcgan.files import replacing
from dcgan.images import save_png, to_image


def write_pictures(out: Path, seeds: Sequence[int], parts: Iterable[np.ndarray]) -> None:
    """Write the pictures of seeds.

    Args:
        out: a folder (PNGs named ``seed000005.png``), a FILE.zip of the same, or a FILE.npy, uint8 (N, H, W, C). Files
            are written in one step: an error leaves what stood there. Memory is flat, but for half a kilobyte a picture
            that a zip's table of contents takes.
        seeds: one a picture, in order.
        parts: the pictures, uint8 (n, H, W, C) at a time, len(seeds) in all.
    """
    if out.suffix == ".npy":
        _write_npy(out, len(seeds), parts)
    elif out.suffix == ".zip":
        _write_zip(out, seeds, parts)
    else:
        out.mkdir(parents=True, exist_ok=True)
        for seed, picture in _numbered(seeds, parts):
            save_png(out / _name(seed), picture)


def _write_zip(out: Path, seeds: Sequence[int], parts: Iterable[np.ndarray]) -> None:
    with replacing(out) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for seed, picture in _numbered(seeds, parts):
            data = io.BytesIO()
            to_image(picture).save(data, format="PNG")
            archive.writestr(_name(seed), data.getvalue())


def _write_npy(out: Path, count: int, parts: Iterable[np.ndarray]) -> None:
    with replacing(out) as temporary, temporary.open("wb") as file:
        header_written = False
        for part in parts:
            if not header_written:
                header = {"descr": "|u1", "fortran_order": False, "shape": (count, *part.shape[1:])}
                np.lib.format.write_array_header_1_0(file, header)
                header_written = True
            file.write(part.tobytes())


def _numbered(seeds: Sequence[int], parts: Iterable[np.ndarray]) -> Iterable[tuple[int, np.ndarray]]:
    return zip(seeds, (picture for part in parts for picture in part), strict=True)


def _name(seed: int) -> str:
    return f"seed{seed:06d}.png"
