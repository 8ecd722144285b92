"""A generator without BatchNorm: in use a fixed scale and shift, which the layer before can do itself."""

from copy import deepcopy

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from dcgan.models.generator import Generator
from dcgan.models.layers import BatchNorm, Block


def folded(G: Generator) -> Generator:
    """Return a copy of a generator, on the CPU, in which every BatchNorm is part of the layer before it.

    The pictures are the same but for rounding; G stays as it is.

    Args:
        G: in evaluation mode.
    """
    assert not G.training
    copy = deepcopy(G).cpu()
    for block in copy.layers:
        assert isinstance(block, Block)
        if block.norm is not None:
            block.op, block.norm = _fused(block.op, block.norm), None
    return copy.eval().requires_grad_(False)


def _fused(op: nn.Module, norm: BatchNorm) -> nn.Module:
    """Return a layer and the BatchNorm after it as one layer. What is cut off a map between them changes nothing."""
    if isinstance(op, nn.Linear):
        return fuse_linear_bn_eval(op, norm)
    assert isinstance(op, nn.Conv2d | nn.ConvTranspose2d)
    return fuse_conv_bn_eval(op, norm, transpose=isinstance(op, nn.ConvTranspose2d))
