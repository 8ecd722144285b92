"""The encoder that stands beside a snapshot: a file in its folder, with the digest of the G that it belongs to."""

from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from dcgan.errors import SnapshotError
from dcgan.files import replacing
from dcgan.latent.invert.encoder import Encoder
from dcgan.models.digest import weights_digest
from dcgan.models.generator import Generator
from dcgan.models.tensors import save_file

NAME = "encoder.safetensors"
FORMAT = "dcgan-encoder-1"


def save_encoder(folder: Path, encoder: Encoder, G: Generator) -> Path:
    """Write an encoder into a snapshot's folder, with the digest of the G that it belongs to. Returns the file."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in encoder.state_dict().items()}
    with replacing(folder / NAME) as temporary:
        save_file(tensors, temporary, metadata={"format": FORMAT, "G": weights_digest(G)})
    return folder / NAME


def load_encoder(folder: Path, G: Generator) -> Encoder:
    """Load the encoder that stands in a snapshot's folder, in evaluation mode, on G's device.

    Raises:
        SnapshotError: there is none, it is damaged, or it belongs to another G.
    """
    file = folder / NAME
    if not file.is_file():
        raise SnapshotError(f"{folder} has no encoder yet: train one with --encoder train")
    try:
        with safe_open(file, "pt") as opened:
            facts = opened.metadata() or {}
        if facts.get("format") != FORMAT:
            raise SnapshotError(f"{file} is no encoder of this program: train one with --encoder train")
        if facts.get("G") != weights_digest(G):
            raise SnapshotError(f"{file} belongs to another generator: train one for this with --encoder train")
        encoder = Encoder(G.config)
        encoder.load_state_dict(load_file(file))
    except (SafetensorError, OSError, RuntimeError) as error:
        raise SnapshotError(f"{file} is damaged ({error}): train it again with --encoder train") from error
    return encoder.to(next(G.parameters()).device).eval().requires_grad_(False)
