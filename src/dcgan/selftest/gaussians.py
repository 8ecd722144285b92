"""How many modes training finds where they can be counted: two-dimensional mixtures of Gaussians.

The targets are those of PacGAN (Lin and others, arXiv 1712.04086) and its released code, after VEEGAN (Srivastava and
others, arXiv 1705.07761): a ring of 8 and a grid of 25. So is the counting: a sample is of high quality when it lies
within three standard deviations of a mode's centre, and a mode is found when a sample of high quality falls to it.

G and D are small perceptrons, since the package's own are convolutional, and a point is a picture of one pixel with two
channels. Everything else is what trains a run: ``training.step`` with its objectives, penalties, z and optimisers.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from dcgan.config import Config, ObjectiveConfig, OptimConfig, Prior
from dcgan.metrics.modes import modes
from dcgan.models.discriminator import Discriminator, packed
from dcgan.models.generator import Generator
from dcgan.models.prior import draw, draw_at
from dcgan.models.recipes import find
from dcgan.rng import key
from dcgan.training.ema import average, weight_kept
from dcgan.training.optim import Updater
from dcgan.training.state import State
from dcgan.training.step import discriminator_step, generator_step

GS = 1.0
NEAR = 3.0  # standard deviations within which a sample is of high quality
SAMPLES = 2500  # judged, as in PacGAN


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """Equally likely round Gaussians in the plane."""

    name: str
    centres: np.ndarray
    """float64 (modes, 2)."""
    std: float
    """Standard deviation in each direction, in the same unit as the centres."""

    @property
    def reach(self) -> float:
        """The largest coordinate of a centre: G and D see points divided by it."""
        return float(np.abs(self.centres).max())


def ring() -> Mixture:
    """Eight modes on the unit circle, of standard deviation 0.01."""
    angles = np.arange(8) * 2 * np.pi / 8
    return Mixture(name="ring", centres=np.stack([np.cos(angles), np.sin(angles)], axis=1), std=0.01)


def grid() -> Mixture:
    """Twenty-five modes at -4, -2, 0, 2, 4 in both directions, of standard deviation 0.05."""
    steps = np.arange(-4.0, 5, 2)
    return Mixture(name="grid", centres=np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2), std=0.05)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is trained on a mixture: a row of the table."""

    name: str
    objective: ObjectiveConfig
    pack: int = 1
    z_dim: int = 16
    prior: Prior = "normal"
    noise: float = 1.0
    """Multiplies z before G sees it. 0: G makes one point, whatever z is; the self-test must call that a collapse."""
    steps: int = 2000
    batch: int = 128
    hidden: int = 64
    lr: float = 2e-3
    beta1: float = 0.0
    beta2: float = 0.99
    ema_kimg: float = 5.0
    seed: int = 0


# The networks -------------------------------------------------------------------------------------------------------


def perceptron(inputs: int, hidden: int, outputs: int, address: int) -> nn.Sequential:
    """Return a network of two hidden layers with LeakyReLU 0.2; weights He-normal from ``address``, biases 0."""
    generator = torch.Generator().manual_seed(address)
    sides = (inputs, hidden, hidden, outputs)
    layers: list[nn.Module] = []
    for before, after in zip(sides, sides[1:], strict=False):
        linear = nn.Linear(before, after)
        nn.init.kaiming_normal_(linear.weight, 0.2, generator=generator)
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1])


class PointG(nn.Module):
    """G: z (N, z_dim) -> points (N, 2, 1, 1), float32."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.noise = setting.noise
        self.net = perceptron(setting.z_dim, setting.hidden, 2, key(setting.seed, "init_G"))

    def forward(self, z: Tensor) -> Tensor:
        return self.net(z * self.noise * GS)[:, :, None, None]


class PointD(nn.Module):
    """D: points (N, 2, 1, 1) -> logits (N / pack,)."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.pack = setting.pack
        self.net = perceptron(2 * setting.pack, setting.hidden, 1, key(setting.seed, "init_D"))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(packed(x, self.pack).flatten(1)).flatten()


