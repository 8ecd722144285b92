"""What the tests of the commands share: small runs, and what a wrong command line is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from dcgan.cli.main import main

SMALL = ["--size", "16", "--channels", "1", "--width", "0.1", "--batch", "8"]
UNMEASURED = [*SMALL, "--metrics", "none"]
RUN = Path("runs") / "00000-modern-digits"


def finish(folder: Path, *options: str) -> Path:
    """Train a small run on the built-in digits in a folder, with a cache there; return the folder."""
    argv = ["train", "digits", *SMALL, *options, "--out", str(folder / "runs")]
    assert main([*argv, "--cache", str(folder / "cache" / "dcgan")]) == 0
    return folder


def finish_pair(folder: Path, normal: list[str], uniform: list[str]) -> Path:
    """Train two small runs of four steps in a folder, with a snapshot every two: ``normal`` by the default recipe, and
    ``uniform`` by celeba-32; return the folder."""
    short = ["--metrics", "none", "--steps", "4", "--ticks.snapshot", "2steps"]
    finish(folder, *short, *normal)
    finish(folder, *short, "--recipe", "celeba-32", *uniform)
    (folder / "runs" / "00000-modern-digits").rename(folder / "normal")
    (folder / "runs" / "00001-celeba-32-digits").rename(folder / "uniform")
    return folder


def rows_of(experiment: str) -> list[dict[str, Any]]:
    """What an experiment on z has written of its pictures, each of which is there."""
    found = json.loads(Path("out", experiment, "rows.json").read_text())
    assert found["experiment"] == experiment
    for row in found["rows"]:
        assert Path("out", experiment, row["picture"]).is_file()
    return list(found["rows"])


def refused(argv: list[str], capsys: pytest.CaptureFixture[str], lines: int = 1) -> str:
    """The one sentence that a wrong command line gets; with more lines, what it points at follows."""
    capsys.readouterr()
    assert main(argv) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("dcgan: ")
    assert len(said.splitlines()) == lines
    return said
