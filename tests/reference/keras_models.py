"""The Keras-born rows in Keras: channels last, and Keras's defaults where the sources are silent."""

import itertools
import math
import os
import tempfile
from unittest.mock import patch

import torch
from torch import Tensor

with tempfile.TemporaryDirectory() as home:  # the user's own keras.json stays out of it, and the environment as it was
    device = os.environ.get("KERAS_TORCH_DEVICE", "cpu")
    environment = {"KERAS_BACKEND": "torch", "KERAS_HOME": home, "KERAS_TORCH_DEVICE": device}
    with patch.dict(os.environ, environment):
        import keras
        from keras import layers


def mnist_28(factor: float = 1.0) -> tuple[keras.Model, keras.Model]:
    """Return G and D of ``mnist-28``, the hidden widths times ``factor``, D without its dropout."""
    w64, w128, w256 = round(64 * factor), round(128 * factor), round(256 * factor)
    G = [
        keras.Input((100,)),
        layers.Dense(7 * 7 * w256, use_bias=False),
        layers.BatchNormalization(),
        layers.LeakyReLU(),
        layers.Reshape((7, 7, w256)),
        layers.Conv2DTranspose(w128, 5, padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.LeakyReLU(),
        layers.Conv2DTranspose(w64, 5, strides=2, padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.LeakyReLU(),
        layers.Conv2DTranspose(1, 5, strides=2, padding="same", use_bias=False, activation="tanh"),
    ]
    D = [
        keras.Input((28, 28, 1)),
        layers.Conv2D(w64, 5, strides=2, padding="same"),
        layers.LeakyReLU(),
        layers.Conv2D(w128, 5, strides=2, padding="same"),
        layers.LeakyReLU(),
        layers.Flatten(),
        layers.Dense(1),
    ]
    return keras.Sequential(G), keras.Sequential(D)


def anime_chollet(factor: float = 1.0) -> tuple[keras.Model, keras.Model]:
    """Return G and D of ``anime-chollet``, the hidden widths times ``factor``, D without its dropout."""
    w128, w256 = round(128 * factor), round(256 * factor)
    G = [
        keras.Input((64,)),
        layers.Dense(w128 * 32 * 32),
        layers.LeakyReLU(),
        layers.Reshape((32, 32, w128)),
        layers.Conv2D(w256, 5, padding="same"),
        layers.LeakyReLU(),
        layers.Conv2DTranspose(w256, 4, strides=2, padding="same"),
        layers.LeakyReLU(),
        layers.Conv2D(w256, 5, padding="same"),
        layers.LeakyReLU(),
        layers.Conv2D(w256, 5, padding="same"),
        layers.LeakyReLU(),
        layers.Conv2D(3, 7, padding="same", activation="tanh"),
    ]
    D = [
        keras.Input((64, 64, 3)),
        layers.Conv2D(w128, 3),
        layers.LeakyReLU(),
        layers.Conv2D(w128, 4, strides=2),
        layers.LeakyReLU(),
        layers.Conv2D(w128, 4, strides=2),
        layers.LeakyReLU(),
        layers.Conv2D(w128, 4, strides=2),
        layers.LeakyReLU(),
        layers.Flatten(),
        layers.Dense(1),
    ]
    return keras.Sequential(G), keras.Sequential(D)


def anime_conv(factor: float = 1.0) -> tuple[keras.Model, keras.Model]:
    """Return G and D of ``anime-conv``, the hidden widths times ``factor``; G takes z as a 1x1 map."""
    w64, w128, w256, w512 = (round(width * factor) for width in (64, 128, 256, 512))
    G = [
        keras.Input((1, 1, 100)),
        layers.Conv2DTranspose(w512, 4, padding="valid"),
        layers.BatchNormalization(momentum=0.5),
        layers.LeakyReLU(negative_slope=0.2),
    ]
    for width in (w256, w128, w64):
        G += [
            layers.Conv2DTranspose(width, 4, strides=2, padding="same"),
            layers.BatchNormalization(momentum=0.5),
            layers.LeakyReLU(negative_slope=0.2),
        ]
    G += [
        layers.Conv2D(w64, 3, padding="same"),
        layers.BatchNormalization(momentum=0.5),
        layers.LeakyReLU(negative_slope=0.2),
        layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh"),
    ]
    D = [
        keras.Input((64, 64, 3)),
        layers.Conv2D(w64, 4, strides=2, padding="same"),
        layers.LeakyReLU(negative_slope=0.2),
    ]
    for width in (w128, w256, w512):
        D += [
            layers.Conv2D(width, 4, strides=2, padding="same"),
            layers.BatchNormalization(momentum=0.5),
            layers.LeakyReLU(negative_slope=0.2),
        ]
    D += [layers.Flatten(), layers.Dense(1)]
    return keras.Sequential(G), keras.Sequential(D)


def celeba_32(factor: float = 1.0) -> tuple[keras.Model, keras.Model]:
    """Return G and D of ``celeba-32``, the hidden widths times ``factor``."""
    w64, w128, w256 = (round(width * factor) for width in (64, 128, 256))
    G = [keras.Input((100,)), layers.Dense(4 * 4 * w256), layers.Reshape((4, 4, w256))]
    for width in (w128, w64):
        G += [
            layers.Conv2DTranspose(width, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
            layers.ReLU(),
        ]
    G += [layers.Conv2DTranspose(3, 4, strides=2, padding="same", use_bias=False, activation="tanh")]
    D = [
        keras.Input((32, 32, 3)),
        layers.Conv2D(w64, 4, strides=2, padding="same", use_bias=False),
        layers.LeakyReLU(negative_slope=0.2),
    ]
    for width in (w128, w256):
        D += [
            layers.Conv2D(width, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
            layers.LeakyReLU(negative_slope=0.2),
        ]
    D += [layers.Flatten(), layers.Dense(1)]
    return keras.Sequential(G), keras.Sequential(D)


def fill(model: keras.Model, seed: int, calm: bool = False) -> None:
    """Give every weight a random value, so that none stands at a 0 or 1 that would hide a mistake.

    ``calm``: shifts are about 1 or -1 and what varies around them is small. Then hardly a unit stands at the corner of
    LeakyReLU, where rounding chooses its slope, and where Adam and RMSprop make a whole step of the difference.
    """
    generator = torch.Generator().manual_seed(seed)
    for layer in model.layers:
        for variable in layer.weights:
            noise = torch.randn(tuple(variable.shape), generator=generator)
            if variable.name == "kernel":
                variable.assign(0.7 * noise / math.sqrt(_summed(layer)))
            elif variable.name == "gamma":
                variable.assign((0.2 if calm else 1.0) * (1 + 0.1 * noise))
            elif variable.name == "moving_variance":
                variable.assign(0.5 + 0.1 * noise.abs())
            elif variable.name == "moving_mean":
                variable.assign(0.1 * noise)
            else:  # bias, beta
                variable.assign(0.1 * noise + (noise.sign() if calm else 0))


def _summed(layer: layers.Layer) -> float:
    """Return how many products a unit of a layer adds up."""
    units = layer.units if isinstance(layer, layers.Dense) else layer.filters
    skipped = math.prod(layer.strides) if isinstance(layer, layers.Conv2DTranspose) else 1
    return math.prod(layer.kernel.shape) / units / skipped


def biases_before_norm(model: keras.Model) -> list[Tensor]:
    """Return the biases that a following BatchNorm takes out again."""
    pairs = itertools.pairwise(model.layers)
    return [
        layer.bias.value for layer, after in pairs if isinstance(after, layers.BatchNormalization) and layer.use_bias
    ]


def as_torch(model: keras.Model) -> dict[str, Tensor]:
    """Return copies of the weights under dcgan's names and in PyTorch's layouts."""
    made = next((layer.target_shape for layer in model.layers if isinstance(layer, layers.Reshape)), None)
    read = next((layer.input.shape[1:] for layer in model.layers if isinstance(layer, layers.Flatten)), None)
    weights: dict[str, Tensor] = {}
    at = -1
    for layer in model.layers:
        values = {variable.name: variable.value.detach() for variable in layer.weights}
        if "gamma" in values:
            per_unit = len(layer.input.shape) == 2
            for name, theirs in _NORM.items():
                weights[f"layers.{at}.norm.{name}"] = _channels_first(values[theirs], made if per_unit else None)
        elif "kernel" in values:
            at += 1
            kernel, dense = values["kernel"], isinstance(layer, layers.Dense)
            turned = _channels_first(_channels_first(kernel, made).T, read) if dense else kernel.permute(3, 2, 0, 1)
            weights[f"layers.{at}.op.weight"] = turned
            if "bias" in values:
                weights[f"layers.{at}.op.bias"] = _channels_first(values["bias"], made if dense else None)
    return {name: value.clone() for name, value in weights.items()}


_NORM = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}


def _channels_first(units: Tensor, shape: tuple[int, ...] | None) -> Tensor:
    """Reorder the last dimension from (height, width, channel) to (channel, height, width)."""
    return units if shape is None else units.unflatten(-1, shape).movedim(-1, -3).flatten(-3)
