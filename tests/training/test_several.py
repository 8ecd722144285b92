"""Two processes with half a batch each do what one does with the whole batch."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from dcgan.errors import ConfigError
from dcgan.files import read_jsonl
from dcgan.processes import ALONE, Processes
from tests.training import tiny
from tests.training.pair import cases
from tests.training.test_resume import assert_same, without_time

pytest.importorskip("accelerate")
ROOT = Path(__file__).resolve().parents[2]
OWN = ("each for itself", "augmented")  # what each process does by itself, and so differently from one
ROUNDED = ("bfloat16",)
FIGURES = ("loss_D_real", "loss_D_fake", "penalty", "loss_G", "D_real", "D_fake", "margin", "grad_G")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def run_pair(folder: Path) -> None:
    """Start two processes, as a launcher does, and wait for them."""
    where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
    command = [sys.executable, "-m", "tests.training.pair", str(folder)]
    started = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **where, "OMP_NUM_THREADS": "1", "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        ends = [process.communicate(timeout=120) for process in started]
    finally:
        for process in started:
            process.kill()
            process.communicate()
    for process, (_, errors) in zip(started, ends, strict=True):
        assert process.returncode == 0, errors[-3000:]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes made of all cases."""
    folder = tmp_path_factory.mktemp("pair")
    tiny.run_in(folder / "mixed", replace(cases()["pytorch"], steps=2))
    run_pair(folder)
    return folder


def said(pair: Path, what: str) -> list[str]:
    return [json.loads((pair / f"{rank}.json").read_text())[what] for rank in range(2)]


@pytest.mark.parametrize("name", [*cases(), "resumed", "warn", "stop", "restart", "rollback"])
def test_both_processes_have_the_same_weights(pair: Path, name: str) -> None:
    first, second = said(pair, name)
    assert first == second


@pytest.mark.parametrize("name", [name for name in cases() if name not in OWN + ROUNDED])
def test_the_first_steps_are_those_of_one_process(pair: Path, name: str, tmp_path: Path) -> None:
    config = cases()[name]
    tiny.run_in(tmp_path / "one", config)
    together, alone = read_jsonl(pair / name / "stats.jsonl"), read_jsonl(tmp_path / "one" / "stats.jsonl")
    assert len(together) == len(alone) == 3
    for ours, theirs in zip(together, alone, strict=True):
        np.testing.assert_allclose([ours[f] for f in FIGURES], [theirs[f] for f in FIGURES], rtol=2e-4, atol=2e-5)
    assert_close(pair / name, tmp_path / "one", rate=config.optim_D.lr)


@pytest.mark.parametrize("name", ROUNDED)
def test_in_fewer_bits_they_are_alike(pair: Path, name: str, tmp_path: Path) -> None:
    tiny.run_in(tmp_path / "one", cases()[name])
    together, alone = read_jsonl(pair / name / "stats.jsonl"), read_jsonl(tmp_path / "one" / "stats.jsonl")
    for ours, theirs in zip(together, alone, strict=True):
        np.testing.assert_allclose([ours[f] for f in FIGURES], [theirs[f] for f in FIGURES], rtol=0.05, atol=0.02)


def assert_close(a: Path, b: Path, rate: float) -> None:
    """All of two networks but for rounding: on average a fiftieth of what a step moves a weight. The gradient of a bias
    before BatchNorm is nothing but rounding, which Adam makes as large as any."""
    first, second = load_file(a / "state.safetensors"), load_file(b / "state.safetensors")
    assert first.keys() == second.keys()
    for name in first:
        if name.startswith(("G.", "D.", "G_ema.")) and not name.endswith(("op.bias", "num_batches_tracked")):
            scale = rate if not name.endswith(("running_mean", "running_var", ".u", ".v")) else 0.01
            assert (first[name] - second[name]).abs().mean() <= 0.02 * scale, name


@pytest.mark.parametrize("name", OWN)
def test_what_each_does_for_itself_is_different(pair: Path, name: str, tmp_path: Path) -> None:
    tiny.run_in(tmp_path / "one", cases()[name])
    together, alone = read_jsonl(pair / name / "stats.jsonl"), read_jsonl(tmp_path / "one" / "stats.jsonl")
    assert abs(together[-1]["loss_D_fake"] - alone[-1]["loss_D_fake"]) > 1e-4


def test_two_and_four_steps_are_six(pair: Path) -> None:
    assert_same(pair / "whole", pair / "parts")
    assert without_time(pair / "whole") == without_time(pair / "parts")


def test_a_run_goes_on_with_more_processes(pair: Path, tmp_path: Path) -> None:
    config = replace(cases()["pytorch"], steps=4)
    tiny.run_in(tmp_path / "one", config)
    mixed, alone = read_jsonl(pair / "mixed" / "stats.jsonl"), read_jsonl(tmp_path / "one" / "stats.jsonl")
    assert [row["step"] for row in mixed] == [1, 2, 3, 4]
    for ours, theirs in zip(mixed, alone, strict=True):
        np.testing.assert_allclose([ours[f] for f in FIGURES], [theirs[f] for f in FIGURES], rtol=2e-4, atol=2e-5)
    assert_close(pair / "mixed", tmp_path / "one", rate=config.optim_D.lr)


def test_all_stop_when_one_is_asked_to(pair: Path) -> None:
    assert said(pair, "stopped") == ["2", "2"]
    assert load_file(pair / "stopped" / "state.safetensors")


def test_the_state_is_saved_when_the_first_process_says_so(pair: Path) -> None:
    assert said(pair, "saved") == ["2", "0"]  # at the beginning and at the end


def test_all_follow_the_first_one_through_a_trouble(pair: Path) -> None:
    ends = {kind: said(pair, kind)[0].split()[1:] for kind in ("warn", "stop", "restart", "rollback")}
    (again,), (back,) = (read_jsonl(pair / kind / "events.jsonl") for kind in ("restart", "rollback"))
    assert ends == {
        "warn": ["64", "0", "1.0"],
        "stop": ["40", "0", "1.0"],
        "restart": ["64", str(again["seed"]), "1.0"],
        "rollback": ["64", "0", "0.5"],
    }
    assert 0 < back["to"] <= 40
    looks = read_jsonl(pair / "rollback" / "health.jsonl")
    assert [row["nimg"] for row in looks] == list(range(0, 65, 8))
    assert looks[1]["held_expected"] == 0.2


def test_the_number_of_processes_is_recorded(pair: Path) -> None:
    launches = read_jsonl(pair / "mixed" / "launches.jsonl")
    assert [launch["processes"] for launch in launches] == [1, 2]
    assert launches[1]["changed"] == {"processes": [1, 2], "steps": [2, 4]}


def test_what_they_tell_each_other(pair: Path) -> None:
    assert said(pair, "gathered") == ["0.0 1.0 0.1 1.1 0.2", ""]
    assert said(pair, "from the first") == ["of 0", "of 0"]


def test_alone_there_is_nobody_to_ask() -> None:
    tensor = torch.ones(3)
    ALONE.average_([tensor])
    ALONE.wait()
    assert tensor.tolist() == [1, 1, 1]
    assert ALONE.any(True, False) == [True, False]
    assert ALONE.from_first("x") == "x"
    assert list(ALONE.gathered(range(1, 4), 3)) == [1, 2, 3]
    assert ALONE.share(tensor) is not None
    assert len(Processes(rank=1, world=3).share(torch.arange(9))) == 3


def test_a_batch_that_cannot_be_shared_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--batch is a multiple of .* in each of 3 processes"):
        tiny.run_in(tmp_path / "run", tiny.config(), processes=Processes(rank=0, world=3))
