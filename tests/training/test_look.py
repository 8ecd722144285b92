"""Looking at a run: what the figures say of pictures that are known, and that looking changes nothing."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from scipy.spatial.distance import cdist

from dcgan.data.feed import feed_of
from dcgan.data.pictures import Pictures
from dcgan.files import read_jsonl
from dcgan.models.layers import BatchNorm
from dcgan.models.recipes import RECIPES, resolve_model
from dcgan.training import look
from dcgan.training.compare import Space, coarse, contrast, energy_distance, nearest, nearest_other, spread
from dcgan.training.look import Looker, Neighbours, nearness
from dcgan.training.state import new_state
from tests.training import tiny
from tests.training.test_resume import assert_same, without_time


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# The space ------------------------------------------------------------------------------------------------------------


def test_cells_are_means_and_contrast_is_their_standard_deviation() -> None:
    x = noise(3, 2, 16, 24)
    cells = x.reshape(3, 2, 8, 2, 8, 3)
    assert torch.allclose(coarse(x), cells.mean(dim=(3, 5)).flatten(1), atol=1e-6)
    by_hand = cells.permute(0, 1, 2, 4, 3, 5).flatten(4).std(dim=4, correction=0).mean(1).flatten(1)
    assert torch.allclose(contrast(x), by_hand, atol=1e-5)


def test_over_the_reals_means_and_contrast_vary_by_one() -> None:
    x = noise(50, 3, 16, 16) * 7
    described = Space(x).describe(x)
    assert described.shape == (50, 3 * 64 + 64)
    assert described[:, : 3 * 64].var(0).sum().item() == pytest.approx(1, rel=1e-4)
    assert described[:, 3 * 64 :].var(0).sum().item() == pytest.approx(1, rel=1e-4)


def test_pictures_that_are_all_alike_can_be_described() -> None:
    flat = torch.zeros(4, 1, 8, 8)
    assert torch.isfinite(Space(flat).describe(noise(4, 1, 8, 8))).all()


def test_spread() -> None:
    x = noise(40, 5)
    assert spread(3 * x + 2, x) == pytest.approx(3, rel=1e-5)
    assert spread(torch.ones(4, 5), x) == 0
    assert spread(x, torch.ones(4, 5)) == float("inf")


def test_energy_distance_is_its_definition() -> None:
    x, y = noise(30, 4), noise(20, 4, seed=1) + 1
    between, in_x, in_y = cdist(x, y).mean(), cdist(x, x).sum() / (30 * 29), cdist(y, y).sum() / (20 * 19)
    assert energy_distance(x, y) == pytest.approx((2 * between - in_x - in_y) / (2 * between), rel=1e-4)


def test_energy_distance_of_one_distribution_is_nothing_and_of_two_apart_nearly_one() -> None:
    found = [energy_distance(noise(256, 9, seed=i), noise(256, 9, seed=i + 100)) for i in range(20)]
    assert abs(np.mean(found)) < 0.001
    assert max(found) < 0.01
    assert energy_distance(noise(50, 9), noise(50, 9, seed=1) + 1000) > 0.99
    assert energy_distance(torch.zeros(5, 2), torch.zeros(5, 2)) == 0


def test_the_nearest_are_found() -> None:
    x, y = noise(600, 3), noise(37, 3, seed=1)
    assert np.allclose(nearest(x, y), cdist(x, y).min(1), atol=1e-4)
    within = cdist(x, x)
    np.fill_diagonal(within, np.inf)
    assert np.allclose(nearest_other(x), within.min(1), atol=1e-4)
    assert np.allclose(nearest_other(x, 300), within.min(1)[:300], atol=1e-4)


# What a look sees -----------------------------------------------------------------------------------------------------


def instead(pictures: torch.Tensor) -> Any:
    """A pair of networks that makes these pictures, and has their first row as features."""
    return lambda state, z, reals: (pictures[: len(z)], pictures[: len(z), 0, 0], reals[:, 0, 0])


def made_by(pictures: torch.Tensor, monkeypatch: pytest.MonkeyPatch, reals: Pictures | None = None) -> dict:
    """Look at a G that makes ``pictures`` of the tiny data, or of ``reals``."""
    c = tiny.config(hold_back=0.25)
    model = resolve_model(c)
    state = new_state(c, model)
    state.nimg = 4
    monkeypatch.setattr(look, "passes", instead(pictures))
    looker = Looker(feed_of(reals or tiny.pictures(model, 400), c), state)
    found = looker.look(state)
    assert found is not None
    return found


def real_pictures(count: int = 400) -> torch.Tensor:
    c = tiny.config()
    pixels = tiny.pictures(resolve_model(c), count).pixels
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1


def fresh_pictures() -> torch.Tensor:
    """As many as a look takes, of the same kind and none of them among the data."""
    return real_pictures(1000)[700:]


def test_pictures_of_the_same_kind_look_well(monkeypatch: pytest.MonkeyPatch) -> None:
    found = made_by(fresh_pictures(), monkeypatch)
    assert found["spread"] == pytest.approx(1, abs=0.1)
    assert found["crowding"] == pytest.approx(1, abs=0.1)
    assert abs(found["distance"]) < 0.01
    assert found["near"] == pytest.approx(1, abs=0.1)
    assert found["held_share"] == pytest.approx(found["held_expected"], abs=0.1)
    assert found["held_expected"] == 0.25


def test_training_pictures_are_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    c = tiny.config(hold_back=0.25)
    pictures = tiny.pictures(resolve_model(c), 400)
    kept = feed_of(pictures, c).some(256)
    found = made_by(torch.from_numpy(kept).permute(0, 3, 1, 2).float() / 127.5 - 1, monkeypatch)
    assert found["near"] < 0.01
    assert found["held_share"] == 0


def test_few_different_pictures_are_crowded_though_they_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    four = fresh_pictures()[:4].repeat(64, 1, 1, 1)
    found = made_by(four + 0.01 * noise(*four.shape), monkeypatch)
    assert found["crowding"] < 0.1
    assert found["spread"] > 0.7


def test_pictures_that_are_all_alike_do_not_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    found = made_by(fresh_pictures() * 0.1, monkeypatch)
    assert found["spread"] == pytest.approx(0.1, abs=0.02)
    assert found["distance"] > 0.2


def test_without_held_back_pictures_the_training_ones_are_compared_with_each_other() -> None:
    x = noise(200, 6)
    typical = float(nearest_other(x).median())
    row = nearness(x[:50], Neighbours(trained=x, held=None, typical=typical))
    assert row == {"near": pytest.approx(0, abs=1e-2)}


def test_mirrored_training_pictures_are_recognised_where_they_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    c = tiny.config(mirror=True)
    model = resolve_model(c)
    state = new_state(c, model)
    state.nimg = 4
    turned = real_pictures(400).flip(3)
    monkeypatch.setattr(look, "passes", instead(turned))
    for mirrored, near in ((True, 0.01), (False, 0.5)):
        state.config = replace(c, mirror=mirrored)
        found = Looker(feed_of(tiny.pictures(model, 400), c), state).look(state)
        assert found is not None
        assert (found["near"] < near) == mirrored


def test_with_hardly_any_pictures_nothing_is_looked_at() -> None:
    c = tiny.config()
    state = new_state(c, resolve_model(c))
    assert Looker(feed_of(tiny.pictures(state.model, 7), c), state).look(state) is None


# It changes nothing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", RECIPES)
def test_looking_leaves_both_networks_as_they_were(recipe: str) -> None:
    c = tiny.config(recipe, pack=2)
    state = new_state(c, resolve_model(c))
    state.G.layers[0].eval()
    nets = (state.G, state.D)
    before = [(copy.deepcopy(net.state_dict()), [m.training for m in net.modules()]) for net in nets]
    seed = torch.get_rng_state()
    first = Looker(feed_of(tiny.pictures(state.model), c), state).look(state)
    assert first == Looker(feed_of(tiny.pictures(state.model), c), state).look(state)
    assert torch.equal(seed, torch.get_rng_state())
    for net, (values, modes) in zip(nets, before, strict=True):
        assert [m.training for m in net.modules()] == modes
        for name, value in net.state_dict().items():
            assert torch.equal(value, values[name]), name
    assert all(not m.synchronised for m in state.G.modules() if isinstance(m, BatchNorm))


def test_looking_often_or_never_trains_the_same(tmp_path: Path) -> None:
    c = tiny.config(steps=6, hold_back=0.2)
    often = replace(c, ticks=replace(c.ticks, health="1step"))
    tiny.run_in(tmp_path / "often", often)
    tiny.run_in(tmp_path / "never", c)
    for name in ("often", "never"):
        rows = read_jsonl(tmp_path / name / "health.jsonl")
        assert len(rows) == (7 if name == "often" else 1)
    states = [tmp_path / name for name in ("often", "never")]
    for folder in states:  # all but the figures that a look takes away
        tensors = load_file(folder / "state.safetensors")
        tensors.pop("unlooked", None)
        save_file(tensors, folder / "state.safetensors")
    assert_same(*states)
    assert without_time(states[0]) == without_time(states[1])


def test_a_look_has_the_means_of_its_steps(tmp_path: Path) -> None:
    c = tiny.config(steps=6)
    c = replace(c, ticks=replace(c.ticks, health="3steps", log="1step"))
    tiny.run_in(tmp_path, c)
    rows = read_jsonl(tmp_path / "stats.jsonl")
    looks = read_jsonl(tmp_path / "health.jsonl")
    assert [row["rounds"] for row in looks] == [0, 3, 6]
    assert "margin" not in looks[0]
    for i, row in enumerate(looks[1:]):
        for name in ("accuracy_real", "accuracy_fake", "margin", "grad_G"):
            assert row[name] == pytest.approx(np.mean([r[name] for r in rows[3 * i : 3 * i + 3]]), rel=1e-5)
