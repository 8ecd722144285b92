"""BatchNorm over the batches of several processes: the statistics are those of all pictures together."""

from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor


def normalise(x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> tuple[Tensor, Tensor, Tensor, int]:
    """Normalise this process's part of a batch by the statistics of all parts, which are of one size.

    Args:
        x: (N, C) or (N, C, H, W).
        weight: gain (C,).
        bias: (C,).
        eps: added to the variance.

    Returns:
        As x, differentiable as often as one likes; mean and biased variance, (C,) float32; and of how many numbers a
        channel they are.
    """
    y, mean, variance = _Normalise.apply(x, weight, bias, eps)
    return y, mean, variance, dist.get_world_size() * (x.numel() // x.shape[1])


class _Sum(torch.autograd.Function):
    """The sum of a tensor over all processes; so is its gradient, and the gradient's."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        return _Sum.apply(grads[0].contiguous())


class _Normalise(torch.autograd.Function):
    """PyTorch's own kernels, with two sums over all processes, forward and backward."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> tuple[Tensor, Tensor, Tensor]:
        _, mean, deviation = torch.ops.aten.native_batch_norm(x, None, None, None, None, True, 0.0, eps)
        mean, variance = put_together(mean.float(), deviation.float() ** -2 - eps)
        y = F.batch_norm(x, mean, variance, weight, bias, False, 0.0, eps)
        ctx.save_for_backward(x, weight, bias, mean, variance)
        ctx.eps = eps
        ctx.mark_non_differentiable(mean, variance)
        return y, mean, variance

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, bias, mean, variance = ctx.saved_tensors
        if torch.is_grad_enabled():  # a penalty, which goes back through this once more
            y = plainly(x, weight, bias, ctx.eps)
            return *torch.autograd.grad(y, (x, weight, bias), grads[0], create_graph=True), None
        return *_gradients(grads[0], x, weight, mean, variance, ctx.eps), None


def _gradients(
    g: Tensor, x: Tensor, weight: Tensor, mean: Tensor, variance: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Ioffe and Szegedy's gradients (arXiv 1502.03167, section 3) from those for statistics that stand still."""
    still, of_weight, of_bias = torch.ops.aten.native_batch_norm_backward(
        g.to(x.dtype), x, weight, mean, variance, None, None, False, eps, [True, True, True]
    )
    sums = torch.stack([of_weight.float(), of_bias.float()])
    dist.all_reduce(sums)
    along, level = sums / (dist.get_world_size() * (x.numel() // x.shape[1]))
    deviation = (variance + eps).rsqrt()
    slope = -weight * along * deviation.square()
    offset = -weight * level * deviation - slope * mean
    shape = (1, -1, *[1] * (x.ndim - 2))
    of_x = still + torch.addcmul(offset.to(x.dtype).view(shape), x, slope.to(x.dtype).view(shape))
    return of_x, of_weight, of_bias


def plainly(x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """Return the same as ``normalise``, in operations that can be differentiated again."""
    over, shape = [0, *range(2, x.ndim)], (1, -1, *[1] * (x.ndim - 2))
    variance, mean = torch.var_mean(x.float(), over, correction=0)
    mean, variance = put_together(mean, variance)
    scale = weight / (variance + eps).sqrt()
    return (x.float() * scale.view(shape) + (bias - mean * scale).view(shape)).to(x.dtype)


def put_together(mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and variance of all processes' numbers from those of each one's, without cancellation (Chan, Golub
    and LeVeque 1983): (C,) float32 each."""
    slots = torch.zeros(dist.get_world_size(), 1, 1, device=mean.device)
    slots[dist.get_rank()] = 1
    means, variances = _Sum.apply(slots * torch.stack([mean, variance])).unbind(1)
    total = means.mean(0)
    return total, (variances + (means - total).square()).mean(0)
