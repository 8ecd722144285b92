"""A round: how often D and G learn and from what, and what D is shown, against code written out by hand."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dcgan.augment import MEANS
from dcgan.clock import round_images
from dcgan.config import Means
from dcgan.data.feed import feed_of
from dcgan.files import read_jsonl
from dcgan.models.recipes import RECIPES, resolve_model
from dcgan.rng import key
from dcgan.training.draws import shown
from dcgan.training.loop import advance
from dcgan.training.state import State, new_state
from dcgan.training.step import COLUMNS, penalties
from tests.training import tiny

EVERYTHING = {
    "loss": "relativistic-average",
    "r1": 1.0,
    "r2": 1.0,
    "gp": 1.0,
    "dragan": 1.0,
    "steps_D": 2,
    "steps_G": 2,
}


def start(recipe: str = "pytorch", objective: dict[str, Any] | None = None, **changes: Any) -> State:
    c = tiny.config(recipe, **changes)
    c = replace(c, objective=replace(c.objective, **(objective or {})))
    return new_state(c, resolve_model(c))


def take(state: State, rounds: int) -> None:
    c = state.config
    feed = feed_of(tiny.pictures(state.model), c)
    for _ in range(rounds):
        advance(state, feed)


def batch_by_hand(state: State, nimg: int) -> Tensor:
    """The batch of 20 pictures, shuffled, that follows ``nimg``; a batch of 4 never straddles two epochs."""
    generator = torch.Generator().manual_seed(key(state.config.seed, "order", nimg // 20))
    chosen = torch.randperm(20, generator=generator)[nimg % 20 : nimg % 20 + 4]
    pixels = tiny.pictures(state.model).pixels[chosen.numpy()]
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1


def z_by_hand(state: State, purpose: str, nimg: int) -> Tensor:
    return torch.randn(4, state.model.z_dim, generator=torch.Generator().manual_seed(key(0, purpose, nimg)))


def adam(net: nn.Module) -> torch.optim.Adam:
    return torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999), eps=1e-8, fused=True)


@pytest.mark.parametrize(("steps_D", "steps_G"), [(3, 1), (1, 2), (2, 3)])
def test_several_steps_a_round_are_the_loop_written_by_hand(steps_D: int, steps_G: int) -> None:
    state = start(objective={"steps_D": steps_D, "steps_G": steps_G})
    G, D = copy.deepcopy(state.G), copy.deepcopy(state.D)
    optim_G, optim_D = adam(G), adam(D)
    ones, zeros, nimg, losses = torch.ones(4), torch.zeros(4), 0, []
    for _ in range(2):
        losses_D, losses_G = [], []
        for i in range(steps_D):
            fake = G(z_by_hand(state, "z_D", nimg + 4 * i)).detach()
            logits = D(batch_by_hand(state, nimg + 4 * i)), D(fake)
            loss = sum(F.binary_cross_entropy_with_logits(x, y) for x, y in zip(logits, (ones, zeros), strict=True))
            optim_D.zero_grad()
            loss.backward()
            optim_D.step()
            losses_D.append(loss.item())
        for j in range(steps_G):
            purpose = "z_G" if j == 0 else f"z_G_{j}"
            loss = F.binary_cross_entropy_with_logits(D(G(z_by_hand(state, purpose, nimg))), ones)
            optim_G.zero_grad()
            loss.backward()
            optim_G.step()
            losses_G.append(loss.item())
        nimg += 4 * steps_D
        losses.append((np.mean(losses_D), np.mean(losses_G)))
    take(state, 2)
    assert (state.nimg, state.step, state.optim_D.updates, state.optim_G.updates) == (nimg, 2, 2 * steps_D, 2 * steps_G)
    for ours, theirs in ((state.G, G), (state.D, D)):
        for name, value in ours.state_dict().items():
            torch.testing.assert_close(value, theirs.state_dict()[name], rtol=1e-4, atol=1e-5, msg=name)
    rows = [dict(zip(COLUMNS, row.tolist(), strict=True)) for row in state.pending]
    found = [(row["loss_D_real"] + row["loss_D_fake"], row["loss_G"]) for row in rows]
    np.testing.assert_allclose(found, losses, rtol=1e-5)


def test_steps_count_rounds_and_kimg_real_pictures(tmp_path: Path) -> None:
    c = tiny.config("celeba-32", steps=4)
    c = replace(c, objective=replace(c.objective, steps_D=3, steps_G=2))
    state = tiny.run_in(tmp_path / "run", c)
    assert (round_images(c), state.nimg, state.step) == (12, 48, 4)
    rows = read_jsonl(tmp_path / "run" / "stats.jsonl")
    assert [(row["nimg"], row["step"]) for row in rows] == [(24, 2), (48, 4)]
    assert {p.name for p in (tmp_path / "run" / "snapshots").iterdir()} == {"000000.036", "000000.048"}


@pytest.mark.parametrize("loss", ["saturating", "least-squares", "wasserstein", "relativistic-average"])
@pytest.mark.parametrize("passes", ["separate", "joined"])
def test_every_loss_trains(loss: str, passes: str) -> None:
    state = start("modern", objective={"loss": loss, "passes": passes})
    before = [copy.deepcopy(net.state_dict()) for net in (state.G, state.D)]
    take(state, 2)
    assert torch.isfinite(torch.stack(state.pending)).all()
    for old, net in zip(before, (state.G, state.D), strict=True):
        assert not any(torch.equal(old[name], value) for name, value in net.named_parameters() if value.ndim > 1)


@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_trains_with_all_means(recipe: str, channels: int) -> None:
    settings = EVERYTHING | {"passes": "separate", "instance_noise": 0.1}
    state = start(recipe, objective=settings, augment=tuple(MEANS), pack=2, channels=channels)
    before = [copy.deepcopy(net.state_dict()) for net in (state.G, state.D)]
    take(state, 1)
    assert torch.isfinite(torch.stack(state.pending)).all()
    for old, net in zip(before, (state.G, state.D), strict=True):
        assert not any(torch.equal(old[name], value) for name, value in net.named_parameters() if value.ndim > 1)


# Who is ahead ---------------------------------------------------------------------------------------------------------


def test_the_length_of_g_s_gradient_is_kept() -> None:
    state = start("pytorch", {"fresh_z": True})
    G, D = copy.deepcopy(state.G), copy.deepcopy(state.D)
    optim_D = adam(D)
    real, fake = D(batch_by_hand(state, 0)), D(G(z_by_hand(state, "z_D", 0)).detach())
    loss = F.binary_cross_entropy_with_logits(real, torch.ones(4))
    (loss + F.binary_cross_entropy_with_logits(fake, torch.zeros(4))).backward()
    optim_D.step()
    made = D(G(z_by_hand(state, "z_G", 0)))
    grads = torch.autograd.grad(F.binary_cross_entropy_with_logits(made, torch.ones(4)), list(G.parameters()))
    take(state, 1)
    row = dict(zip(COLUMNS, state.pending[0].tolist(), strict=True))
    assert row["grad_G"] == pytest.approx(torch.cat([g.flatten() for g in grads]).norm().item(), rel=1e-3)
    assert row["margin"] == pytest.approx((real.mean() - fake.mean()).item(), abs=1e-4)
    assert row["accuracy_real"] == (real > 0).float().mean().item()
    assert row["accuracy_fake"] == (fake < 0).float().mean().item()


def test_a_clipped_gradient_is_measured_whole() -> None:
    plain, clipped = start("pytorch"), start("pytorch")
    clipped.optim_G.config = replace(clipped.optim_G.config, clip=1e-8)
    for state in (plain, clipped):
        take(state, 1)
    assert plain.pending[0][COLUMNS.index("grad_G")] == clipped.pending[0][COLUMNS.index("grad_G")] > 0.01


# What D is shown ------------------------------------------------------------------------------------------------------


class Spy(nn.Module):
    """A D that keeps what it is shown."""

    def __init__(self, D: nn.Module) -> None:
        super().__init__()
        self.D = D
        self.seen: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(x.detach().clone())
        return self.D(x)


def test_everything_that_d_sees_is_augmented() -> None:
    state = start("modern", objective=EVERYTHING, augment=("cutout",))
    state.D = Spy(state.D)  # type: ignore[assignment]
    take(state, 1)
    assert len(state.D.seen) == 2 * 6 + 2 * 2
    for x in state.D.seen:
        holes = (x == 0).all(dim=1).sum(dim=(1, 2))
        assert (holes >= 16 * 16 // 16).all()  # at least a quarter of the hole lies in the picture


def test_everything_that_d_sees_is_noisy() -> None:
    settings = EVERYTHING | {"instance_noise": 100.0}
    state = start("modern", objective=settings)
    state.D = Spy(state.D)  # type: ignore[assignment]
    take(state, 1)
    assert len(state.D.seen) == 2 * 6 + 2 * 2
    for x in state.D.seen:
        assert x.std().item() == pytest.approx(100, rel=0.1)
    assert len({x[0, 0, 0, 0].item() for x in state.D.seen}) == 2 * 4 + 2 * 2  # R1 and R2 see what the loss sees


@pytest.mark.parametrize("policy", [("cutout",), ("translation", "mirror")])
def test_penalties_are_on_pictures_before_they_are_augmented(policy: tuple[Means, ...]) -> None:
    state = start("modern", objective={"r1": 2.0}, augment=policy)
    w = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    state.D = lambda x: (x * w).sum(dim=(1, 2, 3))  # type: ignore[assignment]
    real = torch.rand(4, 3, 16, 16).requires_grad_(True)
    (gradient,) = torch.autograd.grad((shown(state, real, "real") * w).sum(), real)
    expected = gradient.square().sum(dim=(1, 2, 3)).mean()
    assert penalties(state, real, real).item() == pytest.approx(expected.item())
    assert expected < w.square().sum()  # what is cut out, or moved out, has no gradient


@pytest.mark.parametrize("name", ["r1", "r2", "gp", "dragan"])
def test_penalties_come_lazily_and_with_their_weight(name: str) -> None:
    w = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    length, real = w.norm().item(), torch.rand(4, 3, 16, 16)
    once = 3.0 / 2 * length**2 if name in ("r1", "r2") else 3.0 * (length - 1) ** 2
    state = start("modern", objective={name: 3.0, "penalty_every": 2, "steps_D": 3})
    state.D = lambda x: (x * w).sum(dim=(1, 2, 3))  # type: ignore[assignment]
    found = []
    for state.step in range(2):
        found += [penalties(state, real, real * 2, turn).item() for turn in range(3)]
    assert found == pytest.approx([2 * once, 0, 2 * once, 0, 2 * once, 0], rel=1e-4)


def test_nothing_on_shows_the_pictures_themselves() -> None:
    state, x = start("modern"), torch.rand(4, 3, 16, 16)
    assert shown(state, x, "real") is x


def test_draws_are_those_of_their_address() -> None:
    state = start("modern", objective={"instance_noise": 0.1}, augment=("color", "translation", "cutout", "mirror"))
    x = torch.rand(4, 3, 16, 16)
    first = shown(state, x, "real")
    assert torch.equal(first, shown(state, x, "real"))
    assert not torch.equal(first, shown(state, x, "fake"))
    later = shown(state, x, "real", 4)
    assert not torch.equal(first, later)
    state.nimg = 4
    assert torch.equal(later, shown(state, x, "real"))


# Packing --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("passes", ["separate", "joined"])
def test_a_packed_d_learns_from_half_as_many_targets(passes: str) -> None:
    settings = {"passes": passes, "real_noise": 0.1, "fake_noise": 0.1, "noisy_G": True, "loss": "bce"}
    state = start("modern", objective=settings, pack=2)
    state.D = Spy(state.D)  # type: ignore[assignment]
    logits: list[int] = []
    state.D.register_forward_hook(lambda net, given, made: logits.append(len(made)))
    take(state, 1)
    assert logits == ([2, 2, 2] if passes == "separate" else [4, 2])
