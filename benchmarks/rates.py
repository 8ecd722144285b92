"""The device: what it is, how its work is timed, and the rate of its matrix products, which is the limit of a step."""

import os
import time
from collections.abc import Callable
from typing import Any

import torch
from common import Way, processor

NO_CUDA = "there is no CUDA device here: this part waits for one"
SIZES = ((1024, 1024, 1024), (2048, 2048, 2048), (4096, 2048, 1024))
LARGE = ((4096, 4096, 4096), (8192, 8192, 8192))  # also on a GPU, which smaller ones do not fill
DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


def machine(device: str = "cpu") -> dict[str, Any]:
    """Return what is to be known of the machine."""
    facts: dict[str, Any] = {
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "bf16": bool(torch.cpu._is_avx512_bf16_supported()),
    }
    return facts | ({"gpu": torch.cuda.get_device_name()} if device == "cuda" else {})


def synchronise(device: str) -> None:
    """Wait until the device has done what it was told."""
    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()


def clock(step: Callable[[], Any], device: str = "cpu") -> Way:
    """Make a way of a step."""

    def way(count: int) -> float:
        synchronise(device)
        started = time.perf_counter()
        for _ in range(count):
            step()
        synchronise(device)
        return (time.perf_counter() - started) / count

    return way


def product_seconds(device: str, dtype: torch.dtype, size: tuple[int, int, int], repeats: int = 3) -> float:
    """Return the seconds that a floating-point operation takes in a product of matrices, the best of some tries."""
    rows, inner, columns = size
    a, b = torch.randn(rows, inner).to(device, dtype), torch.randn(inner, columns).to(device, dtype)
    out = torch.empty(rows, columns, device=device, dtype=dtype)
    way = clock(lambda: torch.mm(a, b, out=out), device)
    way(1)
    return min(way(20 if device == "cuda" else 1) for _ in range(repeats)) / (2 * rows * inner * columns)


def best_size(device: str, dtype: torch.dtype) -> tuple[int, int, int]:
    """Return the size of the matrices whose product runs at the highest rate here."""
    sizes = SIZES + LARGE if device == "cuda" else SIZES
    return min(sizes, key=lambda size: product_seconds(device, dtype, size))


def matrix_rate(device: str, dtype: torch.dtype) -> float:
    """Return the machine's matrix rate in GFLOP/s: the best of several large products."""
    return 1e-9 / product_seconds(device, dtype, best_size(device, dtype))
