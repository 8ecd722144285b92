"""Training on mixtures of Gaussians, in seconds: the package's own step, objectives, penalties, packing and z.

G and D are small perceptrons, since the package's are convolutional, and a point is a picture of one pixel with two
channels. Everything else is what trains a run.
"""

import time
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from dcgan.config import Config, ObjectiveConfig, OptimConfig, Prior
from dcgan.models.discriminator import Discriminator, packed
from dcgan.models.generator import Generator
from dcgan.models.prior import draw_at
from dcgan.models.recipes import find
from dcgan.rng import key
from dcgan.selftest.gaussians import SAMPLES, Mixture, Verdict, draw_points, judge, to_points
from dcgan.training.ema import average, weight_kept
from dcgan.training.optim import Updater
from dcgan.training.state import State
from dcgan.training.step import discriminator_step, generator_step

WAVES = 16  # through which D sees a point, each as a sine and a cosine
SLOWEST, FASTEST = 2.0, 40.0  # their radians over a distance of 1


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is trained on a mixture: a row of the table."""

    name: str
    objective: ObjectiveConfig
    pack: int = 1
    z_dim: int = 2
    prior: Prior = "uniform"
    z_scale: float = 1.0
    """Multiplies z before G sees it. 0: G makes one point, whatever z is."""
    steps: int = 1500
    batch: int = 256
    hidden: int = 64
    lr: float = 3e-3
    """Falls along a cosine to a twentieth at the end."""
    beta1: float = 0.5
    beta2: float = 0.99
    ema_kimg: float = 5.0
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A row of the table."""

    setting: Setting
    mixture: Mixture
    seconds: float
    """Time of the processor."""
    points: dict[int, np.ndarray]
    """Samples (N, 2) of the same z after so many steps."""
    verdicts: dict[int, Verdict]
    """What they cover."""

    @property
    def verdict(self) -> Verdict:
        """What the last samples cover."""
        return self.verdicts[max(self.verdicts)]


def train_points(mixture: Mixture, setting: Setting, looks: int = 5) -> Outcome:
    """Train a setting on a mixture, looking at it ``looks`` times, first before any step and last after all."""
    state, started = point_state(setting), time.process_time()
    moments = {round(setting.steps * look / (looks - 1)) for look in range(looks)}
    points = {}
    for step in range(setting.steps + 1):
        if step in moments:
            points[step] = sample_points(mixture, setting, state)
        if step < setting.steps:
            advance(mixture, setting, state)
    return Outcome(
        setting=setting,
        mixture=mixture,
        seconds=time.process_time() - started,
        points=points,
        verdicts={step: judge(mixture, samples) for step, samples in points.items()},
    )


def advance(mixture: Mixture, setting: Setting, state: State) -> None:
    """Take one round of D and G on fresh points, and average G."""
    objective = setting.objective
    for turn in range(objective.steps_D):
        ahead = turn * setting.batch
        real = draw_points(mixture, setting.batch, key(setting.seed, "reals", state.nimg + ahead))
        fake, _ = discriminator_step(state, real, turn)
    for turn in range(objective.steps_G):
        generator_step(state, real, fake, turn)
    seen = setting.batch * objective.steps_D
    state.nimg += seen
    state.step += 1
    assert state.G_ema is not None
    average(state.G_ema, state.G, weight_kept(setting.ema_kimg, 0.05, seen, state.nimg))


@torch.no_grad()
def sample_points(mixture: Mixture, setting: Setting, state: State, count: int = SAMPLES) -> np.ndarray:
    """Return points (count, 2) of the averaged G, in the mixture's unit, always of the same z."""
    assert state.G_ema is not None
    return to_points(state.G_ema(draw_at(setting.prior, count, setting.z_dim, key(setting.seed, "preview"))), mixture)


def point_state(setting: Setting) -> State:
    """Return what learns: the perceptrons in the place of a run's G and D.

    The step asks an architecture for its z, prior and pack alone: those are the setting's, on a row that serves.
    """
    kimg = setting.steps * setting.batch * setting.objective.steps_D / 1000
    optim = OptimConfig(
        lr=setting.lr, beta1=setting.beta1, beta2=setting.beta2, anneal="cosine", anneal_to_kimg=kimg, anneal_floor=0.05
    )
    G, G_ema = (cast(Generator, PointG(setting)) for _ in range(2))
    D = cast(Discriminator, PointD(setting))
    return State(
        config=Config(batch=setting.batch, pack=setting.pack, seed=setting.seed, objective=setting.objective),
        model=replace(find("modern").model, z_dim=setting.z_dim, prior=setting.prior, pack=setting.pack),
        device=torch.device("cpu"),
        precision="fp32",
        G=G,
        D=D,
        G_ema=G_ema.requires_grad_(False),
        optim_G=Updater(optim, G),
        optim_D=Updater(optim, D),
    )


# The networks -------------------------------------------------------------------------------------------------------


class PointG(nn.Module):
    """G: z (N, z_dim) -> points (N, 2, 1, 1), float32."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.z_scale = setting.z_scale
        self.net = perceptron(setting.z_dim, setting.hidden, 2, key(setting.seed, "init_G"))

    def forward(self, z: Tensor) -> Tensor:
        return self.net(z * self.z_scale)[:, :, None, None]


class PointD(nn.Module):
    """D: points (N, 2, 1, 1) -> logits (N / pack,).

    Beside a point's coordinates it sees sines and cosines of them, so that it learns within seconds what is as fine as
    a mode (random Fourier features: Tancik and others, arXiv 2006.10739), here of many wavelengths.
    """

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.pack = setting.pack
        self.waves = waves(key(setting.seed, "waves"))
        self.net = perceptron((2 + 2 * WAVES) * setting.pack, setting.hidden, 1, key(setting.seed, "init_D"))

    def forward(self, x: Tensor) -> Tensor:
        phases = x.flatten(1) @ self.waves
        seen = torch.cat([x.flatten(1), phases.sin(), phases.cos()], dim=1)[:, :, None, None]
        return self.net(packed(seen, self.pack).flatten(1)).flatten()


def waves(address: int) -> Tensor:
    """Draw waves (2, WAVES): directions at random, logarithms of frequencies evenly between the two ends."""
    generator = torch.Generator().manual_seed(address)
    angles = torch.rand(WAVES, generator=generator) * 2 * torch.pi
    lengths = SLOWEST * (FASTEST / SLOWEST) ** torch.rand(WAVES, generator=generator)
    return torch.stack([angles.cos(), angles.sin()]) * lengths


def perceptron(inputs: int, hidden: int, outputs: int, address: int) -> nn.Sequential:
    """Return a network of three hidden layers with LeakyReLU 0.2; weights He-normal from ``address``, biases 0."""
    generator = torch.Generator().manual_seed(address)
    layers: list[nn.Module] = []
    for before, after in pairwise((inputs, hidden, hidden, hidden, outputs)):
        linear = nn.Linear(before, after)
        nn.init.kaiming_normal_(linear.weight, 0.2, generator=generator)
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1])
