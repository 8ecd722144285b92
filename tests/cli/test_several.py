"""Commands started several times over by ``accelerate launch``: one run, one voice, the same pictures."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dcgan.cli.main import main
from dcgan.files import read_jsonl
from tests.training.test_several import FIGURES, ROOT, free_port

pytest.importorskip("accelerate")

TRAIN = [
    "train",
    "digits",
    "--size",
    "16",
    "--batch",
    "8",
    "--width",
    "0.1",
    "--precision",
    "fp32",
    "--ticks.log",
    "1step",
    "--metrics",
    "frechet:random",
]


def accelerate(arguments: list[str], place: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of ours in two processes."""
    launcher = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    plain = ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    port = ["--main_process_port", str(free_port())]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "src")}
    command = [*launcher, *plain, *port, "-m", "dcgan", *arguments]
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=120)


def figures(run: Path) -> np.ndarray:
    return np.array([[row[name] for name in FIGURES] for row in read_jsonl(run / "stats.jsonl")])


def test_one_run_that_goes_on_and_is_sampled(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = accelerate([*TRAIN, "--steps", "2"], place)
    assert first.returncode == 0, first.stderr[-3000:]
    second = accelerate(["train", "--resume", "latest", "--steps", "3"], place)
    assert second.returncode == 0, second.stderr[-3000:]
    assert second.stdout.count("changed: --steps 2 -> 3") == 1
    launches = read_jsonl(place / "runs" / "00000-modern-digits" / "launches.jsonl")
    assert [launch["processes"] for launch in launches] == [2, 2]
    assert [path.name for path in (place / "runs").iterdir()] == ["00000-modern-digits"]
    assert main([*TRAIN, "--steps", "3"]) == 0
    together, alone = (figures(place / "runs" / f"0000{i}-modern-digits") for i in range(2))
    np.testing.assert_allclose(together, alone, rtol=2e-4, atol=2e-5)
    for out in ("together.npy", "alone.npy"):
        sampling = ["sample", "runs/00000-modern-digits", "--n", "70", "--batch", "8", "--out", out]
        assert (accelerate(sampling, place).returncode if out == "together.npy" else main(sampling)) == 0
    made = [np.load(place / out) for out in ("together.npy", "alone.npy")]
    assert np.array_equal(*made)


def test_one_process_prepares(place: Path) -> None:
    found = accelerate(["prepare", "digits", "--size", "16", "--no-time"], place)
    assert found.returncode == 0, found.stderr[-3000:]
    assert found.stdout.count("prepared ") == 1
    assert len(list((place / "cache" / "dcgan").glob("digits-*"))) == 1


def test_a_mistake_is_said(place: Path) -> None:
    found = accelerate(["train", "nowhere"], place)
    assert found.returncode != 0
    assert "dcgan: there is no source of pictures at nowhere" in found.stderr
