"""What the tests of the page share: two exported pages, a plain web server, and Chromium.

They need Chromium, Playwright and the built page (`make web`). Where one is missing they are skipped, and with
DCGAN_BROWSER=1, as in continuous integration, they fail instead.
"""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

import dcgan
from dcgan.api import Model
from dcgan.cli.main import main
from tests.conftest import SHARED

ROOT = Path(__file__).parents[2]
DIST = ROOT / "src" / "dcgan" / "web" / "dist"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHORT = ["--batch", "16", "--kimg", "1", "--ticks.preview", "0.5kimg", "--ticks.snapshot", "1kimg", "--metrics", "none"]
RUNS = {
    "gray": [str(SHARED / "mnist" if SHARED.is_dir() else "digits"), "--recipe", "mnist-28", "--width", "0.25"],
    "colour": ["made-up", "--recipe", "celeba-32", "--width", "0.25", "--size", "32"],
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = _missing()
    if missing is None:
        return
    if os.environ.get("DCGAN_BROWSER") == "1":
        raise pytest.UsageError(f"the tests of the page cannot run: {missing}")
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.skip(reason=missing))


def _missing() -> str | None:
    if CHROMIUM is None:
        return "there is no Chromium here"
    if find_spec("playwright") is None:
        return "Playwright is not installed: it is in the extra dev"
    if not (DIST / "built.txt").is_file() or not (ROOT / "web" / "node_modules").is_dir():
        return "the page is not built: run `make web`"
    return None


@dataclass(frozen=True, kw_only=True)
class Site:
    """An exported page, and what it was exported from."""

    run: Path
    folder: Path
    address: str

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What stands in model.json."""
        return dict(json.loads((self.folder / "model.json").read_text()))

    @cached_property
    def model(self) -> Model:
        return dcgan.load(self.run)

    def pictures(self, z: np.ndarray) -> np.ndarray:
        """What PyTorch makes of vectors: uint8 (n, H, W, C)."""
        from dcgan.latent.render import render

        return render(self.model.G, np.asarray(z, np.float32))


def export(kind: str, folder: Path) -> None:
    """Train a small run and export it, into ``folder/KIND-run`` and ``folder/KIND``, with a direction and names."""
    if (folder / kind).is_dir():
        return
    source, *options = RUNS[kind]
    if source == "made-up":
        source = str(make_up(folder / "pictures"))
    cache = ["--cache", str(folder / "cache")]
    assert main(["train", source, *options, *SHORT, "--out", str(folder / f"{kind}-runs"), *cache]) == 0
    run = next((folder / f"{kind}-runs").iterdir()).rename(folder / f"{kind}-run")
    found = ["latent", "directions", str(run), "--sefa", "2", "--reader", "none", "--out", str(folder / "directions")]
    assert main(found) == 0
    more = ["--single-file", str(folder / "one.html")] if kind == "gray" else []
    assert main(["export", str(run), "--web", str(folder / kind), "--reader", "none", *more, *cache]) == 0


def make_up(folder: Path) -> Path:
    """Write 200 small pictures of discs on grounds, in any colours."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(0)
    y, x = np.mgrid[:32, :32]
    for i in range(200):
        ground, disc = draw.integers(0, 256, (2, 3))
        inside = (y - draw.integers(8, 24)) ** 2 + (x - draw.integers(8, 24)) ** 2 < draw.integers(20, 90)
        Image.fromarray(np.where(inside[..., None], disc, ground).astype(np.uint8)).save(folder / f"{i:03d}.png")
    return folder


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both pages; all processes of a test run share it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "page"
    with FileLock(shared / "page.lock"):
        for kind in RUNS:
            export(kind, folder)
    return folder


class Quiet(SimpleHTTPRequestHandler):
    """The plainest of web servers, without its log."""

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def plainly_served(folder: Path) -> Iterator[str]:
    """Serve a folder as `python -m http.server` does; yields the address."""
    with served(ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))) as server:
        yield f"http://127.0.0.1:{server.server_port}/"


@contextmanager
def served(server: ThreadingHTTPServer) -> Iterator[ThreadingHTTPServer]:
    """Let a server answer in a thread of its own."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def sites(exported: Path) -> Iterator[dict[str, Site]]:
    """Both pages, each behind a plain web server."""
    with ExitStack() as stack:
        addresses = {kind: stack.enter_context(plainly_served(exported / kind)) for kind in RUNS}
        yield {
            kind: Site(run=exported / f"{kind}-run", folder=exported / kind, address=address)
            for kind, address in addresses.items()
        }


@pytest.fixture(params=list(RUNS))
def site(request: pytest.FixtureRequest, sites: dict[str, Site]) -> Site:
    return sites[request.param]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()
