"""Spectral normalisation against PyTorch's own."""

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from dcgan.config import Layer, Style
from dcgan.models.layers import Block


def linear() -> Block:
    torch.manual_seed(0)
    return Block(Layer(op="linear", width=4, norm="spectral"), 6, (1, 1), Style())


def conv() -> Block:
    torch.manual_seed(0)
    return Block(Layer(op="conv", width=4, kernel=3, norm="spectral"), 2, (5, 5), Style())


def start(block: Block) -> Block:
    nn.init.normal_(block.u)
    block.u.div_(block.u.norm())
    return block.train()


def test_three_updates_are_those_of_pytorch() -> None:
    """PyTorch moves u before v; with rows and columns exchanged (dim=1) it does what algorithm 1 of the paper says."""
    block = start(linear())
    theirs = nn.Linear(6, 4)
    theirs.load_state_dict(block.op.state_dict())
    spectral_norm(theirs, dim=1, eps=1e-12)
    norm = theirs.parametrizations.weight[0]
    norm._v.copy_(block.u)
    optims = [torch.optim.SGD(net.parameters(), lr=0.1) for net in (block, theirs)]
    for seed in range(3):
        x = torch.randn(3, 6, generator=torch.Generator().manual_seed(seed))
        for net, optim in zip((block, theirs), optims, strict=True):
            optim.zero_grad()
            net(x).square().mean().backward()
            optim.step()
        torch.testing.assert_close(block.op.weight, theirs.parametrizations.weight.original)
        torch.testing.assert_close(block.u, norm._v)
        torch.testing.assert_close(block.v, norm._u)


@pytest.mark.parametrize("make", [linear, conv])
def test_at_the_singular_vectors_output_and_gradient_are_those_of_pytorch(make) -> None:
    block = start(make())
    u, _, v = torch.linalg.svd(block.op.weight.detach().flatten(1))
    block.u.copy_(u[:, 0])
    block.v.copy_(v[0])
    theirs = nn.Linear(6, 4) if make is linear else nn.Conv2d(2, 4, 3, padding=1)
    theirs.load_state_dict(block.op.state_dict())
    spectral_norm(theirs)
    norm = theirs.parametrizations.weight[0]
    norm._u.copy_(u[:, 0])
    norm._v.copy_(v[0])
    x = torch.randn(3, 6) if make is linear else torch.randn(3, 2, 5, 5)
    ours, expected = block(x), theirs(x)
    torch.testing.assert_close(ours, expected)
    ours.square().sum().backward()
    expected.square().sum().backward()
    torch.testing.assert_close(block.op.weight.grad, theirs.parametrizations.weight.original.grad)
