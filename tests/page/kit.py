"""The page as a visitor has it: opened, watched for errors, and read."""

import base64
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from PIL import Image

EXPECTED = ("No available adapters",)
"""What Chromium itself writes where a machine has no GPU."""


@contextmanager
def opened(browser: Any, address: str, **options: Any) -> Iterator[Any]:
    """Open an address in a fresh profile, wait for the first picture, and see at the end that nothing went wrong: no
    error on the console, no request to any other host."""
    context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
    page = context.new_page()
    page.set_default_timeout(15_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("console", lambda line: line.type in ("error", "warning") and wrong.append(f"{line.type}: {line.text}"))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    host = address.split("/")[2]
    page.on("request", lambda request: elsewhere(request.url, host) and wrong.append(f"elsewhere: {request.url}"))
    page.goto(address)
    page.wait_for_selector("canvas[data-ready]")
    yield page
    context.close()
    assert [line for line in wrong if not any(text in line for text in EXPECTED)] == []


def elsewhere(url: str, host: str) -> bool:
    return url.startswith("http") and url.split("/")[2] != host


def show(page: Any, tab: str) -> None:
    """Choose a view."""
    page.get_by_role("tab", name=tab, exact=True).click()
    page.wait_for_selector(f"#view[aria-labelledby=tab-{tab.lower()}]")


def pixels(canvas: Any) -> np.ndarray:
    """What a canvas shows, uint8 (H, W, 4), once it is ready."""
    canvas.wait_for()
    settle(canvas.page)
    uri = canvas.evaluate("canvas => canvas.toDataURL('image/png')")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).convert("RGBA"))


def settle(page: Any) -> None:
    """Wait until every canvas shows what it was last asked for."""
    until(
        page, "document.documentElement.dataset.busy !== 'yes' && !document.querySelector('canvas:not([data-ready])')"
    )


def until(page: Any, condition: str, seconds: float = 15.0) -> None:
    """Wait until a JavaScript expression is true. (Playwright's own way evaluates text in the page, which the page's
    Content-Security-Policy forbids.)"""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"it did not come to be that {condition}"
        page.wait_for_timeout(20)


def drag(page: Any, name: str, value: float, exact: bool = True) -> None:
    """Set a slider."""
    slider = page.get_by_role("slider", name=name, exact=exact)
    slider.evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', {bubbles: true})); }", value
    )


def same(shown: np.ndarray, wanted: np.ndarray) -> None:
    """Assert that a canvas shows a picture, uint8 (H, W, C), within two grey levels."""
    wanted = np.repeat(wanted, 3, 2) if wanted.shape[2] == 1 else wanted
    difference = np.abs(shown[..., :3].astype(int) - wanted[..., :3].astype(int))
    assert difference.max() <= 2, difference.max()


def notice(page: Any) -> str:
    """The sentence along the foot of the page."""
    return str(page.locator(".notice").inner_text())
