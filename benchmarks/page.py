"""Claim: the page shows its first picture within 2 s, and redraws while a slider is dragged.

Every exported page is opened in Chromium, as ``dcgan explore`` serves it (ONNX Runtime Web may use several threads
there) and from a plain web server (one thread). Measured in the page: from the start of the navigation to the first
picture on a canvas, in fresh profiles; from a slider's event to the picture on its canvas, for one picture and for a
wall of 16. In the same rounds ONNX Runtime for Python makes as many from the same file on one thread, so that the ratio
says what the browser costs on this machine.

Run: python benchmarks/page.py --sites SITE ... [--rounds 15]      measures; SITE is what `dcgan export --web` wrote
     python benchmarks/page.py [--page docs/page.md]               writes the table from what was kept
     python benchmarks/page.py --sites SITE --shots docs/images    takes the screenshots of docs/page.md
"""

from __future__ import annotations

import argparse
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, ratios, spread, timed, write_result
from rates import machine
from table import about, among, between_marks, read, table

ROOT = Path(__file__).parents[1]
KEPT = RESULTS / "page.json"
FIRST = """() => new Promise(done => {
    const look = () => document.querySelector('canvas[data-ready]') ? done(performance.now()) : setTimeout(look, 2);
    look();
})"""
REDRAW = """([name, value]) => new Promise(done => {
    const slider = [...document.querySelectorAll('input[type=range]')].find(
        one => one.ariaLabel === name || one.labels[0]?.textContent === name);
    const root = document.documentElement;
    const watch = new MutationObserver(() => {
        if (root.dataset.busy !== 'no') return;
        watch.disconnect();
        done(performance.now() - start);
    });
    watch.observe(root, {attributeFilter: ['data-busy']});
    setTimeout(() => done(null), 5000);  // what was made already is not made again
    const start = performance.now();
    slider.value = value;
    slider.dispatchEvent(new Event('input', {bubbles: true}));
})"""


class Plain(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def served(site: Path, explore: bool) -> Iterator[str]:
    """Serve an exported page as ``dcgan explore`` does, or plainly."""
    from dcgan.web.server import open_server

    if explore:
        files = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
        server: ThreadingHTTPServer = open_server(files, "127.0.0.1", 0)
    else:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Plain, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@contextmanager
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


def measured(browser: Any, site: Path, explore: bool, rounds: int) -> dict[str, Any]:
    """Measure a page, in turn with ONNX Runtime for Python."""
    facts = json.loads((site / "model.json").read_text())
    forward = reference(site, facts)
    first = []
    with served(site, explore) as address:
        for _ in range(5):
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            page = context.new_page()
            page.goto(address, wait_until="commit")
            first.append(page.evaluate(FIRST))
            context.close()
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address + "?speed")
        page.wait_for_selector("canvas[data-ready]")
        threads = page.locator(".corner p").first.inner_text()
        times: dict[str, list[float]] = {"one": [], "native one": [], "wall": [], "native wall": []}
        page.get_by_role("tab", name="Dials").click()
        page.wait_for_timeout(1500)
        for i in range(rounds):
            name = f"z{facts['rank']['order'][0]}"
            times["one"].append(page.evaluate(REDRAW, [name, (i % 10) / 10 - 0.95]))
            times["native one"].append(1000 * timed(lambda: forward(1)))
        page.get_by_role("tab", name="Gallery").click()
        page.get_by_role("button", name="Typical ones").click()
        page.wait_for_timeout(1500)
        for i in range(rounds):
            times["wall"].append(page.evaluate(REDRAW, ["Mean", 0.05 * (i + 1)]))
            times["native wall"].append(1000 * timed(lambda: forward(16)))
        page.close()
    return {
        "name": facts["title"],
        "pictures": f"{facts['model']['height']}x{facts['model']['width']}x{facts['model']['channels']}",
        "parameters": facts["model"]["parameters"],
        "engine": threads,
        "first_ms": spread(first, 0),
        "one_ms": spread(times["one"], 1),
        "wall_ms": spread(times["wall"], 1),
        "one_in_native": ratios(times["one"], times["native one"]),
        "wall_in_native": ratios(times["wall"], times["native wall"]),
    }


