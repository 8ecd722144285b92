"""What the tests of the commands share: small runs, and what a wrong command line is told."""

from pathlib import Path

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


def refused(argv: list[str], capsys: pytest.CaptureFixture[str], lines: int = 1) -> str:
    """The one sentence that a wrong command line gets; with more lines, what it points at follows."""
    capsys.readouterr()
    assert main(argv) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("dcgan: ")
    assert len(said.splitlines()) == lines
    return said
