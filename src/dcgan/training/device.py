"""On what, and how precisely, a run computes."""

from contextlib import AbstractContextManager, nullcontext

import torch

from dcgan.errors import ConfigError, check


def choose_device(text: str) -> torch.device:
    """Return the device that ``--device`` names; ``auto`` takes CUDA, then MPS, then the CPU.

    Raises:
        ConfigError: there is no such device here.
    """
    if text == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(text)
    except RuntimeError as error:
        raise ConfigError(f"--device is auto, cpu, cuda, cuda:1 or mps, not {text!r}") from error
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    check(here.get(device.type, False), "--device names a device that this machine and this PyTorch have", text)
    return device


def choose_precision(text: str, device: torch.device) -> str:
    """Return "bf16" or "fp32"; ``auto`` takes bf16 where the hardware computes in it."""
    if text != "auto":
        return text
    if device.type == "cuda":
        return "bf16" if torch.cuda.get_device_capability(device) >= (8, 0) else "fp32"
    return "bf16" if device.type == "cpu" and _cpu_has_bf16() else "fp32"


def _cpu_has_bf16() -> bool:
    if hasattr(torch.cpu, "get_capabilities"):
        capabilities = torch.cpu.get_capabilities()
        return bool(capabilities.get("avx512_bf16") or capabilities.get("bf16"))
    return bool(torch.cpu._is_avx512_bf16_supported())


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Return a fresh context in which convolutions run in ``precision``."""
    return torch.autocast(device.type, torch.bfloat16) if precision == "bf16" else nullcontext()
