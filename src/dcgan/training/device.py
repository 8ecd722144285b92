"""On what, and how precisely, a run computes."""

from contextlib import AbstractContextManager, nullcontext

import torch

from dcgan.config import Precision
from dcgan.errors import ConfigError, check
from dcgan.models.precision import has_bf16


def choose_device(text: str, local: int = 0) -> torch.device:
    """Return the device that ``--device`` names; ``auto`` takes CUDA, then MPS, then the CPU.

    Args:
        text: auto, cpu, cuda, cuda:1, mps.
        local: which of the processes on this machine asks: ``auto`` and ``cuda`` give each a CUDA device of its own.

    Raises:
        ConfigError: there is no such device here.
    """
    if text == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", local % torch.cuda.device_count())
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(text)
    except RuntimeError as error:
        raise ConfigError(f"--device is auto, cpu, cuda, cuda:1 or mps, not {text!r}") from error
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    check(here.get(device.type, False), "--device names a device that this machine and this PyTorch have", text)
    known = device.type != "cuda" or (device.index or 0) < torch.cuda.device_count()
    check(known, "--device names one of this machine's CUDA devices, the first being cuda:0", text)
    if text == "cuda":
        return torch.device("cuda", local % torch.cuda.device_count())
    return device


def choose_precision(text: Precision, device: torch.device) -> Precision:
    """Return the precision to compute in; ``auto`` takes bf16 where the hardware computes in it, else fp32.

    Raises:
        ConfigError: the device has none such.
    """
    check(text != "tf32" or device.type == "cuda", "--precision tf32 needs a CUDA device", device.type)
    check(text != "fp16" or device.type != "mps", "--precision fp16 goes with CUDA or the CPU", device.type)
    if text != "auto":
        return text
    return "bf16" if has_bf16(device) else "fp32"


def set_float32(precision: Precision) -> None:
    """Let float32 convolutions and matrix products on a CUDA device use TensorFloat-32 for tf32 alone (PyTorch's own
    default is to use it in convolutions)."""
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.allow_tf32 = precision == "tf32"


def autocast(device: torch.device, precision: Precision) -> AbstractContextManager[object]:
    """Return a fresh context in which convolutions run in ``precision``."""
    kind = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision)
    return nullcontext() if kind is None else torch.autocast(device.type, kind)