# Training -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What samples cover of a mixture."""

    found: int
    """Modes that a sample of high quality falls to."""
    good: float
    """Share of samples of high quality, in [0, 1]."""
    kl: float
    """Reverse KL in nats: of the modes of the samples of high quality against equal shares; NaN without any."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A row of the table."""

    setting: Setting
    mixture: Mixture
    verdict: Verdict
    seconds: float
    history: dict[int, np.ndarray]
    """Samples (N, 2) after so many steps, of the same z."""
    verdicts: dict[int, Verdict]
    """What they cover."""


def judge(mixture: Mixture, samples: np.ndarray) -> Verdict:
    """Return what samples (N, 2), in the mixture's unit, cover."""
    distances = np.linalg.norm(samples[:, None] - mixture.centres[None], axis=2)
    nearest = distances.argmin(axis=1)
    good = distances[np.arange(len(samples)), nearest] < NEAR * mixture.std
    if not good.any():
        return Verdict(found=0, good=0.0, kl=math.nan)
    counted = modes(nearest[good], len(mixture.centres))
    return Verdict(found=counted.found, good=float(good.mean()), kl=counted.kl)


def draw_points(mixture: Mixture, count: int, address: int) -> Tensor:
    """Draw points (count, 2, 1, 1) of a mixture, divided by its reach, float32, from the stream at ``address``."""
    generator = torch.Generator().manual_seed(address)
    chosen = torch.randint(len(mixture.centres), (count,), generator=generator)
    centres = torch.from_numpy(mixture.centres).float()[chosen]
    noise = torch.randn((count, 2), generator=generator)
    return ((centres + mixture.std * noise) / mixture.reach)[:, :, None, None]


def train_points(
    mixture: Mixture, setting: Setting, looks: int = 5, listen: Callable[[int, int], None] = lambda done, total: None
) -> Outcome:
    """Train a setting on a mixture, looking at it ``looks`` times, first before any step and last after all."""
    state, started = point_state(setting), time.perf_counter()
    moments = {round(setting.steps * i / (looks - 1)) for i in range(looks)}
    history = {}
    for step in range(setting.steps + 1):
        if step in moments:
            history[step] = sample_points(mixture, setting, state)
            listen(step, setting.steps)
        if step < setting.steps:
            advance(mixture, setting, state)
    verdicts = {step: judge(mixture, samples) for step, samples in history.items()}
    return Outcome(
        setting=setting,
        mixture=mixture,
        verdict=verdicts[setting.steps],
        seconds=time.perf_counter() - started,
        history=history,
        verdicts=verdicts,
    )


def advance(mixture: Mixture, setting: Setting, state: State) -> None:
    """Take one round of D and G on fresh points, and average G."""
    objective = setting.objective
    for turn in range(objective.steps_D):
        address = key(setting.seed, "reals", state.nimg + turn * setting.batch)
        real = draw_points(mixture, setting.batch, address)
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
    """Return points (count, 2) of the averaged G, in the mixture's unit."""
    z = draw_at(setting.prior, count, setting.z_dim, key(setting.seed, "preview"))
    assert state.G_ema is not None
    return state.G_ema(z)[:, :, 0, 0].double().numpy() * mixture.reach


def point_state(setting: Setting) -> State:
    """Return what learns: the perceptrons in the place of a run's G and D.

    The step asks a run's architecture for its z, prior and pack alone: those are the setting's, on a row that serves.
    """
    optim = OptimConfig(lr=setting.lr, beta1=setting.beta1, beta2=setting.beta2)
    config = Config(
        batch=setting.batch, pack=setting.pack, seed=setting.seed, objective=setting.objective, steps=setting.steps
    )
    model = replace(find("modern").model, z_dim=setting.z_dim, prior=setting.prior, pack=setting.pack)
    G, G_ema = (cast(Generator, PointG(setting)) for _ in range(2))
    D = cast(Discriminator, PointD(setting))
    return State(
        config=config,
        model=model,
        device=torch.device("cpu"),
        precision="fp32",
        G=G,
        D=D,
        G_ema=G_ema.requires_grad_(False),
        optim_G=Updater(optim, G),
        optim_D=Updater(optim, D),
    )
