"""What a step draws: latent vectors, targets, and what is done at random to the pictures that D sees.

Every draw has its address: the run's seed, a purpose, and the images seen. ``ahead`` counts those that D has seen in
this round already, so that each of D's updates has draws of its own.

Of several processes each takes its share of the z and the targets that one process would draw. Augmentation, noise and
dropout are drawn by each for itself, from an address with its rank.
"""

import torch
from torch import Tensor

from dcgan.augment import augment, instance_noise
from dcgan.models.prior import draw_at
from dcgan.objectives import targets
from dcgan.rng import key
from dcgan.training.schedule import noise_std
from dcgan.training.state import State


def generator_at(state: State, purpose: str, ahead: int = 0) -> torch.Generator:
    """Return a generator on the CPU for a purpose, of this process alone."""
    return torch.Generator().manual_seed(key(state.config.seed, purpose, state.nimg + ahead, state.processes.rank))


def latent(state: State, count: int, purpose: str, ahead: int = 0) -> Tensor:
    """Draw z (count, z_dim) for a purpose."""
    address = key(state.config.seed, purpose, state.nimg + ahead)
    z = draw_at(state.model.prior, count * state.processes.world, state.model.z_dim, address)
    return state.processes.share(z).to(state.device, non_blocking=True)


def label(state: State, count: int, purpose: str, value: float, noise: float, ahead: int = 0) -> Tensor:
    """Draw targets (count,) for a purpose."""
    generator = torch.Generator().manual_seed(key(state.config.seed, purpose, state.nimg + ahead))
    whole = targets(value, noise, count * state.processes.world, generator)
    return state.processes.share(whole).to(state.device, non_blocking=True)


def shown(state: State, x: Tensor, purpose: str, ahead: int = 0) -> Tensor:
    """Return pictures as D sees them: augmented, then with instance noise; x itself where both are off."""
    x = augment(x, state.config.augment, generator_at(state, f"augment_{purpose}", ahead))
    std = noise_std(state.config.objective, state.nimg + ahead)
    return instance_noise(x, std, generator_at(state, f"noise_{purpose}", ahead)) if std else x
