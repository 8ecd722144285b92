"""Claim: a step of `mnist-28` is faster here than in a plain PyTorch writing of the same network.

Both train on the same batch in bfloat16 (autocast), in turn, in one process; the ratio of each pair is what counts,
since machines are noisy. Run: python benchmarks/mnist28.py [--rounds 7] [--steps 8]
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from common import RESULTS, in_turn, ratios, spread, write_result
from rates import clock, machine
from torch import nn

from dcgan.models.recipes import find
from dcgan.training.state import new_state
from dcgan.training.step import train_step


class Reshape(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(-1, 256, 7, 7)


def plain_generator() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(100, 12544, bias=False), nn.BatchNorm1d(12544), nn.LeakyReLU(0.3), Reshape(),
        nn.ConvTranspose2d(256, 128, 5, 1, 2, bias=False), nn.BatchNorm2d(128), nn.LeakyReLU(0.3),
        nn.ConvTranspose2d(128, 64, 5, 2, 2, 1, bias=False), nn.BatchNorm2d(64), nn.LeakyReLU(0.3),
        nn.ConvTranspose2d(64, 1, 5, 2, 2, 1, bias=False), nn.Tanh(),
    )  # fmt: skip


def plain_discriminator() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 64, 5, 2, 2), nn.LeakyReLU(0.3), nn.Dropout(0.3),
        nn.Conv2d(64, 128, 5, 2, 2), nn.LeakyReLU(0.3), nn.Dropout(0.3),
        nn.Flatten(), nn.Linear(6272, 1),
    )  # fmt: skip


def plain_step(pixels: torch.Tensor) -> Callable[[], None]:
    """Return a function that takes one step of the plain writing."""
    G, D = plain_generator(), plain_discriminator()
    optim_G, optim_D = (torch.optim.Adam(net.parameters(), 1e-4) for net in (G, D))
    ones, zeros = torch.ones(len(pixels), 1), torch.zeros(len(pixels), 1)
    bce = F.binary_cross_entropy_with_logits

    def step() -> None:
        real = pixels.permute(0, 3, 1, 2).float() / 127.5 - 1
        with torch.autocast("cpu", torch.bfloat16):
            fake = G(torch.randn(len(pixels), 100))
            logits_real, logits_fake = D(real), D(fake.detach())
        optim_D.zero_grad()
        (bce(logits_real.float(), ones) + bce(logits_fake.float(), zeros)).backward()
        optim_D.step()
        with torch.autocast("cpu", torch.bfloat16):
            logits = D(fake)
        optim_G.zero_grad()
        bce(logits.float(), ones).backward()
        optim_G.step()

    return step


def our_step(pixels: torch.Tensor) -> Callable[[], None]:
    """Return a function that takes one step of the recipe."""
    recipe = find("mnist-28")
    state = new_state(recipe.config, recipe.model)

    def step() -> None:
        train_step(state, pixels)
        state.nimg += len(pixels)
        state.pending.clear()

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--out", type=Path, default=RESULTS / "mnist28.json")
    arguments = parser.parse_args()
    batch = find("mnist-28").config.batch
    pixels = torch.randint(0, 256, (batch, 28, 28, 1), dtype=torch.uint8)
    ways = {"ours": clock(our_step(pixels)), "plain": clock(plain_step(pixels))}
    in_turn(ways, 1, 2)
    times = in_turn(ways, arguments.rounds, arguments.steps)
    result = {
        "claim": "img/s of a training step of mnist-28, batch 256, bfloat16, beside a plain PyTorch writing",
        "ours_img_s": spread((batch / seconds for seconds in times["ours"]), 1)["median"],
        "plain_img_s": spread((batch / seconds for seconds in times["plain"]), 1)["median"],
        "ratio": ratios(times["plain"], times["ours"]),
        "rounds": arguments.rounds,
        "machine": machine(),
    }
    write_result(arguments.out, result)


if __name__ == "__main__":
    main()
