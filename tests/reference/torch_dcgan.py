"""The DCGAN of pytorch/examples, and one step of its training, written out plainly."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer


def generator(ngf: int = 64) -> nn.Sequential:
    """Return G: z (N, 100, 1, 1) -> pictures (N, 3, 64, 64) in [-1, 1]."""
    return nn.Sequential(
        nn.ConvTranspose2d(100, ngf * 8, 4, 1, 0, bias=False),
        nn.BatchNorm2d(ngf * 8),
        nn.ReLU(),
        nn.ConvTranspose2d(ngf * 8, ngf * 4, 4, 2, 1, bias=False),
        nn.BatchNorm2d(ngf * 4),
        nn.ReLU(),
        nn.ConvTranspose2d(ngf * 4, ngf * 2, 4, 2, 1, bias=False),
        nn.BatchNorm2d(ngf * 2),
        nn.ReLU(),
        nn.ConvTranspose2d(ngf * 2, ngf, 4, 2, 1, bias=False),
        nn.BatchNorm2d(ngf),
        nn.ReLU(),
        nn.ConvTranspose2d(ngf, 3, 4, 2, 1, bias=False),
        nn.Tanh(),
    )


def discriminator(ndf: int = 64) -> nn.Sequential:
    """Return D: pictures (N, 3, 64, 64) -> logits (N, 1, 1, 1)."""
    return nn.Sequential(
        nn.Conv2d(3, ndf, 4, 2, 1, bias=False),
        nn.LeakyReLU(0.2),
        nn.Conv2d(ndf, ndf * 2, 4, 2, 1, bias=False),
        nn.BatchNorm2d(ndf * 2),
        nn.LeakyReLU(0.2),
        nn.Conv2d(ndf * 2, ndf * 4, 4, 2, 1, bias=False),
        nn.BatchNorm2d(ndf * 4),
        nn.LeakyReLU(0.2),
        nn.Conv2d(ndf * 4, ndf * 8, 4, 2, 1, bias=False),
        nn.BatchNorm2d(ndf * 8),
        nn.LeakyReLU(0.2),
        nn.Conv2d(ndf * 8, 1, 4, 1, 0, bias=False),
    )


def optimizer(net: nn.Module) -> Optimizer:
    return torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999), foreach=False, fused=False)


def step(
    G: nn.Module, D: nn.Module, optim_G: Optimizer, optim_D: Optimizer, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """Update D on reals and fakes, then G on the same fakes; z is (N, 100, 1, 1). Returns the losses of D and of G."""
    ones, zeros = (torch.full((len(real),), value, device=real.device) for value in (1.0, 0.0))
    optim_D.zero_grad()
    loss_real = F.binary_cross_entropy_with_logits(D(real).flatten(), ones)
    loss_real.backward()
    fake = G(z)
    loss_fake = F.binary_cross_entropy_with_logits(D(fake.detach()).flatten(), zeros)
    loss_fake.backward()
    optim_D.step()
    optim_G.zero_grad()
    loss_G = F.binary_cross_entropy_with_logits(D(fake).flatten(), ones)
    loss_G.backward()
    optim_G.step()
    return (loss_real + loss_fake).detach(), loss_G.detach()
