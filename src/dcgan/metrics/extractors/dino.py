"""The extractor ``dinov2``: features that were learnt from pictures without labels, through transformers.

The class token of DINOv2 (Oquab and others, arXiv 2304.07193), which agrees with people's eyes better than Inception
does (Stein and others, arXiv 2306.04675).
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor

from dcgan.errors import UserError
from dcgan.metrics.extractors.extractor import Extractor
from dcgan.metrics.extractors.optional import INSTEAD, library
from dcgan.metrics.extractors.reading import on_white, reader, resized
from dcgan.models.digest import weights_digest

BASE = "facebook/dinov2-base"
SIDE = 224
BATCH = 32
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, which it was trained with


def open_dino(argument: str | None, device: torch.device) -> Extractor:
    """Return the extractor of DINOv2's class token.

    Args:
        argument: a folder with ``config.json`` and ``model.safetensors``, or a name on the hub; None: dinov2-base.
        device: where it reads.

    Raises:
        UserError: the library is not installed, the weights cannot be had, or they are another network's.
    """
    place = argument or BASE
    net = _load(library("transformers", "dino", "dinov2"), place).to(device)

    def network(pixels: Tensor) -> Tensor:
        return net(pixel_values=as_input(on_white(pixels))).last_hidden_state[:, 0]

    dim = int(net.config.hidden_size)
    return Extractor(
        name=f"dinov2:{argument}" if argument else "dinov2",
        key=f"dinov2-{SIDE}-{weights_digest(net)}",
        dim=dim,
        read=reader(network, device, name="dinov2", batch=BATCH),
        facts={
            "what": f"the class token of DINOv2 ({place}), {dim} numbers of a picture",
            "limits": f"it was trained on photographs; pictures are resized to {SIDE}x{SIDE}, gray is repeated in "
            "three channels, transparency laid on white",
        },
    )


def as_input(pixels: Tensor) -> Tensor:
    """Turn uint8 (N, 3, H, W) into float32 (N, 3, 224, 224), bicubic, antialiased, scaled as ImageNet's pictures."""
    x = resized(pixels.float().div(255), SIDE, SIDE)
    mean, std = (torch.tensor(v, device=x.device)[:, None, None] for v in (MEAN, STD))
    return (x - mean) / std


def _load(transformers: ModuleType, place: str) -> Any:
    here = Path(place).is_dir()
    try:
        with torch.random.fork_rng(devices=[]), _silent(transformers):
            net = transformers.AutoModel.from_pretrained(place, local_files_only=here, use_safetensors=True)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(
            f"the network {place} of the extractor dinov2 cannot be loaded ({first}): with a connection it is "
            f"downloaded once; else give a folder that holds it, as frechet:dinov2:FOLDER, or {INSTEAD}"
        ) from error
    if not str(net.config.model_type).startswith("dinov2"):
        raise UserError(f"{place} holds a network of the kind {net.config.model_type}, not dinov2")
    return net.float().eval().requires_grad_(False)


@contextlib.contextmanager
def _silent(transformers: ModuleType) -> Iterator[None]:
    """Keep the library from drawing bars on the terminal meanwhile."""
    logging = transformers.utils.logging
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
