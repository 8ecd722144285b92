"""The page's own checks: strict TypeScript, and its unit tests, which read the cases that the Python tests share."""

import os
import subprocess

import pytest

from tests.page.conftest import ROOT

pytestmark = pytest.mark.browser
BIN = ROOT / ".venv" / "bin"


@pytest.mark.parametrize("script", ["check", "test"])
def test_the_page_passes(script: str) -> None:
    path = f"{os.environ['PATH']}{os.pathsep}{BIN}"  # where `make web` put a Node, if there was none
    done = subprocess.run(
        ["npm", "run", script], cwd=ROOT / "web", env=os.environ | {"PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
