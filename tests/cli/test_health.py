"""A run in trouble, from the command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from dcgan.cli.main import main
from dcgan.cli.progress import Progress, statistics_text
from dcgan.files import read_jsonl
from dcgan.training import watch
from dcgan.training.health import Context, Trouble
from tests.cli.kit import RUN, UNMEASURED

WATCHED = [*UNMEASURED, "--ticks.log", "1step", "--ticks.health", "1step", "--steps", "4", "--hold-back", "0.1"]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def detect(looks: Sequence[dict[str, Any]], context: Context) -> list[Trouble]:
        seen = Trouble(name="collapse", since_nimg=8, seen="G repeats itself", helps="try --pack 2")
        return [seen] if looks[-1]["nimg"] >= 16 else []

    monkeypatch.setattr(watch, "detect", detect)


def test_a_trouble_is_said_and_training_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "digits", *WATCHED]) == 0
    printed = capsys.readouterr()
    assert "1,617 pictures (180 held back)" in printed.out
    assert printed.err.count("warning: G repeats itself; try --pack 2") == 1
    assert "G repeats itself; try --pack 2." in (RUN / "report.html").read_text()


def test_stop_says_why_and_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "digits", *WATCHED, "--on-trouble", "stop"]) == 3
    printed = capsys.readouterr().out
    assert "stopped at 0.016 kimg by --on-trouble stop, everything is saved: G repeats itself; try --pack 2." in printed
    assert f"dcgan train --resume {RUN}" in printed
    assert (RUN / "report.html").is_file()
    assert main(["train", "--resume", str(RUN)]) == 0
    assert "stopped at" not in capsys.readouterr().out
    assert read_jsonl(RUN / "stats.jsonl")[-1]["step"] == 4


def test_what_is_held_back_cannot_change(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "digits", *WATCHED]) == 0
    assert main(["train", "--resume", str(RUN), "--hold-back", "0.2"]) == 2
    assert "--hold-back cannot change when a run is resumed (it is 0.1)" in capsys.readouterr().err


def test_a_run_that_is_taken_back_keeps_its_rate() -> None:
    row = {"nimg": 2000, "seconds": 10.0}
    with Progress("training") as progress:
        assert progress._rate(row) == 200
        assert progress._rate({"nimg": 0, "seconds": 11.0}) == 200
        assert progress._rate({"nimg": 1000, "seconds": 13.5}) == 400


def test_before_anything_is_known_of_the_rate_no_time_is_promised() -> None:
    row = {"nimg": 0, "kimg": 0.0, "loss_D": 1.0, "loss_G": 1.0, "D_real": 0.5, "D_fake": 0.5}
    assert "unknown left" in statistics_text(row, 1000, 0.0)
