"""Convolutions written as matrix products, where a CPU's own are slow in bfloat16.

oneDNN computes most convolutions at the rate of the processor's matrix products. Two kinds fall behind: the weight's
gradient where the maps are small and deep, and layers whose kernel is the whole map. Both are one product of matrices.
The sums are the same, in another order; in float32, which is the reference, nothing here is used.
"""

from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SMALL = 64  # pixels of the smaller map: up to 8x8 the product is the faster one
DEEP = 64  # channels from which it is worth it
COPIES = 4  # times that the patches may hold each pixel

Pair = tuple[int, int]


def can_help(x: Tensor) -> bool:
    """Whether this is training in bfloat16 on a CPU, by autocast."""
    return (
        x.device.type == "cpu"
        and torch.is_autocast_enabled("cpu")
        and torch.get_autocast_dtype("cpu") == torch.bfloat16
        and not torch.compiler.is_compiling()
    )


def conv(op: nn.Conv2d, x: Tensor, weight: Tensor) -> Tensor:
    """Apply a convolution with ``weight`` (O, I, K, L) in place of its own: x (N, I, H, W) -> (N, O, h, w), bfloat16.

    Where the kernel is the whole map it is one product; elsewhere only the gradient of the weight may be.
    """
    stride, padding = op.stride[0], cast(Pair, op.padding)
    x, weight, bias = x.bfloat16(), weight.bfloat16(), None if op.bias is None else op.bias.bfloat16()
    if x.shape[2:] == weight.shape[2:] and padding == (0, 0):
        return F.linear(_row(x), _row(weight), bias)[:, :, None, None]
    sides = zip(x.shape[2:], padding, weight.shape[2:], strict=True)
    height, width = ((side + 2 * pad - k) // stride + 1 for side, pad, k in sides)
    if pays(weight, stride, height * width):
        return _Conv.apply(x, weight, bias, stride, padding)
    return F.conv2d(x, weight, bias, stride, padding)


def up(op: nn.ConvTranspose2d, x: Tensor) -> Tensor:
    """Apply a transposed convolution: x (N, I, h, w) -> (N, O, H, W), bfloat16. From 1x1 maps it is one product."""
    stride, padding, extra = op.stride[0], cast(Pair, op.padding), cast(Pair, op.output_padding)
    x, weight, bias = x.bfloat16(), op.weight.bfloat16(), None if op.bias is None else op.bias.bfloat16()
    if x.shape[2:] == (1, 1) and padding == extra == (0, 0):
        maps = x.flatten(1) @ weight.permute(0, 2, 3, 1).flatten(1)
        y = maps.view(-1, *weight.shape[2:], weight.shape[1]).permute(0, 3, 1, 2)
        return y if bias is None else y + bias[:, None, None]
    if pays(weight, stride, x.shape[2] * x.shape[3]):
        return _Up.apply(x, weight, bias, stride, padding, extra)
    return F.conv_transpose2d(x, weight, bias, stride, padding, extra)


def pays(weight: Tensor, stride: int, pixels: int) -> bool:
    """Whether the gradient of a kernel is the quicker one as a product, for a smaller map of so many pixels."""
    copies = weight.shape[2] * weight.shape[3] / stride**2
    return pixels <= SMALL and min(weight.shape[:2]) >= DEEP and copies <= COPIES


class _Conv(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: Pair) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.how = stride, padding
        return F.conv2d(x, weight, bias, stride, padding)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (x, weight), (stride, padding), (gradient,) = ctx.saved_tensors, ctx.how, grads
        of_x = _gradient_of_input(gradient, x, weight, stride, padding) if ctx.needs_input_grad[0] else None
        of_weight = kernel_gradient(x, gradient, weight, stride, padding) if ctx.needs_input_grad[1] else None
        return of_x, of_weight, gradient.sum((0, 2, 3)) if ctx.needs_input_grad[2] else None, None, None


class _Up(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: Pair, extra: Pair
    ) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.how = stride, padding
        return F.conv_transpose2d(x, weight, bias, stride, padding, extra)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (x, weight), (stride, padding), (gradient,) = ctx.saved_tensors, ctx.how, grads
        of_x = F.conv2d(gradient, weight, None, stride, padding) if ctx.needs_input_grad[0] else None
        of_weight = kernel_gradient(gradient, x, weight, stride, padding) if ctx.needs_input_grad[1] else None
        return of_x, of_weight, gradient.sum((0, 2, 3)) if ctx.needs_input_grad[2] else None, None, None, None


def _gradient_of_input(g: Tensor, x: Tensor, weight: Tensor, stride: int, padding: Pair) -> Tensor:
    made = [
        (side - 1) * stride - 2 * pad + k for side, pad, k in zip(g.shape[2:], padding, weight.shape[2:], strict=True)
    ]
    extra = [side - there for side, there in zip(x.shape[2:], made, strict=True)]
    return F.conv_transpose2d(g, weight, None, stride, padding, extra)


def kernel_gradient(large: Tensor, small: Tensor, weight: Tensor, stride: int, padding: Pair) -> Tensor:
    """Return the gradient of a kernel (S, L, K, K) between maps ``large`` (N, L, H, W) and ``small`` (N, S, h, w).

    It is one product, small^T times the patches of ``large``. For a convolution ``large`` is its input and ``small``
    its output's gradient; for a transposed one the other way round.
    """
    rows = small.permute(0, 2, 3, 1).reshape(-1, small.shape[1])
    kernel = (weight.shape[2], weight.shape[3])
    product = rows.t() @ patches(large, kernel, stride, padding, (small.shape[2], small.shape[3]))
    return product.view(small.shape[1], *kernel, large.shape[1]).permute(0, 3, 1, 2)


def patches(x: Tensor, kernel: Pair, stride: int, padding: Pair, out: Pair) -> Tensor:
    """Return what each pixel of a convolution's output sees: x (N, C, H, W) -> (N * h * w, K * L * C)."""
    down, right = padding
    rows = F.pad(x.permute(0, 2, 3, 1), (0, 0, right, right, down, down))
    seen = rows.unfold(1, kernel[0], stride).unfold(2, kernel[1], stride)[:, : out[0], : out[1]]  # N, h, w, C, K, L
    return seen.permute(0, 1, 2, 4, 5, 3).reshape(-1, kernel[0] * kernel[1] * x.shape[1])


def _row(maps: Tensor) -> Tensor:
    """Return maps (N, C, H, W) as (N, H * W * C), which is how channels_last keeps them."""
    return maps.permute(0, 2, 3, 1).reshape(len(maps), -1)
