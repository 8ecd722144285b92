"""``dcgan features export RUN``: D's features of any pictures, as a file."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import tyro

from dcgan.api import load
from dcgan.cli.arguments import parse
from dcgan.cli.features.pictures import PictureOptions, open_pictures
from dcgan.cli.progress import Progress
from dcgan.data.parts import parts_of
from dcgan.data.pictures import Pictures
from dcgan.errors import ConfigError
from dcgan.files import replacing
from dcgan.metrics.sides import drawn
from dcgan.parse import parse_ints
from dcgan.probes.features import BATCH, SIDE, Eye
from dcgan.probes.table import STORED, finite
from dcgan.training.device import choose_device


@dataclass(frozen=True, kw_only=True)
class Arguments(PictureOptions):
    """Write D's features of pictures as one .npz: every layer's maps, max-pooled to 4x4, one after another."""

    run: Annotated[str, tyro.conf.Positional]
    """A run's folder, or a snapshot's."""
    out: Path = Path("out") / "features.npz"
    """The file: features (N, d) float16 in the pictures' order, labels (N,) int64 (-1: none), classes, names (N,),
    layers, widths (which columns are whose), settled_on; attributes (N, A) int8 with attribute_names where there are
    any."""
    layers: str | None = None
    """Which of D's layers are read, such as 2-4; by default all but the verdict."""
    side: int = SIDE
    """Maps are max-pooled to so many rows and columns."""
    settle: Literal["run", "data"] = "run"
    """Whose statistics D's BatchNorm takes: run: the pictures that the run was trained on, so that files of several
    sources can be compared; data: those that are read."""
    snapshot: str = "auto"
    """auto, best, latest, or a number of kimg."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:1, mps."""


def main(argv: list[str]) -> int:
    arguments = parse(Arguments, argv, "dcgan features export")
    if arguments.out.suffix != ".npz":
        raise ConfigError(f"--out is a file that ends in .npz, not {str(arguments.out)!r}")
    if arguments.side < 1:
        raise ConfigError(f"--side is at least 1, not {arguments.side}")
    layers = None if arguments.layers is None else parse_ints(arguments.layers, "--layers")
    model = load(arguments.run, snapshot=arguments.snapshot, device=str(choose_device(arguments.device)))
    eye = Eye(model.D, layers, arguments.side)
    pictures, _ = open_pictures(arguments.run, arguments)
    usual = pictures
    if arguments.settle == "run" and arguments.data is not None:
        usual, _ = open_pictures(arguments.run, PictureOptions(cache=arguments.cache))
    eye.settle(usual.pixels, drawn(np.arange(len(usual)), len(usual), "pictures that D settles on"))
    with Progress("reading") as progress:
        write_npz(arguments.out, eye, pictures, usual.name, progress.count)
    print(f"{len(pictures):,} pictures, {sum(eye.widths):,} features of each: {arguments.out}")
    return 0


def write_npz(path: Path, eye: Eye, pictures: Pictures, usual: str, progress: Callable[[int, int], None]) -> None:
    """Write features and what belongs to them as one .npz, in one step; the features go into it a batch at a time."""
    with replacing(path, durable=False) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, array in arrays_of(pictures, eye, usual).items():
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
        shape = (len(pictures), sum(eye.widths))
        with archive.open("features.npy", "w", force_zip64=True) as file:
            header = {"descr": np.lib.format.dtype_to_descr(STORED), "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_2_0(file, header)
            done = 0
            for part in parts_of(pictures.pixels, np.arange(len(pictures)), BATCH):
                file.write(finite(eye.read(part)).tobytes())
                done += len(part)
                progress(done, len(pictures))


def arrays_of(pictures: Pictures, eye: Eye, usual: str) -> dict[str, np.ndarray]:
    """Return what belongs to the features, by name."""
    found = {
        "labels": np.asarray(pictures.labels),
        "classes": np.array(pictures.classes, dtype=np.str_),
        "names": np.array(pictures.names, dtype=np.str_),
        "layers": np.array(eye.layers),
        "widths": np.array(eye.widths),
        "settled_on": np.array(usual),
    }
    if pictures.values is not None:
        found |= {"attributes": np.asarray(pictures.values), "attribute_names": np.array(pictures.attributes)}
    return found
