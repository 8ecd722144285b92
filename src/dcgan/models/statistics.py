"""BatchNorm statistics that belong to a network's weights, measured anew."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from dcgan.models.layers import BatchNorm


@torch.no_grad()
def recompute_statistics(net: nn.Module, batches: Iterable[Tensor]) -> None:
    """Replace the BatchNorm statistics of G or D by their mean over ``batches`` of its input, in place.

    An averaged generator has never seen a batch, and a discriminator has last seen half its batches generated: the
    statistics that belong to its weights and its pictures are measured, not averaged (as for averaged weights in
    Izmailov and others, arXiv 1803.05407; as the DCGAN authors' code does before D's features are read). Without
    BatchNorm nothing is done.

    Args:
        net: the network; its mode (training or evaluation) is the same afterwards.
        batches: its inputs, z (N, z_dim) or pictures (N, C, H, W), best of the size used in training. Of none, the
            statistics are those of a network that has seen nothing: mean 0, variance 1.
    """
    norms = [m for m in net.modules() if isinstance(m, BatchNorm)]
    if not norms:
        return
    was_training, momenta = net.training, [norm.momentum for norm in norms]
    net.eval()  # no dropout, and no step of spectral normalisation
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over all batches
        norm.train()
    for x in batches:
        net(x)
    net.train(was_training)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
