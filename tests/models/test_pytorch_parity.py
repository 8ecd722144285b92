"""The row ``pytorch`` against the network and the update of pytorch/examples."""

import dataclasses
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from dcgan.images import to_unit
from dcgan.models.recipes import find, resolve_model
from dcgan.training.state import State, new_state
from dcgan.training.step import COLUMNS, latent, train_step
from tests.reference import torch_dcgan

BATCH = 2
OUTPUT_TOLERANCE = 1e-6  # in float32
LOSS_TOLERANCE = 1e-9  # in float64
WEIGHT_TOLERANCE = 1e-12  # in float64; the rate, about what one step moves a weight, is 2e-4


@pytest.fixture
def float64(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compute in float64, also where the program says float().

    In float32 rounding decides on the side of 0 on which many a unit and many a gradient stand, and with its eps of
    1e-8 Adam makes a whole step of the difference.
    """
    monkeypatch.setattr(Tensor, "float", Tensor.double)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def start(width: float = 1.0) -> State:
    config = dataclasses.replace(find("pytorch").config, width=width, batch=BATCH, device="cpu", precision="fp32")
    return new_state(config, resolve_model(config))


def same_weights(reference: nn.Module, net: nn.Module) -> nn.Module:
    """Give ``reference`` the weights of ``net``, in order."""
    values = zip(reference.state_dict(), net.state_dict().values(), strict=True)
    reference.load_state_dict({name: value.clone() for name, value in values})
    return reference.to(memory_format=torch.channels_last)


def difference(net: nn.Module, reference: nn.Module) -> float:
    pairs = zip(net.state_dict().values(), reference.state_dict().values(), strict=True)
    return max((ours - theirs).abs().max().item() for ours, theirs in pairs)


def z_map(state: State) -> Tensor:
    return latent(state, BATCH, "z_D")[:, :, None, None]


@pytest.mark.parametrize("training", [False, True])
def test_outputs_are_those_of_the_plain_network(training: bool) -> None:
    state = start()
    G = same_weights(torch_dcgan.generator(), state.G).train(training)
    D = same_weights(torch_dcgan.discriminator(), state.D).train(training)
    x = state.G.train(training)(latent(state, BATCH, "z_D"))
    assert (x - G(z_map(state))).abs().max() <= OUTPUT_TOLERANCE
    logits = D(x).flatten()
    assert (state.D.train(training)(x) - logits).abs().max() <= OUTPUT_TOLERANCE


def rival(state: State) -> tuple[nn.Module, nn.Module, torch.optim.Optimizer, torch.optim.Optimizer]:
    """Return independent networks, a quarter as wide, with the same weights, and their optimisers."""
    G = same_weights(torch_dcgan.generator(ngf=16), state.G)
    D = same_weights(torch_dcgan.discriminator(ndf=16), state.D)
    return G, D, torch_dcgan.optimizer(G), torch_dcgan.optimizer(D)


@pytest.mark.usefixtures("float64")
def test_three_steps_are_those_of_the_plain_update() -> None:
    state = start(width=0.25)
    G, D, optim_G, optim_D = rival(state)
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        pixels = torch.randint(256, (BATCH, 64, 64, 3), dtype=torch.uint8, generator=generator)
        torch_dcgan.step(G, D, optim_G, optim_D, to_unit(pixels), z_map(state))
        train_step(state, pixels)
        state.nimg += BATCH
        state.step += 1
    assert difference(state.D, D) <= WEIGHT_TOLERANCE
    assert difference(state.G, G) <= WEIGHT_TOLERANCE


@pytest.mark.usefixtures("float64")
def test_twenty_losses_are_those_of_the_plain_update() -> None:
    """In float64: rounding alone, multiplied at every step, makes float32 differ from itself by more than 1e-3."""
    state = start(width=0.25)
    G, D, optim_G, optim_D = rival(state)
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        pixels = torch.randint(256, (BATCH, 64, 64, 3), dtype=torch.uint8, generator=generator)
        loss_D, loss_G = torch_dcgan.step(G, D, optim_G, optim_D, to_unit(pixels), z_map(state))
        train_step(state, pixels)
        row = dict(zip(COLUMNS, state.pending.pop(), strict=True))
        assert (row["loss_D_real"] + row["loss_D_fake"] - loss_D).abs() <= LOSS_TOLERANCE
        assert (row["loss_G"] - loss_G).abs() <= LOSS_TOLERANCE
        state.nimg += BATCH
        state.step += 1
