"""The package from Python: ``dcgan.load``, ``dcgan.prepare`` and what they return."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from dcgan.config import PicturesConfig
from dcgan.data.pictures import Pictures
from dcgan.data.prepare import default_cache, prepare_source
from dcgan.errors import SnapshotError
from dcgan.latent.sample import sample
from dcgan.models.discriminator import Discriminator
from dcgan.models.generator import Generator
from dcgan.models.snapshot import Snapshot, load_snapshot
from dcgan.serial import from_dict
from dcgan.training.device import choose_device
from dcgan.training.run import find_snapshot

Weights = Literal["averaged", "raw"]


class Model:
    """A trained model, ready to make pictures.

    Attributes:
        G: the generator: z (N, z_dim) float -> pictures (N, C, H, W) float32 in [-1, 1].
        D: the discriminator: pictures (N, C, H, W) -> logits (N,), or (N / pack,) where it judges several together.
        info: where the model comes from: recipe, data, nimg, seed.
        path: the snapshot's folder.
        weights: which generator G is, averaged or raw.
    """

    def __init__(self, snapshot: Snapshot, G: Generator, path: Path, device: torch.device) -> None:
        self.G: Generator = G.to(device)
        self.D: Discriminator = snapshot.D.to(device)
        self.weights: Weights = "averaged" if G is snapshot.G_ema else "raw"
        self.info: dict[str, Any] = snapshot.info
        self.path = path

    def __call__(self, z: Tensor) -> Tensor:
        """Return G(z): z (N, z_dim) float -> (N, C, H, W) float32 in [-1, 1]."""
        with torch.inference_mode():
            return self.G(z)

    def sample(
        self, seeds: Sequence[int], *, mean: float = 0.0, std: float = 1.0, trunc: float | None = None, batch: int = 64
    ) -> np.ndarray:
        """Return the pictures of seeds, uint8 (len(seeds), H, W, C): the same seed, the same picture.

        Args:
            seeds: any integers.
            mean: added to every number of z.
            std: multiplies every number of z before that.
            trunc: numbers of z beyond +-trunc are drawn again; None leaves them.
            batch: pictures made at a time.
        """
        return sample(self.G, seeds, mean=mean, std=std, trunc=trunc, batch=batch)


def load(path: str | Path, *, snapshot: str = "auto", weights: Weights | None = None, device: str = "cpu") -> Model:
    """Load a trained model from a run's folder or from a snapshot's.

    Args:
        path: the folder.
        snapshot: of a run: best, latest, a number of kimg, or auto (the best where the run has measured it, else the
            latest).
        weights: averaged or raw; None takes the averaged generator where there is one.
        device: auto, cpu, cuda, cuda:1, mps.

    Raises:
        SnapshotError: nothing is there, it is damaged, or it has no such weights.
        ConfigError: there is no such device.
    """
    folder = find_snapshot(Path(path), snapshot)
    loaded = load_snapshot(folder)
    if weights == "averaged" and loaded.G_ema is None:
        raise SnapshotError(f"{folder} has no averaged generator: its run kept none; take --weights raw")
    G = loaded.G if weights == "raw" else loaded.best_G
    return Model(loaded, G, folder, choose_device(device))


def prepare(source: str | Path, *, cache: str | Path | None = None, **settings: Any) -> Pictures:
    """Return the pictures of a source, made to measure and checked up, from the cache or made now.

    Args:
        source: a folder, an archive, arrays, tables, ``hub:owner/name`` or ``digits``, as for ``dcgan prepare``.
        cache: where prepared pictures are kept; by default in the user's cache folder (``~/.cache/dcgan`` on Linux).
        settings: fields of ``dcgan.config.PicturesConfig``: size, channels, crop, background, labels, limit, dedupe.

    Raises:
        DataError: there is nothing to read.
        ConfigError: a setting is out of range.
    """
    values = {name: str(v) if name in ("size", "labels") and v is not None else v for name, v in settings.items()}
    config = from_dict(PicturesConfig, values, "the settings")
    return prepare_source(str(source), config, Path(cache) if cache else default_cache())[0]
