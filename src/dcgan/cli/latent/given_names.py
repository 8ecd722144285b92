"""Names for clusters of samples: what a user has said, kept in the run."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dcgan.api import Model
from dcgan.cli.origin import run_of
from dcgan.errors import ConfigError, SnapshotError
from dcgan.files import replacing
from dcgan.latent.reader import Reader
from dcgan.metrics.store import DAMAGE
from dcgan.models.digest import weights_digest
from dcgan.parse import parse_ints
from dcgan.probes.clusters import Clusters, Namer
from dcgan.probes.features import Eye

SIDE = 2
"""Of the pooled maps: where things are, but not to the pixel."""
OTHER = "other"
"""What clusters are that get no name by hand."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """Names for a generator's samples."""

    clusters: Clusters
    namer: Namer
    names: tuple[str, ...]
    """Those that the namer tells apart, K of them."""
    n: int
    """Samples, seeds 0 to n - 1, that the clusters were found in."""
    digest: str
    """Of the networks that they were found with."""
    how: str
    """Where the names come from, in words."""

    def reader(self, eye: Eye) -> Reader:
        """Return them as what reads labels in samples."""

        def read(pixels: np.ndarray) -> np.ndarray:
            return self.namer.probabilities(self.clusters.place(eye.read(pixels)))

        return Reader(names=self.names, read=read, what=f"names given {self.how}")


def settled_on(model: Model, pixels: np.ndarray) -> Eye:
    """Return D as a reader of samples, uint8 (n, H, W, C): its BatchNorm statistics are theirs."""
    eye = Eye(model.D, side=SIDE)
    eye.settle(pixels, np.arange(len(pixels)))
    return eye


def digest_of(model: Model) -> str:
    """Return what changes with G and D."""
    return f"{weights_digest(model.G)} {weights_digest(model.D)}"


def parse_names(text: str, option: str) -> list[tuple[str, list[int]]]:
    """Read ``smiling=0,4;glasses=7-9`` as names with numbers.

    Raises:
        ConfigError: it is of another form.
    """
    found = []
    for part in text.split(";"):
        name, equals, numbers = part.partition("=")
        name = name.strip()
        if not equals or not name or not numbers.strip():
            raise ConfigError(f"{option} is NAME=NUMBERS with ; between them, such as 'smiling=0,4;glasses=7-9'")
        found.append((name, parse_ints(numbers, option)))
    return found


def in_an_expression(name: str) -> str:
    """Return a name as it is written after ``label:``.

    Raises:
        ConfigError: it could not be.
    """
    if set(name) & set("&!'\""):
        raise ConfigError(f"the name {name!r} could not stand in an expression: leave out &, ! and quotation marks")
    return name if re.fullmatch(r"\w+", name) else f"'{name}'"


# Kept in the run -----------------------------------------------------------------------------------------------------


def place_of(path: str | Path) -> Path:
    """Return the file that a run's names are kept in.

    Raises:
        SnapshotError: there is no run.
    """
    run = run_of(Path(path))
    if run is None:
        raise SnapshotError(f"{path} is not in a run: names are kept in a run's folder")
    return run.path / "named.npz"


def save(path: Path, named: Named) -> None:
    """Write names as one .npz, in one step."""
    clusters = named.clusters
    facts = {"names": named.names, "n": named.n, "digest": named.digest, "how": named.how}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            mean=clusters.mean,
            scale=clusters.scale,
            axes=clusters.axes,
            centres=clusters.centres,
            weights=named.namer.weights,
            bias=named.namer.bias,
            facts=np.array(json.dumps(facts)),
        )


def load(path: Path, model: Model) -> Named:
    """Read what ``save`` wrote.

    Raises:
        SnapshotError: there is nothing, it is damaged, or it belongs to another snapshot.
    """
    if not path.is_file():
        raise SnapshotError(f"{path.parent} has no names yet: `dcgan features name` gives them")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            facts = json.loads(str(arrays["facts"]))
            parts = {name: arrays[name] for name in ("mean", "scale", "axes", "centres")}
            named = Named(
                clusters=Clusters(**parts),
                namer=Namer(weights=arrays["weights"], bias=arrays["bias"]),
                names=tuple(facts["names"]),
                n=int(facts["n"]),
                digest=str(facts["digest"]),
                how=str(facts["how"]),
            )
    except (*DAMAGE, TypeError) as error:
        raise SnapshotError(f"{path} is damaged ({error}): give the names again with `dcgan features name`") from error
    if named.digest != digest_of(model):
        raise SnapshotError(
            f"{path} belongs to other weights than those of {model.path}: give the --snapshot and --weights that it "
            "was made with, or name these with `dcgan features name`"
        )
    return named
