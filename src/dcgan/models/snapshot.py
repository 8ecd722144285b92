"""Snapshots: a trained model as a folder that explains itself and runs nobody's code.

``model.safetensors`` holds the weights of G, of the averaged G where there is one, and of D; ``config.json`` the
architecture and where the model comes from; ``README.md`` is a short card for people.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

import dcgan
from dcgan.config import ModelConfig
from dcgan.errors import ConfigError, SnapshotError
from dcgan.files import replacing_dir, write_json, write_text
from dcgan.models.discriminator import Discriminator
from dcgan.models.generator import Generator
from dcgan.models.tensors import save_file
from dcgan.serial import from_dict, to_dict

FORMAT = "dcgan-snapshot"
VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A model as it was at one moment of a run, in evaluation mode, on the CPU, float32."""

    model: ModelConfig
    G: Generator
    D: Discriminator
    G_ema: Generator | None
    """The averaged generator, where the run kept one."""
    info: dict[str, Any]
    """Where it comes from: recipe, data, nimg, seed, version."""

    @property
    def best_G(self) -> Generator:
        """The averaged generator if there is one, else the generator."""
        return self.G_ema or self.G


def save_snapshot(
    path: Path, model: ModelConfig, G: nn.Module, D: nn.Module, G_ema: nn.Module | None, info: dict[str, Any]
) -> None:
    """Write a snapshot as the folder ``path``, in one step.

    Args:
        path: the folder to make; one that stands there is replaced.
        model: the architecture.
        G: the generator.
        D: the discriminator.
        G_ema: the averaged generator, its BatchNorm statistics made right, or None.
        info: plain values for ``config.json``.
    """
    nets = {"G": G, "D": D} | ({"G_ema": G_ema} if G_ema is not None else {})
    tensors = {
        f"{name}.{key}": value.detach().cpu().contiguous()
        for name, net in nets.items()
        for key, value in net.state_dict().items()
    }
    config = {
        "format": FORMAT,
        "version": VERSION,
        "dcgan": dcgan.__version__,
        "averaged": G_ema is not None,
        "pictures": {"range": [-1, 1], "layout": "NCHW", "dtype": "float32"},
        "model": to_dict(model),
        "info": info,
    }
    with replacing_dir(path) as folder:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        write_json(folder / "config.json", config)
        write_text(folder / "README.md", _card(model, info))


def load_snapshot(path: Path) -> Snapshot:
    """Load the snapshot in the folder ``path``.

    Raises:
        SnapshotError: nothing is there, a file is damaged, or something else wrote it.
    """
    config = _read_config(path)
    try:
        model = from_dict(ModelConfig, config["model"], "model")
    except (ConfigError, KeyError) as error:
        raise SnapshotError(f"{path / 'config.json'} does not describe a model of this program: {error}") from error
    tensors = _read_tensors(path / "model.safetensors")
    try:
        nets = {"G": Generator(model), "D": Discriminator(model)}
        nets |= {"G_ema": Generator(model)} if config.get("averaged") else {}
    except (ValueError, RuntimeError, MemoryError) as error:
        raise SnapshotError(f"{path / 'config.json'} describes a model that cannot be built: {error}") from error
    for name, net in nets.items():
        _fill(net, tensors, name, path)
    return Snapshot(model=model, info=config.get("info", {}), **{"G_ema": None, **nets})  # type: ignore[arg-type]


def _read_config(path: Path) -> dict[str, Any]:
    file = path / "config.json"
    if not file.is_file():
        raise SnapshotError(f"{path} holds no snapshot: a folder with config.json and model.safetensors is expected")
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise SnapshotError(f"{file} is damaged ({error}): take another snapshot") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise SnapshotError(f"{file} was not written by dcgan: its format is not {FORMAT!r}")
    if config.get("version") != VERSION:
        raise SnapshotError(f"{file} is of version {config.get('version')!r}, this dcgan reads {VERSION}: update dcgan")
    return config


def _read_tensors(file: Path) -> dict[str, Tensor]:
    if not file.is_file():
        raise SnapshotError(f"{file} is missing: take another snapshot")
    try:
        return load_file(file)
    except (SafetensorError, OSError) as error:
        raise SnapshotError(f"{file} is damaged ({error}): take another snapshot") from error


def _fill(net: nn.Module, tensors: dict[str, Tensor], name: str, path: Path) -> None:
    own = {key.removeprefix(name + "."): value for key, value in tensors.items() if key.startswith(name + ".")}
    try:
        net.load_state_dict(own)
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise SnapshotError(f"the weights of {name} in {path} do not fit its config.json: {first}") from error
    for parameter in net.parameters():
        if not torch.isfinite(parameter).all():
            raise SnapshotError(f"the weights of {name} in {path} are not all numbers: take an earlier snapshot")
    net.eval().requires_grad_(False)


def _card(model: ModelConfig, info: dict[str, Any]) -> str:
    prior = "N(0, 1)" if model.prior == "normal" else "U(-1, 1)"
    return f"""---
library_name: dcgan
tags: [gan, dcgan, image-generation]
---
# A DCGAN of {info.get("name", "pictures")}

- recipe `{info.get("recipe", "?")}`, trained on {info.get("pictures", "?")} pictures for \
{info.get("nimg", 0) / 1000:g} thousand images, seed {info.get("seed", "?")}
- makes pictures of {model.height}x{model.width} with {model.channels} channels from {model.z_dim} numbers z ~ {prior}

```python
import dcgan
G = dcgan.load("this/folder")
pictures = G.sample(seeds=range(16))  # uint8 (16, {model.height}, {model.width}, {model.channels})
```
"""
