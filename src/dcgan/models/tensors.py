"""Writing tensors: the format is safetensors, the bytes go through Python."""

from pathlib import Path

from safetensors.torch import save
from torch import Tensor


def save_file(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """Write tensors and their metadata as one safetensors file.

    The library's own ``save_file`` writes to a temporary file of its own choice, which a killed process leaves for
    ever, and its error on a full disk is no ``OSError``.
    """
    path.write_bytes(save(tensors, metadata=metadata))
