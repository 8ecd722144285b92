"""Whether a device computes in bfloat16."""

import torch


def has_bf16(device: torch.device) -> bool:
    """Tell whether the hardware itself multiplies bfloat16; where it does not, float32 is the faster one."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return device.type == "cpu" and _cpu_has_bf16()


def _cpu_has_bf16() -> bool:
    if hasattr(torch.cpu, "get_capabilities"):
        capabilities = torch.cpu.get_capabilities()
        return bool(capabilities.get("avx512_bf16") or capabilities.get("bf16"))
    return bool(torch.cpu._is_avx512_bf16_supported())
