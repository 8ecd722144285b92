"""Who visits, and from what: keyboard, touch, small screens, screen readers, no network, damaged files, one file."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dcgan.web.built import built_page
from dcgan.web.server import POLICY, open_server
from tests.page.conftest import ROOT, Site, plainly_served, served
from tests.page.kit import drag, opened, pixels, same, settle, show, until

pytestmark = pytest.mark.browser
TABS = ["Gallery", "Dials", "Algebra", "Breeding", "Walk", "Training", "Share"]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(site: Site, browser: Any, theme: str) -> None:
    with opened(browser, site.address, color_scheme=theme) as page:
        page.locator(".gallery .chosen").get_by_role("button", name="Keep").click()
        page.evaluate(AXE.read_text())
        for tab in TABS:
            show(page, tab)
            if tab == "Breeding":
                page.locator(".litter .tile").first.click()
                page.get_by_role("button", name="Breed 12").click()
            settle(page)
            page.wait_for_timeout(200)  # colours that fade have arrived
            found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
            bad = [
                f"{one['id']}: {one['nodes'][0]['html'][:200]}"
                for one in found
                if one["impact"] in ("serious", "critical")
            ]
            assert bad == [], tab


def test_everything_is_reached_by_keyboard(site: Site, browser: Any) -> None:
    with opened(browser, site.address) as page:
        tab_to(page, "seed 0")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        assert page.get_by_role("button", name="Picked: seed 1").count() == 1
        tab_to(page, "A: seed 1")
        page.keyboard.press("Enter")
        assert "In hand: seed 1" in page.locator(".notice").inner_text()
        tab_to(page, "Gallery", back=True)
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        assert page.get_by_role("tab", name="Walk").get_attribute("aria-selected") == "true"
        tab_to(page, "Add the picture in hand as a key frame")
        page.keyboard.press("Enter")
        assert page.get_by_role("button", name="Remove key frame 5").count() == 1
        tab_to(page, "Remove key frame 2", back=True)
        page.keyboard.press("Enter")
        assert name_of_focus(page).startswith("Remove key frame")


def tab_to(page: Any, name: str, back: bool = False) -> None:
    """Press Tab until something of this name has the focus."""
    for _ in range(80):
        if name_of_focus(page) == name:
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"Tab does not reach {name}")


def name_of_focus(page: Any) -> str:
    return str(page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.innerText").strip())


def test_a_small_screen_is_touched(site: Site, browser: Any) -> None:
    with opened(browser, site.address, viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True) as page:
        for tab in TABS:
            page.get_by_role("tab", name=tab, exact=True).tap()
            settle(page)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 360, f"{tab} is {wide} wide"
            cut = "all => all.filter(tab => tab.scrollWidth > tab.clientWidth).map(tab => tab.innerText)"
            assert page.get_by_role("tab").evaluate_all(cut) == []
            small = page.locator("button:visible").evaluate_all(
                "all => all.filter(b => Math.min(b.offsetWidth, b.offsetHeight) < 32).map(b => b.outerHTML)"
            )
            assert small == [], tab
        page.get_by_role("tab", name="Gallery").tap()
        page.locator(".wall .tile").nth(2).tap()
        page.locator(".gallery .chosen").get_by_role("button", name="Take up").tap()
        page.get_by_role("tab", name="Algebra").tap()
        page.get_by_role("button", name="Clear").tap()
        page.get_by_role("button", name="Put the picture in hand into slot 1").tap()
        same(pixels(page.locator(".slot canvas").first), site.model.sample([2])[0])


def test_nothing_moves_by_itself(site: Site, browser: Any) -> None:
    with opened(browser, site.address) as page:
        moved = page.evaluate(
            """() => new Promise(done => new PerformanceObserver(list =>
                done(list.getEntries().map(entry => entry.value).reduce((a, b) => a + b, 0))
            ).observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done(0), 500))"""
        )
        assert moved < 0.02
        before = page.locator(".wall .tile").nth(20).bounding_box()
        drag(page, "Mean", 1.5)
        page.locator(".wall .tile").nth(7).click()
        settle(page)
        assert page.locator(".wall .tile").nth(20).bounding_box() == before


def test_it_works_with_the_network_off(site: Site, browser: Any) -> None:
    with opened(browser, site.address) as page:
        sheets = len(site.facts["time"]["frames"]) + 2  # loaded of itself, soon after the first view
        until(
            page, f"performance.getEntriesByType('resource').filter(e => e.name.endsWith('webp')).length === {sheets}"
        )
        page.context.set_offline(True)
        show(page, "Gallery")
        page.get_by_label("From seed").fill("300")
        page.get_by_label("From seed").press("Enter")
        same(pixels(page.locator(".wall canvas").first), site.model.sample([300])[0])
        for tab in TABS:
            show(page, tab)
            settle(page)


def test_another_models_address_and_a_damaged_one_are_told(sites: dict[str, Site], browser: Any) -> None:
    with opened(browser, sites["gray"].address + "#notanaddress") as page:
        assert "is damaged" in page.locator(".notice").inner_text()
    with opened(browser, sites["gray"].address) as page:
        show(page, "Share")
        until(page, "document.querySelector('.share input').value.length > 100")
        text = page.get_by_label("Address of this state").input_value().split("#")[1]
    with opened(browser, sites["colour"].address + "#" + text) as page:
        assert "another generator" in page.locator(".notice").inner_text()


@pytest.fixture
def copied(site: Site, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A copy of an exported page that may be damaged, and its address."""
    folder = Path(shutil.copytree(site.folder, tmp_path / "site"))
    with plainly_served(folder) as address:
        yield folder, address


