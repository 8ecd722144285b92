"""The Keras-born rows against the same networks in Keras: outputs, and weights after three steps of training."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dcgan.config import Config, ModelConfig
from dcgan.images import to_unit
from dcgan.models.recipes import find, resolve_model
from dcgan.training.state import State, new_state
from dcgan.training.step import label, latent, train_step
from tests.reference import keras_models, keras_steps
from tests.reference.keras_models import as_torch, biases_before_norm, fill, keras

OUTPUT_TOLERANCE = 1e-5
Networks = tuple[keras.Model, keras.Model]
BUILDERS: dict[str, Callable[..., Networks]] = {
    "mnist-28": keras_models.mnist_28,
    "anime-chollet": keras_models.anime_chollet,
    "anime-conv": keras_models.anime_conv,
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A training that is done twice, in dcgan and in Keras."""

    recipe: str
    optim_G: keras.optimizers.Optimizer
    optim_D: keras.optimizers.Optimizer
    step: Callable[..., None]
    width: float
    batch: int
    tolerance: float
    """Largest difference of a weight. The rates, about what one step moves a weight, are 1e-4 to 8e-4."""
    changes: dict[str, Any] = field(default_factory=dict)
    """What the optimisers have in place of the row's values."""


def mnist_28() -> Case:
    return Case(
        recipe="mnist-28",
        optim_G=keras_steps.mnist_28_optimizer(1e-4),
        optim_D=keras_steps.mnist_28_optimizer(1e-4),
        step=keras_steps.mnist_28_step,
        width=0.25,
        batch=8,
        tolerance=1e-6,
    )


def anime_conv() -> Case:
    return Case(
        recipe="anime-conv",
        optim_G=keras_steps.anime_conv_optimizer(1.5e-4),
        optim_D=keras_steps.anime_conv_optimizer(2e-4),
        step=keras_steps.anime_conv_step,
        width=0.125,
        batch=8,
        tolerance=2e-5,
    )


def anime_chollet(**changes: float) -> Case:
    return Case(
        recipe="anime-chollet",
        optim_G=keras_steps.anime_chollet_optimizer(4e-4, **changes),
        optim_D=keras_steps.anime_chollet_optimizer(8e-4, **changes),
        step=keras_steps.anime_chollet_step,
        width=0.0625,
        batch=2,
        tolerance=1e-6,
        changes=changes,
    )


CASES = {
    "mnist-28": mnist_28,
    "anime-conv": anime_conv,
    "anime-chollet": anime_chollet,
    "anime-chollet-clipped-slowing": lambda: anime_chollet(clip=1e-3, decay=0.1),  # the row's own are not felt so soon
}


@pytest.mark.parametrize("name", BUILDERS)
def test_outputs_are_those_of_keras(name: str) -> None:
    keras_G, keras_D = filled(name)
    state = matching_state(find(name).config, keras_G, keras_D)
    z = latent(state, 2 if name == "anime-chollet" else 8, "z_D")
    for training in (False, True):
        x = state.G.train(training)(z).detach()
        assert_near(x, channels_first(keras_G(as_keras(z, keras_G), training=training)))
        assert_near(state.D.train(training)(x), keras_D(channels_last(x), training=training).flatten())
    assert difference(state.G, keras_G) <= OUTPUT_TOLERANCE
    assert difference(state.D, keras_D) <= OUTPUT_TOLERANCE


@pytest.mark.parametrize("name", CASES)
def test_three_steps_are_those_of_keras(name: str) -> None:
    case = CASES[name]()
    keras_G, keras_D = filled(case.recipe, case.width, calm=True)
    state = matching_state(changed(find(case.recipe).config, case), keras_G, keras_D)
    hold_biases_before_norm(state, keras_G, keras_D)
    gan = keras_steps.Gan(keras_G, keras_D, case.optim_G, case.optim_D)
    for pixels in batches(state.model, case.batch):
        z_D, z_G = (as_keras(latent(state, case.batch, purpose), keras_G) for purpose in ("z_D", "z_G"))
        case.step(gan, channels_last(to_unit(pixels)), z_D, z_G, uniform_draws(state, case.batch))
        train_step(state, pixels)
        state.nimg += case.batch
        state.step += 1
    assert difference(state.D, keras_D) <= case.tolerance
    assert difference(state.G, keras_G) <= case.tolerance


def filled(name: str, width: float = 1.0, calm: bool = False) -> Networks:
    """Return Keras's G and D of a row."""
    G, D = BUILDERS[name](width)
    fill(G, 1, calm)
    fill(D, 2, calm)
    return G, D


def changed(config: Config, case: Case) -> Config:
    optims = {name: dataclasses.replace(getattr(config, name), **case.changes) for name in ("optim_G", "optim_D")}
    return dataclasses.replace(config, width=case.width, batch=case.batch, **optims)


def matching_state(config: Config, keras_G: keras.Model, keras_D: keras.Model) -> State:
    """Return a state in float32, without dropout, with the weights of the Keras networks."""
    model = resolve_model(config)
    model = dataclasses.replace(model, D=tuple(dataclasses.replace(layer, dropout=0.0) for layer in model.D))
    state = new_state(dataclasses.replace(config, device="cpu", precision="fp32"), model)
    for net, theirs in ((state.G, keras_G), (state.D, keras_D)):
        outcome = net.load_state_dict(as_torch(theirs), strict=False)
        assert not outcome.unexpected_keys
        assert all(name.endswith("num_batches_tracked") for name in outcome.missing_keys)
    return state


def hold_biases_before_norm(state: State, keras_G: keras.Model, keras_D: keras.Model) -> None:
    """Make their gradients the 0 that they are but for rounding, of which Adam would make steps at random."""
    blocks = [*state.G.layers, *state.D.layers]
    ours = [block.op.bias for block in blocks if block.norm is not None and block.op.bias is not None]
    theirs = [*biases_before_norm(keras_G), *biases_before_norm(keras_D)]
    assert len(ours) == len(theirs)
    for bias in (*ours, *theirs):
        bias.register_hook(torch.zeros_like)


def batches(model: ModelConfig, count: int) -> list[Tensor]:
    """Return three batches of noise, uint8 (count, H, W, C)."""
    generator = torch.Generator().manual_seed(3)
    shape = (count, model.height, model.width, model.channels)
    return [torch.randint(256, shape, dtype=torch.uint8, generator=generator) for _ in range(3)]


def uniform_draws(state: State, count: int) -> dict[str, Tensor]:
    """Return the U(0, 1) behind this step's noisy labels."""
    return {name: label(state, count, f"labels_{name}", 0.0, 1.0) for name in ("real", "fake", "G")}


def as_keras(z: Tensor, keras_G: keras.Model) -> Tensor:
    return z.reshape(len(z), *keras_G.input_shape[1:])


def channels_first(x: Tensor) -> Tensor:
    return x.permute(0, 3, 1, 2)


def channels_last(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1)


def assert_near(ours: Tensor, theirs: Tensor) -> None:
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() <= OUTPUT_TOLERANCE


def difference(net: nn.Module, model: keras.Model) -> float:
    """Return the largest difference of a weight or of a running statistic."""
    ours = net.state_dict()
    return max((ours[name] - theirs).abs().max().item() for name, theirs in as_torch(model).items())
