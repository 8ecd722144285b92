"""Whether a device computes in bfloat16, and computing in plain float32 whatever it could."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

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


@contextmanager
def plain_float32(device: torch.device, *, gradients: bool = False) -> Iterator[None]:
    """Compute without autocast, without TensorFloat-32 and, unless they are wanted, without gradients, whatever is on
    around this."""
    with ExitStack() as stack:
        if not gradients:
            stack.enter_context(torch.inference_mode())
        stack.enter_context(torch.autocast(device.type, enabled=False))
        if device.type == "cuda":
            kept = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
            stack.callback(_allow_tf32, *kept)
            _allow_tf32(False, False)
        yield


def _allow_tf32(matmul: bool, cudnn: bool) -> None:
    torch.backends.cuda.matmul.allow_tf32 = matmul
    torch.backends.cudnn.allow_tf32 = cudnn
