"""What the tests of the commands share: a place to work in, and folders of pictures to work on."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.kit import RUN


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def trained(runs: Path) -> Path:
    """A copy of the run that a file's ``finished`` has trained once, for every test its own."""
    return runs / RUN


@pytest.fixture
def runs(place: Path, finished: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder with a copy of all that a file's ``finished`` has made."""
    shutil.copytree(finished, place, dirs_exist_ok=True)
    capsys.readouterr()
    return place


@pytest.fixture
def pets(place: Path) -> Path:
    """Twenty cats and ten dogs of 24x20 pixels in colour, and a file that is no picture."""
    rng = np.random.default_rng(0)
    for kind, count in (("cats", 20), ("dogs", 10)):
        (place / "pets" / kind).mkdir(parents=True)
        for i in range(count):
            Image.fromarray(rng.integers(0, 256, (20, 24, 3), np.uint8)).save(place / "pets" / kind / f"{i:02d}.png")
    (place / "pets" / "dogs" / "notes.txt").write_text("hello")
    return place / "pets"


@pytest.fixture
def ghosts(place: Path) -> Path:
    """A dozen gray pictures, saved as colour."""
    rng = np.random.default_rng(1)
    (place / "ghosts").mkdir()
    for i in range(12):
        gray = Image.fromarray(rng.integers(0, 256, (16, 16), np.uint8))
        gray.convert("RGB").save(place / "ghosts" / f"{i:02d}.jpg", quality=95)
    return place / "ghosts"
