"""A run that stopped and went on is the run that never stopped."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from dcgan.errors import SnapshotError
from dcgan.files import read_jsonl
from dcgan.models.recipes import RECIPES
from dcgan.training.state import State, load_state, new_state, save_state
from tests.training import tiny


def same(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Whether two tensors are equal to the bit; a number that is none (G's gradient, where float16 overflowed) too."""
    return a.dtype == b.dtype and a.shape == b.shape and torch.allclose(a, b, rtol=0, atol=0, equal_nan=True)


def assert_same(a: Path, b: Path) -> None:
    """Every tensor of two states is the same to the bit."""
    first, second = load_file(a / "state.safetensors"), load_file(b / "state.safetensors")
    assert first.keys() == second.keys()
    different = [name for name in first if not same(first[name], second[name])]
    assert different == []


def without_time(folder: Path) -> list[dict[str, object]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in read_jsonl(folder / "stats.jsonl")]


def stop_after(steps: int):
    """A ``stop`` that answers True at the given step."""
    asked = []
    return lambda: asked.append(0) or len(asked) >= steps


@pytest.mark.parametrize("recipe", RECIPES)
def test_three_and_three_steps_are_six(recipe: str, tmp_path: Path) -> None:
    tiny.run_in(tmp_path / "whole", tiny.config(recipe, steps=6))
    tiny.run_in(tmp_path / "parts", tiny.config(recipe, steps=3))
    tiny.run_in(tmp_path / "parts", tiny.config(recipe, steps=6))
    assert_same(tmp_path / "whole", tmp_path / "parts")
    assert without_time(tmp_path / "whole") == without_time(tmp_path / "parts")
    for name in ("fakes000000.012.png", "fakes000000.024.png"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()


def test_bfloat16_and_penalties_resume_exactly(tmp_path: Path) -> None:
    objective = replace(tiny.config().objective, loss="relativistic", r1=1.0, r2=0.5, penalty_every=2)
    whole = tiny.config(steps=5, precision="bf16", objective=objective)
    tiny.run_in(tmp_path / "whole", whole)
    tiny.run_in(tmp_path / "parts", replace(whole, steps=2))
    tiny.run_in(tmp_path / "parts", whole)
    assert_same(tmp_path / "whole", tmp_path / "parts")


MEANS_OF_D = {"steps_D": 2, "steps_G": 2, "instance_noise": 0.1, "instance_noise_kimg": 0.03, "noisy_G": True}
PENALTIES = {"r1": 1.0, "r2": 0.5, "gp": 1.0, "dragan": 1.0, "penalty_every": 3}


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("passes", ["separate", "joined"])
@pytest.mark.parametrize("loss", ["saturating", "least-squares", "wasserstein", "relativistic-average"])
def test_all_means_at_once_resume_exactly(loss: str, passes: str, precision: str, tmp_path: Path) -> None:
    plain = tiny.config(steps=6, precision=precision, pack=2, ema_kimg=0.01, ema_ramp=0.5, mirror=True)
    labels = {"real_label": 0.9, "real_noise": 0.1, "fake_noise": 0.1}
    whole = replace(
        plain,
        augment=("color", "translation", "cutout", "mirror"),
        objective=replace(plain.objective, loss=loss, passes=passes, **MEANS_OF_D, **PENALTIES, **labels),
        optim_G=replace(plain.optim_G, warmup_kimg=0.02, anneal="cosine", anneal_from_kimg=0.02, anneal_to_kimg=0.04),
        optim_D=replace(plain.optim_D, decay=0.1, anneal="linear", anneal_to_kimg=0.04, anneal_floor=0.1),
    )
    tiny.run_in(tmp_path / "whole", whole)
    tiny.run_in(tmp_path / "parts", replace(whole, steps=3))
    tiny.run_in(tmp_path / "parts", whole)
    assert_same(tmp_path / "whole", tmp_path / "parts")
    assert without_time(tmp_path / "whole") == without_time(tmp_path / "parts")


def test_mirrored_pictures_resume_exactly(tmp_path: Path) -> None:
    whole = tiny.config(steps=11, mirror=True)  # of 20 pictures, so two epochs and a bit
    tiny.run_in(tmp_path / "whole", whole)
    tiny.run_in(tmp_path / "parts", replace(whole, steps=4))
    tiny.run_in(tmp_path / "parts", replace(whole, steps=7))
    tiny.run_in(tmp_path / "parts", whole)
    assert_same(tmp_path / "whole", tmp_path / "parts")
    tiny.run_in(tmp_path / "plain", replace(whole, mirror=False))
    with pytest.raises(AssertionError):
        assert_same(tmp_path / "whole", tmp_path / "plain")


def test_stopping_in_the_middle_of_a_line_loses_nothing(tmp_path: Path) -> None:
    c = tiny.config("mnist-28", steps=6)
    tiny.run_in(tmp_path / "whole", c)
    state = tiny.run_in(tmp_path / "parts", c, stop=stop_after(1))
    assert state.nimg == 4
    tiny.run_in(tmp_path / "parts", c, stop=stop_after(4))
    tiny.run_in(tmp_path / "parts", c)
    assert_same(tmp_path / "whole", tmp_path / "parts")
    assert without_time(tmp_path / "whole") == without_time(tmp_path / "parts")


def test_looking_changes_nothing(tmp_path: Path) -> None:
    c = tiny.config("modern", steps=6)
    often = replace(c, ticks=replace(c.ticks, log="1step", preview="1step", snapshot="1step"))
    seldom = replace(c, ticks=replace(c.ticks, log="6steps", preview="6steps", snapshot="6steps"))
    a, b = tiny.run_in(tmp_path / "often", often), tiny.run_in(tmp_path / "seldom", seldom)
    for name in ("G", "D", "G_ema"):
        first, second = getattr(a, name).state_dict(), getattr(b, name).state_dict()
        assert all(torch.equal(first[key], second[key]) for key in first), name


def test_lines_written_after_the_state_are_taken_back(tmp_path: Path) -> None:
    c = tiny.config("celeba-32", steps=6)
    tiny.run_in(tmp_path / "whole", c)
    tiny.run_in(tmp_path / "parts", replace(c, steps=3))
    saved = (tmp_path / "parts" / "state.safetensors").read_bytes()
    tiny.run_in(tmp_path / "parts", c)
    (tmp_path / "parts" / "state.safetensors").write_bytes(saved)  # as if it had been killed before saving again
    tiny.run_in(tmp_path / "parts", c)
    assert without_time(tmp_path / "whole") == without_time(tmp_path / "parts")


def test_every_launch_is_recorded(tmp_path: Path) -> None:
    tiny.run_in(tmp_path / "run", tiny.config(steps=3))
    tiny.run_in(tmp_path / "run", tiny.config(steps=6))
    launches = read_jsonl(tmp_path / "run" / "launches.jsonl")
    assert [(row["nimg"], row["config"]["steps"]) for row in launches] == [(0, 3), (12, 6)]


def fresh(**changes: object) -> State:
    from dcgan.models.recipes import resolve_model

    c = tiny.config(**changes)
    return new_state(c, resolve_model(c))


def test_a_state_round_trips(tmp_path: Path) -> None:
    state = fresh()
    state.nimg, state.step, state.pending = 8, 2, [torch.arange(10.0), torch.ones(10)]
    save_state(state, tmp_path / "s")
    again = fresh(seed=1)
    load_state(again, tmp_path / "s")
    assert (again.nimg, again.step) == (8, 2)
    assert torch.equal(torch.stack(again.pending), torch.stack(state.pending))
    assert all(torch.equal(a, b) for a, b in zip(state.G.parameters(), again.G.parameters(), strict=True))


def test_figures_of_a_version_that_had_fewer_are_dropped(tmp_path: Path) -> None:
    state = fresh()
    state.pending = state.unlooked = [torch.ones(6)]
    state.nimg = 4
    save_state(state, tmp_path / "s")
    again = fresh()
    load_state(again, tmp_path / "s")
    assert (again.nimg, again.pending, again.unlooked, again.looks, again.events) == (4, [], [], [], [])


def test_looks_and_events_round_trip(tmp_path: Path) -> None:
    state = fresh()
    state.looks = [{"nimg": 4, "distance": 0.1 + 0.2, "near": None, "troubles": ["collapse"]}]
    state.events = [{"event": "restart", "seed": 77}, *[{"event": "rollback"}] * 2]
    save_state(state, tmp_path / "s")
    again = fresh()
    load_state(again, tmp_path / "s")
    assert (again.looks, again.events) == (state.looks, state.events)
    assert (again.config.seed, again.optim_D.gentler, again.optim_G.gentler) == (77, 0.25, 1)


def test_a_state_that_cannot_be_read_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    with pytest.raises(SnapshotError, match="no saved state"):
        load_state(fresh(), path)
    save_state(fresh(), path)
    whole = path.read_bytes()
    for damaged in (b"", whole[:100], whole[:-10], b"\xff" * 64):
        path.write_bytes(damaged)
        with pytest.raises(SnapshotError, match="damaged"):
            load_state(fresh(), path)
    path.write_bytes(whole)
    with pytest.raises(SnapshotError, match="other settings"):
        load_state(fresh(recipe="radford2015"), path)
    save_file({"x": torch.zeros(1)}, path)
    with pytest.raises(SnapshotError, match="not a state"):
        load_state(fresh(), path)


def test_a_failed_save_leaves_the_last_good_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.safetensors"
    save_state(fresh(), path)
    before = path.read_bytes()

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dcgan.training.state.save_file", full)
    with pytest.raises(OSError, match="No space"):
        save_state(fresh(seed=5), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
