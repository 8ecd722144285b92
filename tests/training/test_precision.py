"""Precisions and compilation: what each does to a run, what it needs, and what is said where it cannot be had."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from dcgan.errors import ConfigError
from dcgan.files import read_jsonl
from dcgan.models.recipes import resolve_model
from dcgan.training.device import choose_device, choose_precision
from dcgan.training.optim import Updater
from dcgan.training.state import new_state
from tests.training import tiny
from tests.training.test_resume import assert_same

CPU = torch.device("cpu")


def losses(folder: Path, **changes: Any) -> list[float]:
    config = tiny.config("pytorch", steps=6, **changes)
    tiny.run_in(folder, replace(config, ticks=replace(config.ticks, log="1step")))
    return [row[name] for row in read_jsonl(folder / "stats.jsonl") for name in ("loss_D", "loss_G")]


@pytest.mark.parametrize(("precision", "close"), [("bf16", 0.06), ("fp16", 0.06)])
def test_half_the_bits_change_little(precision: str, close: float, tmp_path: Path) -> None:
    exact = losses(tmp_path / "fp32", precision="fp32")
    found = losses(tmp_path / precision, precision=precision)
    assert found != exact
    assert found == pytest.approx(exact, rel=close, abs=close)


def test_float16_resumes_exactly_with_its_scale(tmp_path: Path) -> None:
    whole = tiny.config("pytorch", steps=5, precision="fp16")
    tiny.run_in(tmp_path / "whole", whole)
    tiny.run_in(tmp_path / "parts", replace(whole, steps=2))
    state = tiny.run_in(tmp_path / "parts", whole)
    assert_same(tmp_path / "whole", tmp_path / "parts")
    assert state.optim_D.scaler is not None
    assert state.optim_D.scaler.get_scale() < 2**16  # the first ones overflowed
    assert 0 < state.optim_D.scaler.state_dict()["_growth_tracker"] < 5


def test_a_run_may_go_on_in_another_precision(tmp_path: Path) -> None:
    for steps, precision in ((2, "bf16"), (4, "fp16"), (6, "fp32"), (8, "fp16")):
        state = tiny.run_in(tmp_path, tiny.config("pytorch", steps=steps, precision=precision))
        assert (state.step, state.precision) == (steps, precision)


def test_an_update_that_overflows_is_left_out() -> None:
    net = nn.Linear(3, 1)
    updater = Updater(tiny.config().optim_D, net, scaled=True)
    before, scale = net.weight.detach().clone(), updater.scaler.get_scale()  # type: ignore[union-attr]
    updater.update(net(torch.full((1, 3), 1e38)).sum() * 10, 0)
    assert torch.equal(net.weight, before)
    assert updater.scaler.get_scale() == scale / 2  # type: ignore[union-attr]
    updater.update(net(torch.ones(1, 3)).sum(), 0)
    assert not torch.equal(net.weight, before)


def test_a_gradient_that_overflows_is_left_out_of_what_is_written(tmp_path: Path) -> None:
    """JSON knows no NaN: a mean over what is no number has none, others are over the rest."""
    config = tiny.config("pytorch", steps=5, precision="fp16")
    tiny.run_in(tmp_path, replace(config, ticks=replace(config.ticks, log="1step", health="1step")))
    for name in ("stats.jsonl", "health.jsonl"):
        rows = [json.loads(line, parse_constant=pytest.fail) for line in (tmp_path / name).read_text().splitlines()]
        lengths = [row["grad_G"] for row in rows if row["nimg"]]
        assert lengths[0] is None  # the first ones overflow
        assert lengths[-1] > 0


@pytest.mark.parametrize("clip", [0.0, 0.05])
def test_scaled_losses_make_the_same_update(clip: float) -> None:
    nets = [nn.Linear(3, 1), nn.Linear(3, 1)]
    nets[1].load_state_dict(nets[0].state_dict())
    config = replace(tiny.config().optim_D, clip=clip)
    x = torch.tensor([[0.1, -0.2, 0.3]])
    for net, scale in zip(nets, (False, True), strict=True):
        updater = Updater(config, net, scaled=scale)
        for _ in range(3):
            updater.update(net(x).square().sum(), 0)
    assert torch.allclose(nets[0].weight, nets[1].weight, atol=1e-7)


def test_what_a_device_cannot_do_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"--precision tf32 needs a CUDA device"):
        choose_precision("tf32", CPU)
    with pytest.raises(ConfigError, match=r"--precision fp16 goes with CUDA or the CPU"):
        choose_precision("fp16", torch.device("mps"))
    assert choose_precision("fp16", CPU) == "fp16"


def test_float32_is_float32() -> None:
    torch.backends.cudnn.allow_tf32 = True
    config = tiny.config(precision="fp32")
    new_state(config, resolve_model(config))
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32


def test_every_process_of_a_machine_has_a_device_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [choose_device("auto", i).index for i in range(4)] == [0, 1, 0, 1]
    assert [choose_device("cuda", i).index for i in range(2)] == [0, 1]
    assert choose_device("cuda:1", 0).index == 1


# Compiled -----------------------------------------------------------------------------------------------------------


def compile_with(backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    original = nn.Module.compile
    monkeypatch.setattr(nn.Module, "compile", lambda self, mode=None: original(self, backend=backend))


@pytest.mark.filterwarnings("ignore")  # compilers think aloud
@pytest.mark.parametrize("recipe", ["pytorch", "modern"])
def test_compiled_networks_train_alike(recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_with("aot_eager", monkeypatch)
    said: list[str] = []
    states = []
    for name in ("off", "on"):
        torch.compiler.reset()
        config = tiny.config(recipe, steps=3, compile=name)
        states.append(tiny.run_in(tmp_path / name, config, warn=said.append))
    assert said == []
    assert states[1].G._compiled_call_impl is not None
    for a, b in zip(states[0].D.parameters(), states[1].D.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-5)
    assert (tmp_path / "on" / "state.safetensors").exists()
    torch.compiler.reset()


@pytest.mark.filterwarnings("ignore")
def test_penalties_go_past_what_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_with("aot_eager", monkeypatch)
    torch.compiler.reset()
    said: list[str] = []
    objective = replace(tiny.config().objective, r1=1.0, gp=1.0)
    for name in ("off", "on"):
        tiny.run_in(tmp_path / name, tiny.config(steps=3, objective=objective, compile=name), warn=said.append)
    assert said == []
    rows = [read_jsonl(tmp_path / name / "stats.jsonl")[-1]["penalty"] for name in ("off", "on")]
    assert rows[0] == pytest.approx(rows[1], rel=1e-3)
    torch.compiler.reset()


def test_without_a_compiler_training_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> Any:
        raise RuntimeError("no compiler here\nand a long story")

    compile_with(broken, monkeypatch)
    said: list[str] = []
    config = tiny.config(steps=3)
    tiny.run_in(tmp_path / "off", config)
    tiny.run_in(tmp_path / "on", replace(config, compile="on"), warn=said.append)
    assert_same(tmp_path / "off", tmp_path / "on")
    assert len(said) == 1
    assert said[0].startswith("--compile on is left out: ")
    assert "no compiler here" in said[0]
    assert "long story" not in said[0]
    torch.compiler.reset()


@pytest.mark.filterwarnings("ignore")
def test_cuda_graphs_need_a_cuda_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_with("eager", monkeypatch)
    said: list[str] = []
    tiny.run_in(tmp_path / "on", tiny.config(steps=3, compile="graphs"), warn=said.append)
    assert said == ["--compile graphs needs a CUDA device: G and D are compiled without"]
    torch.compiler.reset()
