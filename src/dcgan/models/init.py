"""How weights start."""

import torch
from torch import Tensor, nn

from dcgan.config import Style
from dcgan.models.layers import BatchNorm, Block, power_iteration
from dcgan.rng import key


def initialise(net: nn.Module, style: Style, seed: int, purpose: str) -> None:
    """Fill every weight of ``net`` from the address (seed, purpose), in place.

    ``dcgan``: weights N(0, 0.02), biases 0, BatchNorm gain N(1, 0.02) (Radford and others, arXiv 1511.06434, and the
    authors' code). ``normal``: the same with gain 1. ``glorot``: U(-a, a), a = sqrt(6 / (fan_in + fan_out)), biases 0,
    gain 1 (Glorot and Bengio 2010; Keras's default).
    """
    generator = torch.Generator().manual_seed(key(seed, purpose))
    for block in (m for m in net.modules() if isinstance(m, Block)):
        weight, bias = block.op.weight, block.op.bias
        assert isinstance(weight, Tensor)
        _fill(weight, style, generator)
        if isinstance(bias, Tensor):
            nn.init.zeros_(bias)
        if isinstance(block.norm, BatchNorm) and style.init == "dcgan":
            nn.init.normal_(block.norm.weight, 1.0, 0.02, generator=generator)
        if block.row.norm == "spectral":
            nn.init.normal_(block.u, generator=generator)
            power_iteration(weight.detach().flatten(1), block.u, block.v, times=8)


def _fill(weight: Tensor, style: Style, generator: torch.Generator) -> None:
    if style.init == "glorot":
        nn.init.xavier_uniform_(weight, generator=generator)
    else:
        nn.init.normal_(weight, 0.0, 0.02, generator=generator)
