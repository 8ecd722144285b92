"""Signals, a second process, a disk that gives out: how `dcgan train` ends, in processes of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from safetensors.torch import load_file

from dcgan.cli.main import main
from dcgan.cli.progress import Progress
from dcgan.files import read_jsonl
from dcgan.training.run import Run
from dcgan.training.state import saved_counters
from tests.cli.kit import RUN, UNMEASURED

SMALL = ["digits", *UNMEASURED, "--ticks.log", "1step"]
WAIT = """
import sys, time
from pathlib import Path
def wait(name):
    print(name, flush=True)
    time.sleep(60)
"""
GO = "\nfrom dcgan.cli.main import entry\nentry()"
SLOW_STEPS = """
from dcgan.training import loop
advance = loop.advance
def slow(state, feed):
    advance(state, feed)
    if state.step == 3:
        wait("in a step")
loop.advance = slow
"""
SLOW_SAVE = """
from dcgan.training import state
save_file = state.save_file
def slow(tensors, path, metadata):
    save_file(tensors, path, metadata)
    if '"step": 2' in metadata["counters"]:
        with path.open("rb+") as f:
            f.truncate(1000)
        wait("in a save")
state.save_file = slow
"""
SLOW_REPORT = """
from dcgan.cli import launch
launch.write_report = lambda run: wait("in the report")
"""
SLOW_PREPARING = """
from dcgan.data import cache
cache._write_the_rest = lambda *arguments: wait("preparing")
"""


@pytest.fixture(autouse=True)
def one_thread_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the processes that are started as many threads as these tests have: another number rounds differently."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@contextmanager
def started(patch: str, argv: Sequence[str]) -> Iterator["subprocess.Popen[str]"]:
    """Run ``dcgan train`` with something made slow, and wait until it is there."""
    command = [sys.executable, "-W", "error", "-c", WAIT + patch + GO, "train", *argv]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            assert any(line.startswith(("in a", "in the", "preparing")) for line in process.stdout)
            yield process
        finally:
            process.kill()


def ended(process: "subprocess.Popen[str]", code: int) -> str:
    """What a process said at last; it ended with this code, and without a traceback."""
    out, errors = process.communicate(timeout=50)
    assert "Traceback" not in errors
    assert process.returncode == code, errors
    return out


def same_as_never_stopped(steps: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("dcgan.cli.launch.write_report", lambda run: [])  # it takes longer than these runs
        assert main(["train", "--resume", str(RUN), "--steps", str(steps)]) == 0
        assert main(["train", *SMALL, "--steps", str(steps), "--out", "whole"]) == 0
    a, b = (load_file(Path(out) / RUN.name / "state.safetensors") for out in ("runs", "whole"))
    assert a.keys() == b.keys()
    assert [name for name in a if a[name].numpy().tobytes() != b[name].numpy().tobytes()] == []
    assert list(RUN.rglob("*.tmp")) == []


# Signals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_in_a_step_interrupts_at_once(number: signal.Signals, place: Path) -> None:
    with started(SLOW_STEPS, [*SMALL, "--steps", "50", "--ticks.snapshot", "2steps"]) as process:
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=1)
        process.send_signal(number)
        assert "interrupted; go on from where it was last saved" in ended(process, 128 + number)
    assert saved_counters(Run(RUN).state)[0] == 16


def test_an_interruption_in_the_middle_of_a_save_leaves_the_state_before(place: Path) -> None:
    with started(SLOW_SAVE, [*SMALL, "--steps", "50", "--ticks.snapshot", "1step"]) as process:
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(timeout=0.3)
        ended(process, 130)
    assert saved_counters(Run(RUN).state)[0] == 8
    assert list(RUN.glob(".*.tmp")) == []
    same_as_never_stopped(4)


def test_a_signal_in_the_report_ends_a_saved_run(place: Path) -> None:
    with started(SLOW_REPORT, [*SMALL, "--steps", "2"]) as process:
        process.send_signal(signal.SIGTERM)
        ended(process, 128 + signal.SIGTERM)
    assert saved_counters(Run(RUN).state)[0] == 16


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_pictures_are_prepared_leaves_nothing(number: signal.Signals, place: Path) -> None:
    with started(SLOW_PREPARING, [*SMALL, "--steps", "2"]) as process:
        assert list((place / "cache").rglob(".*.tmp"))
        process.send_signal(number)
        ended(process, 128 + number)
    assert list((place / "cache").rglob(".*.tmp")) == []
    assert not RUN.exists()


@pytest.mark.parametrize(
    ("number", "module"), [(signal.SIGINT, "dataclasses"), (signal.SIGTERM, "torch._C"), (signal.SIGINT, "torch.nn")]
)
def test_a_signal_while_modules_are_imported(number: signal.Signals, module: str, place: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "dcgan", "train", *SMALL, "--steps", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any(line.split("|")[-1].strip() == "dcgan.errors" for line in process.stderr)
        assert any(line.split("|")[-1].strip() == module for line in process.stderr)
        process.send_signal(number)
        ended(process, 128 + number)
    assert not RUN.exists()


# Two at once --------------------------------------------------------------------------------------------------------


def test_a_run_is_trained_by_one_process(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    resume = ["train", "--resume", str(RUN), "--steps", "50"]
    with started(SLOW_STEPS, [*SMALL, "--steps", "50", "--ticks.snapshot", "2steps"]) as process:
        before = {p: p.read_bytes() for p in RUN.rglob("*") if p.is_file()}
        assert main([*resume, "--optim-D.lr", "0.1"]) == 2
        assert "00000-modern-digits is being trained by another process" in capsys.readouterr().err
        assert {p: p.read_bytes() for p in RUN.rglob("*") if p.is_file()} == before
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    same_as_never_stopped(5)


# The disk -----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit to set")
def test_a_file_that_may_not_grow_leaves_the_last_state(place: Path) -> None:
    """A limit on the size of files stops a real write in the middle, wherever it is made from."""
    argv = [*SMALL, "--ticks.snapshot", "2steps"]
    assert main(["train", *argv, "--steps", "2"]) == 0
    saved = Run(RUN).state.read_bytes()
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))"
    command = [sys.executable, "-c", limit + GO, "train", "--resume", str(RUN), "--steps", "6"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        f"dcgan: {RUN / 'snapshots' / '000000.032'} cannot be written (File too large): free some space, then go on "
        f"from 0.016 kimg, where everything was saved, with: dcgan train --resume {RUN}"
    )
    assert "Traceback" not in done.stderr
    assert Run(RUN).state.read_bytes() == saved
    assert list(RUN.rglob("*.tmp")) == []
    same_as_never_stopped(6)


def test_a_folder_that_cannot_be_written(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "file").touch()
    assert main(["train", *SMALL, "--out", "file/runs"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == "dcgan: no run can be made in file/runs (Not a directory): give another folder with --out"


def test_a_report_that_cannot_be_written(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(run: Path) -> list[Path]:
        raise OSError(28, os.strerror(28), str(run / "report.html"))

    monkeypatch.setattr("dcgan.cli.launch.write_report", full)
    assert main(["train", *SMALL, "--steps", "2"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"dcgan: the run is saved, but {RUN / 'report.html'} cannot be written (No space left")
    assert said.endswith(f"dcgan report {RUN}")
    monkeypatch.undo()
    assert saved_counters(Run(place / RUN).state)[0] == 16


# What is said -------------------------------------------------------------------------------------------------------


def test_resume_lists_what_changed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *SMALL, "--steps", "2", "--optim-D.lr", "0.0002"]) == 0
    capsys.readouterr()
    resume = ["train", "--resume", str(RUN), "--steps", "4"]
    changed = ["--optim-D.lr", "0.0001", "--ticks.preview-n", "9", "--device", "cpu", "--precision", "fp32"]
    assert main([*resume, *changed]) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("changed: ")]
    assert sorted(said) == [
        "changed: --device auto -> cpu",
        "changed: --optim-D.lr 0.0002 -> 0.0001",
        "changed: --precision auto -> fp32",
        "changed: --steps 2 -> 4",
        "changed: --ticks.preview-n 64 -> 9",
    ]
    assert main(resume) == 0
    assert "changed:" not in capsys.readouterr().out
    launches = read_jsonl(RUN / "launches.jsonl")
    assert [len(launch["changed"]) for launch in launches] == [0, 5, 0]
    assert launches[1]["changed"]["optim_D.lr"] == [0.0002, 0.0001]
    assert all({"time", "dcgan", "torch", "device", "precision", "config"} <= launch.keys() for launch in launches)
    assert "--optim-D.lr 0.0002 -&gt; 0.0001" in (RUN / "report.html").read_text()


def test_the_first_rate_after_a_resume_is_that_of_the_resume(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"nimg": 2000, "kimg": 2.0, "seconds": 110.0, "loss_D": 1.0, "loss_G": 1.0, "D_real": 0.5, "D_fake": 0.5}
    with Progress("training") as progress:
        progress.begin(1000, 100.0)
        progress.statistics(row, 2000)
    assert " 100 img/s" in capsys.readouterr().err
