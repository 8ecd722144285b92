"""One training step of each Keras-born row, written out in Keras as its source does it.

Pictures are (N, H, W, C) in [-1, 1]. The draws come from outside: ``z_D`` and ``z_G`` as G takes them, and ``uniform``,
the U(0, 1) of the noisy labels of ``real``, ``fake`` and ``G``, each (N,).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from tests.reference.keras_models import keras


@dataclass
class Gan:
    """Two networks and their optimisers."""

    G: keras.Model
    D: keras.Model
    optim_G: keras.optimizers.Optimizer
    optim_D: keras.optimizers.Optimizer


def mnist_28_optimizer(lr: float = 1e-4) -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(lr)


def anime_conv_optimizer(lr: float) -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(lr, beta_1=0.5)


def anime_chollet_optimizer(lr: float, clip: float = 1.0, decay: float = 1e-8) -> keras.optimizers.Optimizer:
    rate = keras.optimizers.schedules.InverseTimeDecay(lr, decay_steps=1, decay_rate=decay)
    return keras.optimizers.RMSprop(rate, clipvalue=clip)


def celeba_32_optimizer(lr: float) -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(lr, beta_1=0.5)


def mnist_28_step(gan: Gan, real: Tensor, z_D: Tensor, z_G: Tensor, uniform: dict[str, Tensor]) -> None:
    """The tutorial's two losses, D's update first; one batch of fakes serves both."""
    ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
    fake = gan.G(z_D, training=True)
    logits_real, logits_fake = gan.D(real, training=True), gan.D(fake.detach(), training=True)
    _descend(_bce(ones, logits_real) + _bce(zeros, logits_fake), gan.D, gan.optim_D)
    _descend(_bce(ones, gan.D(fake, training=True)), gan.G, gan.optim_G)


celeba_32_step = mnist_28_step  # the same losses, in the same order


def anime_chollet_step(gan: Gan, real: Tensor, z_D: Tensor, z_G: Tensor, uniform: dict[str, Tensor]) -> None:
    """D sees one batch of fakes, labelled 1, and reals, labelled 0, with noise on the labels; G aims at 0."""
    fake = gan.G(z_D, training=True).detach()
    labels = torch.cat([1 + 0.05 * uniform["fake"], 0 + 0.05 * uniform["real"]])
    _descend(_bce(labels, gan.D(torch.cat([fake, real]), training=True)), gan.D, gan.optim_D)
    logits = gan.D(gan.G(z_G, training=True), training=True)
    _descend(_bce(torch.zeros(len(real)), logits), gan.G, gan.optim_G)


def anime_conv_step(gan: Gan, real: Tensor, z_D: Tensor, z_G: Tensor, uniform: dict[str, Tensor]) -> None:
    """D is updated on reals, then on fakes; G aims at the noisy labels of reals."""
    fake = gan.G(z_D, training=True).detach()
    _descend(_bce(1 - 0.2 * uniform["real"], gan.D(real, training=True)), gan.D, gan.optim_D)
    _descend(_bce(0.2 * uniform["fake"], gan.D(fake, training=True)), gan.D, gan.optim_D)
    logits = gan.D(gan.G(z_G, training=True), training=True)
    _descend(_bce(1 - 0.2 * uniform["G"], logits), gan.G, gan.optim_G)


def _bce(labels: Tensor, logits: Tensor) -> Tensor:
    return keras.losses.BinaryCrossentropy(from_logits=True)(labels[:, None], logits)


def _descend(loss: Tensor, model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    variables = model.trainable_variables
    gradients = torch.autograd.grad(loss, [variable.value for variable in variables])
    with torch.no_grad():
        optimizer.apply(gradients, variables)