@pytest.mark.parametrize(
    "damage", ["onnx cut", "onnx byte", "onnx none", "onnx gone", "json cut", "json old", "json other z"]
)
def test_what_is_damaged_is_told_in_a_sentence(copied: tuple[Path, str], browser: Any, damage: str) -> None:
    folder, address = copied
    file = folder / ("model.onnx" if damage.startswith("onnx") else "model.json")
    whole = file.read_bytes()
    facts = json.loads((folder / "model.json").read_text())
    wanted = "generator could not be opened" if damage == "onnx none" else file.name
    if damage.endswith("cut"):
        file.write_bytes(whole[: len(whole) // 2])
    elif damage == "onnx byte":
        half = len(whole) // 2
        file.write_bytes(whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :])
    elif damage == "onnx none":  # what the page was told to expect, and no generator
        file.write_bytes(b"none")
        facts["onnx"]["sha256"] = hashlib.sha256(b"none").hexdigest()
        (folder / "model.json").write_text(json.dumps(facts))
    elif damage == "onnx gone":
        file.unlink()
    elif damage == "json old":
        file.write_text(json.dumps(facts | {"version": 0}))
    else:
        facts["directions"][0]["vector"] = facts["directions"][0]["vector"][:-1]
        file.write_text(json.dumps(facts))
    page = browser.new_page()
    page.goto(address)
    said = page.locator("[role=alert]").inner_text(timeout=15_000)
    page.close()
    assert wanted in said
    assert "export the page again" in said


def test_all_but_weights_and_runtime_is_small(site: Site) -> None:
    sizes = {path.name: path.stat().st_size for path in site.folder.rglob("*") if path.is_file()}
    assert 100_000 < sum(size for name, size in sizes.items() if not name.endswith((".onnx", ".wasm"))) < 3_000_000


def test_the_policy_is_one(site: Site) -> None:
    """The page brings the policy that the server sends with it, but for what only a header can say."""
    for part in POLICY.split("; "):
        assert part in (site.folder / "index.html").read_text() or part in ("font-src 'none'", "frame-ancestors 'none'")


def test_one_file_is_the_whole_page(exported: Path, sites: dict[str, Site], browser: Any) -> None:
    site = sites["gray"]
    with opened(browser, (exported / "one.html").as_uri()) as page:
        same(pixels(page.locator(".wall canvas").nth(6)), site.model.sample([6])[0])
        for tab in TABS:
            show(page, tab)
            settle(page)
        assert page.evaluate("location.protocol") == "file:"


def test_explore_serves_the_page_with_threads(sites: dict[str, Site], browser: Any) -> None:
    site = sites["colour"]
    files = {str(path.relative_to(site.folder)): path for path in site.folder.rglob("*") if path.is_file()}
    with (
        served(open_server(files | built_page(), "127.0.0.1", 0)) as server,
        opened(browser, server.address + "?speed") as page,
    ):
        assert page.evaluate("crossOriginIsolated")
        said = page.locator(".corner").inner_text()
        assert "WebAssembly" in said
        assert ("1 thread" in said) == (page.evaluate("navigator.hardwareConcurrency") == 1)
        same(pixels(page.locator(".wall canvas").nth(1)), site.model.sample([1])[0])
        page.get_by_role("button", name="Measure").click()
        until(page, "document.querySelector('.measured').innerText.includes('16:')")