def reference(site: Path, facts: dict[str, Any]) -> Any:
    """Return what makes so many pictures with the same file, by ONNX Runtime for Python on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(site / "model.onnx", options)
    z = np.random.default_rng(0).normal(size=(16, facts["model"]["z_dim"])).astype(np.float32)
    return lambda count: session.run(None, {"z": z[:count]})


# The page of the docs -----------------------------------------------------------------------------------------------


def lines(found: dict[str, Any]) -> list[str]:
    """Return the table of what was measured."""
    rows = [
        (
            row["name"],
            row["pictures"],
            f"{row['parameters'] / 1e6:.1f} M",
            row["engine"],
            among({name: round(value) for name, value in row["first_ms"].items()}),
            among(row["one_ms"]),
            among(row["wall_ms"]),
            f"{row['one_in_native']['median']:.1f}, {row['wall_in_native']['median']:.1f}",
        )
        for row in found["rows"]
    ]
    head = ("page", "pictures", "G", "engine", "first picture, ms", "one redrawn, ms", "16 redrawn, ms", "times native")
    return [*table(head, rows), "", about(found)]


# Screenshots --------------------------------------------------------------------------------------------------------


def shots(browser: Any, site: Path, folder: Path) -> None:
    """Take the screenshots of docs/page.md, of a page without real pictures: they are not ours to show."""
    assert json.loads((site / "model.json").read_text())["reals"] is None, "export it with --no-reals"
    with served(site, explore=True) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 820}, color_scheme="light")
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("canvas[data-ready]")
        play(page, lambda name: page.screenshot(path=folder / f"page-{name}.jpg", type="jpeg", quality=84))
        phone = browser.new_context(viewport={"width": 390, "height": 780}, color_scheme="dark", has_touch=True)
        small = phone.new_page()
        small.goto(address)
        small.wait_for_selector("canvas[data-ready]")
        small.get_by_role("tab", name="Dials").tap()
        small.wait_for_timeout(1000)
        small.screenshot(path=folder / "page-phone.jpg", type="jpeg", quality=84)


def play(page: Any, shoot: Any) -> None:
    """Do something in every view, and shoot it."""
    page.wait_for_timeout(2500)
    shoot("gallery")
    for i in (1, 4, 6):
        page.locator(".wall .tile").nth(i).click()
        page.locator(".gallery .chosen").get_by_role("button", name="Keep").click()
    page.locator(".wall .tile").nth(13).dblclick()
    page.evaluate(REDRAW, [page.locator(".direction label").first.inner_text(), 3])
    page.evaluate(REDRAW, [page.locator(".direction label").nth(4).inner_text(), 2])
    page.wait_for_timeout(800)
    shoot("dials")
    page.get_by_role("tab", name="Algebra").click()
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="One more slot").click()
    for slot, (letter, sign) in enumerate((("A", None), ("B", "-"), ("C", "+")), 1):
        page.get_by_label(f"Choose for slot {slot}").select_option(letter)
        if sign:
            page.get_by_label(f"Sign before slot {slot}").select_option(sign)
    page.get_by_role("button", name="Usual length").click()
    page.wait_for_timeout(800)
    shoot("algebra")
    page.get_by_role("tab", name="Breeding").click()
    for pair in ((0, 1), (2, 7)):
        for i in pair:
            page.locator(".litter .tile").nth(i).click()
        page.get_by_role("button", name="Breed 12").click()
        page.wait_for_timeout(500)
    page.locator(".litter .tile").nth(3).click()
    page.set_viewport_size({"width": 1280, "height": 1440})
    page.wait_for_timeout(1500)
    shoot("breeding")
    page.set_viewport_size({"width": 1280, "height": 820})
    page.get_by_role("tab", name="Walk").click()
    page.wait_for_timeout(800)
    shoot("walk")
    page.get_by_role("tab", name="Training").click()
    page.wait_for_timeout(1500)
    shoot("training")
    page.get_by_role("tab", name="Share").click()
    page.wait_for_timeout(800)
    shoot("share")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=Path, nargs="+", default=[])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--shots", type=Path)
    parser.add_argument("--out", type=Path, default=KEPT)
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "page.md")
    arguments = parser.parse_args()
    if arguments.sites:
        with chromium() as browser:
            if arguments.shots:
                return shots(browser, arguments.sites[0], arguments.shots)
            rows = [
                measured(browser, site, explore, arguments.rounds)
                for site in arguments.sites
                for explore in (False, True)
            ]
            found = {"machine": machine(), "rows": rows}
            write_result(arguments.out, found, chromium=browser.version, onnxruntime=version("onnxruntime"))
    if arguments.out == KEPT:
        found = read(RESULTS, "page.json")
        assert found is not None, "nothing was measured yet: give --sites"
        between_marks(arguments.page, "page.py", lines(found))
    return None


if __name__ == "__main__":
    main()
