"""A small network from pictures to z, trained on what G makes: a fast start for an inversion."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import torch
from torch import Tensor, nn

from dcgan.config import Layer, ModelConfig, Style
from dcgan.latent.invert.objective import EXACT, Objective
from dcgan.models.generator import Generator
from dcgan.models.init import initialise
from dcgan.models.layers import Block
from dcgan.models.precision import has_bf16
from dcgan.models.prior import draw_at
from dcgan.rng import key

WIDTH, WIDEST = 64, 512
STYLE = Style(init="normal")
BATCH = 64
RATE, WARM_UP = 2e-3, 50
TESTED = 256
MEMORY = 6  # steps that the correction remembers
PATIENCE = 6  # steps without a better z


class Encoder(nn.Module):
    """E: pictures (N, C, H, W) float in [-1, 1] -> z (N, z_dim), float32.

    Convolutions of stride 2, as in the paper's D, down to a map of 4 to 7 pixels, and one linear layer.
    """

    def __init__(self, config: ModelConfig, seed: int = 0) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_blocks(config))
        initialise(self, STYLE, seed, "init of the encoder")
        nn.init.zeros_(self.layers[-1].op.weight)  # type: ignore[union-attr, arg-type]  # it then learns at once

    def forward(self, x: Tensor) -> Tensor:
        *body, head = self.layers
        for layer in body:
            x = layer(x)
        return head(x.flatten(1)).float()


def _blocks(config: ModelConfig) -> Iterator[Block]:
    channels, side, width = config.channels, (config.height, config.width), WIDTH
    row = Layer(op="conv", width=width, kernel=4, stride=2, bias=False, norm="batch", act="leaky")
    while min(side) >= 8:
        block = Block(replace(row, width=width), channels, side, STYLE)
        channels, side, width = width, block.out_side, min(2 * width, WIDEST)
        yield block
    yield Block(Layer(op="linear", width=config.z_dim), channels * side[0] * side[1], side, STYLE)


def train_encoder(
    G: Generator, *, steps: int = 1500, seed: int = 0, progress: Callable[[int, int], None] = lambda done, total: None
) -> Encoder:
    """Train an encoder on G's own pictures, each seen once, towards the z that they were made of.

    Args:
        G: the generator, in evaluation mode, without gradients of its own.
        steps: of Adam, on batches of 64 pictures; the rate falls to 0 along a half cosine.
        seed: decides the weights it starts with, and the z.
        progress: called with (steps done, steps).

    Returns:
        The encoder, in evaluation mode, on G's device.
    """
    device = next(G.parameters()).device
    encoder = Encoder(G.config, seed).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.Adam(encoder.parameters(), RATE, (0.9, 0.99))
    for step in range(steps):
        falling = (1 + math.cos(math.pi * step / steps)) / 2
        optimiser.param_groups[0]["lr"] = RATE * min(1, (step + 1) / WARM_UP) * falling
        z = draw_at(G.config.prior, BATCH, G.config.z_dim, key(seed, "z of the encoder", step)).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=has_bf16(device)):
            found = encoder(G(z).contiguous(memory_format=torch.channels_last))
        optimiser.zero_grad()
        (found.float() - z).square().mean().backward()
        optimiser.step()
        progress(step + 1, steps)
    return encoder.eval().requires_grad_(False)


@torch.no_grad()
def unexplained(encoder: Encoder, G: Generator, seed: int = 0) -> float:
    """Return which share of z's variance an encoder leaves unexplained on new pictures: 0 is perfect, 1 is nothing."""
    device = next(G.parameters()).device
    z = draw_at(G.config.prior, TESTED, G.config.z_dim, key(seed, "z that test the encoder")).to(device)
    return float((encoder(G(z)) - z).square().mean() / z.square().mean())


@torch.no_grad()
def guess(encoder: Encoder, objective: Objective) -> Tensor:
    """Return what the encoder says of an objective's pictures, (N, d); held in a uniform prior's cube."""
    return _inside(encoder(objective.x), objective)


@torch.no_grad()
def corrected(encoder: Encoder, objective: Objective, steps: int) -> tuple[Tensor, Tensor]:
    """Return the encoder's z of an objective's pictures, moved until the encoder sees the same in G(z) as in them.

    z + E(x) - E(G(z)) is repeated, with Anderson's mixing of the last few steps (Anderson 1965, here as in Walker and
    Ni 2011): a step costs a pass through G and one through E, and needs no gradient. A picture is done with when its
    error is G's rounding, or has not fallen for a while.

    Returns:
        The best z of the way by the objective, (N, d), and its value, (N,).
    """
    wanted = encoder(objective.x)
    z = _inside(wanted, objective)
    best, least = z.clone(), torch.full((len(z),), math.inf, device=z.device)
    idle = torch.zeros(len(z), dtype=torch.long, device=z.device)
    going = torch.arange(len(z), device=z.device)
    part, places, missing = objective, list[Tensor](), list[Tensor]()
    for step in range(steps + 1):
        x = part.G(z)
        value = part.judge(x, z)
        better = value < least[going]
        best[going[better]], least[going[better]] = z[better], value[better]
        idle[going] = torch.where(better, 0, idle[going] + 1)
        kept = torch.nonzero((least[going] > EXACT) & (idle[going] < PATIENCE)).flatten()
        if step == steps or not len(kept):
            break
        if len(kept) < len(going):
            going, part, z, x = going[kept], part.of(kept), z[kept], x[kept]
            places, missing = [p[kept] for p in places], [m[kept] for m in missing]
        places, missing = [*places, z][-MEMORY:], [*missing, wanted[going] - encoder(x)][-MEMORY:]
        z = _inside(_mixed(places, missing), objective)
    return best, least


def _inside(z: Tensor, objective: Objective) -> Tensor:
    return z.clamp(-1, 1) if objective.bounded else z


def _mixed(places: list[Tensor], missing: list[Tensor]) -> Tensor:
    """Return the next place (N, d) from the last few and from what was missing there."""
    plain = places[-1] + missing[-1]
    if len(places) == 1:
        return plain
    moves, changes = (torch.stack([b - a for a, b in pairwise(p)], 2).cpu().double() for p in (places, missing))
    matrix = changes.mT @ changes
    ridge = 1e-6 * matrix.diagonal(dim1=1, dim2=2).mean(1) + 1e-30
    matrix = matrix + ridge[:, None, None] * torch.eye(matrix.shape[1], dtype=torch.float64)
    weights = torch.linalg.solve(matrix, changes.mT @ missing[-1].cpu().double()[:, :, None])
    return plain - ((moves + changes) @ weights)[:, :, 0].to(plain)
